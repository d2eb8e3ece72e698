"""Bundles: the tables and the workspace as one pointer each.

Passed as they are, two NamedTuples of a hundred and fifty arrays become a thousand arguments of the entry and of every
kernel that touches them, which costs seconds of compiling each. Here their arrays are written down once, in the layout
that Numba gives a NamedTuple of arrays; kernels get a pointer to that, and `bundle.field` loads the array asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
from llvmlite import ir
from numba import typeof, types
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, unbox


class Bundle(types.Type):
    """Type of a pointer to a NamedTuple of arrays."""

    def __init__(self, whole: types.NamedTuple):
        self.whole = whole
        digest = hashlib.sha256(str(whole).encode()).hexdigest()[:8]
        super().__init__(name=f"Bundle({whole.instance_class.__name__} {digest})")


@register_model(Bundle)
class _BundleModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, dmm.lookup(fe_type.whole).get_value_type().as_pointer())


@infer_getattr
class _BundleAttributes(AttributeTemplate):
    key = Bundle

    def generic_resolve(self, bundle, name):
        if name in bundle.whole.fields:
            return bundle.whole.types[bundle.whole.fields.index(name)]
        return None


@lower_getattr_generic(Bundle)
def _load(context, builder, typ, value, name):
    index = typ.whole.fields.index(name)
    pointer = builder.gep(value, [ir.IntType(32)(0), ir.IntType(32)(index)], inbounds=True)
    array = builder.load(pointer)
    # nobody writes to a bundle, so LLVM need not load a field again after each store to some array
    array.set_metadata("invariant.load", builder.module.add_metadata([]))
    return impl_ret_borrowed(context, builder, typ.whole.types[index], array)


_known: dict[tuple[Any, ...], Bundle] = {}


class Bundled:
    """Arrays of a NamedTuple, as kernels take them. They live as long as this does."""

    def __init__(self, arrays: Any):
        self.arrays = arrays
        # Numba takes a millisecond to tell the type of so many arrays
        kinds = _kinds(arrays)
        if kinds not in _known:
            _known[kinds] = Bundle(typeof(arrays))
        self._numba_type_ = _known[kinds]
        # Numba's model of an array: no meminfo, no parent, size, item size, data, shape, strides
        words = [(0, 0, a.size, a.itemsize, a.ctypes.data, *a.shape, *a.strides) for a in _flat(arrays)]
        self._layout = np.array(list(chain.from_iterable(words)), np.uint64)
        self.address = self._layout.ctypes.data

    def __reduce__(self) -> tuple[type[Bundled], tuple[Any]]:
        # a copy has an address of its own
        return Bundled, (self.arrays,)


def _kinds(arrays: Any) -> tuple[Any, ...]:
    """What the type of a NamedTuple of arrays, and of those in it, depends on."""
    kinds = (_kinds(one) if isinstance(one, tuple) else (one.dtype, one.ndim, one.flags.num) for one in arrays)
    return type(arrays), *kinds


def _flat(arrays: Any) -> Iterator[np.ndarray]:
    """The arrays of a NamedTuple and of those in it, in order."""
    for one in arrays:
        yield from _flat(one) if isinstance(one, tuple) else (one,)


@unbox(Bundle)
def _address_of(typ, bundled, c):
    address = c.pyapi.object_getattr_string(bundled, "address")
    pointer = c.builder.inttoptr(c.pyapi.long_as_ulonglong(address), c.context.get_value_type(typ))
    c.pyapi.decref(address)
    return NativeValue(pointer)

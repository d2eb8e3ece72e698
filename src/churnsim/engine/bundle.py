"""Bundles: the tables and the workspace as one pointer.

Passed as they are, two NamedTuples of a hundred arrays become some seven hundred arguments of every kernel that
touches them, which costs two seconds of compiling each. The entry kernel stores them once and hands out a pointer;
`bundle.field` loads the array that is asked for.
"""

from __future__ import annotations

import hashlib

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model


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


@intrinsic
def bundle(typingctx, whole):
    """Pointer to a NamedTuple, valid until the kernel that calls this returns."""

    def codegen(context, builder, signature, args):
        pointer = cgutils.alloca_once_value(builder, args[0])
        # an empty instruction: behind it LLVM no longer knows the pointer, and moves no load before the store above
        opaque = ir.FunctionType(pointer.type, [pointer.type])
        return builder.asm(opaque, "", "=r,0,~{memory}", [pointer], side_effect=True)

    return Bundle(whole)(whole), codegen

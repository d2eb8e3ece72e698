"""Bundles: a NamedTuple of arrays as one pointer."""

import copy
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba import typeof

from churnsim.engine.bundle import Bundled


class Inner(NamedTuple):
    """One array."""

    last: np.ndarray


class Some(NamedTuple):
    """Arrays of several kinds, and one that stands deeper."""

    one: np.ndarray
    two: np.ndarray
    record: np.ndarray
    inner: Inner
    nothing: np.ndarray


def some(factor: float = 1.0) -> Some:
    record = np.zeros(3, np.dtype([("a", np.float32), ("b", np.int64)]))
    record["b"] = [4, 5, 6]
    two = np.arange(12, dtype=np.int16).reshape(3, 4)
    return Some(np.arange(5.0) * factor, two, record, Inner(np.arange(7, dtype=np.uint64)), np.zeros((2, 0)))


@numba.njit
def look(bundle):
    """What a kernel sees: numbers, shapes, a row that it writes to."""
    bundle.two[1, 2:] = 40
    shapes = bundle.one.shape[0], bundle.two.shape[1], bundle.nothing.shape[0], bundle.nothing.size
    return bundle.one.sum(), bundle.two[1].sum(), bundle.record[2].b, bundle.inner.last[6], shapes


def test_a_kernel_sees_the_arrays_and_writes_to_them() -> None:
    for factor in (1.0, 2.0):
        arrays = some(factor)
        assert look(Bundled(arrays)) == (10.0 * factor, 4 + 5 + 40 + 40, 6, 6, (5, 4, 2, 0))
        assert arrays.two[1].tolist() == [4, 5, 40, 40]
    # two objects, one type: nothing is compiled twice
    assert len(look.signatures) == 1


def test_what_stands_deeper_belongs_to_the_type() -> None:
    class Around(NamedTuple):
        first: object
        second: object

    flat, deep = np.zeros(2), Inner(np.zeros(2))
    one, other = Bundled(Around(flat, deep)), Bundled(Around(deep, flat))
    assert typeof(one) != typeof(other)


def test_a_copy_has_an_address_of_its_own() -> None:
    bundled = Bundled(some())
    again = copy.deepcopy(bundled)
    assert again.address != bundled.address
    again.arrays.one[:] = 7.0
    assert (look(again)[0], look(bundled)[0]) == (35.0, 10.0)


def test_other_types_of_arrays_are_another_type_of_bundle() -> None:
    other = some()._replace(one=np.arange(5))
    known = numba.njit([(typeof(Bundled(some())),)])(look.py_func)
    assert known(Bundled(some()))[0] == 10.0
    with pytest.raises(TypeError, match="No matching definition"):
        known(Bundled(other))

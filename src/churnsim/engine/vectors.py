"""What vector units do well and LLVM does not find by itself: sums of floats, and lists of the few that are flagged.

With `fastmath` off the order of a sum is part of its meaning, so a plain loop adds one number at a time; here 32 sums
run side by side and are added in a fixed order, the same on every machine. A list of flagged accounts is written a
vector at a time, those that are not flagged squeezed out: a branch on each flag would be mispredicted.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from churnsim.engine.jit import inline, jit

LANES = 32
"""Elements that a vectorised loop takes at once, at most."""
HALF = 16
"""Flags that are looked at once."""
LARGEST = np.int32(0x7FFF_FFFF)
"""Greatest number of 32 bits."""
_WIDTH = 8


@intrinsic
def _sum_of_blocks(typingctx, x):
    """Sum of whole blocks of LANES in a float32 array, as float64."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        n = builder.extract_value(array.shape, 0)
        narrow, wide = ir.VectorType(ir.FloatType(), _WIDTH), ir.VectorType(ir.DoubleType(), _WIDTH)
        zero = ir.Constant(wide, [0.0] * _WIDTH)
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(LANES // _WIDTH)]
        end = builder.and_(n, n.type(-LANES))
        with cgutils.for_range_slice(builder, n.type(0), end, n.type(LANES)) as (i, _):
            for k, place in enumerate(sums):
                first = builder.gep(array.data, [builder.add(i, n.type(_WIDTH * k))])
                block = builder.load(builder.bitcast(first, narrow.as_pointer()), align=4)
                builder.store(builder.fadd(builder.load(place), builder.fpext(block, wide)), place)
        parts = [builder.load(place) for place in sums]
        whole = builder.fadd(builder.fadd(parts[0], parts[1]), builder.fadd(parts[2], parts[3]))
        terms = [builder.extract_element(whole, ir.IntType(32)(k)) for k in range(_WIDTH)]
        while len(terms) > 1:
            terms = [builder.fadd(a, b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0]

    return types.float64(x), codegen


_I32 = ir.IntType(32)
_VECTOR = ir.VectorType(_I32, HALF)
_NOTHING = ir.Constant(_VECTOR, ir.Undefined)


def _everywhere(builder, value):
    """A vector of HALF times the same number."""
    one = builder.insert_element(_NOTHING, value, _I32(0))
    return builder.shuffle_vector(one, _NOTHING, ir.Constant(_VECTOR, [0] * HALF))


def _place(context, builder, array_type, array, at):
    """Pointer to HALF elements of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _VECTOR.as_pointer())


def _lanes(builder, first):
    """Indices of the HALF elements from `first` on."""
    steps = ir.Constant(_VECTOR, list(range(HALF)))
    return builder.add(_everywhere(builder, builder.trunc(first, _I32)), steps)


def _wanted(builder, flags, wanted, index, n):
    """Which of the first `n` flags, whose places are `index`, share a bit with `wanted`."""
    zeros = ir.Constant(_VECTOR, [0] * HALF)
    here = builder.icmp_signed("!=", builder.and_(flags, _everywhere(builder, wanted)), zeros)
    return builder.and_(here, builder.icmp_signed("<", index, _everywhere(builder, builder.trunc(n, _I32))))


def _squeeze(builder, values, here, place, count):
    """Write those `values` that are `here` to `place`, side by side; return `count` and how many they are."""
    compress = builder.module.declare_intrinsic(
        f"llvm.experimental.vector.compress.v{HALF}i32", (), ir.FunctionType(_VECTOR, [_VECTOR, here.type, _VECTOR])
    )
    builder.store(builder.call(compress, [values, here, _NOTHING]), place, align=4)
    bits = builder.zext(builder.bitcast(here, ir.IntType(HALF)), ir.IntType(64))
    return builder.add(count, builder.ctpop(bits))


@intrinsic
def _list_block(typingctx, flag, first, n, wanted, low, out, count):
    """Write `low` + i to `out[count:]` for each flag i of the HALF from `first` on that shares a bit with `wanted`.

    Only the first `n` flags count. Return the new count. All HALF lanes of `out` from `count` on are written.
    """

    def codegen(context, builder, signature, args):
        flag, first, n, wanted, low, out, count = args
        index = _lanes(builder, first)
        flags = builder.load(_place(context, builder, signature.args[0], flag, first), align=4)
        here = _wanted(builder, flags, wanted, index, n)
        columns = builder.add(index, _everywhere(builder, builder.trunc(low, _I32)))
        return _squeeze(builder, columns, here, _place(context, builder, signature.args[5], out, count), count)

    signature = types.int64(flag, types.int64, types.int64, types.int32, types.int64, out, types.int64)
    return signature, codegen


@intrinsic
def _mark_block(typingctx, flag, values, first, n, wanted, out, count):
    """The same with `values[i]` for each such flag i."""

    def codegen(context, builder, signature, args):
        flag, values, first, n, wanted, out, count = args
        flags = builder.load(_place(context, builder, signature.args[0], flag, first), align=4)
        value = builder.load(_place(context, builder, signature.args[1], values, first), align=4)
        here = _wanted(builder, flags, wanted, _lanes(builder, first), n)
        return _squeeze(builder, value, here, _place(context, builder, signature.args[5], out, count), count)

    return types.int64(flag, values, types.int64, types.int64, types.int32, out, types.int64), codegen


@intrinsic
def _take_block(typingctx, keys, values, first, n, least, most, out, count):
    """The same with `values[i]` for each of the `keys` from `least` to `most`."""

    def codegen(context, builder, signature, args):
        keys, values, first, n, least, most, out, count = args
        key = builder.load(_place(context, builder, signature.args[0], keys, first), align=4)
        value = builder.load(_place(context, builder, signature.args[1], values, first), align=4)
        last = _everywhere(builder, builder.trunc(n, _I32))
        here = builder.icmp_signed("<", _lanes(builder, first), last)
        here = builder.and_(here, builder.icmp_signed(">=", key, _everywhere(builder, least)))
        here = builder.and_(here, builder.icmp_signed("<=", key, _everywhere(builder, most)))
        return _squeeze(builder, value, here, _place(context, builder, signature.args[6], out, count), count)

    i32, i64 = types.int32, types.int64
    return i64(keys, values, i64, i64, i32, i32, out, i64), codegen


@inline()
def whole_vectors(n):
    """`n` rounded up to whole vectors of 8: what a dense pass writes behind `n` is never read."""
    return (n + 7) // 8 * 8


@jit()
def copy(source, target):
    """Copy the first elements of an array to all of another one; a slice assignment would allocate."""
    for i in range(target.shape[0]):
        target[i] = source[i]


@jit()
def take(table, index, out):
    """out[i] = table[index[i]]."""
    for i in range(out.shape[0]):
        out[i] = table[np.uint32(index[i])]


@jit()
def set_row(row, value):
    """Set all elements of an array; a slice assignment would allocate."""
    for i in range(row.shape[0]):
        row[i] = value


@jit()
def range_of(x):
    """Least and greatest of some numbers of 32 bits, none negative; where there are none the least is the greater."""
    low, high = LARGEST, np.int32(0)
    for c in range(x.shape[0]):
        low = min(low, x[c])
        high = max(high, x[c])
    return low, high


@jit()
def total(x):
    """Sum of a float32 array in float64, in a fixed order."""
    whole = _sum_of_blocks(x)
    for i in range(x.shape[0] // LANES * LANES, x.shape[0]):
        whole += np.float64(x[i])
    return whole


@jit()
def list_flagged(flag, n, wanted, low, out):
    """Write `low` + i to `out` for each of the first `n` flags that shares a bit with `wanted`; return how many.

    `flag` is read, and `out` written, in whole blocks of HALF.
    """
    count = 0
    for first in range(0, n, HALF):
        count = _list_block(flag, first, n, wanted, low, out, count)
    return count


@jit()
def list_marked(flag, values, n, wanted, out):
    """Write `values[i]` to `out` for each of the first `n` flags that shares a bit with `wanted`; return how many.

    `flag` and `values` are read, and `out` written, in whole blocks of HALF.
    """
    count = 0
    for first in range(0, n, HALF):
        count = _mark_block(flag, values, first, n, wanted, out, count)
    return count


@jit()
def list_between(keys, values, n, least, most, out):
    """Write `values[i]` to `out` for each of the first `n` `keys` from `least` to `most`; return how many.

    `keys` and `values` are read, and `out` written, in whole blocks of HALF.
    """
    count = 0
    for first in range(0, n, HALF):
        count = _take_block(keys, values, first, n, least, most, out, count)
    return count

"""What vector units do well and LLVM does not find by itself: sums of floats, and lists of the few that are flagged.

With `fastmath` off the order of a sum is part of its meaning, so a plain loop adds one number at a time; here 32 sums
run side by side and are added in a fixed order, the same on every machine. A list of flagged accounts is written from
one bit an account: the work goes with the number of flags, not with the number of accounts.
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
_WIDTH = 8
_ONE = np.uint64(1)
_NONE = np.uint64(0)


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


@intrinsic
def _flags_of_block(typingctx, flag, first, wanted):
    """One bit for each of LANES flags (int32) from `first` on: 1 where it shares a bit with `wanted`."""

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        vector = ir.VectorType(ir.IntType(32), LANES)
        pointer = builder.bitcast(builder.gep(array.data, [args[1]]), vector.as_pointer())
        nothing = ir.Constant(vector, ir.Undefined)
        all_wanted = builder.insert_element(nothing, args[2], ir.IntType(32)(0))
        all_wanted = builder.shuffle_vector(all_wanted, nothing, ir.Constant(vector, [0] * LANES))
        shared = builder.and_(builder.load(pointer, align=4), all_wanted)
        bits = builder.bitcast(builder.icmp_signed("!=", shared, ir.Constant(vector, [0] * LANES)), ir.IntType(LANES))
        return builder.zext(bits, ir.IntType(64))

    return types.uint64(flag, types.int64, types.int32), codegen


@intrinsic
def _lowest_bit(typingctx, bits):
    """Place of the lowest bit that is 1."""

    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.uint64(types.uint64), codegen


@inline()
def whole_vectors(n):
    """`n` rounded up to whole vectors of 8: what a dense pass writes behind `n` is never read."""
    return (n + 7) // 8 * 8


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

    `flag` is read in whole blocks of LANES.
    """
    count = 0
    for first in range(0, n, LANES):
        bits = _flags_of_block(flag, first, wanted)
        if n - first < LANES:
            bits &= (_ONE << np.uint64(n - first)) - _ONE
        while bits != _NONE:
            out[count] = np.int32(low + first + np.int64(_lowest_bit(bits)))
            bits &= bits - _ONE
            count += 1
    return count

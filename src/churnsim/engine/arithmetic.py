"""Elementary functions in float32 that vectorise.

libm's exp is scalar and costs five times the polynomial here. With `fastmath` off and every fused multiplication
written out the same source gives the same bytes on every x86 target. exp: range reduction and a degree-6 polynomial
(relative error below 2e-7). ln: Cephes' polynomial. Normal quantile: Giles (2010), Approximating the erfinv function
(relative error below 5e-7 to 5.2 standard deviations, absolute below .003 beyond).
"""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from churnsim.engine.jit import inline


@intrinsic
def float_from_bits(typingctx, bits):  # noqa: D103
    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen


@intrinsic
def bits_of_float(typingctx, value):  # noqa: D103
    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), codegen


@intrinsic
def fma(typingctx, a, b, c):
    """a b + c, rounded once: one instruction on every x86 since 2013, and the same bytes where it is emulated."""

    def codegen(context, builder, signature, args):
        return builder.fma(*args)

    return types.float32(types.float32, types.float32, types.float32), codegen


@intrinsic
def floor32(typingctx, value):
    """Floor of a float32: math.floor takes the detour over a 64-bit integer."""

    def codegen(context, builder, signature, args):
        real = ir.FloatType()
        return builder.call(builder.module.declare_intrinsic("llvm.floor", [real]), args)

    return types.float32(types.float32), codegen


@intrinsic
def floor64(typingctx, value):
    """The same of a float64, as float64."""

    def codegen(context, builder, signature, args):
        return builder.call(builder.module.declare_intrinsic("llvm.floor", [ir.DoubleType()]), args)

    return types.float64(types.float64), codegen


_LOG2E = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(-2.12194440e-4)
_HALF = np.float32(0.5)
_ONE = np.float32(1.0)
_E2 = np.float32(5.0000001201e-1)
_E3 = np.float32(1.6666665459e-1)
_E4 = np.float32(4.1665795894e-2)
_E5 = np.float32(8.3334519073e-3)
_E6 = np.float32(1.3981999507e-3)
_E7 = np.float32(1.9875691500e-4)
_EXP_LOW = np.float32(-87.0)
_EXP_HIGH = np.float32(88.0)
_HEIGHT = np.float32(1.5 * 2**23 + 127)
"""Here floats are whole numbers, and n above it the lowest 8 bits hold 127 + n: the exponent of 2^n."""


@inline()
def exp32(x):
    """exp of a float32, clipped to [-87, 88]."""
    x = min(max(x, _EXP_LOW), _EXP_HIGH)
    t = fma(x, _LOG2E, _HEIGHT)
    n = t - _HEIGHT
    r = fma(n, -_LN2_HIGH, x)
    r = fma(n, -_LN2_LOW, r)
    p = _E7
    p = fma(p, r, _E6)
    p = fma(p, r, _E5)
    p = fma(p, r, _E4)
    p = fma(p, r, _E3)
    p = fma(p, r, _E2)
    p = fma(p, r * r, r + _ONE)
    return p * float_from_bits(bits_of_float(t) << np.int32(23))


_C1 = np.float32(0.70710678)
_L0 = np.float32(7.0376836292e-2)
_L1 = np.float32(-1.1514610310e-1)
_L2 = np.float32(1.1676998740e-1)
_L3 = np.float32(-1.2420140846e-1)
_L4 = np.float32(1.4249322787e-1)
_L5 = np.float32(-1.6668057665e-1)
_L6 = np.float32(2.0000714765e-1)
_L7 = np.float32(-2.4999993993e-1)
_L8 = np.float32(3.3333331174e-1)
_ZERO = np.float32(0.0)
_N0 = np.float32(2.81022636e-08)
_N1 = np.float32(3.43273939e-07)
_N2 = np.float32(-3.5233877e-06)
_N3 = np.float32(-4.39150654e-06)
_N4 = np.float32(0.00021858087)
_N5 = np.float32(-0.00125372503)
_N6 = np.float32(-0.00417768164)
_N7 = np.float32(0.246640727)
_N8 = np.float32(1.50140941)
_T0 = np.float32(-0.000200214257)
_T1 = np.float32(0.000100950558)
_T2 = np.float32(0.00134934322)
_T3 = np.float32(-0.00367342844)
_T4 = np.float32(0.00573950773)
_T5 = np.float32(-0.0076224613)
_T6 = np.float32(0.00943887047)
_T7 = np.float32(1.00167406)
_T8 = np.float32(2.83297682)
_W_CENTRE = np.float32(2.5)
_W_TAIL = np.float32(3.0)
_W_SPLIT = np.float32(5.0)
_ROOT2 = np.float32(1.4142135623730951)
_TWO = np.float32(2.0)
_FOUR = np.float32(4.0)
_STEP = np.float32(2.0**-32)
_WORD = np.uint32(0xFFFF_FFFF)
_CLOSE = np.uint32(0xB504_F334)


@inline()
def log_of_parts(m, e):
    """ln(1 + m) + e ln 2 for m in (-0.3, 0.42) and whole e: Cephes' polynomial, relatively exact for small m too."""
    z = m * m
    p = _L0
    p = fma(p, m, _L1)
    p = fma(p, m, _L2)
    p = fma(p, m, _L3)
    p = fma(p, m, _L4)
    p = fma(p, m, _L5)
    p = fma(p, m, _L6)
    p = fma(p, m, _L7)
    p = fma(p, m, _L8)
    y = fma(e, _LN2_LOW, p * m * z)
    y = fma(z, -_HALF, y)
    return fma(e, _LN2_HIGH, m + y)


@inline()
def parts(x):
    """m and e of a positive normal float32 x = (1 + m) 2^e, for `log_of_parts`."""
    bits = bits_of_float(x)
    e = np.float32((bits >> np.int32(23)) - np.int32(126))
    m = float_from_bits((bits & np.int32(0x7FFFFF)) | np.int32(0x3F000000))
    small = m < _C1
    e = e - (_ONE if small else _ZERO)
    return ((m + m - _ONE) if small else (m - _ONE)), e


@inline()
def log32(x):
    """Natural logarithm of a positive normal float32, without branches."""
    m, e = parts(x)
    return log_of_parts(m, e)


@inline()
def fraction32(word):
    """Word of 32 bits (uint64) to (0, 1], as float32: (word + 1/2) / 2^32, relatively exact for small words."""
    return (np.float32(np.uint32(word)) + _HALF) * _STEP


@inline()
def exponential32(word):
    """Standard exponential float32 from a 32-bit word: -ln u of u = (word + 1/2) / 2^32, exact at both ends."""
    word = np.uint32(word)
    # above .707 the complement is used, which float32 holds exactly where u comes close to 1
    close = word >= _CLOSE
    rest = fraction32(_WORD - word if close else word)
    m, e = parts(rest)
    return -log_of_parts(-rest if close else m, _ZERO if close else e)


@inline()
def normal32(word):
    """Standard normal float32 from a 32-bit word, without branches (both of Giles' branches run)."""
    bits = np.int32(word)
    # the smaller of u and 1 - u, so that the tails keep all digits
    upper = bits < np.int32(0)
    v = (np.float32(np.int32(bits ^ (bits >> np.int32(31)))) + _HALF) * _STEP
    w = -log32(_FOUR * v * (_ONE - v))
    c = w - _W_CENTRE
    p = _N0
    p = fma(p, c, _N1)
    p = fma(p, c, _N2)
    p = fma(p, c, _N3)
    p = fma(p, c, _N4)
    p = fma(p, c, _N5)
    p = fma(p, c, _N6)
    p = fma(p, c, _N7)
    p = fma(p, c, _N8)
    t = np.float32(math.sqrt(max(w, _ZERO))) - _W_TAIL
    q = _T0
    q = fma(q, t, _T1)
    q = fma(q, t, _T2)
    q = fma(q, t, _T3)
    q = fma(q, t, _T4)
    q = fma(q, t, _T5)
    q = fma(q, t, _T6)
    q = fma(q, t, _T7)
    q = fma(q, t, _T8)
    size = _ROOT2 * (p if w < _W_SPLIT else q) * (_ONE - _TWO * v)
    return size if upper else -size

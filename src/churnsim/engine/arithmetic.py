"""Elementary functions in float32 that vectorise, and sums that do.

libm's exp is scalar and costs five times the polynomial here. With `fastmath` off the same source gives the same bytes
on every x86 target. exp: range reduction and a degree-6 polynomial (relative error below 2e-7). Normal quantile: Giles
(2010), Approximating the erfinv function (error below 3e-7 in float32). Sums run over eight accumulators in a fixed
order.
"""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from churnsim.engine.jit import inline, jit


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


@inline()
def exp32(x):
    """exp of a float32, clipped to [-87, 88]."""
    x = min(max(x, _EXP_LOW), _EXP_HIGH)
    n = np.float32(math.floor(x * _LOG2E + _HALF))
    r = x - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    p = _E7
    p = p * r + _E6
    p = p * r + _E5
    p = p * r + _E4
    p = p * r + _E3
    p = p * r + _E2
    p = p * (r * r) + r + _ONE
    return p * float_from_bits((np.int32(n) + np.int32(127)) << np.int32(23))


@inline()
def normal_score(u):
    """Standard normal quantile at u in (0, 1), float64; absolute error below 5e-7 for |quantile| < 5.2."""
    x = 2.0 * u - 1.0
    w = -math.log(4.0 * u * (1.0 - u))
    if w < 5.0:
        w -= 2.5
        p = 2.81022636e-08
        p = 3.43273939e-07 + p * w
        p = -3.5233877e-06 + p * w
        p = -4.39150654e-06 + p * w
        p = 0.00021858087 + p * w
        p = -0.00125372503 + p * w
        p = -0.00417768164 + p * w
        p = 0.246640727 + p * w
        p = 1.50140941 + p * w
    else:
        w = math.sqrt(w) - 3.0
        p = -0.000200214257
        p = 0.000100950558 + p * w
        p = 0.00134934322 + p * w
        p = -0.00367342844 + p * w
        p = 0.00573950773 + p * w
        p = -0.0076224613 + p * w
        p = 0.00943887047 + p * w
        p = 1.00167406 + p * w
        p = 2.83297682 + p * w
    return 1.4142135623730951 * p * x


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
_STEP = np.float32(2.0**-23)


@inline()
def log32(x):
    """Natural logarithm of a positive normal float32 (Cephes' polynomial), without branches."""
    bits = bits_of_float(x)
    e = np.float32((bits >> np.int32(23)) - np.int32(126))
    m = float_from_bits((bits & np.int32(0x7FFFFF)) | np.int32(0x3F000000))
    small = m < _C1
    e = e - (_ONE if small else _ZERO)
    m = (m + m - _ONE) if small else (m - _ONE)
    z = m * m
    p = _L0
    p = p * m + _L1
    p = p * m + _L2
    p = p * m + _L3
    p = p * m + _L4
    p = p * m + _L5
    p = p * m + _L6
    p = p * m + _L7
    p = p * m + _L8
    y = p * m * z
    y = y + e * _LN2_LOW - _HALF * z
    return m + y + e * _LN2_HIGH


@inline()
def normal32(word):
    """Standard normal float32 from the top 23 bits of a 32-bit word, without branches (both of Giles' branches run)."""
    u = (np.float32(np.int32(word >> np.uint64(9))) + _HALF) * _STEP
    x = _TWO * u - _ONE
    w = -log32(_FOUR * u * (_ONE - u))
    c = w - _W_CENTRE
    p = _N0
    p = _N1 + p * c
    p = _N2 + p * c
    p = _N3 + p * c
    p = _N4 + p * c
    p = _N5 + p * c
    p = _N6 + p * c
    p = _N7 + p * c
    p = _N8 + p * c
    t = np.float32(math.sqrt(max(w, _ZERO))) - _W_TAIL
    q = _T0
    q = _T1 + q * t
    q = _T2 + q * t
    q = _T3 + q * t
    q = _T4 + q * t
    q = _T5 + q * t
    q = _T6 + q * t
    q = _T7 + q * t
    q = _T8 + q * t
    return _ROOT2 * (p if w < _W_SPLIT else q) * x


@jit()
def total(x):
    """Sum of a float32 array in float64, over eight accumulators in a fixed order."""
    n = x.shape[0]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = n - n % 8
    for i in range(0, whole, 8):
        s0 += np.float64(x[i])
        s1 += np.float64(x[i + 1])
        s2 += np.float64(x[i + 2])
        s3 += np.float64(x[i + 3])
        s4 += np.float64(x[i + 4])
        s5 += np.float64(x[i + 5])
        s6 += np.float64(x[i + 6])
        s7 += np.float64(x[i + 7])
    rest = 0.0
    for i in range(whole, n):
        rest += np.float64(x[i])
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest

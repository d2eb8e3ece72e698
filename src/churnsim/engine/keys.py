"""Random numbers: counter-based Philox4x32-10, keyed by who and what for.

    key     = hash64(seed, draw, replicate)
    counter = who (64 bits) | purpose (16) | ordinal (48)

No generator has a state, so a number depends on nothing but its key and counter: not on the arm, the thread, the batch
or the order of calls (common random numbers). One block gives four words of 32 bits, its lanes. Reference: Salmon,
Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3; hashing by the finaliser of SplitMix64 (Steele,
Lea & Flood 2014).

The functions are plain arithmetic on unsigned 64-bit words: kernels call the compiled ones, and the same source works
on NumPy arrays (`philox_arrays`), where a handful of numbers does not warrant compiling.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import inline

# What a number is for. Lanes of one block serve related quantities that are needed together. The numbers have a type,
# since Numba compiles a function anew for each plain one.
DRAW = np.uint64(1)
"""who: hash of a dotted path; an uncertain number."""
ENTRY = np.uint64(2)
"""who: account; lanes: entry ARR, frailty, misfit, contract term."""
CLOCKS = np.uint64(3)
"""who: account; ordinal: n-th firing; lanes: intent, first value, upsell, contraction."""
EXITS = np.uint64(4)
"""who: account; lanes: closure, payment."""
ROOT_CAUSE = np.uint64(5)
"""who: account; ordinal: n-th intent."""
SCORE_NOISE = np.uint64(6)
"""who: account; ordinal: (month - 1) // 4, lane: (month - 1) % 4."""
PLAY = np.uint64(7)
"""who: account; ordinal: play (32 bits) | n-th delivery (16); lanes: success, rescue, sponsor."""
TIE = np.uint64(8)
"""who: account; ordinal: play (32 bits) | month (16)."""
OWNER = np.uint64(9)
"""who: account; ordinal: team (32 bits) | n // 4 (16), lane: n % 4; gap after the n-th record of the posts."""
LEAD = np.uint64(10)
"""who: segment and channel; ordinal: month (16 bits) | k // 4 (32), lane: k % 4; conversion of the k-th lead.

who: lead of a referral; ordinal 0, lane 0."""
LEAD_COUNT = np.uint64(11)
"""who: segment and channel; ordinal: month."""
MARKET = np.uint64(12)
"""who: 0; ordinal: month."""
COHORT = np.uint64(13)
"""who: segment; ordinal: calendar quarter of entry."""
POST = np.uint64(14)
"""who: team and post; ordinal: n-th departure."""
HISTORY = np.uint64(15)
"""who: account of the book; ordinal 0, lane 0: month of first value; ordinal n, lane 1: fate of the n-th silent intent;
ordinal 0, lane 2: sponsor gone, lane 3: milestones reached;
ordinal play (32 bits) | 0xFFFF (16), lane 0: months since the play's last delivery."""
MILESTONE = np.uint64(16)
"""who: account; ordinal: (j - 2) // 4, lane: (j - 2) % 4; threshold of milestone j = 2, 3, ... before first value."""
SPONSOR = np.uint64(17)
"""who: account; ordinal: n-th change, lane 0."""
INCIDENT = np.uint64(18)
"""who: account; ordinal: n-th incident; lanes: threshold, first contact."""
CROSS_SELL = np.uint64(19)
"""who: account; ordinal: n-th firing, lane 0."""
WIN_BACK = np.uint64(20)
"""who: account; lane 0."""
REFERRAL = np.uint64(21)
"""who: account; ordinal: n-th firing, lane 0."""
SCORE_BIAS = np.uint64(22)
"""who: account; lane 0."""
TRIAL = np.uint64(23)
"""who: account; ordinal: play (32 bits); lane 0: below the share that is treated."""

RETURN_SALT = 0x5245_5455_524E
"""An account that comes back is combine(who, RETURN_SALT)."""
REFERRAL_SALT = 0x52_4546_4552
"""The n-th referral of an account is the lead combine(who, n + REFERRAL_SALT)."""

DRAW_REPLICATE = 0xFFFF_FFFF_FFFF_FFFF
"""Stands for the replicate in the key of a draw: what is not known does not depend on luck."""

_LOW = np.uint64(0xFFFF_FFFF)
_S16 = np.uint64(16)
_S27 = np.uint64(27)
_S30 = np.uint64(30)
_S31 = np.uint64(31)
_S32 = np.uint64(32)
_M0 = np.uint64(0xD251_1F53)
_M1 = np.uint64(0xCD9E_8D57)
_W0 = np.uint64(0x9E37_79B9)
_W1 = np.uint64(0xBB67_AE85)
_GOLDEN = np.uint64(0x9E37_79B9_7F4A_7C15)
_MIX1 = np.uint64(0xBF58_476D_1CE4_E5B9)
_MIX2 = np.uint64(0x94D0_49BB_1331_11EB)


def _philox(c0, c1, c2, c3, k0, k1):
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0 = (p1 >> _S32) ^ c1 ^ k0
        c1 = p1 & _LOW
        c2 = (p0 >> _S32) ^ c3 ^ k1
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


def _mix64(x):
    x = x + _GOLDEN
    x = (x ^ (x >> _S30)) * _MIX1
    x = (x ^ (x >> _S27)) * _MIX2
    return x ^ (x >> _S31)


philox = inline()(_philox)
"""Philox4x32-10: counter (c0, c1, c2, c3) and key (k0, k1), words of 32 bits held in uint64, to four such words."""

mix64 = inline()(_mix64)
"""Finaliser of SplitMix64: a bijection of 64-bit words that scatters its input."""


@inline()
def combine(h, x):
    """Hash of a hash and one more 64-bit word."""
    return mix64(h ^ mix64(np.uint64(x)))


@inline()
def path_key(seed, draw, replicate):
    """Key of one path: hash64(seed, draw, replicate)."""
    # the seed is mixed twice and the draw once: seed a, draw b is not seed b, draw a
    return combine(combine(combine(np.uint64(0), seed), draw), replicate)


@inline()
def block(key, who, purpose, ordinal):
    """Four 32-bit words (as uint64) for `who`, `purpose` and `ordinal` under `key`."""
    o = np.uint64(ordinal)
    c1 = ((o >> _S32) & np.uint64(0xFFFF)) | (np.uint64(purpose) << _S16)
    return philox(o & _LOW, c1, who & _LOW, who >> _S32, key & _LOW, key >> _S32)


@inline()
def uniform(word):
    """Word of 32 bits to (0, 1), ends excluded, as float64."""
    # signed words are converted in one instruction, unsigned ones are not
    return (np.float64(np.int64(word)) + 0.5) * 2.0**-32


def philox_arrays(
    key: np.ndarray, who: np.ndarray | np.uint64, purpose: int | np.uint64, ordinal: int = 0
) -> np.ndarray:
    """Uniforms (4, n) of the blocks for keys and whos of shape (n,), in plain NumPy."""
    key, who = np.broadcast_arrays(np.asarray(key, dtype=np.uint64), np.asarray(who, dtype=np.uint64))
    c0 = np.full(key.shape, ordinal & 0xFFFF_FFFF, dtype=np.uint64)
    c1 = np.full(key.shape, (ordinal >> 32) & 0xFFFF | int(purpose) << 16, dtype=np.uint64)
    words = _philox(c0, c1, who & _LOW, who >> _S32, key & _LOW, key >> _S32)
    return (np.stack(words).astype(np.float64) + 0.5) * 2.0**-32


def draw_keys(seed: int, draws: np.ndarray) -> np.ndarray:
    """Keys (n,) of the draws' own samples: `path_key` with `DRAW_REPLICATE`, in plain NumPy."""
    with np.errstate(over="ignore"):
        h = _mix64(_mix64(np.full(len(draws), seed, dtype=np.uint64)))
        for word in (np.asarray(draws, dtype=np.uint64), np.full(len(draws), DRAW_REPLICATE, dtype=np.uint64)):
            h = _mix64(h ^ _mix64(word))
    return h

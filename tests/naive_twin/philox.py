"""Random words: Philox4x32-10 on Python's integers (Salmon, Moraes, Dror & Shaw 2011), and the hashes that key it."""

from __future__ import annotations

WORD = 0xFFFF_FFFF
LONG = 0xFFFF_FFFF_FFFF_FFFF


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Four words of 32 bits for a counter of four words and a key of two."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD251_1F53 * x0, 1 << 32)
        high1, low1 = divmod(0xCD9E_8D57 * x2, 1 << 32)
        x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
        k0 = (k0 + 0x9E37_79B9) % (1 << 32)
        k1 = (k1 + 0xBB67_AE85) % (1 << 32)
    return x0, x1, x2, x3


def scatter(x: int) -> int:
    """SplitMix64: one step of its counter and its finaliser (Steele, Lea & Flood 2014)."""
    return finalise((x + 0x9E37_79B9_7F4A_7C15) & LONG)


def finalise(x: int) -> int:
    """Finaliser of SplitMix64."""
    x = (x ^ x >> 30) * 0xBF58_476D_1CE4_E5B9 & LONG
    x = (x ^ x >> 27) * 0x94D0_49BB_1331_11EB & LONG
    return x ^ x >> 31


def combine(h: int, x: int) -> int:
    """Hash of a hash and one more word of 64 bits."""
    return scatter(h ^ scatter(x))


def hash_text(text: str) -> int:
    """Hash of a name: FNV-1a over its bytes, then the finaliser of SplitMix64."""
    h = 0xCBF2_9CE4_8422_2325
    for byte in text.encode("utf-8"):
        h = (h ^ byte) * 0x100_0000_01B3 & LONG
    return finalise(h)

"""A 64-bit hash of text that is the same on every machine and in every version of Python.

FNV-1a over the UTF-8 bytes (Fowler, Noll & Vo), then the finaliser of splitmix64 (Steele, Lea & Flood 2014), since
FNV alone mixes its high bits poorly for short texts and random keys use all 64.
"""

from __future__ import annotations

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_FNV_OFFSET = 0xCBF2_9CE4_8422_2325
_FNV_PRIME = 0x0000_0100_0000_01B3


def hash_text(text: str) -> int:
    """64-bit hash of a text, as an integer from 0 to 2**64 - 1."""
    value = _FNV_OFFSET
    for byte in text.encode("utf-8"):
        value = (value ^ byte) * _FNV_PRIME & _MASK
    return _finalise(value)


def _finalise(value: int) -> int:
    value = (value ^ value >> 30) * 0xBF58_476D_1CE4_E5B9 & _MASK
    value = (value ^ value >> 27) * 0x94D0_49BB_1331_11EB & _MASK
    return value ^ value >> 31

"""The seal of a point: two hashes, of what makes its numbers and of the numbers themselves. Layout: sweeps/store.py."""

from __future__ import annotations

import hashlib

import numpy as np

HASH_BYTES = 32
"""Bytes of each of the two hashes (SHA-256)."""


def hash_of(values: np.ndarray) -> bytes:
    """Hash of a point's numbers."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<f8").tobytes()).digest()


def made_by(seal: np.ndarray) -> bytes:
    """Hash of what made the point of a seal (64,) uint8."""
    return bytes(seal[:HASH_BYTES].tobytes())


def holds(values: np.ndarray, seal: np.ndarray) -> bool:
    """Whether these are the numbers that were sealed."""
    return hash_of(values) == seal[HASH_BYTES:].tobytes()

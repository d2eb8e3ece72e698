"""Versions of the packages that the numbers of a run come from."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

PACKAGES = ("churnsim", "numpy", "numba", "xarray")


def versions() -> dict[str, str]:
    """Those that are installed, by package."""
    return {name: _version(name) for name in PACKAGES}


# looked up in files: milliseconds, which a sweep of many small simulations would spend on each
_version = lru_cache(version)

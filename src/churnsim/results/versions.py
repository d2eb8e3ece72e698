"""Versions of the packages that the numbers of a run come from."""

from __future__ import annotations

from importlib.metadata import version

PACKAGES = ("churnsim", "numpy", "numba", "xarray")


def versions() -> dict[str, str]:
    """Those that are installed, by package."""
    return {name: version(name) for name in PACKAGES}

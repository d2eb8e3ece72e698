"""Progress of a decision that takes several simulations."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called as progress(done, total)."""


def part(progress: Progress | None, start: float, end: float) -> Progress | None:
    """Progress of one simulation, from the share `start` of the whole to `end`, as thousandths of the whole."""
    if progress is None:
        return None
    return lambda done, total: progress(round(1000 * (start + (end - start) * done / max(total, 1))), 1000)

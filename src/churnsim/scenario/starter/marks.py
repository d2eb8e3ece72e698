"""The mark of a line whose value is an illustration until the user replaces it."""

from __future__ import annotations

FILL_IN = "FILL IN"


def to_fill_in(text: str) -> list[int]:
    """Lines, from 1, that bear the mark."""
    return [i for i, line in enumerate(text.splitlines(), 1) if f"# {FILL_IN}" in line]

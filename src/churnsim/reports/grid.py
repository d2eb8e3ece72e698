"""A chart of cells over two named sides, in panels: coloured by the arm that is best, or by a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from churnsim.reports.content import Kind


@dataclass(frozen=True)
class Panel:
    """Cells by row (upwards) and column."""

    title: str
    values: Sequence[Sequence[float]]
    """NaN where a point is missing."""
    told: Sequence[Sequence[bool]]
    """Whether a value is told from 0."""
    arms: Sequence[Sequence[int]] = ()
    """Number of the arm that a cell is coloured by; -1 for none. Empty: cells are coloured by value."""
    failed: Sequence[Sequence[bool]] = ()
    """Whether a point that is missing has failed."""


@dataclass(frozen=True)
class Grid:
    """Panels over the same two sides."""

    x_label: str
    y_label: str
    columns: Sequence[str]
    rows: Sequence[str]
    panels: tuple[Panel, ...]
    kind: Kind
    names: tuple[str, ...] = ()
    """Arms by number."""
    signed: bool = False
    """Whether 0 is the middle of the colours rather than their end."""
    zero: str = ""
    """Word for a cell that is 0; none: it is shown as a number."""

"""Cells of tables: typed values, notes on what is masked, formulas of ours, columns of estimates."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

from churnsim.metrics.estimates import Estimate, Quantile, Share

MASKED = "Not defined in any path."
UNKNOWN_ERROR = "The error is not known: there is a single draw or path."


@dataclass(frozen=True)
class Noted:
    """A value with a note on its cell; one that is not finite leaves the cell empty."""

    value: float
    note: str


@dataclass(frozen=True)
class Formula:
    """A formula of ours with its value, for readers that do not calculate."""

    text: str
    value: float


Cell = str | float | int | datetime.date | Noted | Formula | None


@dataclass(frozen=True)
class Column:
    """Cells of one kind under a title. None: the cell does not apply; NaN: it is masked, and a note says so."""

    key: str
    title: str
    kind: str | Sequence[str]
    """One of NUMBER_FORMATS, for all cells or for each."""
    cells: Sequence[Cell]

    def kind_of(self, row: int) -> str:
        """The kind of a cell."""
        return self.kind if isinstance(self.kind, str) else self.kind[row]


@dataclass(frozen=True)
class Block:
    """Where a table stands."""

    sheet: str
    top: int
    """Row of the headers."""
    rows: int
    columns: dict[str, int]
    """Column of each key."""

    def cell(self, key: str, row: int) -> str:
        """A cell of the table, e.g. "B7"."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        return str(xl_rowcol_to_cell(self.top + 1 + row, self.columns[key]))

    def cells(self, key: str) -> str:
        """All cells of a column as a reference for charts."""
        from xlsxwriter.utility import xl_range_abs

        column = self.columns[key]
        return f"={self.sheet}!{xl_range_abs(self.top + 1, column, self.top + self.rows, column)}"

    @property
    def end(self) -> int:
        """First row behind the table."""
        return self.top + 1 + self.rows


def estimates(
    key: str, title: str, kind: str | Sequence[str], values: Sequence[Estimate | None], paths: int
) -> list[Column]:
    """Columns of means and of their standard errors."""
    return [
        Column(key, title, kind, [_mean(value, paths) for value in values]),
        Column(f"{key}_se", f"{title}: standard error", kind, [_error(value) for value in values]),
    ]


def interval(
    key: str, title: str, kind: str | Sequence[str], values: Sequence[Estimate | Share | Quantile | None]
) -> list[Column]:
    """Columns of the ends of 95% intervals."""

    def end(value: Estimate | Share | Quantile | None, which: str) -> Cell:
        return None if value is None else known(getattr(value, which), "This end of the interval is not known.")

    return [
        Column(f"{key}_{which}", f"{title}: 95% interval, {which}", kind, [end(value, which) for value in values])
        for which in ("low", "high")
    ]


def known(value: float, note: str) -> Cell:
    """A number; where it is not finite, an empty cell with a note that says why."""
    return value if math.isfinite(value) else Noted(value, note)


def _mean(value: Estimate | None, paths: int) -> Cell:
    if value is None or not value.masked:
        return None if value is None else value.mean
    if math.isnan(value.mean):
        return Noted(value.mean, MASKED)
    return Noted(value.mean, f"Not defined in {value.masked:,} of {paths:,} paths, which are left out.")


def _error(value: Estimate | None) -> Cell:
    if value is None:
        return None
    return known(value.se, MASKED if math.isnan(value.mean) else UNKNOWN_ERROR)

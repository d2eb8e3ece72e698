"""What a page says, before it is HTML: sections of words, tables of numbers, and charts as data.

Numbers stay numbers, each column with its kind and, where it estimates something, its standard error or interval; a
page prints them by `Column.cells`. Charts are data too: `pictures.py` draws them. (A workbook has columns of its own.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from churnsim.metrics.estimates import Estimate, Quantile, Share
from churnsim.reports import numbers
from churnsim.reports.grid import Grid

Kind = Literal["text", "code", "money", "share", "odds", "count", "ratio", "number"]
"""`odds` are shares in whole percent, `count` whole numbers, `code` is text as it stands in a file."""


LONG = 32
"""Characters of a cell that stay on one line."""


@dataclass(frozen=True)
class Column:
    """Cells of one kind, with standard errors or intervals where they are estimates."""

    title: str
    kind: Kind
    values: Sequence[float | str]
    """A number that is not defined is NaN."""
    errors: Sequence[float] | None = None
    lows: Sequence[float] | None = None
    highs: Sequence[float] | None = None
    masked: Sequence[int] | None = None
    """Paths that each estimate leaves out because the value is not defined in them."""

    @property
    def is_text(self) -> bool:
        """Whether the cells are words."""
        return self.kind in ("text", "code")

    @property
    def is_long(self) -> bool:
        """Whether the cells are words that need more than one line."""
        return self.kind == "text" and any(len(str(value)) > LONG for value in self.values)

    def cells(self, currency: str) -> list[str]:
        """The cells as people read them."""
        return [self._cell(i, currency) for i in range(len(self.values))]

    def _cell(self, i: int, currency: str) -> str:
        value = self.values[i]
        if isinstance(value, str):
            return value
        text = self._number(value, i, currency)
        count = self.masked[i] if self.masked is not None else 0
        return f"{text} ({count:,} masked)" if count else text

    def _number(self, value: float, i: int, currency: str) -> str:
        if self.errors is not None:
            return with_error(value, self.errors[i], self.kind, currency)
        if self.lows is not None and self.highs is not None:
            return _with_interval(value, self.lows[i], self.highs[i], self.kind, currency)
        return plain(value, self.kind, currency)


def of_estimates(title: str, kind: Kind, estimates: Sequence[Estimate | None]) -> Column:
    """Means with their standard errors; None is a dash."""
    return Column(
        title,
        kind,
        [math.nan if e is None else e.mean for e in estimates],
        errors=[math.nan if e is None else e.se for e in estimates],
        masked=[0 if e is None else e.masked for e in estimates],
    )


def of_intervals(title: str, kind: Kind, known: Sequence[Share | Quantile | None]) -> Column:
    """Shares or quantiles with their 95% intervals; None is a dash."""
    values = [math.nan if k is None else k.share if isinstance(k, Share) else k.value for k in known]
    return Column(
        title,
        kind,
        values,
        lows=[math.nan if k is None else k.low for k in known],
        highs=[math.nan if k is None else k.high for k in known],
    )


def money_intervals(title: str, estimates: Sequence[Estimate | None], currency: str) -> Column:
    """The 95% intervals of mean amounts, in words."""
    ends = [(math.nan, math.nan) if e is None else (e.low, e.high) for e in estimates]
    return Column(title, "text", [numbers.money_interval(low, high, currency) for low, high in ends])


@dataclass(frozen=True)
class Table:
    """A table of columns of one length."""

    title: str
    columns: tuple[Column, ...]
    marked: int | None = None
    """Row that stands out."""
    note: str = ""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0].values)


@dataclass(frozen=True)
class Dots:
    """One mark per place of a chart, with its 95% interval and, behind it, a wider spread."""

    label: str
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    spread: tuple[Sequence[float], Sequence[float]] | None = None
    spread_label: str = ""


def dots_of(label: str, estimates: Sequence[Estimate]) -> Dots:
    """Means with their 95% intervals."""
    return Dots(label, [e.mean for e in estimates], [e.low for e in estimates], [e.high for e in estimates])


@dataclass(frozen=True)
class Points:
    """Marks over named places."""

    x_label: str
    y_label: str
    kind: Kind
    places: Sequence[str]
    dots: tuple[Dots, ...]
    level: float = 0.0
    """A line across."""
    marked: int | None = None


@dataclass(frozen=True)
class Line:
    """A series by month, with bands around it, the widest first, as (low, high)."""

    label: str
    y: Sequence[float]
    bands: tuple[tuple[Sequence[float], Sequence[float]], ...] = ()
    bands_as_lines: bool = False
    """Whether only the outlines of the bands are drawn, so that another line's bands show through."""


@dataclass(frozen=True)
class Lines:
    """Series over the months of the simulation."""

    y_label: str
    kind: Kind
    months: Sequence[int]
    lines: tuple[Line, ...]
    from_zero: bool = True


@dataclass(frozen=True)
class Waterfall:
    """An opening value, what is added and taken, a closing value."""

    y_label: str
    opening: tuple[str, float]
    steps: tuple[tuple[str, float], ...]
    closing: tuple[str, float]


@dataclass(frozen=True)
class Bars:
    """Lying bars over named places, one colour a series, with 95% intervals."""

    x_label: str
    kind: Kind
    places: Sequence[str]
    dots: tuple[Dots, ...]


Chart = Points | Lines | Waterfall | Bars | Grid


@dataclass(frozen=True)
class View:
    """A picture: a title that says what to see, the chart, and the table behind it."""

    title: str
    chart: Chart
    table: Table


@dataclass(frozen=True)
class Section:
    """A part of a report. One that the run cannot show has `missing` and nothing else."""

    key: str
    heading: str
    words: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    tables: tuple[Table, ...] = ()
    """Shown at once."""
    folded: tuple[Table, ...] = ()
    """Shown when asked for."""
    text: str = ""
    """A text in full, as it was read."""
    text_title: str = "The scenario in full"
    missing: str = ""


@dataclass(frozen=True)
class Report:
    """The whole report: the answer, what would change it, and the sections behind them."""

    name: str
    title: str
    """What was asked, in a few words."""
    answer: str
    """The decision in one sentence, with odds and error."""
    facts: tuple[tuple[str, str], ...]
    """A few numbers worth seeing at once."""
    changes: tuple[str, ...]
    """What would change the answer."""
    size: str
    """Horizon, draws and replicates, seed."""
    currency: str
    sections: tuple[Section, ...] = field(default=())


def with_error(value: float, se: float, kind: Kind, currency: str) -> str:
    """A number with its standard error, as people read it."""
    match kind:
        case "money":
            return numbers.money_with_error(value, se, currency)
        case "share" | "odds":
            return numbers.percent_with_error(value, se)
        case "count":
            return numbers.count_with_error(value, se)
        case _:
            return numbers.ratio_with_error(value, se)


def plain(value: float, kind: Kind, currency: str) -> str:
    """A number by itself, as people read it."""
    if not math.isfinite(value):
        return numbers.DASH
    match kind:
        case "money":
            return numbers.money(value, currency)
        case "share":
            return numbers.percent_tenths(value)
        case "odds":
            return numbers.percent(value)
        case "count":
            return f"{value:,.0f}"
        case "number":
            return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"
        case _:
            return f"{value:.2f}"


def _with_interval(value: float, low: float, high: float, kind: Kind, currency: str) -> str:
    if not math.isfinite(value):
        return numbers.DASH
    if kind == "odds":
        return numbers.percent_interval(value, low, high)
    if kind == "money":
        return f"{numbers.money(value, currency)} ({numbers.money_interval(low, high, currency)})"
    ends = (plain(low, kind, currency), plain(high, kind, currency) if math.isfinite(high) else "")
    return f"{plain(value, kind, currency)} ({'–'.join(ends)})"

"""Sections of a sweep: maps, arms, regret, what tips the decision, what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from churnsim.decisions.measures import OF_SWEEPS
from churnsim.metrics.estimates import Estimate
from churnsim.reports.content import Bars, Column, Dots, Kind, Section, Table, View, of_estimates, of_intervals
from churnsim.reports.grid import Grid
from churnsim.reports.numbers import show
from churnsim.reports.sweep_maps import (
    best_map,
    drawn_axes,
    kind_of,
    panel_title,
    panels_left_out,
    regret_map,
    value_map,
    values_of,
)
from churnsim.reports.sweep_words import along, dominated, headline, interval, missing, twins
from churnsim.sweeps.means import Means, means_of
from churnsim.sweeps.reading import Reading, mean_over
from churnsim.sweeps.standings import Standings
from churnsim.sweeps.tipping import Along, Line, Tipping

MOST_ROWS = 200
"""Rows of a table that a page has room for; --json has all."""
FEW_ROWS = 12
"""Rows up to which the switches along an axis are shown at once."""
NOISE = "within noise"
ONE_ARM = "the sweep has one arm, so there is nothing to choose between"


@dataclass(frozen=True)
class Asked:
    """What is to be drawn: axes across and up, and the arm whose value is shown, or its difference from another."""

    x: str | None = None
    y: str | None = None
    arm: str | None = None
    against: str | None = None
    at: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values of axes: of the points at these alone."""

    def with_arms(self, names: Mapping[str, str]) -> Asked:
        """The same with arms that go by another name."""
        arm, against = (None if a is None else names.get(a, a) for a in (self.arm, self.against))
        return replace(self, arm=arm, against=against)


def value(reading: Reading, asked: Asked) -> Section:
    """The measure of an arm over the axes, or its difference from another."""
    key, heading = "value", "The value over the axes"
    arm = asked.arm or reading.arms[0]
    grid = value_map(reading, arm, asked.against, asked.x, asked.y)
    if grid is None:
        return Section(key, heading, missing="the sweep has no axis with several values to draw")
    less = f" less that of {asked.against}" if asked.against else ""
    what = f"{reading.label} of {arm}{less}"
    known = [v for panel in grid.panels for row in panel.values for v in row if math.isfinite(v)]
    low, high = (show(end(known), reading.kind, reading.currency) if known else "" for end in (min, max))
    ends = f"from {low} to {high}" if known else "not known"
    own = means_of(values_of(reading, arm, asked.against))
    view = View(f"{what}: {ends}", grid, _grid_table(reading, grid, own, None, what))
    return Section(key, heading, _left_out(reading, grid), (view,))


def shown_arm(reading: Reading, asked: Asked) -> int:
    """Number of the arm that is asked for, else of the first."""
    return 0 if asked.arm is None else reading.arms.index(asked.arm)


def best(reading: Reading, found: Standings | None, asked: Asked) -> Section:
    """The best arm over the axes, and its lead."""
    key, heading = "best", "Which arm is best where"
    if found is None:
        return Section(key, heading, missing=ONE_ARM)
    grid = best_map(reading, found, asked.x, asked.y)
    if grid is None:
        return Section(key, heading, missing="the sweep has no axis with several values to draw")
    names = [arm for arm in reading.arms if found.arms[arm].best_at]
    told = int(found.lead.above_zero.sum())
    text = f"{len(names)} of {len(reading.arms)} arms are best somewhere" if len(names) > 1 else f"{names[0]} is best"
    title = f"{text}{' everywhere' if len(names) == 1 else ''}; the lead is told from 0 at {told} of {found.points}"
    words = (f"Each cell: the arm of the best mean {reading.label}, and its lead over the second.",)
    table = _grid_table(reading, grid, found.lead, found.best, f"The best arm and its lead, by {reading.label}")
    return Section(key, heading, words + _left_out(reading, grid), (View(f"{title} points", grid, table),))


def arms(reading: Reading, found: Standings | None) -> Section:
    """Every arm over all points."""
    key, heading = "arms", "Which arm wins"
    if found is None:
        return Section(key, heading, missing=ONE_ARM)
    kind, names = kind_of(reading), list(found.arms)
    each = [found.arms[name] for name in names]
    shares = [one.futures for one in each]
    columns = (
        Column("arm", "text", names),
        of_intervals("best of\nfutures", "odds", shares),
        Column(f"best at, of\n{found.points:,} points", "count", [one.best_at for one in each]),
        Column("told", "count", [one.clear_at for one in each]),
        of_estimates("mean\nregret", kind, [one.regret for one in each]),
        of_estimates("worst\nregret", kind, [one.worst_regret for one in each]),
        Column("dominated\nby", "text", [one.dominated_by or "" for one in each]),
        of_estimates(f"mean {reading.label}", kind, [one.mean for one in each]),
        Column("worst at", "text", [reading.name(one.worst_at) for one in each]),
    )
    note = (
        f"Best: share of futures (one of the {reading.clusters} at one point, all points alike) with the best value,"
        " 95% interval. Told: points at which the lead over the second is told from 0. Regret: what the best arm of the"
        " point has more, paired. ±: standard error, clustered by draw. Dominated: by means, nowhere better and"
        " somewhere worse."
    )
    table = Table("Arms over all finished points", columns, names.index(found.winner), note)
    dots = Dots("", [s.share for s in shares], [s.low for s in shares], [s.high for s in shares])
    chart = Bars(f"share of futures in which the arm is best, by {reading.label}", "odds", names, (dots,))
    every = [Column("arm", "text", names)]
    for name, means in reading.every.items():
        own = means_of(means)
        every.append(of_estimates(OF_SWEEPS[name].label, OF_SWEEPS[name].kind, [own.at(a) for a in range(len(names))]))
    measures = Table("Every measure, mean over finished points", tuple(every))
    words = (dominated(reading, found), *twins(reading))
    return Section(key, heading, words, (View(headline(reading, found), chart, table),), folded=(measures,))


def regret(reading: Reading, found: Standings | None) -> Section:
    """Regret by point and arm, and by value of each axis."""
    key, heading = "regret", "Regret: what each arm loses where it is not best"
    if found is None:
        return Section(key, heading, missing=ONE_ARM)
    there = np.flatnonzero(found.best >= 0)
    shown = there[:MOST_ROWS]
    rows = [_row(found, int(p), len(reading.arms)) for p in shown]
    columns = _points_columns(reading, shown) + [
        of_estimates(arm, kind_of(reading), [row[a] for row in rows]) for a, arm in enumerate(reading.arms)
    ]
    more = f" The first {len(shown):,} of {len(there):,} points; --json has all." if len(shown) < len(there) else ""
    note = f"±: standard error of the paired difference, clustered by draw; 0: the best arm of the point.{more}"
    matrix = Table(f"Regret by point and arm ({reading.label})", tuple(columns), note=note)
    grid = regret_map(reading, found)
    by_axis = tuple(_by_axis(reading, i) for i, axis in enumerate(reading.axes) if len(axis) > 1 and not axis.sampled)
    least = found.arms[found.least_regretted].worst_regret
    worst = show(least.mean, reading.kind, reading.currency)
    title = f"{found.least_regretted} is regretted least: at most {worst} behind the best"
    if grid is None:
        return Section(key, heading, (f"{title}.",), tables=by_axis, folded=(matrix,))
    return Section(key, heading, (), (View(title, grid, matrix),), folded=by_axis if len(reading.axes) > 1 else ())


def tipping(tips: Tipping | None) -> Section:
    """Where the best arm changes along each axis."""
    key, heading = "tipping", "What tips the decision"
    if tips is None:
        return Section(key, heading, missing=ONE_ARM)
    if not tips.along and not tips.pulls:
        return Section(key, heading, missing=tips.note or "the sweep has no axis with several values")
    every = [table for each in tips.along if (table := _switches(each)) is not None]
    tables, folded = [t for t in every if t.rows <= FEW_ROWS], [t for t in every if t.rows > FEW_ROWS]
    if tips.pulls:
        top = tips.pulls[:10]
        turns = ["" if p.switch is None else f"{p.switch.value:.3g}, {interval(p.switch)}" for p in top]
        columns = (
            Column("input", "code", [p.input for p in top]),
            Column("share of variance", "odds", [p.variance_share for p in top]),
            of_estimates("effect of one sd", "number", [p.effect_per_sd for p in top]),
            Column("lowest sampled", "number", [p.sampled_low for p in top]),
            Column("highest sampled", "number", [p.sampled_high for p in top]),
            Column("turns at", "text", turns),
        )
        lead = f"Sampled inputs, by what {top[0].arm} has more than {top[0].against}"
        note = "A plane fitted through the points of the sample; the others at their means; a blank: nowhere."
        tables.append(Table(lead, columns, note=note))
    words = (
        "Between neighbouring points each arm's mean is taken to be a straight line; a switch is where the highest of"
        " these lines changes, its interval where the two arms cannot be told apart.",
        *(along(each) for each in tips.along),
    )
    return Section(key, heading, words, tables=tuple(tables), folded=tuple(folded))


def absent(reading: Reading) -> Section:
    """Points that failed or have not been simulated."""
    key, heading = "absent", "Points that are missing"
    rows = [(p, "failed", error) for p, error in reading.failed.items()]
    rows += [(p, "not simulated yet", "") for p in reading.missing]
    if not rows:
        return Section(key, heading, words=(f"None: all {reading.points:,} points are finished.",))
    shown = rows[:MOST_ROWS]
    columns = [
        *_points_columns(reading, [p for p, _, _ in shown]),
        Column("", "text", [state for _, state, _ in shown]),
        Column("error", "text", [error for _, _, error in shown]),
    ]
    note = f"The first {len(shown):,} of {len(rows):,}." if len(shown) < len(rows) else ""
    return Section(key, heading, tuple(missing(reading)), tables=(Table("Missing", tuple(columns), note=note),))


def _switches(each: Along) -> Table | None:
    rows: list[tuple[Mapping[str, str], Line]] = []
    if each.mean is not None and len(each.lines) > 1:
        rows.append(({}, each.mean))
    rows += [(line.at, line) for line in each.lines]
    flat = [(at, s) for at, line in rows for s in line.switches][:MOST_ROWS]
    if not flat:
        return None
    whole = f"mean over {each.mean_of:,} points"
    held = [", ".join(f"{name} {label}" for name, label in at.items()) or whole for at, _ in flat]
    placed = [math.isfinite(s.value) for _, s in flat]
    columns = [
        Column("with", "text", held),
        Column("change", "text", [f"{s.before} → {s.after}" for _, s in flat]),
    ]
    between = Column("between", "text", [f"{s.between[0]} and {s.between[1]}" for _, s in flat])
    if any(placed):
        at = [f"{each.times}{s.value:.4g}" if known else "" for (_, s), known in zip(flat, placed, strict=True)]
        ends = [NOISE if s.noise else interval(s, each.times).removeprefix("95% interval ") for _, s in flat]
        columns += [Column("at", "text", at), Column("95% interval", "text", ends), between]
    else:
        columns += [between, Column("told", "text", ["yes" if s.told else "no" for _, s in flat])]
    return Table(f"Along {each.axis}", tuple(columns[0 if len(each.lines) > 1 else 1 :]))


def _by_axis(reading: Reading, i: int) -> Table:
    """Regret by value of one axis and arm, mean over the other axes' points that are finished."""
    signed = reading.sign * mean_over(reading, i)
    means = means_of(signed).mean
    top = np.where(np.isnan(means).any(axis=1), 0, np.argmax(np.nan_to_num(means, nan=-np.inf), axis=1))
    lost = means_of(signed[np.arange(len(signed)), top][:, None] - signed)
    axis = reading.axes[i]
    columns = [Column(axis.name, "text", list(axis.labels))]
    columns += [
        of_estimates(arm, kind_of(reading), [lost.at(v, a) for v in range(len(axis))])
        for a, arm in enumerate(reading.arms)
    ]
    note = "Behind the arm that is best in the mean over the other axes' finished points."
    return Table(f"Regret by {axis.name}, mean over the other axes", tuple(columns), note=note)


def _row(found: Standings, point: int, arms: int) -> list[Estimate]:
    return [found.regret.at(point, a) for a in range(arms)]


def _points_columns(reading: Reading, points: Iterable[int]) -> list[Column]:
    named = [reading.named(int(p)) for p in points]
    return [Column(axis.name, "text", [each[axis.name] for each in named]) for axis in reading.axes] or [
        Column("point", "text", ["the only one" for _ in points])
    ]


def _grid_table(reading: Reading, grid: Grid, found: Means, best: np.ndarray | None, title: str) -> Table:
    """The cells of a map with their errors, by the axes that are not drawn across."""
    across, _ = drawn_axes(reading, grid.x_label, grid.y_label or None)
    assert across is not None
    i = reading.axes.index(across)
    numbers = np.moveaxis(np.arange(reading.points).reshape(reading.shape), i, -1).reshape(-1, len(across))[:MOST_ROWS]
    named = [reading.named(int(row[0])) for row in numbers]
    rest = [axis for axis in reading.axes if axis is not across]
    columns = [Column(axis.name, "text", [each[axis.name] for each in named]) for axis in rest]
    kind = kind_of(reading)
    for c, label in enumerate(across.labels):
        cells = [_cell(reading, found, best, int(row[c]), kind) for row in numbers]
        columns.append(Column(f"{across.name} {label}", "text", cells))
    note = "±: standard error, clustered by draw."
    return Table(title, tuple(columns), note=note)


def _cell(reading: Reading, found: Means, best: np.ndarray | None, point: int, kind: Kind) -> str:
    if not reading.finished[point]:
        return "failed" if point in reading.failed else "missing"
    (text,) = of_estimates("", kind, [found.at(point)]).cells(reading.currency)
    return text if best is None else f"{reading.arms[int(best[point])]}:\n{text}"


def _left_out(reading: Reading, grid: Grid) -> tuple[str, ...]:
    left = panels_left_out(reading, grid)
    if not left:
        return ()
    drawn, first = len(grid.panels), panel_title(reading, grid, len(grid.panels))
    how = " ".join(f"--at {name}={label.removeprefix('×')}" for name, label in first.items())
    names = ", ".join(f"{name} {label}" for name, label in first.items())
    return (
        f"The map has room for {drawn:,} of {drawn + left:,} panels: that of {names} and those after it are left out."
        f" churnsim report STORE {how} shows it, --x and --y choose the sides, and --json has every point.",
    )

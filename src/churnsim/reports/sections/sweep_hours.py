"""Sections of a sweep about hours: when capacity runs out, and what an hour brings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from churnsim.metrics.estimates import Estimate
from churnsim.reports.content import (
    Bars,
    Column,
    Line,
    Lines,
    Section,
    Table,
    View,
    dots_of,
    of_estimates,
    of_intervals,
)
from churnsim.reports.sections.sweep import MOST_ROWS, Asked, shown_arm
from churnsim.reports.sweep_hours_words import (
    MOST_ARMS,
    by_hour,
    hour_title,
    month,
    months_between,
    runs_out,
    runs_out_title,
)
from churnsim.sweeps.capacity import FAN, ArmCapacity
from churnsim.sweeps.per_hour import PerHour
from churnsim.sweeps.reading import Reading

MEDIAN = FAN.index(0.5)


def capacity(reading: Reading, asked: Asked) -> Section:
    """Demand against hours as a fan, and the month in which hours no longer do."""
    key, heading = "capacity", "When capacity runs out"
    found = reading.capacity
    if found is None:
        return Section(key, heading, missing='the plan keeps no hours by month; name the measure "capacity"')
    names, arms = list(reading.arms), found.arms
    shown = shown_arm(reading, asked)
    words = (
        "Demand is the hours of every play that some account is eligible for, hours are those that all teams can"
        " deliver in the month. For good: from this month on every twelve months in a row ask for more hours than they"
        " have, up to the end of the horizon; a team that is short in its first months, or in a busy month, is not yet."
        " A future is one path at one point, all points alike.",
        *runs_out(reading, found),
    )
    arm = arms[shown]
    months = list(range(1, found.months + 1))
    fan = Lines(
        "hours demanded, of those there are",
        "odds",
        months,
        (_fan(names[shown], arm), Line("all hours there are", [1.0] * found.months)),
    )
    table = Table(
        "When demand exceeds the hours there are",
        (
            Column("arm", "text", names),
            of_intervals("for good\nby the end", "odds", [a.for_good.within for a in arms]),
            Column("month for good,\nmedian", "text", [month(a.for_good.quantiles[MEDIAN]) for a in arms]),
            Column("9 of 10", "text", [months_between(a.for_good) for a in arms]),
            Column("first month,\nmedian", "text", [month(a.first.quantiles[MEDIAN]) for a in arms]),
            Column("9 of 10 ", "text", [months_between(a.first) for a in arms]),
            of_intervals("ever short", "odds", [a.first.within for a in arms]),
        ),
        note="Brackets: 95% interval, clustered by draw. 9 of 10: the middle nine of ten futures. –: not by the end.",
    )
    title = runs_out_title(reading, found, shown)
    views = [View(f"{title}; band: the middle half and 9 of 10 futures", fan, _loads(reading, [shown])), _odds(reading)]
    return Section(
        key, heading, words, tuple(views), (table,), (_loads(reading, range(len(names))), _by_point(reading))
    )


def _fan(name: str, arm: ArmCapacity) -> Line:
    p5, p25, p50, p75, p95 = ([float(v) if math.isfinite(v) else math.nan for v in row] for row in arm.load)
    return Line(name, p50, ((p5, p95), (p25, p75)))


def _odds(reading: Reading) -> View:
    """Share of futures in which a month is short, by arm."""
    found = reading.capacity
    assert found is not None
    shown = list(range(len(reading.arms)))[:MOST_ARMS]
    lines = tuple(Line(reading.arms[a], [s.share for s in found.arms[a].short]) for a in shown)
    ends = list(found.arms[0].year_ends)
    columns = [Column("arm", "text", list(reading.arms))] + [
        of_intervals(f"month {end}", "odds", [arm.short[end - 1] for arm in found.arms]) for end in ends
    ]
    left = len(reading.arms) - len(shown)
    title = "Odds that demand exceeds the hours of a month"
    note = "Share of futures with its 95% interval, clustered by draw."
    chart = Lines("odds that a month is short", "odds", list(range(1, found.months + 1)), lines)
    return View(
        f"{title}{f', first {len(shown)} arms' if left else ''}", chart, Table(title, tuple(columns), note=note)
    )


def _loads(reading: Reading, arms: Sequence[int]) -> Table:
    """The fan of arms in numbers."""
    found = reading.capacity
    assert found is not None
    ends = list(found.arms[0].year_ends)
    rows = [(reading.arms[a], end, found.arms[a].year_ends[end]) for a in arms for end in ends]
    columns = [Column("arm", "text", [r[0] for r in rows]), Column("month", "count", [float(r[1]) for r in rows])]
    columns += [of_intervals(f"P{100 * p:.0f}", "odds", [r[2][i] for r in rows]) for i, p in enumerate(FAN)]
    of = f": {reading.arms[arms[0]]}" if len(arms) == 1 else ", all arms"
    note = (
        "Quantiles over futures with 95% interval, to a hundredth of the hours; –: no hours, or a tenth of the demand."
    )
    return Table(f"Hours demanded, of those there are{of}", tuple(columns), note=note)


def _by_point(reading: Reading) -> Table:
    found = reading.capacity
    assert found is not None
    points = list(found.at)[:MOST_ROWS]
    named = [reading.named(p) for p in points]
    columns = [Column(axis.name, "text", [each[axis.name] for each in named]) for axis in reading.axes]
    columns += [
        Column(name, "text", [month(found.at[p][a].quantiles[MEDIAN]) for p in points])
        for a, name in enumerate(reading.arms)
    ]
    more = f" The first {len(points):,} of {len(found.at):,} points." if len(points) < len(found.at) else ""
    note = f"Median over the futures of a point, with its 95% interval; –: not by month {found.months}.{more}"
    return Table("Month from which capacity is short for good, by point", tuple(columns), note=note)


def hourly(reading: Reading, found: PerHour | None) -> Section:
    """What an hour brings in each arm."""
    key, heading = "per_hour", "What an hour brings"
    if found is None:
        why = "no arm delivers more hours than the one it is held against, or what is read is no money"
        return Section(key, heading, missing=why)
    arms = found.arms
    names = [each.arm for each in arms]
    blank: list[Estimate | None] = [each.next_hour for each in arms]
    table = Table(
        f"{reading.label} gained over {found.against}, by the hours that are delivered more",
        (
            Column("arm", "text", names),
            of_estimates("an hour\nbrings", "money", [each.per_hour for each in arms]),
            of_estimates("gain", "money", [each.gain for each in arms]),
            of_estimates("hours", "count", [each.hours for each in arms]),
            of_estimates("an hour more\nbrings", "money", blank),
            Column("than in", "text", [each.beyond or "not on the frontier" for each in arms]),
        ),
        0,
        "Means over points, ±: standard error, paired and clustered by draw. Frontier: neither an arm nor a mix of"
        " two gains as much in no more hours, by means; an hour more: beyond those of the frontier's arm before it.",
    )
    chart = Bars(f"{reading.label} that an hour brings", "money", names, (dots_of("", [e.per_hour for e in arms]),))
    folded = (_hourly_by_point(reading, found),) if len(found.at) > 1 else ()
    return Section(key, heading, (by_hour(reading, found),), (View(hour_title(found), chart, table),), folded=folded)


def _hourly_by_point(reading: Reading, found: PerHour) -> Table:
    points = list(found.at)[:MOST_ROWS]
    named = [reading.named(p) for p in points]
    columns = [Column(axis.name, "text", [each[axis.name] for each in named]) for axis in reading.axes]
    columns += [of_estimates(e.arm, "money", [found.at[p][e.arm] for p in points]) for e in found.arms]
    return Table(f"{reading.label} that an hour brings, by point", tuple(columns))

"""The sheet Ladder, one row a rung; or Arms, one row an arm, where no ladder was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from churnsim.decisions.measures import EVERY, NPV_WITH_VALUE, VALUE
from churnsim.decisions.words import npv_name, pays_back
from churnsim.metrics.estimates import Estimate
from churnsim.reports.style import BLUE, GREY, INK
from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.axis import money_axis
from churnsim.reports.workbook.cells import Block, Cell, Column, estimates, interval, known
from churnsim.reports.workbook.sheet import Book, Sheet

PAYBACK = "Fewer than half have paid back for good within the horizon."


@dataclass(frozen=True)
class Bars:
    """A chart of means with their intervals: the table's keys of means and names, and the words around it."""

    key: str
    gains: Sequence[Estimate | None]
    names: str
    title: str
    axis: str
    across: str


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet."""
    if answer.ladder is not None:
        _add_ladder(book, answer)
    else:
        _add_arms(book, answer)


def _add_ladder(book: Book, answer: Answer) -> None:
    ladder = answer.ladder
    assert ladder is not None
    rungs, months, money = ladder.rungs, answer.months, f", {answer.currency}"
    steps = [rung.step for rung in rungs]
    worth = [step.worth if step else None for step in steps]
    early = min(12, months)
    sheet = Sheet(
        book,
        "Ladder",
        f"What the next CSM of team {ladder.team} is worth over {months} months",
        "Marginal: against the rung below, path by path. The recommended rung stands out. Standard errors"
        " and further intervals stand to the right."
        + (" It is the top rung, so the ladder is too short." if ladder.too_short else "")
        + (" The plan's hiring rule is set aside on every rung." if ladder.sets_rule_aside else ""),
    )
    title = f"marginal {npv_name(ladder)}"
    gains = [v.difference if v else None for v in worth]
    first = [step.npv_first_year.difference if step else None for step in steps]
    pairs = [
        estimates("npv", f"NPV{money}", "money", [rung.npv for rung in rungs], answer.paths),
        *_after_horizon(answer),
        estimates("early", f"marginal NPV of {early} months{money}", "money", first, answer.paths),
        estimates("arr", f"ARR, month {months}{money}", "money", [r.arr for r in rungs], answer.paths),
        estimates("arr_early", f"ARR, month {early}{money}", "money", [r.arr_first_year for r in rungs], answer.paths),
        estimates("nrr", "NRR, last full year", "share", [r.nrr for r in rungs], answer.paths),
        estimates("grr", "GRR, last full year", "share", [r.grr for r in rungs], answer.paths),
        estimates("cost", f"CS cost{money}", "money", [r.cost for r in rungs], answer.paths),
        estimates("demanded", "hours a month demanded", "count", [r.hours_demanded for r in rungs], answer.paths),
        estimates("available", "hours a month available", "count", [r.hours_available for r in rungs], answer.paths),
        estimates("delivered", "hours a month delivered", "count", [r.hours_delivered for r in rungs], answer.paths),
        estimates("load", "load: demanded over available", "ratio", [r.load for r in rungs], answer.paths),
    ]
    values = [
        Column("posts", "CSMs", "count", [rung.posts for rung in rungs]),
        *estimates("marginal", f"{title}{money}", "money", gains, answer.paths),
        *interval("marginal", title, "money", gains),
        Column("odds", f"{pays_back(ladder)}: odds", "share", [v.odds.share if v else None for v in worth]),
        *interval("odds", "odds", "share", [v.odds if v else None for v in worth]),
        Column(
            "payback", "payback month", "whole", [known(s.payback_month.value, PAYBACK) if s else None for s in steps]
        ),
        *(mean for mean, _ in pairs),
    ]
    errors = [
        *(error for _, error in pairs),
        _half_width(gains),
        Column(
            "paths",
            f"{pays_back(ladder)}: share of paths",
            "share",
            [v.odds_of_paths.share if v else None for v in worth],
        ),
        *interval("payback", "payback month", "whole", [step.payback_month if step else None for step in steps]),
        Column("never", "does not pay back: odds", "share", [step.never.share if step else None for step in steps]),
        *interval("never", "does not pay back", "share", [step.never if step else None for step in steps]),
    ]
    columns = [*values, *errors]
    block = sheet.table(columns, marked=ladder.index, freeze=1)
    heading = f"{title[0].upper()}{title[1:]} of each rung: below 0 it costs more than it brings (bars: 95% interval)"
    _chart(book, sheet, block, Bars("marginal", gains, "posts", heading, f"{title}{money}", "CSMs"))
    sheet.print_columns(len(values), sheet.row)
    sheet.finish()


def _after_horizon(answer: Answer) -> list[list[Column]]:
    ladder = answer.ladder
    assert ladder is not None
    if not ladder.has_value_after_horizon:
        return []
    rungs, money = ladder.rungs, f", {answer.currency}"
    return [
        estimates(VALUE, f"value after horizon{money}", "money", [r.value_after_horizon for r in rungs], answer.paths),
        estimates(
            NPV_WITH_VALUE,
            f"NPV with it{money}",
            "money",
            [r.npv_with_value_after_horizon for r in rungs],
            answer.paths,
        ),
    ]


def _add_arms(book: Book, answer: Answer) -> None:
    assert answer.comparison is not None, "without a ladder the arms are compared"
    arms = answer.comparison.arms
    sheet = Sheet(
        book,
        "Arms",
        f"Arms after {answer.months} months",
        "Differences are paired: each arm against the base, which lived through the same luck."
        " Standard errors of the other columns stand to the right."
        if len(arms) > 1
        else "The scenario has no arms to compare with the base.",
    )
    values, errors = [Column("arm", "arm", "text", [result.arm for result in arms])], []
    for name in arms[0].values if len(arms) > 1 else ():
        measure, against = EVERY[name], [result.differences.get(name) for result in arms]
        kind, unit = ("money", answer.currency) if measure.kind == "money" else ("points", "points")
        title, gains = f"{measure.label} against base", [v.difference if v else None for v in against]
        mean, error = estimates(f"{name}_gain", f"{title}, {unit}", kind, gains, answer.paths)
        values.append(mean)
        if name not in ("npv", NPV_WITH_VALUE):
            errors.append(error)
            continue
        values += [error, *interval(f"{name}_gain", title, kind, gains)]
        values.append(
            Column(f"{name}_odds", "odds above base", "share", [v.odds.share if v else None for v in against])
        )
        values += interval(f"{name}_odds", "odds", "share", [v.odds if v else None for v in against])
        if name == "npv":
            errors.append(_half_width(gains, "npv_gain"))
    for name in arms[0].values:
        measure = EVERY[name]
        unit = f", {answer.currency}" if measure.kind == "money" else ""
        found = [result.values[name] for result in arms]
        mean, error = estimates(name, f"{measure.label}{unit}", measure.kind, found, answer.paths)
        values.append(mean)
        errors.append(error)
    shown = next(i for i, result in enumerate(arms) if result.arm == answer.main)
    block = sheet.table([*values, *errors], marked=shown if len(arms) > 1 else None, freeze=1)
    if len(arms) > 1:
        title = "NPV of each arm less that of the base: above 0 the arm is better (bars: 95% interval)"
        gains = [result.differences["npv"].difference if result.differences else None for result in arms]
        axis = f"NPV against base, {answer.currency}"
        _chart(book, sheet, block, Bars("npv_gain", gains, "arm", title, axis, "arm"))
    sheet.print_columns(len(values), sheet.row)
    sheet.finish()


def _half_width(gains: Sequence[Estimate | None], key: str = "marginal") -> Column:
    """Half of each interval, for the error bars; where there is none, none."""
    cells: list[Cell] = [None if gain is None else known((gain.high - gain.low) / 2, "Not known.") for gain in gains]
    return Column(f"{key}_half", "half of the interval", "money", cells)


def _chart(book: Book, sheet: Sheet, block: Block, bars: Bars) -> None:
    """Columns with error bars. No title begins with a user's name, which the writer could read as a reference."""
    chart: Any = book.workbook.add_chart({"type": "column"})
    half = block.cells(f"{bars.key}_half")
    chart.add_series(
        {
            "name": "mean",
            "categories": block.cells(bars.names),
            "values": block.cells(bars.key),
            "fill": {"color": BLUE},
            "gap": 60,
            "y_error_bars": {"type": "custom", "plus_values": half, "minus_values": half, "line": {"color": INK}},
        }
    )
    chart.set_title({"name": bars.title, "overlay": False, "name_font": {"size": 12, "color": INK}})
    chart.set_y_axis(money_axis(bars.axis, [gain.mean for gain in bars.gains if gain is not None]))
    chart.set_x_axis({"name": bars.across, "label_position": "low", "line": {"color": GREY}})
    chart.set_legend({"none": True})
    sheet.chart(chart)

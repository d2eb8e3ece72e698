"""The sheet Summary: the decision in a sentence, what would change it, and the key numbers with their errors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from churnsim.decisions.drivers import Driver
from churnsim.decisions.measures import NPV_WITH_VALUE, measures
from churnsim.decisions.versus import Versus
from churnsim.decisions.words import npv_name, pays_back, step_name
from churnsim.metrics.estimates import estimate, quantile
from churnsim.reports.numbers import percent, run_size
from churnsim.reports.workbook import fan
from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.cells import Cell, Column, estimates, interval, known
from churnsim.reports.workbook.sheet import Book, Sheet

SPREAD = {0.05: "P5 of paths", 0.50: "P50 of paths", 0.95: "P95 of paths"}


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet."""
    size = run_size(answer.dataset.sizes["draw"], answer.dataset.sizes["replicate"])
    name = f"{answer.dataset.attrs['scenario_name']}: {answer.months} months, {size}, amounts in {answer.currency}"
    sheet = Sheet(book, "Summary", name, across=9)
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.fit_to_pages(1, 1)
    sheet.line(answer.sentence, bold=True, font_size=13)
    sheet.line(
        "Standard errors are Monte Carlo errors, clustered by draw; odds are shares of"
        f" {answer.odds_over} with a 95% interval (see Definitions)."
    )
    if not fan.recorded(answer):
        sheet.line(
            "The sheet Fan is left out, for no series of paths were kept: churnsim run --record paths keeps them."
        )
    sheet.row += 1
    if answer.ladder is not None:
        _judgement(sheet, answer)
        _drivers(sheet, answer)
    _against_base(sheet, answer)
    for arm in answer.arms:
        _values(sheet, answer, arm)
    sheet.finish()


def _judgement(sheet: Sheet, answer: Answer) -> None:
    ladder = answer.ladder
    assert ladder is not None
    looks = [("this ladder", ladder.seen)] + ([("fresh seeds", ladder.fresh)] if ladder.fresh else [])
    rows = [(name, v) for name, look in looks for v in (look.neighbour, look.base)]
    heading = "The recommended rung, seen again on fresh seeds because it was picked for being highest"
    _gains(sheet, answer, heading, f"{npv_name(ladder)} gained", rows)


def _against_base(sheet: Sheet, answer: Answer) -> None:
    """What each arm gains, where there are arms to compare."""
    if answer.comparison is None or len(answer.comparison.arms) == 1:
        return
    for name, words in (("npv", "NPV"), (NPV_WITH_VALUE, "NPV with the value after the horizon")):
        rows = [("this run", r.differences[name]) for r in answer.comparison.arms if name in r.differences]
        if rows:
            _gains(sheet, answer, f"{words} against the base, paired", f"{words} gained", rows)


def _gains(sheet: Sheet, answer: Answer, heading: str, title: str, rows: Sequence[tuple[str, Versus]]) -> None:
    sheet.heading(heading)
    sheet.table(
        [
            Column("what", title, "text", [f"{v.arm} against {v.against}" for _, v in rows]),
            Column("seen", "seen on", "text", [name for name, _ in rows]),
            *estimates("gain", "gain", "money", [v.difference for _, v in rows], answer.paths),
            *interval("gain", "gain", "money", [v.difference for _, v in rows]),
            Column("odds", "odds above 0", "share", [v.odds.share for _, v in rows]),
            *interval("odds", "odds", "share", [v.odds for _, v in rows]),
        ]
    )


def _drivers(sheet: Sheet, answer: Answer) -> None:
    ladder = answer.ladder
    assert ladder is not None
    drivers = ladder.drivers
    if not drivers.inputs:
        sheet.heading(f"What would change it: {drivers.note or 'nothing found'}.")
        sheet.row += 1
        return
    step = step_name(ladder.chosen if ladder.index else ladder.rungs[1])
    sheet.heading(
        f"What would change it: inputs explain {percent(drivers.explained)} of the variance of the {npv_name(ladder)}"
        f" that {step} adds (adjusted R²)"
    )
    top = drivers.inputs[:5]
    sheet.table(
        [
            Column("input", "input", "text", [driver.input for driver in top]),
            Column("clear", "told from luck", "text", ["yes" if driver.clear else "no" for driver in top]),
            Column("share", "share of variance", "share", [driver.variance_share for driver in top]),
            Column("effect", f"per standard deviation, {answer.currency}", "money", [d.effect_per_sd for d in top]),
            Column("se", "standard error", "money", [driver.se for driver in top]),
            Column("low", "sampled from", "number", [_digits(driver.sampled_low) for driver in top]),
            Column("high", "sampled to", "number", [_digits(driver.sampled_high) for driver in top]),
            Column("side", f"{pays_back(ladder)} only", "text", [_side(driver) for driver in top]),
            Column("tips", "at value", "number", [_tip(driver) for driver in top]),
        ]
    )


def _values(sheet: Sheet, answer: Answer, arm: str) -> None:
    """Key numbers of an arm."""
    one, shown = answer.dataset.sel(arm=arm), measures(answer.dataset).values()
    values, kinds = [measure.of(one) for measure in shown], [measure.kind for measure in shown]
    found = [estimate(value) for value in values]
    sheet.heading(f"Key numbers: {answer.name(arm)}")
    sheet.table(
        [
            Column("label", f"amounts in {answer.currency}", "text", [measure.label for measure in shown]),
            *estimates("mean", "mean", kinds, found, answer.paths),
            *interval("mean", "mean", kinds, found),
            *(Column(title, title, kinds, [quantile(v, p).value for v in values]) for p, title in SPREAD.items()),
        ]
    )


def _side(driver: Driver) -> str:
    return "no value turns it" if math.isnan(driver.tips_at) else driver.side


def _tip(driver: Driver) -> Cell:
    return known(_digits(driver.tips_at), "No value in the sampled range turns the answer.")


def _digits(value: float) -> float:
    """Four significant digits: more would not be known."""
    return float(f"{value:.4g}")

"""Break-evens in the terminal."""

from __future__ import annotations

import math

from rich.console import Console

from churnsim.decisions.words import number
from churnsim.reports.cells import amount, say
from churnsim.reports.cells import odds as odds_cell
from churnsim.reports.numbers import DASH, run_size
from churnsim.reports.tables import Column, print_table
from churnsim.uncertainty.breakeven import BreakEven, BreakEvenCurve, BreakEvens, HeldAgainst, InputBreakEven
from churnsim.uncertainty.breakeven_words import far, interval, verdict


def print_breakeven(found: BreakEvens, console: Console) -> None:
    """The sentence, and a line for each break-even of each input."""
    say(console, found.sentence, style="bold")
    say(console)
    rows: list[tuple[InputBreakEven, BreakEven | None]] = []
    for one in found.inputs:
        rows += [(one, at) for at in one.break_evens] or [(one, None)]
    print_table(
        console,
        f"{found.scenario}: what {found.arm} needs to be worth as much as {found.against} ({_run(found)})",
        [
            Column("input", [one.input for one, _ in rows], left=True),
            Column("today", [number(one.today) for one, _ in rows]),
            Column("P10 to P90", [_believed(one) for one, _ in rows], 3),
            Column("break-even", ["none" if at is None else number(at.value) for _, at in rows]),
            Column("95% interval", [DASH if at is None else interval(at, one.tried) for one, at in rows], 1),
            Column("how far", [_far(one, at, found) for one, at in rows], 2, left=True),
            Column(f"{found.arm}\nis better", [DASH if at is None else at.better for _, at in rows], 4),
            Column("tried", [f"{number(one.tried[0])} to {number(one.tried[1])}" for one, _ in rows], 5),
        ],
    )
    say(console, f"{_today_line(found)} {_note(found.draws)}")


def print_breakeven_curve(found: BreakEvenCurve, console: Console) -> None:
    """The sentence, and for each value of the first input what the second must be."""
    say(console, found.sentence, style="bold")
    say(console)
    tried = (found.y_values[0], found.y_values[-1])
    cells: list[tuple[str, str, str, str]] = []
    for row in found.rows:
        for at in row.break_evens:
            cells.append((number(row.x), number(at.value), interval(at, tried), at.better))
        if not row.break_evens:
            best = {"above": f"none: {found.arm} is worth more", "below": f"none: {found.against} is worth more"}
            why = best.get(row.verdict, "the arms never differ" if row.verdict == "identical" else "within the noise")
            cells.append((number(row.x), DASH, why, DASH))
    columns = list(zip(*cells, strict=True))
    print_table(
        console,
        f"{found.scenario}: {found.y} at which {found.arm} is worth as much as {found.against} ({_run(found)})",
        [
            Column(found.x, columns[0]),
            Column(f"{found.y}\nat break-even", columns[1]),
            Column("95% interval", columns[2]),
            Column(f"{found.arm}\nis better", columns[3], 1),
        ],
    )
    say(console, f"{_today_line(found)} {_note(found.draws)}")


def _run(found: HeldAgainst) -> str:
    size = run_size(found.draws, found.replicates)
    return f"{found.label}, {found.horizon_months} months, {size}, seed {found.seed}"


def _believed(one: InputBreakEven) -> str:
    return DASH if math.isnan(one.p10) else f"{number(one.p10)} to {number(one.p90)}"


def _far(one: InputBreakEven, at: BreakEven | None, found: BreakEvens) -> str:
    return verdict(one, found.arm, found.against) if at is None else far(at)


def _today_line(found: HeldAgainst) -> str:
    today = found.today
    gain = amount(today.difference, found.kind, found.currency)
    return f"Today: {gain} {found.label}, above 0 in {odds_cell(today.odds)} of {found.clusters}."


def _note(draws: int) -> str:
    cluster = ", clustered by draw" if draws > 1 else ""
    return (
        f"±: standard error{cluster}; today: the number as the file has it, or its mean; P10 to P90: of what the file"
        " believes; break-even: if the number were known to be so, in every arm; 95% interval: values at which the mean"
        " difference cannot be told from 0 with this many paths."
    )

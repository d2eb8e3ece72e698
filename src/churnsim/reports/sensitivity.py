"""What an outcome depends on, in the terminal: one table per method and what it says in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from churnsim.reports.cells import odds, say
from churnsim.reports.numbers import (
    DASH,
    money_interval,
    percent,
    percent_interval,
)
from churnsim.reports.sensitivity_words import amount, change, extent, failing, luck, number, rule, tornado_sentence
from churnsim.reports.tables import Column, print_table
from churnsim.uncertainty.asked import Asked
from churnsim.uncertainty.dependence import Dependence
from churnsim.uncertainty.discovery import Box, Discovery
from churnsim.uncertainty.morris import ENDS, Morris
from churnsim.uncertainty.outcomes import Bounded
from churnsim.uncertainty.sensitivity import Sensitivity
from churnsim.uncertainty.sobol import Sobol
from churnsim.uncertainty.switches import Switches
from churnsim.uncertainty.tornado import Bar, Tornado


def print_sensitivity(answer: Sensitivity, console: Console) -> None:
    """What is asked, then the table of each method that was used."""
    asked = answer.question
    say(console, f"{answer.scenario}: {asked.text}", style="bold")
    if asked.why:
        say(console, f"({asked.why}; --arm and --against choose others)")
    say(console)
    if answer.tornado is not None:
        _print_tornado(answer.tornado, asked, console)
    if answer.switches is not None:
        _print_switches(answer.switches, asked, console)
    if answer.morris is not None:
        _print_morris(answer.morris, asked, console)
    if answer.sobol is not None:
        _print_sobol(answer.sobol, asked, console)
    if answer.dependence is not None:
        _print_dependence(answer.dependence, asked, console)
    if answer.discovery is not None:
        _print_discovery(answer.discovery, asked, console)
    if answer.correlations_set_aside:
        say(console, "The scenario's rank correlations are set aside: inputs are moved one by one.")
    say(console, f"Seed {answer.seed}.")


def _print_tornado(found: Tornado, asked: Asked, console: Console) -> None:
    bars, show, moved = found.bars, amount(asked), change(asked)

    def at(place: int) -> list[str]:
        return [f"{show(bar.points[place].outcome)}" for bar in bars]

    def mark(bar: Bar) -> str:
        return "turns" if bar.turns else "tips" if math.isfinite(bar.tips_at) else ""

    ends = [f"P{100 * point.level:.0f}" for point in bars[0].points]
    print_table(
        console,
        f"Tornado: each input from {ends[0]} to {ends[-1]}, the others at their medians"
        f" ({found.replicates:,} replicates)",
        [
            Column("input", [bar.input for bar in bars], left=True),
            Column(ends[0], [number(bar.points[0].value) for bar in bars], 3),
            Column(ends[-1], [number(bar.points[-1].value) for bar in bars], 3),
            Column(f"outcome\nat {ends[0]}", at(0), 1),
            Column(f"at {ends[-1]}", at(-1), 1),
            Column("swing", [moved(bar.swing) for bar in bars]),
            Column("reach", [moved(bar.reach) for bar in bars], 2),
            Column("", [mark(bar) for bar in bars]),
        ],
    )
    say(console, f"With every input at its median: {show(found.median)}. {tornado_sentence(found)}")
    say(
        console,
        f"±: standard error over replicates, paired; swing: {ends[-1]} less {ends[0]}; reach: highest less lowest of"
        f" {', '.join(ends)}; turns: rises and falls again beyond the error, so that its ends mislead; tips:"
        " changes the sign of the outcome.",
    )
    say(console)


def _print_switches(found: Switches, asked: Asked, console: Console) -> None:
    show, moved = amount(asked), change(asked)
    rows = found.switches
    print_table(
        console,
        f"Without a mechanism, every number at its median ({found.replicates:,} replicates)",
        [
            Column("without", [one.switch for one in rows], left=True),
            Column("outcome", [DASH if one.outcome is None else show(one.outcome) for one in rows]),
            Column("change, paired", ["off already" if one.change is None else moved(one.change) for one in rows]),
            Column("that is", [one.means for one in rows], 1, left=True),
        ],
    )
    say(console, f"With all of them: {show(found.median)}. Nothing is calibrated again.")
    say(console)


def _print_morris(found: Morris, asked: Asked, console: Console) -> None:
    rows = found.inputs
    print_table(
        console,
        f"Morris: effect of an input per unit of its level ({found.trajectories:,} trajectories, {found.runs:,} draws ×"
        f" {found.replicates:,} replicates)",
        [
            Column("input", [one.input for one in rows], left=True),
            Column("mu*\n(95% interval)", [extent(one.mu_star, asked) for one in rows]),
            Column("mu", [extent(one.mu, asked) for one in rows], 2),
            Column("sigma", [extent(one.sigma, asked) for one in rows], 1),
        ],
    )
    say(
        console,
        f"A level is a probability of the input's distribution, here from {ENDS[0]:.0%} to {ENDS[1]:.0%}: mu* is how"
        " far the outcome would move over the whole of it. mu: the same with its sign; sigma: how much the effect"
        f" depends on the other inputs and on where the input stands. Luck left in the means: {luck(found.luck_left)}.",
    )
    say(console)


def _print_sobol(found: Sobol, asked: Asked, console: Console) -> None:
    rows = found.inputs

    def cell(value: Bounded) -> str:
        return f"{percent(value.value)} ({100.0 * value.low:.0f} to {100.0 * value.high:.0f})"

    print_table(
        console,
        f"Sobol: shares of the variance (base sample {found.samples:,}, {found.runs:,} draws × {found.replicates:,}"
        " replicates)",
        [
            Column("input", [one.input for one in rows], left=True),
            Column("first\n(95% interval)", [cell(one.first) for one in rows]),
            Column("total", [cell(one.total) for one in rows]),
        ],
    )
    say(
        console,
        f"Standard deviation of the outcome: {extent(found.sd, asked)}."
        " First: what knowing the input alone would take away of the variance; total: what would stay if all but it"
        f" were known. Interaction, made by no input alone: {cell(found.interaction)}. Luck left in the means:"
        f" {luck(found.luck_left)}; it counts as interaction.",
    )
    say(console)


def _print_dependence(found: Dependence, asked: Asked, console: Console) -> None:
    rows = found.curves

    def at(place: int) -> list[str]:
        half = [0.5 * (one.high[place] - one.low[place]) for one in rows]
        share = _share_interval if asked.against is None else _points_interval
        plain = share if asked.kind == "share" else _number_interval
        show = money_interval if asked.kind == "money" else plain
        return [
            show(one.mean[place] - h, one.mean[place] + h, asked.currency) for one, h in zip(rows, half, strict=True)
        ]

    print_table(
        console,
        f"Mean outcome along an input, the others as they come with it ({found.draws:,} draws ×"
        f" {found.replicates:,} replicates)",
        [
            Column("input", [one.input for one in rows], left=True),
            Column(
                "explains\n(95% interval)",
                [percent_interval(one.explained.value, one.explained.low, one.explained.high) for one in rows],
            ),
            Column("P5", [number(one.values[0]) for one in rows], 2),
            Column("P95", [number(one.values[-1]) for one in rows], 2),
            Column("outcome at P5\n(95% interval)", at(0), 1),
            Column("at P95\n(95% interval)", at(-1), 1),
        ]
        + [Column("is 0 at", [", ".join(map(number, one.tips_at)) or DASH for one in rows])]
        * (asked.against is not None),
    )
    say(
        console,
        f"Mean of all draws: {amount(asked)(found.outcome)}. Explains: share of the variance of the draws' outcomes;"
        f" luck left in them: {luck(found.luck_left)}.",
    )
    say(console)


def _number_interval(low: float, high: float, _: str) -> str:
    return f"{number(low)} to {number(high)}"


def _share_interval(low: float, high: float, _: str) -> str:
    return f"{100.0 * low:.2f}% to {100.0 * high:.2f}%"


def _points_interval(low: float, high: float, _: str) -> str:
    return f"{100.0 * low:.2f} to {100.0 * high:.2f} pt"


def _print_discovery(found: Discovery, asked: Asked, console: Console) -> None:
    say(console, f"{failing(found, asked)}.", style="bold")
    if found.note:
        say(console, f"{found.note[:1].upper()}{found.note[1:]}.")
        say(console)
        return
    rows: Sequence[Box] = found.boxes if found.together is None else (*found.boxes, found.together)
    names = [str(i + 1) for i in range(len(found.boxes))] + ["together"] * (found.together is not None)
    for name, box in zip(names, found.boxes, strict=False):
        say(console, f"  {name}: {rule(box)}")
    print_table(
        console,
        f"Where it fails, judged on {found.held_out:,} draws that the boxes were not made from",
        [
            Column("box", names, left=True),
            Column("density", [odds(box.density) for box in rows]),
            Column("coverage", [odds(box.coverage) for box in rows]),
            Column("support", [odds(box.support) for box in rows]),
            Column("seen", [percent(box.seen_density) for box in rows], 1),
            Column("", ["" if box.clear else "may be chance" for box in rows]),
        ],
    )
    say(
        console,
        "Density: share of the box's draws that fail (95% interval); coverage: share of all failing draws that lie in"
        " it; support: share of all draws; seen: density where the box was made, too good. Luck left in the draws'"
        f" outcomes: {luck(found.luck_left)}.",
    )
    say(console)

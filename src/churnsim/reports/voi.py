"""The value of information in the terminal: a sentence, what is worth measuring, and the pilot."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from churnsim.reports.cells import say
from churnsim.reports.numbers import DASH, money, money_interval, money_with_error, percent, percent_tenths, run_size
from churnsim.reports.tables import Column, print_table
from churnsim.uncertainty.worth import PilotWorth, ValueOfInformation, Worth

MOST_LINES = 12
"""Inputs that are shown; --json has them all."""


def sentence(result: ValueOfInformation) -> str:
    """What knowing everything would be worth, where most of it lies, and whether the pilot pays."""
    text = " ".join((_everything(result), _where(result)))
    return text if result.pilot is None else f"{text} {pilot_sentence(result.pilot, result.currency)}"


def headline(result: ValueOfInformation) -> str:
    """The value of knowing everything in a few words."""
    if result.everything.low <= 0.0:
        return "No value of finding out can be told from luck"
    return f"Knowing everything is worth {money(result.everything.mean, result.currency)} a decision"


def pilot_sentence(worth: PilotWorth, currency: str) -> str:
    """Whether the pilot pays."""
    pilot, net = worth.showing.pilot, worth.net
    brings = money_with_error(net.mean, net.se, currency)
    name = f"A pilot of {pilot.play} with {pilot.accounts:,} accounts over {months(pilot.months)}"
    if net.low > 0.0:
        return f"{name} pays: it brings {brings} net of its cost and of waiting for it."
    if net.high < 0.0:
        return f"{name} does not pay: it brings {brings}, its cost and the waiting for it counted."
    return f"Whether {name[0].lower()}{name[1:]} pays cannot be told from so many draws: {brings} net."


def months(count: int) -> str:
    """E.g. "1 month", "6 months"."""
    return f"{count} month{'s' if count != 1 else ''}"


def print_information(result: ValueOfInformation, console: Console) -> None:
    """The sentence, values by input and by group, the pilot, and what the numbers mean."""
    say(console, sentence(result), style="bold")
    say(console)
    size = f"{run_size(result.draws, result.replicates)}, seed {result.seed}"
    arms = ", ".join(result.arms)
    say(console, f"{result.scenario}: {result.measure} over {result.horizon_months} months; arms {arms} ({size}).")
    say(console, f"Without finding out, {result.best} is best on average.")
    say(console)
    _print_worths(result, "Worth finding out by itself, per decision", "input", result.inputs, console)
    if result.groups:
        _print_worths(result, "Worth finding out together, per decision", "inputs", result.groups, console)
    if result.pilot is not None:
        _print_pilot(result, result.pilot, console)
    luck = (
        "" if math.isnan(result.luck_share) else f" {percent(result.luck_share)} of the variance between the two best"
    )
    if luck:
        luck += " arms is luck, path by path, which nobody can find out and which is in none of these values."
    say(
        console,
        "±: standard error, clustered by draw; intervals are 95%. A value is what choosing by the knowledge earns above"
        " the arm that is best on average, on draws that the rule was not fitted to; with few draws it errs to the low"
        f" side and may fall below 0. Values of inputs need not add up.{luck}",
    )


def _everything(result: ValueOfInformation) -> str:
    value = result.everything
    amount = money_with_error(value.mean, value.se, result.currency)
    if value.low <= 0.0:
        return (
            f"Finding out is worth nothing that can be told from luck: knowing everything would be worth {amount} a"
            f" decision. Decide now: {result.best} is best on average."
        )
    text = f"Knowing everything would be worth {amount} a decision"
    if result.decisions != 1.0:
        total = money_with_error(value.mean * result.decisions, value.se * result.decisions, result.currency)
        text += f", {total} over {population(result)}"
    return f"{text}."


def population(result: ValueOfInformation) -> str:
    """E.g. "2 decisions a year for 3 years"."""
    count = f"{result.decisions_a_year:g} decision{'s' if result.decisions_a_year != 1.0 else ''}"
    if result.years == 1:
        return count
    return f"{count} a year for {result.years} years (discounted at {percent_tenths(result.annual_discount)})"


def _where(result: ValueOfInformation) -> str:
    if result.everything.low <= 0.0:
        return ""
    for worths in (result.inputs, result.groups):
        clear = [worth for worth in worths if worth.clear][:2]
        if clear:
            names = " and ".join(f"{worth.name} ({percent(worth.share or 0.0)})" for worth in clear)
            if sum(worth.share or 0.0 for worth in clear) > 0.5:
                return f"Most of it lies in {names}."
            return f"As far as so many draws tell, {names} {'are' if len(clear) > 1 else 'is'} worth finding out."
    return "No input, and no group of them, is worth finding out by itself as far as so many draws tell."


def _print_worths(result: ValueOfInformation, title: str, what: str, worths: Sequence[Worth], console: Console) -> None:
    turning = [worth for worth in worths if not worth.idle]
    shown = turning[:MOST_LINES]
    columns = [
        Column(what, [worth.name for worth in shown], left=True),
        Column("worth", [money_with_error(w.value.mean, w.value.se, result.currency) for w in shown]),
        Column("of everything", [DASH if worth.share is None else percent(worth.share) for worth in shown], 1),
        Column("95% interval", [money_interval(w.value.low, w.value.high, result.currency) for w in shown], 2),
        Column("told from 0", ["yes" if worth.clear else "no" for worth in shown], 1),
    ]
    if shown:
        print_table(console, title, columns)
    if len(turning) > len(shown):
        say(console, f"  ... and {len(turning) - len(shown)} more, each worth less: --json has them all")
    idle = [worth.name for worth in worths if worth.idle]
    if idle:
        say(console, f"Worth nothing by themselves, they never turn the choice: {', '.join(idle)}.")
    say(console)


def _print_pilot(result: ValueOfInformation, worth: PilotWorth, console: Console) -> None:
    pilot, showing, currency = worth.showing.pilot, worth.showing, result.currency
    rows = {
        "its data, per decision": money_with_error(worth.per_decision.mean, worth.per_decision.se, currency),
        f"its data, {population(result)}": money_with_error(
            worth.per_decision.mean * worth.decisions, worth.per_decision.se * worth.decisions, currency
        ),
        "its cost": money(-pilot.cost, currency),
        "waiting for it": money_with_error(-worth.waiting.mean, worth.waiting.se, currency),
        "net benefit": money_with_error(worth.net.mean, worth.net.se, currency),
    }
    title = f"Pilot of {pilot.play}: {pilot.accounts:,} accounts, {months(pilot.months)}"
    print_table(console, title, [Column("", list(rows), left=True), Column("worth", list(rows.values()))])
    points = {name: 100.0 * values for name, values in showing.data.items()}
    shows = "; ".join(
        f"{what} {points[name].mean():+.1f} points on average, standard deviation {points[name].std(ddof=1):.1f}"
        for name, what in (("accounts", "accounts kept"), ("arr", "ARR kept"))
    )
    say(
        console,
        f"{showing.in_each_group:.0f} accounts with the play, {percent(showing.reached)} of them reached, against as"
        f" many without. Difference that it would show: {shows}.",
    )
    say(console)

"""Answers printed in the terminal. Estimates stand with their standard error (±) or their 95% interval."""

from __future__ import annotations

import math
from collections.abc import Callable

from rich.console import Console

from churnsim.decisions.compare import ArmResult, Comparison
from churnsim.decisions.drivers import Driver
from churnsim.decisions.ladder import Judged, Ladder, Step
from churnsim.decisions.measures import EVERY, NPV_WITH_VALUE, VALUE
from churnsim.decisions.versus import Versus
from churnsim.decisions.words import csms, npv_name, number, pays_back
from churnsim.metrics.estimates import Estimate, Quantile
from churnsim.metrics.policy import STANDARD
from churnsim.reports.cells import amount, interval, odds, ratio, say
from churnsim.reports.numbers import (
    DASH,
    count_with_error,
    money,
    money_with_error,
    percent,
    points_with_error,
    ratio_with_error,
    run_size,
)
from churnsim.reports.run import arm_columns, print_run
from churnsim.reports.tables import Column, print_table

__all__ = ["print_comparison", "print_ladder", "print_run"]


def print_ladder(ladder: Ladder, console: Console) -> None:
    """The sentence, the ladder, the hours, the second look and what would change it."""
    say(console, ladder.sentence, style="bold")
    say(console)
    _print_decision(ladder, console)
    _print_rungs(ladder, console)
    _print_hours(ladder, console)
    _print_judgement(ladder, console)
    _print_drivers(ladder, console)
    # whoever scrolled through the tables sees the answer last
    say(console)
    say(console, ladder.sentence, style="bold")


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Arms and their paired differences from the base."""
    say(console, comparison.sentence, style="bold")
    say(console)
    arms, currency = comparison.arms, comparison.currency
    size = f"{run_size(comparison.draws, comparison.replicates)}, seed {comparison.seed}"
    print_table(
        console,
        f"{comparison.scenario}: arms after {comparison.horizon_months} months ({size})",
        arm_columns([result.arm for result in arms], [result.values for result in arms], currency),
    )
    others = [result for result in arms if result.differences]
    columns = [
        Column("arm", [result.arm for result in others], left=True),
        Column("NPV", _differences(others, "npv", currency)),
        Column("95% interval", [interval(r.differences["npv"].difference, currency) for r in others], 3),
        Column("beats base", [odds(r.differences["npv"].odds) for r in others]),
        Column("closing ARR", _differences(others, "arr", currency), 1),
        Column("NRR", _differences(others, "nrr", currency), 5),
        Column("GRR", _differences(others, "grr", currency), 6),
        Column("CS cost", _differences(others, "cost", currency), 2),
        Column("pairing", [ratio(r.differences["npv"].variance_ratio) for r in others], 4),
    ]
    note = (
        f"±: standard error, clustered by draw; beats base: share of {comparison.odds_over} with a higher NPV (95%"
        " interval); pairing: how many times more draws independent arms would need for the same error of the NPV"
        " difference."
    )
    if VALUE in arms[0].values:
        columns[4:4] = [
            Column("value after\nhorizon", _differences(others, VALUE, currency)),
            Column("beats base\nwith it", [odds(r.differences[NPV_WITH_VALUE].odds) for r in others], 1),
        ]
        note += f" The value after the horizon, of what follows month {comparison.horizon_months}, is not in the NPV."
    print_table(console, "Difference from the base, paired", columns)
    say(console, f"{note} Metric policy: {STANDARD.stamp}.")


def _print_decision(ladder: Ladder, console: Console) -> None:
    steps = [rung.step for rung in ladder.rungs]
    size = run_size(ladder.draws, ladder.replicates)
    currency = ladder.currency
    first = "first year" if ladder.horizon_months >= 12 else f"first {ladder.horizon_months} months"

    marginal = "marginal NPV\nwith the value" if ladder.has_value_after_horizon else "marginal NPV"

    def each(show: Callable[[Step], str]) -> list[str]:
        return [DASH if step is None else show(step) for step in steps]

    columns = [
        Column("CSMs", _posts(ladder)),
        Column("NPV", [amount(rung.npv, "money", currency) for rung in ladder.rungs], 2),
        Column(marginal, each(lambda s: amount(s.worth.difference, "money", currency))),
        Column("95% interval", each(lambda s: interval(s.worth.difference, currency)), 1),
        Column(pays_back(ladder), each(lambda s: odds(s.worth.odds))),
        Column("of paths", each(lambda s: percent(s.worth.odds_of_paths.share)), 4),
        Column("payback\nmonth", each(_payback), 0),
        Column(first, each(lambda s: money(s.npv_first_year.difference.mean, currency)), 3),
    ]
    note = (
        f"±: standard error, clustered by draw; {pays_back(ladder)}: share of {ladder.odds_over} with a marginal NPV"
        f" above 0 (95% interval); payback month: when half of the {ladder.odds_over} have paid back for good; {first}:"
        f" marginal NPV of {min(12, ladder.horizon_months)} months."
    )
    if ladder.sets_rule_aside:
        note += " The plan's hiring rule is set aside on every rung, so (plan) stands for its posts alone."
    if ladder.has_value_after_horizon:
        later = [rung.value_after_horizon for rung in ladder.rungs]
        columns.insert(
            2, Column("value after\nhorizon", [amount(e, "money", currency) if e else DASH for e in later], 2)
        )
        note += (
            f" The NPV is that of {ladder.horizon_months} months; the marginal NPV, its interval and its odds count the"
            f" value after the horizon as well, the payback month and the {first} do not."
        )
    print_table(
        console,
        f"{ladder.scenario}, team {ladder.team}: the next CSM over {ladder.horizon_months} months ({size})",
        columns,
        marked=ladder.index,
    )
    say(console, note)
    say(console)


def _print_rungs(ladder: Ladder, console: Console) -> None:
    rungs, currency, months = ladder.rungs, ladder.currency, ladder.horizon_months
    early = "12 mo" if months >= 12 else f"first {months} mo"
    print_table(
        console,
        f"What each rung brings (NRR and GRR: last full year, metric policy {STANDARD.name})",
        [
            Column("CSMs", _posts(ladder)),
            Column(f"ARR, {months} mo", [amount(r.arr, "money", currency) for r in rungs]),
            Column(f"ARR, {early}", [amount(r.arr_first_year, "money", currency) for r in rungs], 3),
            Column("NRR", [amount(r.nrr, "share", currency) for r in rungs], 1),
            Column("GRR", [amount(r.grr, "share", currency) for r in rungs], 2),
            Column("CS cost", [amount(r.cost, "money", currency) for r in rungs]),
        ],
        marked=ladder.index,
    )


def _print_hours(ladder: Ladder, console: Console) -> None:
    def hours(name: str) -> list[str]:
        estimates: list[Estimate] = [getattr(rung, f"hours_{name}") for rung in ladder.rungs]
        return [count_with_error(e.mean, e.se) for e in estimates]

    print_table(
        console,
        "Hours a month, mean over the horizon",
        [
            Column("CSMs", _posts(ladder)),
            Column("demanded", hours("demanded")),
            Column("available", hours("available")),
            Column("delivered", hours("delivered"), 1),
            Column("demanded / available", [ratio_with_error(r.load.mean, r.load.se) for r in ladder.rungs]),
        ],
        marked=ladder.index,
    )
    if ladder.enough_hours is None:
        say(console, "Hours alone: no rung covers the hours that plays ask for.")
    else:
        say(console, f"Hours alone would fund {csms(ladder.enough_hours)}: the lowest rung that covers the demand.")
    say(console)


def _print_judgement(ladder: Ladder, console: Console) -> None:
    """The recommended rung against its neighbour and the base, as seen and on fresh seeds."""
    looks = [("this ladder", ladder.seen)] + ([("fresh seeds", ladder.fresh)] if ladder.fresh else [])
    rows: list[tuple[str, Judged, Versus]] = [
        (name, look, v) for name, look in looks for v in (look.neighbour, look.base)
    ]
    print_table(
        console,
        "The recommended rung, seen again on fresh seeds because it was picked for being highest",
        [
            Column("seen on", [name for name, _, _ in rows], left=True),
            Column("against", [f"{v.arm} – {v.against}" for _, _, v in rows], left=True),
            Column(
                "gained" if ladder.has_value_after_horizon else "NPV gained",
                [amount(v.difference, "money", ladder.currency) for _, _, v in rows],
            ),
            Column("95% interval", [interval(v.difference, ladder.currency) for _, _, v in rows], 2),
            Column("odds above 0", [odds(v.odds) for _, _, v in rows]),
            Column("pairing", [ratio(v.variance_ratio) for _, _, v in rows], 3),
        ],
    )


def _print_drivers(ladder: Ladder, console: Console) -> None:
    drivers = ladder.drivers
    if not drivers.inputs:
        say(
            console,
            f"What would change it: {drivers.note}." if drivers.note else "What would change it: nothing found.",
        )
        return
    top = drivers.inputs[:5]
    explained = percent(drivers.explained)
    print_table(
        console,
        f"What would change it: inputs explain {explained} of the variance of the marginal"
        f" {npv_name(ladder)} (adjusted R²)",
        [
            Column("input", [driver.input for driver in top], left=True),
            Column("share", [percent(driver.variance_share) for driver in top]),
            Column("per sd", [money_with_error(d.effect_per_sd, d.se, ladder.currency) for d in top], 1),
            Column("sampled", [f"{number(d.sampled_low)} to {number(d.sampled_high)}" for d in top], 2),
            Column(f"{pays_back(ladder)} only", [_tip(driver) for driver in top]),
        ],
    )


def _posts(ladder: Ladder) -> list[str]:
    same = {ladder.plan[0]} if len(set(ladder.plan)) == 1 else set()
    return [f"{rung.posts}{' (plan)' if rung.posts in same else ''}" for rung in ladder.rungs]


def _payback(step: Step) -> str:
    month: Quantile = step.payback_month
    if math.isnan(month.value):
        return "never"
    if math.isnan(month.high):
        return f"{month.value:.0f} ({month.low:.0f}–)"
    return f"{month.value:.0f} ({month.low:.0f}–{month.high:.0f})"


def _tip(driver: Driver) -> str:
    if math.isnan(driver.tips_at):
        return "no value turns it"
    return f"{driver.side} {number(driver.tips_at)}"


def _differences(results: list[ArmResult], name: str, currency: str) -> list[str]:
    estimates = [result.differences[name].difference for result in results]
    if EVERY[name].kind == "share":
        return [points_with_error(e.mean, e.se) for e in estimates]
    return [amount(e, "money", currency) for e in estimates]

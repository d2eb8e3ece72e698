"""Risk printed in the terminal: plain words first, then tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from churnsim.metrics.policy import STANDARD
from churnsim.reports.cells import amount, odds, say, say_all
from churnsim.reports.numbers import (
    DASH,
    money,
    money_with_error,
    percent,
    percent_with_error,
    ratio_with_error,
    run_size,
    show,
)
from churnsim.reports.risk_words import scenario_sentences, sentences
from churnsim.reports.tables import Column, print_table
from churnsim.uncertainty.acceptability import Acceptability
from churnsim.uncertainty.resamples import Figure
from churnsim.uncertainty.risk import Risk
from churnsim.uncertainty.scenarios import Scenarios
from churnsim.uncertainty.tails import Quantiles

MOST_ARMS = 6
"""Arms whose odds over the price of a CSM have a column."""


def print_risk(risk: Risk, console: Console) -> None:
    """Sentences, tails by measure, odds of targets, arms against each other, frontiers, the price of a CSM."""
    say_all(console, sentences(risk))
    size = f"{run_size(risk.draws, risk.replicates)}, seed {risk.seed}"
    for i, name in enumerate(risk.tails):
        what = f"{risk.scenario}, {risk.horizon_months} months ({size}): " if i == 0 else ""
        _print_tails(risk, name, f"{what}{risk.labels[name]}", console)
    apart = "all paths: ignorance and luck together; draws: ignorance alone, luck taken off"
    if risk.no_ignorance is not None:
        apart = f"all paths: {'luck alone' if risk.draws == 1 else 'ignorance and luck together'}"
    say(
        console,
        f"±: standard error, clustered by draw (bootstrap over {risk.odds_over}); CVaR: mean of the worst"
        f" {percent(risk.level)}; {apart}. NRR: metric policy {STANDARD.name}.",
    )
    say(console)
    _print_targets(risk, console)
    _print_arms(risk, console)
    _print_spending(risk, console)
    if risk.price is not None:
        _print_price(risk, risk.price, console)
    else:
        say(console, f"Price of a CSM: not asked, for {risk.no_price}.")


def print_scenarios(found: Scenarios, console: Console) -> None:
    """Regret by scenario and arm."""
    say_all(console, scenario_sentences(found))
    matrix, names = found.matrix, list(found.risks)

    def each(arm: str) -> list[str]:
        cells = [amount(matrix.regret[name][arm], found.kind, found.currency) for name in names]
        cells = ["best" if matrix.best[name] == arm else cell for name, cell in zip(names, cells, strict=True)]
        return [*cells, *(show(of[arm], found.kind, found.currency) for of in (matrix.expected, matrix.worst))]

    columns = [Column("arm", list(found.arms), left=True)]
    cells = [each(arm) for arm in found.arms]
    titles = [*names, "mean regret", "worst regret"]
    columns += [Column(title, [row[i] for row in cells]) for i, title in enumerate(titles)]
    print_table(
        console,
        f"Regret by {found.label}: what the scenario's best arm has more",
        columns,
        marked=found.arms.index(matrix.least_worst),
    )
    say(console, "±: standard error of the paired difference, clustered by draw. For each scenario by itself, run it.")


def _figure(found: Figure, kind: str, currency: str) -> str:
    if kind == "money":
        return money_with_error(found.value, found.se, currency)
    return percent_with_error(found.value, found.se)


def _print_tails(risk: Risk, name: str, title: str, console: Console) -> None:
    kind, found = risk.kind(name), [risk.tails[name][arm] for arm in risk.arms]

    def column(title: str, of: Sequence[Quantiles | None], pick: Callable[[Quantiles], Figure], rank: int) -> Column:
        return Column(title, [DASH if q is None else _figure(pick(q), kind, risk.currency) for q in of], rank)

    tail = f"CVaR {percent(risk.level)}"
    paths = [tails.paths for tails in found]
    columns = [
        Column("arm", list(risk.arms), left=True),
        Column("mean", [amount(tails.mean, kind, risk.currency) for tails in found]),
        column("P5\nall paths", paths, lambda q: q.p5, 0),
        column("P50", paths, lambda q: q.p50, 4),
        column("P95", paths, lambda q: q.p95, 2),
        column(tail, paths, lambda q: q.cvar, 0),
    ]
    if risk.no_ignorance is None:
        draws = [tails.ignorance for tails in found]
        columns += [
            column("P5\ndraws", draws, lambda q: q.p5, 1),
            column("P50\ndraws", draws, lambda q: q.p50, 6),
            column("P95\ndraws", draws, lambda q: q.p95, 3),
            column(f"{tail}\ndraws", draws, lambda q: q.cvar, 5),
        ]
    masked = [tails.mean.masked for tails in found]
    if any(masked):
        columns.append(Column("paths\nleft out", [f"{count:,}" for count in masked]))
    print_table(console, title, columns, marked=risk.arms.index(risk.chosen))


def _print_targets(risk: Risk, console: Console) -> None:
    if not risk.targets:
        return
    columns = [Column("arm", list(risk.arms), left=True)]
    for text, target in risk.targets.items():
        columns.append(Column(text, [odds(target.odds_of_paths[arm]) for arm in risk.arms]))
        if risk.odds_over == "draws":
            columns.append(Column(f"{text}\ndraws", [odds(target.odds[arm]) for arm in risk.arms], 1))
    print_table(
        console,
        "Odds of targets (95% interval)",
        columns,
        marked=risk.arms.index(risk.chosen),
    )
    if risk.odds_over == "draws":
        say(console, "Share of paths, luck included, and of draws in whose mean over luck the target is met.")
    say(console)


def _print_arms(risk: Risk, console: Console) -> None:
    found = risk.standings
    if found is None:
        return
    kind = risk.kind(risk.measure)
    places = {place.arm: place for place in risk.frontier}
    stand = [found.arms[arm] for arm in risk.arms]
    by = [places[arm].dominated_by for arm in risk.arms]
    told_apart, note = [], ""
    if risk.odds_over == "draws":
        told_apart.append(Column("of paths", [odds(one.best_of_paths) for one in stand], 4))
    if any(one.regret is not None for one in stand):
        regret = [DASH if one.regret is None else _figure(one.regret, kind, risk.currency) for one in stand]
        worst = [show(one.worst_regret, kind, risk.currency) for one in stand]
        told_apart += [Column("regret", regret), Column("worst draw", worst, 1)]
        note = " regret: what the best arm of each draw has more, luck taken off;"
    columns = [
        Column("arm", list(risk.arms), left=True),
        Column(f"best, of {risk.odds_over}", [odds(one.best) for one in stand]),
        *told_apart,
        Column("mean and CVaR", ["" if name is None else f"dominated by {name}" for name in by], left=True),
        Column("in resamples", [percent(places[arm].share_dominated) for arm in risk.arms], 3),
    ]
    print_table(
        console,
        f"Which arm, by {risk.labels[risk.measure]}: best, regretted, dominated",
        columns,
        marked=risk.arms.index(risk.chosen),
    )
    say(
        console,
        f"best: share of {risk.odds_over} in which the arm's mean is the highest (95% interval);{note} in resamples:"
        " share of bootstrap samples in which the arm is dominated.",
    )
    say(console)


def _print_spending(risk: Risk, console: Console) -> None:
    if not risk.spending:
        return
    currency, bought = risk.currency, sorted(risk.spending, key=lambda one: one.cost.mean)
    columns = [
        Column("arm", [one.alternative.name for one in bought], left=True),
        Column("CS cost", [amount(one.cost, "money", currency) for one in bought]),
        Column("closing ARR", [amount(one.arr, "money", currency) for one in bought]),
        Column("cost per\nextra ARR", [ratio_with_error(one.icer.value, one.icer.se) for one in bought]),
        Column("", [one.alternative.status for one in bought], left=True),
        Column("by, equal to", [" and ".join(one.alternative.by) or DASH for one in bought], 2, left=True),
        Column("on frontier\nin resamples", [percent(one.share_on_frontier) for one in bought], 1),
    ]
    print_table(console, "What customer success costs, and the closing ARR that it leaves", columns)
    say(
        console,
        "cost per extra ARR: extra CS cost over the horizon per unit of closing ARR more than the arm before on the"
        " frontier (?: some resample has no more ARR); extendedly dominated: a mix of the two has more ARR for the same"
        " money.",
    )
    say(console)


def _print_price(risk: Risk, found: Acceptability, console: Console) -> None:
    odds_of = {arm: max(at.best[arm].share for at in found.prices) for arm in risk.arms}
    shown = sorted(sorted(odds_of, key=lambda arm: -odds_of[arm])[:MOST_ARMS], key=risk.arms.index)
    columns = [
        Column("a CSM's year", [money(at.price, risk.currency) for at in found.prices]),
        Column("best mean", [at.highest for at in found.prices], left=True),
        Column(
            f"{found.recommended}\nbeats base",
            [DASH if at.beats is None else odds(at.beats) for at in found.prices],
        ),
        Column(
            "by",
            [DASH if at.gain is None else amount(at.gain, "money", risk.currency) for at in found.prices],
            1,
        ),
        *(Column(f"{arm}\nbest", [odds(at.best[arm]) for at in found.prices], 2) for arm in shown),
    ]
    print_table(
        console,
        f"Over the price of a CSM (today {money(found.today, risk.currency)} on average): odds, share of"
        f" {risk.odds_over} (95% interval)",
        columns,
    )
    left = len(risk.arms) - len(shown)
    note = "Price of month 1; wages grow from there. Nothing is simulated again: NPV is linear in the price."
    say(console, f"{note} {left} arms that are seldom best have no column." if left else note)

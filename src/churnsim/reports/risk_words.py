"""Risk in plain words: how bad a bad case is, how likely a target, which arm, and what a CSM may cost."""

from __future__ import annotations

import math

from churnsim.decisions.words import odds
from churnsim.metrics.estimates import Share
from churnsim.reports.numbers import money, percent, percent_tenths, show
from churnsim.uncertainty.acceptability import Acceptability
from churnsim.uncertainty.resamples import Figure
from churnsim.uncertainty.risk import Risk, Target
from churnsim.uncertainty.scenarios import Scenarios
from churnsim.uncertainty.tails import Tails

FEW = 10.0
"""Draws in the tail below which the error of a CVaR is a guess."""


def sentences(risk: Risk) -> list[str]:
    """The answer, one thing a sentence."""
    said = [_bad_case(risk, name) for name in _bad_cases(risk)]
    said += [_target(risk, text, target) for text, target in risk.targets.items()]
    if risk.standings is not None:
        said += [_best(risk), *_regret(risk), _frontier(risk)]
    if risk.price is not None:
        said.append(_price(risk, risk.price))
    return said + warnings(risk)


def headline(risk: Risk) -> str:
    """How bad a bad case is, in a few words."""
    found = risk.tails[risk.measure][risk.chosen]
    cvar = show(found.paths.cvar.value, risk.kind(risk.measure), risk.currency)
    return f"{risk.chosen}: mean {risk.labels[risk.measure]} of the worst {percent(risk.level)} of paths is {cvar}"


def scenario_sentences(found: Scenarios) -> list[str]:
    """Which arm is least regretted over the scenarios."""
    matrix = found.matrix
    best = ", ".join(f"{arm} in {scenario}" for scenario, arm in matrix.best.items())
    least = matrix.least_worst
    worst = show(matrix.worst[least], found.kind, found.currency)
    low = min(matrix.expected, key=lambda arm: matrix.expected[arm])
    said = [
        f"Highest mean {found.label}: {best}.",
        f"Whatever comes, {least} is regretted least: it is at most {worst} behind the best arm of a scenario.",
        f"With all scenarios alike, {low} has the least mean regret:"
        f" {show(matrix.expected[low], found.kind, found.currency)}.",
    ]
    unclear = [
        scenario
        for scenario, row in matrix.regret.items()
        if any(arm != matrix.best[scenario] and not lost.low > 0.0 for arm, lost in row.items())
    ]
    if unclear:
        said.append(f"Not every regret can be told from 0 in {', '.join(unclear)}: run more draws.")
    if found.left_out:
        said.append(f"Left out, because not every scenario has them: {', '.join(found.left_out)}.")
    return said


def warnings(risk: Risk) -> list[str]:
    """What speaks against reading too much into the numbers."""
    said = []
    if risk.no_ignorance:
        said.append(f"Ignorance apart from luck is not shown: {risk.no_ignorance}.")
    first = next(iter(risk.tails[risk.measure].values()))
    if first.tail_clusters < FEW:
        count = risk.draws if risk.odds_over == "draws" else risk.replicates
        said.append(
            f"CVaR of {percent_tenths(risk.level)} rests on {first.tail_clusters:.3g} of {count} {risk.odds_over}:"
            " its error is a guess; run with more."
        )
    return said


def interval(found: Figure, kind: str, currency: str) -> str:
    """A value with its 95% interval in brackets."""
    text = show(found.value, kind, currency)
    if math.isnan(found.low):
        return text
    return f"{text} ({show(found.low, kind, currency)} to {show(found.high, kind, currency)})"


def _bad_cases(risk: Risk) -> list[str]:
    """Measures that a bad case is told of: ARR of a year, and what decides."""
    arr = next((name for name in ("arr_first_year", "arr") if name in risk.tails), None)
    return list(dict.fromkeys([name for name in (arr, risk.measure) if name is not None]))


def _bad_case(risk: Risk, name: str) -> str:
    tails: Tails = risk.tails[name][risk.chosen]
    kind, label = risk.kind(name), risk.labels[name]

    def value(figure: Figure) -> str:
        return show(figure.value, kind, risk.currency)

    edge, side = (tails.paths.p95, "above") if name == "cost" else (tails.paths.p5, "below")
    text = (
        f"How bad is a bad case? {label} with {risk.chosen}: {value(tails.paths.p50)} in the middle of all paths,"
        f" {side} {value(edge)} in 1 path of 20, and {interval(tails.paths.cvar, kind, risk.currency)} on average in"
        f" the worst {percent(risk.level)} (CVaR, 95% interval)"
    )
    if tails.ignorance is not None:
        edge = tails.ignorance.p95 if name == "cost" else tails.ignorance.p5
        text += f". Were luck to average out, ignorance alone would leave 1 draw in 20 {side} {value(edge)}"
    return f"{text}."


def _target(risk: Risk, text: str, target: Target) -> str:
    arm = max(target.odds_of_paths, key=lambda a: _known(target.odds_of_paths[a]))
    chosen = target.odds_of_paths[risk.chosen]
    said = f"Odds of {text}: {odds(chosen)} of paths with {risk.chosen}"
    if arm != risk.chosen and _known(target.odds_of_paths[arm]) > _known(chosen):
        said += f"; highest with {arm}, {odds(target.odds_of_paths[arm])}"
    return f"{said}."


def _known(share: Share) -> float:
    return -1.0 if math.isnan(share.share) else share.share


def _best(risk: Risk) -> str:
    found = risk.standings
    assert found is not None, "with a single arm nothing is best"
    best, label = found.arms[found.highest].best, risk.labels[risk.measure]
    text = (
        f"Which arm? {found.highest} has the best mean {label} and is the best arm in {odds(best)} of {risk.odds_over}"
        f" (even odds of {len(risk.arms)} arms: {percent(1.0 / len(risk.arms))})"
    )
    if found.lead.straddles_zero:
        text += f"; its lead over {found.second} cannot be told from 0 at this size of run"
    if found.luck_share > 0.5:
        text += (
            f"; {percent(found.luck_share)} of the spread of that lead between draws is luck in the replicate means,"
            " which draws the odds of close arms towards each other: run more replicates a draw"
        )
    return f"{text}."


def _regret(risk: Risk) -> list[str]:
    found = risk.standings
    assert found is not None, "with a single arm nothing is regretted"
    known = {arm: one for arm, one in found.arms.items() if one.regret is not None}
    if not known:
        return []
    kind = risk.kind(risk.measure)

    def worst(arm: str) -> str:
        return show(known[arm].worst_regret, kind, risk.currency)

    least = min(known, key=lambda arm: known[arm].worst_regret)
    mine = known[found.highest].regret
    assert mine is not None
    text = (
        f"Regret: to choose {found.highest} now costs {interval(mine, kind, risk.currency)} on average against the arm"
        f" that is best in each draw, and {worst(found.highest)} in the worst draw"
    )
    if least != found.highest:
        text += f"; the worst draw of {least} costs least, {worst(least)}"
    return [f"{text}."]


def _frontier(risk: Risk) -> str:
    kept = [place.arm for place in risk.frontier if place.dominated_by is None]
    count = len(risk.frontier) - len(kept)
    bought = [one.alternative.name for one in risk.spending if one.alternative.status == "frontier"]
    return (
        f"Mean against CVaR: {listed(kept)} {'is' if len(kept) == 1 else 'are'} left,"
        f" {count} of {len(risk.frontier)} arms {'is' if count == 1 else 'are'} dominated. Closing ARR against CS cost:"
        f" {listed(bought)} on the frontier."
    )


def listed(names: list[str], most: int = 6) -> str:
    """Names with commas; only the first and the last of many."""
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[: most - 1])}, ..., {names[-1]}"


def _price(risk: Risk, found: Acceptability) -> str:
    def price(value: float) -> str:
        return money(value, risk.currency)

    text = f"Price of a CSM: at {price(found.today)} a year {found.recommended} has the best mean value"
    if found.highest_from <= 0.0 and math.isinf(found.highest_to):
        text += ", and at any other price"
    elif math.isinf(found.highest_to):
        text += f", as at any price above {price(found.highest_from)}"
    elif found.highest_from <= 0.0:
        text += f", as at any price up to {price(found.highest_to)}"
    else:
        text += f", as from {price(found.highest_from)} to {price(found.highest_to)}"
    ends = (found.prices[0], found.prices[-1])
    if all(end.beats is not None for end in ends):
        parts = [f"{odds(end.beats)} at {price(end.price)}" for end in ends if end.beats is not None]
        text += f"; it beats the base in {' and in '.join(parts)}"
    return f"{text}."

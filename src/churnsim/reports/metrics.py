"""Metrics of a run, and one run under each metric policy, in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console

from churnsim.decisions.policies import Figures, PolicyComparison, Step
from churnsim.decisions.scorecard import ArmCard, Scorecard
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.estimates import Estimate, Share
from churnsim.metrics.reconciliation import REASONS
from churnsim.reports.cells import amount, odds, say
from churnsim.reports.numbers import (
    DASH,
    percent_with_error,
    points_with_error,
    ratio_with_error,
    run_size,
    tenths_with_error,
)
from churnsim.reports.tables import Column, print_table

_NAMES = {"nrr": "NRR", "grr": "GRR"}
_STEPS = {
    "reactivations": "accounts won back",
    "joins": "accounts that joined in the year",
    "movements": "every loss, of joiners too",
    "denominator": "each month's own opening ARR",
    "compounding": "months multiplied, not added",
}
"""Reasons as labels of a table."""


def print_scorecard(card: Scorecard, console: Console) -> None:
    """A table of metrics for each arm, the odds of the rules of thumb, and the policy."""
    size = f"{run_size(card.draws, card.replicates)}, seed {card.seed}"
    say(console, f"{card.scenario}: metrics of year {card.year} ({size})", style="bold")
    for arm, own in card.arms.items():
        print_table(console, f"arm {arm}", _columns(own, card.currency))
        for shares, over in _odds(card, own):
            rules = "; ".join(f"{rule} {odds(share)}" for rule, share in shares.items())
            say(console, f"Odds, share of {over} (95% interval): {rules}.")
        say(console)
    say(console, f"Metric policy: {card.metric_policy.stamp}.")
    say(
        console,
        f"±: standard error, clustered by draw; masked: paths, of {card.draws * card.replicates:,}, in which the metric"
        f" is not defined; LTV and the multiples are of {card.horizon_months} months, the others of the year.",
    )


def _odds(card: Scorecard, own: ArmCard) -> Iterator[tuple[dict[str, Share], str]]:
    """What is not known, and luck on top of it; with a single draw there is luck alone."""
    yield own.odds, card.odds_over
    if card.draws > 1:
        yield own.odds_of_paths, "paths, luck included"


def print_policies(comparison: PolicyComparison, console: Console) -> None:
    """For each arm NRR and GRR from policy to policy, with what makes the difference."""
    size = f"{run_size(comparison.draws, comparison.replicates)}, seed {comparison.seed}"
    title = f"{comparison.scenario}: NRR and GRR of year {comparison.year} by metric policy ({size})"
    say(console, title, style="bold")
    for arm, metrics in comparison.arms.items():
        for metric, figures in metrics.items():
            _print_steps(f"arm {arm}: {_NAMES[metric]}", _NAMES[metric], figures, console)
            say(console, _sentence(_NAMES[metric], figures))
            say(console)
    for reason, label in _STEPS.items():
        say(console, f"{label}: {REASONS[reason]}.")
    say(console)
    for policy in comparison.policies.values():
        say(console, f"Metric policy {policy.stamp}.")
    say(console, "±: standard error, clustered by draw; pt: percentage points. Parts add up to the difference.")


def _columns(own: ArmCard, currency: str) -> list[Column]:
    names = list(own.metrics)
    columns = [
        Column("", [METRICS[name].label for name in names], left=True),
        Column("mean", [_cell(METRICS[name].kind, own.metrics[name], currency) for name in names]),
        Column("what it is", [METRICS[name].formula for name in names], 1, left=True),
    ]
    masked = [own.metrics[name].masked for name in names]
    if any(masked):
        columns.insert(2, Column("masked", [f"{count:,}" if count else "" for count in masked]))
    return columns


def _print_steps(title: str, name: str, figures: Figures, console: Console) -> None:
    labels, cells = list[str](), list[str]()
    for policy, figure in figures.policies.items():
        for step in figures.steps:
            if step.policy == policy:
                labels.append(f"  {_STEPS[step.reason]}")
                cells.append(points_with_error(step.part.mean, step.part.se))
        labels.append(f"{name}, {policy}")
        cells.append(percent_with_error(figure.mean, figure.se))
    print_table(console, title, [Column("", labels, left=True), Column("mean", cells)])


def _sentence(name: str, figures: Figures) -> str:
    """The answer in words: how far apart the policies are, and what does most of it."""
    standard, cohort, flow = (figures.policies[policy] for policy in ("standard", "cohort", "flow"))
    if math.isnan(standard.mean):
        return f"{name} is not defined in any path: there is no ARR to retain."
    gap = 100.0 * (flow.mean - standard.mean)
    parts = [f"A tool that reports flow shows {abs(gap):.1f} points {'more' if gap > 0.0 else 'less'} than standard."]
    for what, step in (("lowers", figures.lowest), ("raises", figures.highest)):
        if step is not None:
            parts.append(f"What {what} it most: {_STEPS[step.reason]} ({_points(step)}).")
    if cohort.mean == standard.mean:
        nothing = "nothing was won back" if name == "NRR" else "what is won back never counts in it"
        parts.append(f"Standard and cohort agree: {nothing}.")
    if standard.masked:
        parts.append(f"{standard.masked:,} paths in which a figure is not defined are left out.")
    return " ".join(parts)


def _points(step: Step) -> str:
    return f"{100.0 * step.part.mean:+.1f}"


def _cell(kind: str, e: Estimate, currency: str) -> str:
    if not math.isfinite(e.mean):
        return DASH
    if kind in ("money", "share"):
        return amount(e, kind, currency)
    return tenths_with_error(e.mean, e.se) if kind == "months" else ratio_with_error(e.mean, e.se)

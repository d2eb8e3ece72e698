"""Metrics of a run, and one run under each metric policy, in the terminal."""

from __future__ import annotations

import math

from rich.console import Console

from churnsim.decisions.policies import Figures, PolicyComparison
from churnsim.decisions.scorecard import Scorecard
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.estimates import Estimate
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


def print_scorecard(card: Scorecard, console: Console) -> None:
    """A table of metrics for each arm, the odds of the rules of thumb, and the policy."""
    size = f"{run_size(card.draws, card.replicates)}, seed {card.seed}"
    for arm, own in card.arms.items():
        masked = {name: e.masked for name, e in own.metrics.items()}
        columns = [
            Column("", [METRICS[name].label for name in own.metrics], left=True),
            Column("mean", [_cell(METRICS[n].kind, e, card.currency) for n, e in own.metrics.items()]),
            Column("masked", [str(n) if n else "" for n in masked.values()], 1 if not any(masked.values()) else 0),
            Column("what it is", [METRICS[name].formula for name in own.metrics], 2, left=True),
        ]
        if not any(masked.values()):
            del columns[2]
        print_table(console, f"{card.scenario}, arm {arm}: metrics of year {card.year} ({size})", columns)
        rules = "; ".join(f"{rule}: {odds(share)}" for rule, share in own.odds.items())
        say(console, f"Odds, share of {card.odds_over} (95% interval): {rules}.")
        say(console)
    say(console, f"Metric policy: {card.metric_policy.stamp}.")
    say(
        console,
        f"±: standard error, clustered by draw; masked: paths of {card.draws * card.replicates:,} in which the metric is"
        f" not defined; LTV and the multiples are of the {card.horizon_months} months, the others of the year.",
    )


def print_policies(comparison: PolicyComparison, console: Console) -> None:
    """For each arm NRR and GRR from policy to policy, with what makes the difference."""
    size = f"{run_size(comparison.draws, comparison.replicates)}, seed {comparison.seed}"
    for arm, metrics in comparison.arms.items():
        for metric, figures in metrics.items():
            name = _NAMES[metric]
            title = f"{comparison.scenario}, arm {arm}: {name} of year {comparison.year} by metric policy ({size})"
            _print_steps(title, name, figures, console)
            say(console, _sentence(name, figures))
            say(console)
    for policy in comparison.policies.values():
        say(console, f"Metric policy {policy.stamp}.")
    say(console, "±: standard error, clustered by draw; pt: percentage points. The parts add up to the difference.")


def _print_steps(title: str, name: str, figures: Figures, console: Console) -> None:
    labels, cells, words = list[str](), list[str](), list[str]()
    for policy, figure in figures.policies.items():
        for step in (step for step in figures.steps if step.policy == policy):
            labels.append(f"  + {step.reason}")
            cells.append(points_with_error(step.part.mean, step.part.se))
            words.append(step.words)
        labels.append(f"{name}, {policy}")
        cells.append(percent_with_error(figure.mean, figure.se))
        words.append("")
    columns = [Column("", labels, left=True), Column("", cells), Column("why", words, 1, left=True)]
    print_table(console, title, columns)


def _sentence(name: str, figures: Figures) -> str:
    """The answer in words: how far apart the policies are, and what does most of it."""
    some = next(iter(figures.policies.values()))
    if math.isnan(some.mean):
        return f"{name} is not defined in any path: the year begins without ARR."
    out = f" {some.masked:,} paths in which a figure is not defined are left out." if some.masked else ""
    if figures.main is None:
        return f"All policies give the same {name}.{out}"
    step = figures.main
    same = [p for p, e in figures.policies.items() if p != "standard" and e.mean == some.mean]
    alike = f" Standard and {' and '.join(same)} agree." if same else ""
    return (
        f"The policies are {100.0 * figures.gap:.1f} points apart. What moves it most"
        f" ({100.0 * step.part.mean:+.1f}): {step.words}.{alike}{out}"
    )


def _cell(kind: str, e: Estimate, currency: str) -> str:
    if not math.isfinite(e.mean):
        return DASH
    if kind in ("money", "share"):
        return amount(e, kind, currency)
    return tenths_with_error(e.mean, e.se) if kind == "months" else ratio_with_error(e.mean, e.se)

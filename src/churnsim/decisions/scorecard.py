"""Every metric of each arm with its error, and odds of the rules of thumb that boards look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import xarray as xr

from churnsim.decisions.basis import basis_of, clusters_of
from churnsim.decisions.plain import plain
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.estimates import Estimate, Share, estimate, share_of_draws, share_of_paths
from churnsim.metrics.policy import MetricPolicy


class Rule(NamedTuple):
    """A metric on one side of a threshold."""

    metric: str
    threshold: float
    above: bool


GATES = {
    "LTV above 3 CAC": Rule("ltv_to_cac", 3.0, True),
    "CAC payback below 12 months": Rule("cac_payback", 12.0, False),
}
"""Rules of thumb (Skok)."""


@dataclass(frozen=True)
class ArmCard:
    """Metrics of an arm by name (see `churnsim.metrics.catalogue`), and the odds of each rule of thumb."""

    metrics: dict[str, Estimate]
    odds: dict[str, Share]
    """Share of draws in whose mean the rule holds; with a single draw, of paths."""
    odds_of_paths: dict[str, Share]
    """Share of paths in which the rule holds, luck included."""


@dataclass(frozen=True)
class Scorecard:
    """Metrics of one year of a run under one policy; LTV and multiples are of the horizon."""

    scenario: str
    currency: str
    metric_policy: MetricPolicy
    year: int
    horizon_months: int
    seed: int
    draws: int
    replicates: int
    odds_over: str
    arms: dict[str, ArmCard]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not defined is null."""
        content: dict[str, Any] = plain(self)
        return content


def scorecard(
    dataset: xr.Dataset, policy: MetricPolicy, year: int, rules: Mapping[str, Rule] | None = None
) -> Scorecard:
    """Estimate every metric of each arm of a simulated Dataset, and the odds of `rules` (default: GATES)."""
    rules = GATES if rules is None else rules
    values = {name: metric.of(dataset, policy, year) for name, metric in METRICS.items()}

    def card(arm: str) -> ArmCard:
        own = {name: value.sel(arm=arm, drop=True) for name, value in values.items()}
        # a value below its threshold is one above it with the signs turned
        sides = {
            label: (own[rule.metric], rule.threshold) if rule.above else (-own[rule.metric], -rule.threshold)
            for label, rule in rules.items()
        }
        return ArmCard(
            {name: estimate(value) for name, value in own.items()},
            {label: share_of_draws(*side) for label, side in sides.items()},
            {label: share_of_paths(*side) for label, side in sides.items()},
        )

    return Scorecard(
        **basis_of(dataset),
        metric_policy=policy,
        year=year,
        odds_over=clusters_of(dataset.sizes["draw"]),
        arms={arm: card(arm) for arm in map(str, dataset["arm"].values)},
    )

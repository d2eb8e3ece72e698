"""Every metric of each arm with its error, and odds of the rules of thumb that boards look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xarray as xr

from churnsim.decisions.plain import plain
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.estimates import Estimate, Share, estimate, share_of_draws
from churnsim.metrics.policy import MetricPolicy

GATES = {"LTV above 3 CAC": ("ltv_to_cac", 3.0, True), "CAC payback below 12 months": ("cac_payback", 12.0, False)}
"""Rules of thumb (Skok): metric, threshold, whether above it is good."""


@dataclass(frozen=True)
class ArmCard:
    """Metrics of an arm by name (see `churnsim.metrics.catalogue`), and the odds of each rule of thumb."""

    metrics: dict[str, Estimate]
    odds: dict[str, Share]
    """Share of draws in which the rule holds; with a single draw, of paths."""


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


def scorecard(dataset: xr.Dataset, policy: MetricPolicy, year: int) -> Scorecard:
    """Estimate every metric of each arm of a simulated Dataset."""
    values = {name: metric.of(dataset, policy, year) for name, metric in METRICS.items()}

    def card(arm: str) -> ArmCard:
        own = {name: value.sel(arm=arm, drop=True) for name, value in values.items()}
        odds = {
            # a value below its threshold is one above it with the signs turned
            rule: share_of_draws(own[name], bar) if above else share_of_draws(-own[name], -bar)
            for rule, (name, bar, above) in GATES.items()
        }
        return ArmCard({name: estimate(value) for name, value in own.items()}, odds)

    return Scorecard(
        scenario=str(dataset.attrs["scenario_name"]),
        currency=str(dataset.attrs["currency"]),
        metric_policy=policy,
        year=year,
        horizon_months=int(dataset.attrs["horizon_months"]),
        seed=int(dataset.attrs["seed"]),
        draws=dataset.sizes["draw"],
        replicates=dataset.sizes["replicate"],
        odds_over="draws" if dataset.sizes["draw"] > 1 else "paths",
        arms={arm: card(arm) for arm in map(str, dataset["arm"].values)},
    )

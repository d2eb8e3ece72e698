"""One run under each metric policy: NRR and GRR, and why they differ, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import xarray as xr

from churnsim.decisions.plain import plain
from churnsim.metrics.estimates import Estimate, estimate
from churnsim.metrics.policy import POLICIES, MetricPolicy
from churnsim.metrics.reconciliation import REASONS, reconcile


@dataclass(frozen=True)
class Step:
    """A part of the gap between the figure of a policy and that of the policy before it."""

    policy: str
    reason: str
    words: str
    part: Estimate


@dataclass(frozen=True)
class Figures:
    """A metric under each policy, and the parts that add up from one to the next."""

    policies: dict[str, Estimate]
    steps: tuple[Step, ...]

    @property
    def lowest(self) -> Step | None:
        """The step that takes most away; None where none takes anything."""
        step = min(self.steps, key=lambda step: step.part.mean)
        return step if step.part.mean < 0.0 else None

    @property
    def highest(self) -> Step | None:
        """The step that adds most; None where none adds anything."""
        step = max(self.steps, key=lambda step: step.part.mean)
        return step if step.part.mean > 0.0 else None


@dataclass(frozen=True)
class PolicyComparison:
    """NRR and GRR of each arm in one year."""

    scenario: str
    year: int
    seed: int
    draws: int
    replicates: int
    policies: dict[str, MetricPolicy]
    arms: dict[str, dict[Literal["nrr", "grr"], Figures]]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not defined is null."""
        content: dict[str, Any] = plain(self)
        return content


def compare_policies(dataset: xr.Dataset, year: int) -> PolicyComparison:
    """Reconcile NRR and GRR of a year of a simulated Dataset between the policies."""

    def figures(metric: Literal["nrr", "grr"], arm: str) -> Figures:
        found = reconcile(dataset.sel(arm=[arm]), metric, year)
        return Figures(
            {policy: estimate(values.squeeze("arm")) for policy, values in found.figures.items()},
            tuple(
                Step(part.policy, part.reason, REASONS[part.reason], estimate(part.values.squeeze("arm")))
                for part in found.parts
            ),
        )

    metrics: tuple[Literal["nrr", "grr"], ...] = ("nrr", "grr")
    return PolicyComparison(
        scenario=str(dataset.attrs["scenario_name"]),
        year=year,
        seed=int(dataset.attrs["seed"]),
        draws=dataset.sizes["draw"],
        replicates=dataset.sizes["replicate"],
        policies=dict(POLICIES),
        arms={a: {metric: figures(metric, a) for metric in metrics} for a in map(str, dataset["arm"].values)},
    )

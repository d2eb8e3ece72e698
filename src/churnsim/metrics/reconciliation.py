"""Why one run has another NRR, or GRR, under each policy: steps from `standard` over `cohort` to `flow`.

    NRR standard
      + ARR won back in the year / opening                                               = NRR cohort
      + what accounts that joined or came back gained and lost after that / opening      = a year's bridge ("lazy NRR")
      + denominator: sum over months of change / the month's opening, less change / the year's opening
      + compounding: product over months of (1 + change / opening), less 1 + that sum    = NRR flow

GRR has no first step, for gross figures count nothing that comes back, and its second is what changes when losses are
counted by movements of all accounts rather than by what each account of the year's start has lost on balance. Each part
is the difference of two figures, so the parts of a gap add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import xarray as xr

from churnsim.metrics.policy import COHORT, FLOW, STANDARD, MetricPolicy
from churnsim.metrics.retention import gross_revenue_retention, net_revenue_retention

REASONS = {
    "reactivations": "accounts won back in the year, whenever they left, count as retained at what they then pay",
    "joins": "what accounts that joined or came back within the year gained and lost after that counts too",
    "movements": "losses of accounts that joined within the year count too, and losses of what was gained in it before",
    "denominator": "each month's change is divided by that month's opening ARR instead of the year's",
    "compounding": "the months' ratios are multiplied instead of added up, so that a loss leaves less to lose",
}
"""Why figures differ, in plain words."""

_YEARS_BRIDGE = replace(FLOW, name="bridge of a year", window="year")


@dataclass(frozen=True)
class Part:
    """One reason why the figure of a policy differs from that of the policy before it."""

    policy: str
    reason: str
    """Key of `REASONS`."""
    values: xr.DataArray
    """Dims (arm, draw, replicate)."""


@dataclass(frozen=True)
class Reconciliation:
    """A metric of one year under each policy, (arm, draw, replicate), and the parts of the gaps between them.

    Where one of the figures is not defined all are masked, so that means add up as paths do.
    """

    metric: Literal["nrr", "grr"]
    figures: dict[str, xr.DataArray]
    """By policy, in the order of the steps."""
    parts: tuple[Part, ...]


def reconcile(dataset: xr.Dataset, metric: Literal["nrr", "grr"], year: int) -> Reconciliation:
    """NRR or GRR of a year of the simulation under each policy, and why they differ."""
    of = {"nrr": net_revenue_retention, "grr": gross_revenue_retention}[metric]

    def figure(policy: MetricPolicy) -> xr.DataArray:
        return of(dataset, policy=policy).sel(year=year, drop=True)

    standard, cohort, bridge, flow = map(figure, (STANDARD, COHORT, _YEARS_BRIDGE, FLOW))
    name = {"nrr": "nrr_with_reactivated", "grr": "grr"}[metric]
    added = 1.0 + dataset[f"{name}_summed_by_year"].sel(year=year, drop=True)
    defined = standard.notnull() & flow.notnull()
    steps = [
        ("flow", {"nrr": "joins", "grr": "movements"}[metric], bridge - cohort),
        ("flow", "denominator", added - bridge),
        ("flow", "compounding", flow - added),
    ]
    if metric == "nrr":
        steps.insert(0, ("cohort", "reactivations", cohort - standard))
    return Reconciliation(
        metric,
        {p: v.where(defined) for p, v in (("standard", standard), ("cohort", cohort), ("flow", flow))},
        tuple(Part(policy, reason, values.where(defined)) for policy, reason, values in steps),
    )

"""Every metric of a run by name, for a policy and a year; the functions that they come from say formula and source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import xarray as xr

from churnsim.metrics import acquisition, growth, lifetime, retention, valuation
from churnsim.metrics.policy import MetricPolicy

Kind = Literal["money", "share", "ratio", "months"]


@dataclass(frozen=True)
class Metric:
    """A metric: its name for people, what it is measured in, its formula in a few words."""

    label: str
    kind: Kind
    formula: str
    of: Callable[[xr.Dataset, MetricPolicy, int], xr.DataArray]
    """Values (arm, draw, replicate) of a Dataset under a policy in a year of the simulation."""


def _by_year(metric: Callable[[xr.Dataset], xr.DataArray]) -> Callable[[xr.Dataset, MetricPolicy, int], xr.DataArray]:
    return lambda dataset, policy, year: metric(dataset).sel(year=year, drop=True)


def _by_policy(metric: Callable[..., xr.DataArray]) -> Callable[[xr.Dataset, MetricPolicy, int], xr.DataArray]:
    return lambda dataset, policy, year: metric(dataset, policy=policy).sel(year=year, drop=True)


METRICS: dict[str, Metric] = {
    "nrr": Metric("NRR", "share", "ARR retained / opening ARR", _by_policy(retention.net_revenue_retention)),
    "grr": Metric("GRR", "share", "the same without gains", _by_policy(retention.gross_revenue_retention)),
    "logo_churn": Metric("logo churn", "share", "accounts lost / opening accounts", _by_policy(retention.logo_churn)),
    "gross_revenue_churn": Metric(
        "revenue churn, gross", "share", "1 - GRR: contraction and churn", _by_policy(retention.gross_revenue_churn)
    ),
    "net_revenue_churn": Metric(
        "revenue churn, net", "share", "1 - NRR: the same less expansion", _by_policy(retention.net_revenue_churn)
    ),
    "quick_ratio": Metric("quick ratio", "ratio", "ARR gained / ARR lost", _by_policy(growth.quick_ratio)),
    "new_arr_to_stand_still": Metric(
        "new ARR to stand still", "money", "opening ARR - ARR retained", _by_policy(growth.new_arr_to_stand_still)
    ),
    "share_after_first_sale": Metric(
        "revenue after the first sale",
        "share",
        "revenue not of the year's first sales",
        _by_year(growth.share_after_first_sale),
    ),
    "cac": Metric("CAC", "money", "acquisition / new accounts", _by_year(acquisition.acquisition_cost)),
    "cac_payback": Metric(
        "CAC payback", "months", "12 CAC / yearly margin of a new account", _by_year(acquisition.payback_months)
    ),
    "ltv": Metric(
        "LTV, simulated", "money", "margin over an account's life", lambda d, p, y: lifetime.lifetime_value(d)
    ),
    "ltv_extrapolated": Metric(
        "  behind the horizon",
        "share",
        "part of it not simulated: the last year goes on",
        lambda d, p, y: lifetime.extrapolated_share(d),
    ),
    "ltv_naive": Metric(
        "LTV, by formula",
        "money",
        "ARPA x margin / logo churn",
        lambda d, p, y: lifetime.naive_lifetime_value(d, policy=p),
    ),
    "ltv_gap": Metric("  formula - simulated", "money", "", lambda d, p, y: lifetime.lifetime_gap(d, policy=p)),
    "ltv_to_cac": Metric("LTV/CAC", "ratio", "simulated LTV / CAC", lambda d, p, y: lifetime.value_over_cost(d, y)),
    "cost_per_new_arr": Metric(
        "cost per unit of new ARR", "ratio", "acquisition / new ARR", _by_year(acquisition.cost_per_new_arr)
    ),
    "cost_per_expanded_arr": Metric(
        "cost per unit of expansion",
        "ratio",
        "selling / upsell and cross-sell",
        _by_year(acquisition.cost_per_expanded_arr),
    ),
    "cost_per_kept_arr": Metric(
        "cost per unit of ARR kept", "ratio", "customer success / ARR kept", _by_policy(acquisition.cost_per_kept_arr)
    ),
    "acquisition_against_retention": Metric(
        "acquire against keep",
        "ratio",
        "times that new ARR is dearer",
        _by_policy(acquisition.acquisition_against_retention),
    ),
    "implied_multiple": Metric(
        "value / opening ARR",
        "ratio",
        "(NPV + value after horizon) / opening ARR",
        lambda d, p, y: valuation.implied_multiple(d),
    ),
    "multiple_at_horizon": Metric(
        "multiple at the horizon",
        "ratio",
        "value after horizon / ARR that stays, if given",
        lambda d, p, y: valuation.multiple_at_horizon(d),
    ),
}
"""Metrics by name, in the order in which people read them; LTV and multiples are of the horizon, others of a year."""
OF_HORIZON = {
    "ltv",
    "ltv_extrapolated",
    "ltv_naive",
    "ltv_gap",
    "implied_multiple",
    "multiple_at_horizon",
}
"""Metrics of the horizon, the same in every year."""

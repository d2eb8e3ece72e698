"""New ARR against lost ARR, by full years of the simulation; dims (arm, draw, replicate, year)."""

from __future__ import annotations

import xarray as xr

from churnsim.metrics.policy import STANDARD, MetricPolicy
from churnsim.metrics.retention import retained_arr


def quick_ratio(dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD) -> xr.DataArray:
    """ARR gained over ARR lost.

    (new + upsell + cross-sell + price rises [+ won back]) / (contraction + churn + price cuts)

    Source: Hamid (Social Capital), "SaaS quick ratio"; (new + expansion) / (contraction + churn). ARR won back counts
    where the policy counts reactivations; movements of all accounts count under every policy. 0 where something is lost
    and nothing gained; masked where nothing is lost.
    """
    price = _sum(dataset["arr_price_by_year"].clip(min=0.0))
    gained = price + sum(_total(dataset, name) for name in ("arr_new", "arr_upsell", "arr_cross_sell"))
    if policy.reactivations == "counted":
        gained = gained + _total(dataset, "arr_reactivated")
    cuts = _sum(dataset["arr_price_by_year"].clip(max=0.0))
    lost = _total(dataset, "arr_contraction") + _total(dataset, "arr_churned") - cuts
    return _named(gained / lost.where(lost > 0.0), "quick ratio", "1", policy)


def new_arr_to_stand_still(dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD) -> xr.DataArray:
    """New ARR that the year takes for ARR not to fall: opening ARR less what the policy counts as retained of it.

    The leaky treadmill: it grows with the base at a constant churn, and yearly new ARR / churn is the ceiling of ARR
    (churn / opening per year). 0 where what stays grows by more than is lost. Monthly windows count as one of the year.
    An opening of 0 needs nothing: 0.
    """
    need = _sum(dataset["cohort_arr_opening"]) - retained_arr(dataset, policy)
    return _named(need.clip(min=0.0), "new ARR to stand still", dataset.attrs["currency"], policy)


def share_after_first_sale(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """Share of the year's revenue that first sales of that year did not bring; dims (..., year[, segment]).

    1 - (revenue up to the year's end of the ARR that new accounts enter with, as if it stayed what it was) / revenue

    So renewals, expansion and price of all accounts, and every account of earlier years: the "land and expand" share.
    New accounts that leave or contract within their first year lower it by what they did not pay; where almost all
    do, it can fall below 0. Accounts of the book and those won back were sold before. Masked where there is no revenue.
    """
    first, revenue = dataset["revenue_of_first_sales_by_year"], dataset["revenue_by_year"]
    if not by_segment:
        first, revenue = _sum(first), _sum(revenue)
    return _named(1.0 - first / revenue.where(revenue > 0.0), "share of revenue after the first sale", "1")


def _total(dataset: xr.Dataset, name: str) -> xr.DataArray:
    return _sum(dataset[f"{name}_by_year"])


def _sum(by_segment: xr.DataArray) -> xr.DataArray:
    return by_segment.sum("segment")


def _named(values: xr.DataArray, long_name: str, units: str, policy: MetricPolicy | None = None) -> xr.DataArray:
    named = values.assign_attrs(long_name=long_name, units=units)
    return named if policy is None else named.assign_attrs(metric_policy=policy.stamp)

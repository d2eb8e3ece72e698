"""What it costs to win accounts and ARR, against what it costs to keep them; full years, dims (arm, draw, replicate,
year).

Cost of acquisition is the line `acquisition` of the scenario: leads, with all that sales and marketing spend on them.
Referrals cost no lead. Nothing here depends on a metric policy except what counts as kept.
"""

from __future__ import annotations

import xarray as xr

from churnsim.metrics.money import CUSTOMER_SUCCESS_LINES
from churnsim.metrics.policy import STANDARD, MetricPolicy
from churnsim.metrics.retention import kept_arr


def acquisition_cost(dataset: xr.Dataset) -> xr.DataArray:
    """CAC: cost of acquisition in the year over the accounts that joined in it (Skok, "SaaS metrics 2.0").

    Cost and account fall into the same month, so no lag is needed. Accounts won back are not new. Masked where nobody
    joined.
    """
    new = dataset["accounts_new_by_year"].sum("segment")
    cost = _cost(dataset, "acquisition") / new.where(new > 0.0)
    return cost.assign_attrs(long_name="CAC", units=dataset.attrs["currency"])


def payback_months(dataset: xr.Dataset) -> xr.DataArray:
    """CAC payback: months in which the gross margin of new accounts, at entry, repays their acquisition (Skok).

    12 x cost of acquisition / (new ARR x gross margin - cost to serve the new accounts for a year)

    As if all stayed and none grew: the simulated value of an account is `lifetime_value`. Gross margin is gross profit
    over revenue of the year. Masked where nobody joined or new accounts earn nothing; 0 where they cost nothing.
    """
    new, accounts = (dataset[f"{name}_by_year"].sum("segment") for name in ("arr_new", "accounts_new"))
    months = dataset["account_months_by_year"].sum("segment")
    serving = 12.0 * _cost(dataset, "cost_to_serve") / months.where(months > 0.0)
    yearly = new * gross_margin(dataset) - accounts * serving
    ratio = 12.0 * _cost(dataset, "acquisition") / yearly.where((yearly > 0.0) & (accounts > 0.0))
    return ratio.assign_attrs(long_name="CAC payback", units="months")


def gross_margin(dataset: xr.Dataset) -> xr.DataArray:
    """Gross profit over revenue; masked where there is no revenue."""
    revenue = dataset["revenue_by_year"].sum("segment")
    margin = dataset["gross_profit_by_year"] / revenue.where(revenue > 0.0)
    return margin.assign_attrs(long_name="gross margin", units="1")


def cost_per_new_arr(dataset: xr.Dataset) -> xr.DataArray:
    """Cost of acquisition per unit of new ARR; masked where there is none.

    [P] Benchmarkit 2025: median 2.00, worst quartile 2.82.
    """
    return _per(_cost(dataset, "acquisition"), dataset["arr_new_by_year"].sum("segment"), "new")


def cost_per_expanded_arr(dataset: xr.Dataset) -> xr.DataArray:
    """Selling cost per unit of ARR sold as upsell or cross-sell; masked where there is none. [S] folk figure: 0.28."""
    sold = (dataset["arr_upsell_by_year"] + dataset["arr_cross_sell_by_year"]).sum("segment")
    return _per(_cost(dataset, "expansion_selling"), sold, "expanded")


def cost_per_kept_arr(dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD) -> xr.DataArray:
    """Cost of customer success per unit of opening ARR that is kept (GRR x opening ARR); masked where nothing is.

    [S] folk figure: 0.13. All of customer success is charged to what is kept, onboarding and upsell plays included.
    Monthly windows count as one of the year.
    """
    kept = kept_arr(dataset, policy)
    cost = dataset["cost_by_year"].sel(line=list(CUSTOMER_SUCCESS_LINES)).sum("line")
    return _per(cost, kept, "kept").assign_attrs(metric_policy=policy.stamp)


def acquisition_against_retention(dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD) -> xr.DataArray:
    """How many times dearer a unit of new ARR is than a unit that is kept: the ratio of the two costs.

    Folk rule: 5 to 8 times; the folk figures 1.18 and 0.13 [S] make 9. Masked where nothing is spent on customer
    success, where nobody joined or nothing is kept.
    """
    kept = cost_per_kept_arr(dataset, policy=policy)
    ratio = cost_per_new_arr(dataset) / kept.where(kept > 0.0)
    return ratio.assign_attrs(long_name="cost of new ARR over cost of kept ARR", units="1", metric_policy=policy.stamp)


def _cost(dataset: xr.Dataset, line: str) -> xr.DataArray:
    return dataset["cost_by_year"].sel(line=line, drop=True)


def _per(cost: xr.DataArray, arr: xr.DataArray, what: str) -> xr.DataArray:
    ratio = cost / arr.where(arr > 0.0)
    return ratio.assign_attrs(long_name=f"cost per unit of {what} ARR", units="1")

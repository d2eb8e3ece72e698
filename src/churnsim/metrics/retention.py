"""Retention of the cohort that was active at the start of each year, and growth of ARR.

    NRR  = ARR now of accounts active at the year's start / their ARR then
    GRR  = sum of min(now, then) / ARR then               never above 1
    logo churn = 1 - accounts now / accounts then

New accounts and accounts won back are left out of both sides (SaaS metrics standards board; Kellogg's cohort form);
what was won back is reported apart, by `reactivation`. Each is a ratio of sums per replicate, never a mean of ratios;
an empty cohort is masked (NaN), and every estimate counts what is masked.
"""

from __future__ import annotations

from typing import Literal

import xarray as xr


def net_revenue_retention(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """Net revenue retention, share, dims (arm, draw, replicate, year[, segment])."""
    then, now = (_cohort(dataset, name, by_segment) for name in ("cohort_arr_opening", "cohort_arr_now"))
    return _named(_ratio(now, then), "net revenue retention")


def gross_revenue_retention(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """Gross revenue retention, share, dims (arm, draw, replicate, year[, segment])."""
    then, kept = (_cohort(dataset, name, by_segment) for name in ("cohort_arr_opening", "cohort_arr_kept"))
    return _named(_ratio(kept, then), "gross revenue retention")


def logo_churn(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """Share of the accounts active at the year's start that are lost at its end, dims as the others."""
    then, now = (_cohort(dataset, name, by_segment) for name in ("cohort_accounts_opening", "cohort_accounts_now"))
    return _named(1.0 - _ratio(now, then), "logo churn")


def reactivation(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """ARR won back over ARR lost with accounts in the window, dims (arm, draw, replicate, window[, segment])."""
    back, lost = (_cohort(dataset, name, by_segment) for name in ("arr_reactivated", "arr_churned"))
    return _named(_ratio(back, lost), "ARR won back over ARR lost with accounts")


def arr_growth(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """Growth of ARR per year, (closing / opening)^(12 / months) - 1, dims (arm, draw, replicate, window[, segment]).

    For users: no report of the package shows it.
    """
    opening, closing = (_cohort(dataset, name, by_segment) for name in ("arr_opening", "arr_closing"))
    months = window_months(dataset)
    return _named(_ratio(closing, opening) ** (12.0 / months) - 1.0, "growth of ARR per year")


def window_months(dataset: xr.Dataset) -> xr.DataArray:
    """Number of months in each window."""
    horizon = int(dataset.attrs["horizon_months"])
    length = {"first_year": min(12, horizon), "horizon": horizon}
    return xr.DataArray([length[str(w)] for w in dataset["window"].values], coords={"window": dataset["window"]})


def in_year(by_year: xr.DataArray, which: Literal["first", "last"]) -> xr.DataArray:
    """The first or the last full year; all masked when the horizon is shorter than a year."""
    if by_year.sizes["year"] == 0:
        return by_year.sum("year").where(False)
    return by_year.isel(year=0 if which == "first" else -1, drop=True)


def _cohort(dataset: xr.Dataset, name: str, by_segment: bool) -> xr.DataArray:
    return dataset[name] if by_segment else dataset[name].sum("segment")


def _ratio(top: xr.DataArray, bottom: xr.DataArray) -> xr.DataArray:
    return top / bottom.where(bottom > 0.0)


def _named(ratio: xr.DataArray, long_name: str) -> xr.DataArray:
    return ratio.assign_attrs(long_name=long_name, units="1")

"""Retention of a year's accounts and of their ARR, and growth of ARR.

What counts is said by a `MetricPolicy` (policy.py); with `standard`, the default,

    NRR  = ARR now of accounts active at the year's start / their ARR then
    GRR  = sum of min(now, then) / ARR then               never above 1, nor above NRR
    logo churn = 1 - accounts now / accounts then
    revenue churn: net 1 - NRR, gross 1 - GRR (so contraction is in it)

New accounts and accounts won back are left out of both sides; what was won back is reported apart, by `reactivation`.
Other policies add to what is retained: ARR won back in the year; what accounts that joined or came back within the
year gained and lost after that (closing - ARR now of the year's start - new - won back). Where these count, GRR and
logo churn go by movements: 1 - (contraction + churn) / opening, accounts lost / opening. That GRR also counts the loss
of what was gained since the year's start, and a customer who shrinks and regrows; it may lie below the first form. A
price that falls is a loss. Monthly windows multiply the months' ratios.

Sources: SaaS Metrics Standards Board, Kellogg (2022), ChartMogul, as in policy.py. Edge cases: each is a ratio of sums
per replicate, never a mean of ratios; an empty cohort, or a month that begins with nothing where months are chained, is
masked (NaN), and every estimate counts what is masked. Closing by movements may lose more than was there at the
opening, so GRR by movements can in theory be negative; it is not clipped.
"""

from __future__ import annotations

from typing import Literal

import xarray as xr

from churnsim.metrics.policy import STANDARD, MetricPolicy


def net_revenue_retention(
    dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD, by_segment: bool = False
) -> xr.DataArray:
    """Net revenue retention, share, dims (arm, draw, replicate, year[, segment])."""
    if policy.window == "month":
        back = "_with_reactivated" if policy.reactivations == "counted" else ""
        ratio = _chained(dataset, f"nrr{back}", by_segment)
    else:
        ratio = _share_left(dataset, retained_arr(dataset, policy, by_segment=by_segment), policy, "arr", by_segment)
    return _named(ratio, "net revenue retention", policy)


def gross_revenue_retention(
    dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD, by_segment: bool = False
) -> xr.DataArray:
    """Gross revenue retention, share, dims (arm, draw, replicate, year[, segment])."""
    if policy.window == "month":
        ratio = _chained(dataset, "grr", by_segment)
    else:
        ratio = _share_left(dataset, kept_arr(dataset, policy, by_segment=by_segment), policy, "arr", by_segment)
    return _named(ratio, "gross revenue retention", policy)


def logo_churn(dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD, by_segment: bool = False) -> xr.DataArray:
    """Share of accounts that are lost in the year, dims as the others. Accounts won back do not lower it."""
    if policy.window == "month":
        kept = _chained(dataset, "logo_retention", by_segment)
    else:
        if policy.joins == "counted":
            then = _cohort(dataset, "cohort_accounts_opening", by_segment)
            now = then - _cohort(dataset, "accounts_churned_by_year", by_segment)
        else:
            now = _cohort(dataset, "cohort_accounts_now", by_segment)
        kept = _share_left(dataset, now, policy, "accounts", by_segment)
    return _named(1.0 - kept, "logo churn", policy)


def net_revenue_churn(
    dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD, by_segment: bool = False
) -> xr.DataArray:
    """1 - NRR: below 0 where the accounts that stay grow by more than is lost."""
    kept = net_revenue_retention(dataset, policy=policy, by_segment=by_segment)
    return _named(1.0 - kept, "net revenue churn", policy)


def gross_revenue_churn(
    dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD, by_segment: bool = False
) -> xr.DataArray:
    """1 - GRR: ARR lost with accounts and to contraction."""
    kept = gross_revenue_retention(dataset, policy=policy, by_segment=by_segment)
    return _named(1.0 - kept, "gross revenue churn", policy)


def retained_arr(dataset: xr.Dataset, policy: MetricPolicy, *, by_segment: bool = False) -> xr.DataArray:
    """ARR at the year's end that the policy counts as retained, taken over the year at once."""
    now = _cohort(dataset, "cohort_arr_now", by_segment)
    if policy.reactivations == "counted":
        now = now + _cohort(dataset, "arr_reactivated_by_year", by_segment)
    return now + moves_of_joiners(dataset, by_segment=by_segment) if policy.joins == "counted" else now


def kept_arr(dataset: xr.Dataset, policy: MetricPolicy, *, by_segment: bool = False) -> xr.DataArray:
    """The same without what was gained: of the year's opening ARR, what was neither contracted nor churned."""
    if policy.joins == "left_out":
        return _cohort(dataset, "cohort_arr_kept", by_segment)
    # prices fall in some segments where they do, so they are added up only here
    lost = dataset["arr_contraction_by_year"] + dataset["arr_churned_by_year"]
    lost = lost - dataset["arr_price_by_year"].clip(max=0.0)
    left = dataset["cohort_arr_opening"] - lost
    return left if by_segment else left.sum("segment")


def moves_of_joiners(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """What accounts that joined or came back within the year gained less what they lost, after that."""
    names = ("arr_closing_by_year", "cohort_arr_now", "arr_new_by_year", "arr_reactivated_by_year")
    closing, now, new, back = (_cohort(dataset, name, by_segment) for name in names)
    return closing - now - new - back


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


def _share_left(
    dataset: xr.Dataset, left: xr.DataArray, policy: MetricPolicy, what: Literal["arr", "accounts"], by_segment: bool
) -> xr.DataArray:
    """What is left over the opening; with a mean denominator, 1 less what is lost over the mean."""
    then = _cohort(dataset, f"cohort_{what}_opening", by_segment)
    if policy.denominator == "opening":
        return _ratio(left, then)
    mean = 0.5 * (then + _cohort(dataset, f"{what}_closing_by_year", by_segment))
    return (1.0 + _ratio(left - then, mean)).where(then > 0.0)


def _chained(dataset: xr.Dataset, name: str, by_segment: bool) -> xr.DataArray:
    if by_segment:
        raise ValueError("months are chained for all segments together: a policy with monthly windows has no segments")
    return dataset[f"{name}_chained_by_year"]


def _ratio(top: xr.DataArray, bottom: xr.DataArray) -> xr.DataArray:
    return top / bottom.where(bottom > 0.0)


def _named(ratio: xr.DataArray, long_name: str, policy: MetricPolicy | None = None) -> xr.DataArray:
    named = ratio.assign_attrs(long_name=long_name, units="1")
    return named if policy is None else named.assign_attrs(metric_policy=policy.stamp)

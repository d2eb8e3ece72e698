"""What an account is worth over its life: as simulated, and by the usual formula; dims (arm, draw, replicate).

Margin is gross profit less cost to serve; nothing is discounted unless it is said. Customer success, product and fixed
costs are not in it, nor is acquisition (that is CAC).

A ratio whose bottom is a count of exits is biased when it is taken path by path (E 1/X is not 1/E X, and a path without
exits has none), so ratios here are of means over a draw's replicates. Paths carry the value linearised about these
means: their mean is the ratio, their spread gives its Monte Carlo error (delta method), but a quantile of them is none
of lifetimes. By segment, because short lives and long ones do not average (see `lifetime_value`).
"""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from churnsim.metrics.acquisition import acquisition_cost
from churnsim.metrics.policy import STANDARD, MetricPolicy
from churnsim.metrics.retention import in_year, logo_churn


def lifetime_value(dataset: xr.Dataset) -> xr.DataArray:
    """LTV as simulated: margin of an account over its life, mean of all accounts that the run has seen.

    LTV = (margin of all accounts in the horizon + what those at the horizon still bring)
          / (accounts of the opening book + new accounts)

    An account of the book counts from today on, a new one from its entry; one that is won back goes on with its life,
    so what it brings counts and it is no second account. The first term is simulated: hazards that change with tenure,
    expansion, the mix of leavers, all of it. The horizon censors the rest, and the second term completes it with what
    was simulated last, for each segment: accounts at the horizon x margin / exits of the last full year, that is a life
    at the last year's margin and exit rate. `extrapolated_share` says how much of the LTV that is. A longer horizon
    makes it smaller. Where exits are at a constant rate and all accounts alike, LTV = ARPA x margin / exit rate. Where
    they are not, the formula is too low, for it takes the leavers' churn for that of those who stay (Fader & Hardie
    2010), or too high, where many join and leave within a year and are in no year's opening.

    Masked without a full year, without accounts, or where a segment with accounts at the horizon saw no exit in the
    last full year in any replicate of the draw: its lives have no end in sight.
    """
    earned, later = _within(dataset), _behind(dataset)
    accounts = _horizon(dataset, "accounts_opening") + _horizon(dataset, "accounts_new")
    return _named(dataset, _pooled([earned + later], [accounts.sum("segment")]), "LTV, simulated")


def extrapolated_share(dataset: xr.Dataset) -> xr.DataArray:
    """Share of the simulated LTV that lies behind the horizon; masked as it is."""
    earned, later = _within(dataset), _behind(dataset)
    share = _pooled([later], [earned + later])
    return share.assign_attrs(long_name="share of LTV behind the horizon", units="1")


def naive_lifetime_value(
    dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD, annual_discount: float = 0.0
) -> xr.DataArray:
    """LTV by formula: ARPA x margin / churn, of the last full year, all segments together (Skok, "SaaS metrics 2.0").

    ARPA x margin is the margin of the year per account-year, churn the year's logo churn by the policy. With a discount
    it is the sum of margin (1 - churn)^t / (1 + d)^t over t = 0, 1, ... = margin (1 + d) / (d + churn). Masked without
    a full year or where no account is lost in any replicate of the draw.
    """
    margin, months = (in_year(x, "last").sum("segment") for x in (_yearly_margin(dataset), _months(dataset)))
    churn = in_year(logo_churn(dataset, policy=policy), "last")
    # without churn there is no end, whatever the discount
    churn = churn.where(churn.mean("replicate") > 0.0)
    value = (1.0 + annual_discount) * _pooled([margin], [months / 12.0, churn + annual_discount])
    return _named(dataset, value, "LTV, ARPA x margin / churn").assign_attrs(metric_policy=policy.stamp)


def lifetime_gap(dataset: xr.Dataset, *, policy: MetricPolicy = STANDARD) -> xr.DataArray:
    """What the formula gives less what is simulated; below 0 where it undervalues an account."""
    gap = naive_lifetime_value(dataset, policy=policy) - lifetime_value(dataset)
    return _named(dataset, gap, "LTV by formula less simulated").assign_attrs(metric_policy=policy.stamp)


def value_over_cost(dataset: xr.Dataset, year: int) -> xr.DataArray:
    """LTV/CAC: simulated LTV over the year's CAC; rule of thumb: above 3 (Skok).

    LTV is that of all accounts that the run has seen, CAC that of the accounts won in the year. Masked where one is, or
    where accounts cost nothing to win.
    """
    cac = acquisition_cost(dataset).sel(year=year, drop=True)
    return _pooled([lifetime_value(dataset)], [cac]).assign_attrs(long_name="LTV/CAC", units="1")


def _within(dataset: xr.Dataset) -> xr.DataArray:
    """Margin of all accounts in the horizon."""
    serving = dataset["cost"].sel(line="cost_to_serve", window="horizon", drop=True)
    return dataset["gross_profit"].sel(window="horizon", drop=True) - serving


def _behind(dataset: xr.Dataset) -> xr.DataArray:
    """What the accounts at the horizon still bring at the last full year's margin and exit rate."""
    closing = _horizon(dataset, "accounts_closing")
    margin, exits = (in_year(x, "last") for x in (_yearly_margin(dataset), dataset["accounts_churned_by_year"]))
    value = _pooled([closing, margin], [exits])
    return value.where(closing.mean("replicate") > 0.0, 0.0 * margin).sum("segment", skipna=False)


def _yearly_margin(dataset: xr.Dataset) -> xr.DataArray:
    """Gross profit less cost to serve by year and segment; the latter is the same for each account-month."""
    revenue, months = dataset["revenue_by_year"], _months(dataset)
    gross = dataset["gross_profit_by_year"] * _part(revenue)
    return gross - dataset["cost_by_year"].sel(line="cost_to_serve", drop=True) * _part(months)


def _part(by_segment: xr.DataArray) -> xr.DataArray:
    """Part of each segment in the whole; 0 of nothing."""
    whole = by_segment.sum("segment")
    return (by_segment / whole.where(whole > 0.0)).fillna(0.0)


def _months(dataset: xr.Dataset) -> xr.DataArray:
    return dataset["account_months_by_year"]


def _horizon(dataset: xr.Dataset, name: str) -> xr.DataArray:
    return dataset[name].sel(window="horizon", drop=True)


def _pooled(tops: Sequence[xr.DataArray], bottoms: Sequence[xr.DataArray]) -> xr.DataArray:
    """Product of the tops' means over replicates over that of the bottoms', linearised path by path.

    Masked where a bottom's mean is not above 0.
    """
    value, relative = xr.DataArray(1.0), xr.DataArray(1.0)
    for top in tops:
        mean = top.mean("replicate")
        value = value * mean
        # where a mean is 0 so is the product, whatever the deviation
        relative = relative + (top / mean.where(mean != 0.0) - 1.0).where(mean != 0.0, 0.0 * top)
    for bottom in bottoms:
        mean = bottom.mean("replicate")
        value = value / mean.where(mean > 0.0)
        relative = relative - (bottom / mean.where(mean > 0.0) - 1.0)
    return value * relative


def _named(dataset: xr.Dataset, values: xr.DataArray, long_name: str) -> xr.DataArray:
    return values.assign_attrs(long_name=long_name, units=dataset.attrs["currency"])

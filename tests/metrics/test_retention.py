import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.estimates import estimate
from churnsim.metrics.retention import (
    arr_growth,
    gross_revenue_retention,
    in_year,
    logo_churn,
    net_revenue_retention,
    reactivation,
)


def cohorts(then, now, kept, accounts_then=None, accounts_now=None, months=24):
    """Values by (replicate, year, segment) as a Dataset of one arm and one draw."""

    def variable(values):
        return ("arm", "draw", "replicate", "year", "segment"), np.asarray(values, dtype=float)[None, None]

    years = np.asarray(then).shape[1]
    return xr.Dataset(
        {
            "cohort_arr_opening": variable(then),
            "cohort_arr_now": variable(now),
            "cohort_arr_kept": variable(kept),
            "cohort_accounts_opening": variable(then if accounts_then is None else accounts_then),
            "cohort_accounts_now": variable(now if accounts_now is None else accounts_now),
        },
        coords={"year": np.arange(1, years + 1), "segment": ["a", "b"], "arm": ["base"]},
        attrs={"horizon_months": months},
    )


def test_ratios_of_sums_over_segments():
    ds = cohorts(then=[[[100.0, 900.0]]], now=[[[150.0, 810.0]]], kept=[[[90.0, 800.0]]])
    assert net_revenue_retention(ds).item() == pytest.approx(960.0 / 1000.0), "not the mean of 1.5 and 0.9"
    assert gross_revenue_retention(ds).item() == pytest.approx(890.0 / 1000.0)
    by_segment = net_revenue_retention(ds, by_segment=True).squeeze()
    assert by_segment.values == pytest.approx([1.5, 0.9])


def test_logo_churn_counts_accounts():
    ds = cohorts(
        then=[[[1e6, 1e6]]],
        now=[[[2e6, 2e6]]],
        kept=[[[1e6, 1e6]]],
        accounts_then=[[[40, 60]]],
        accounts_now=[[[30, 57]]],
    )
    assert logo_churn(ds).item() == pytest.approx(0.13)
    assert logo_churn(ds, by_segment=True).squeeze().values == pytest.approx([0.25, 0.05])


def test_an_empty_cohort_is_masked_and_counted():
    ds = cohorts(
        then=[[[0.0, 0.0]], [[0.0, 10.0]]], now=[[[0.0, 0.0]], [[0.0, 9.0]]], kept=[[[0.0, 0.0]], [[0.0, 9.0]]]
    )
    for metric in (net_revenue_retention, gross_revenue_retention):
        first = in_year(metric(ds), "first").isel(arm=0)
        e = estimate(first)
        assert (e.mean, e.masked) == (pytest.approx(0.9), 1)
    assert np.isnan(net_revenue_retention(ds, by_segment=True).sel(segment="a")).all()


def test_first_and_last_year():
    ds = cohorts(then=[[[50.0, 50.0]] * 3], now=[[[45.0, 45.0], [50.0, 50.0], [60.0, 60.0]]], kept=[[[45.0, 45.0]] * 3])
    nrr = net_revenue_retention(ds)
    assert in_year(nrr, "first").item() == pytest.approx(0.9)
    assert in_year(nrr, "last").item() == pytest.approx(1.2)


def test_no_full_year_is_masked():
    ds = cohorts(then=np.zeros((4, 0, 2)), now=np.zeros((4, 0, 2)), kept=np.zeros((4, 0, 2)), months=7)
    last = in_year(net_revenue_retention(ds), "last")
    assert last.dims == ("arm", "draw", "replicate")
    assert np.isnan(last).all()
    assert estimate(last.isel(arm=0)).masked == 4


def test_what_was_won_back_is_a_share_of_what_was_lost():
    dims = ("arm", "draw", "replicate", "window", "segment")
    ds = xr.Dataset(
        {
            "arr_reactivated": (dims, np.array([10.0, 0.0, 30.0, 0.0]).reshape(1, 1, 1, 2, 2)),
            "arr_churned": (dims, np.array([100.0, 0.0, 100.0, 20.0]).reshape(1, 1, 1, 2, 2)),
        },
        coords={"window": ["first_year", "horizon"], "segment": ["a", "b"]},
    )
    assert reactivation(ds).squeeze().values == pytest.approx([0.1, 0.25])
    by_segment = reactivation(ds, by_segment=True).squeeze().sel(segment="b")
    assert by_segment.values == pytest.approx([np.nan, 0.0], nan_ok=True), "masked where nothing was lost"


def test_growth_is_a_yearly_rate():
    dims = ("arm", "draw", "replicate", "window", "segment")
    ds = xr.Dataset(
        {
            "arr_opening": (dims, np.array([100.0, 100.0, 60.0, 60.0]).reshape(1, 1, 1, 2, 2)),
            "arr_closing": (dims, np.array([110.0, 130.0, 60.0 * 1.331, 60.0 * 1.331]).reshape(1, 1, 1, 2, 2)),
        },
        coords={"window": ["first_year", "horizon"], "segment": ["a", "b"]},
        attrs={"horizon_months": 36},
    )
    growth = arr_growth(ds).squeeze()
    assert growth.sel(window="first_year").item() == pytest.approx(0.2)
    assert growth.sel(window="horizon").item() == pytest.approx(0.1)
    half = arr_growth(ds.assign_attrs(horizon_months=6)).squeeze()
    assert half.sel(window="horizon").item() == pytest.approx(1.331**2 - 1.0)

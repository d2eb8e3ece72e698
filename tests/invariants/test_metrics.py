"""Metrics of a simulated company in which everything happens: identities that hold path by path."""

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.policy import POLICIES
from churnsim.metrics.reconciliation import reconcile
from churnsim.metrics.retention import gross_revenue_retention, net_revenue_retention
from churnsim.metrics.valuation import discount_to_horizon
from churnsim.results.after_horizon import METRIC_POLICY
from churnsim.results.simulation import simulate
from tests.invariants.rich import WHOLE, rich_book, rich_file

FILE = rich_file(WHOLE | {"money.annual_discount": 0.12})
SUMMED = ("arr_new", "arr_upsell", "arr_cross_sell", "arr_price", "arr_reactivated", "arr_contraction", "arr_churned")

MONEY = ("revenue", "cost")


@pytest.fixture(scope="module")
def run() -> xr.Dataset:
    return simulate(FILE, draws=3, replicates=3, book=rich_book(FILE), record="full")


@pytest.mark.parametrize(
    "name", [*SUMMED, "accounts_new", "accounts_reactivated", "accounts_churned", "revenue", "cost"]
)
def test_years_are_sums_of_their_months(run: xr.Dataset, name: str) -> None:
    monthly = run[f"{name}_by_month"]
    for year in (1, 2):
        months = monthly.sel(month=slice(12 * year - 11, 12 * year)).sum("month")
        found = run[f"{name}_by_year"].sel(year=year, drop=True)
        xr.testing.assert_allclose(found.drop_attrs(), months.drop_attrs())
        assert found.any()


def test_gross_is_never_above_net_nor_above_one(run: xr.Dataset) -> None:
    for policy in POLICIES.values():
        gross, net = (of(run, policy=policy) for of in (gross_revenue_retention, net_revenue_retention))
        assert (gross <= np.minimum(net, 1.0) + 1e-6).all(), policy.name


@pytest.mark.parametrize("metric", ["nrr", "grr"])
def test_parts_add_up(run: xr.Dataset, metric) -> None:
    for year in (1, 2):
        found = reconcile(run, metric, year)
        gap = found.figures["flow"] - found.figures["standard"]
        xr.testing.assert_allclose(sum(part.values for part in found.parts), gap, rtol=0.0, atol=1e-9)
        assert all(float(abs(part.values).max()) > 1e-4 for part in found.parts), "each part is there"


def test_the_first_years_chain_begins_with_the_cohorts_opening(run: xr.Dataset) -> None:
    opening = run["arr_opening_by_month"].sel(month=[1, 13]).values
    np.testing.assert_allclose(opening, run["cohort_arr_opening"].values, rtol=1e-6)


def test_every_metric_has_a_value_and_a_stamp_where_a_policy_matters(run: xr.Dataset) -> None:
    for policy in POLICIES.values():
        for name, metric in METRICS.items():
            values = metric.of(run, policy, 2)
            assert set(values.dims) == {"arm", "draw", "replicate"}, name
            assert values.notnull().any(), name
            assert np.isfinite(values.values[values.notnull().values]).all(), name
            assert values.attrs["units"], name
    assert run.attrs["metric_policy"] == METRIC_POLICY


def test_the_discount_factor_of_the_horizon(run: xr.Dataset) -> None:
    months = run.attrs["horizon_months"]
    np.testing.assert_allclose(discount_to_horizon(run), 1.12 ** (-months / 12.0))

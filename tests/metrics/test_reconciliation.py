"""Why figures differ: parts that add up, each what it says."""

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.estimates import estimate
from churnsim.metrics.policy import POLICIES
from churnsim.metrics.reconciliation import REASONS, reconcile
from churnsim.metrics.retention import gross_revenue_retention, net_revenue_retention
from tests.metrics.histories import dataset, random_lives

RNG = np.random.default_rng(8)
DATA = dataset([[random_lives(RNG, 20, 24), random_lives(RNG, 20, 24)] for _ in range(5)])
OF = {"nrr": net_revenue_retention, "grr": gross_revenue_retention}


@pytest.mark.parametrize("metric", ["nrr", "grr"])
@pytest.mark.parametrize("year", [1, 2])
def test_parts_add_up_to_the_gaps(metric, year):
    found = reconcile(DATA, metric, year)
    running = found.figures["standard"]
    for policy in ("cohort", "flow"):
        running = running + sum(part.values for part in found.parts if part.policy == policy)
        xr.testing.assert_allclose(running, found.figures[policy], rtol=0.0, atol=1e-12)
    for name, policy in POLICIES.items():
        expected = OF[metric](DATA, policy=policy).sel(year=year, drop=True)
        xr.testing.assert_identical(found.figures[name].drop_attrs(), expected.drop_attrs())
    assert {part.reason for part in found.parts} <= set(REASONS)
    assert all(float(abs(part.values).max()) > 1e-6 for part in found.parts), "a part that is always 0 shows nothing"


def test_each_part_is_what_it_says():
    """From the month's and the year's movements, not from the figures."""
    found = {part.reason: part.values for part in reconcile(DATA, "nrr", 2).parts}
    year = DATA.sel(year=2, drop=True).sum("segment")
    opening = year.cohort_arr_opening
    xr.testing.assert_allclose(found["reactivations"], year.arr_reactivated_by_year / opening)
    moves = year.arr_upsell_by_year - year.arr_contraction_by_year - year.arr_churned_by_year
    own = year.cohort_arr_now - opening
    # gains and losses of those who were there at the start are `own`; the rest is of those who came
    xr.testing.assert_allclose(found["joins"], (moves - own) / opening)
    change = moves + year.arr_reactivated_by_year
    xr.testing.assert_allclose(found["denominator"], year.nrr_with_reactivated_summed_by_year - change / opening)
    chained = year.nrr_with_reactivated_chained_by_year - 1.0
    xr.testing.assert_allclose(found["compounding"], chained - year.nrr_with_reactivated_summed_by_year)


def test_means_add_up_where_a_figure_is_masked():
    gone = [[100.0] * 6 + [0.0] * 7]
    stays = [[100.0] * 6 + [90.0] * 7]
    found = reconcile(dataset([[gone], [stays], [stays]]), "nrr", 1)
    figures = {name: estimate(values.squeeze("arm")) for name, values in found.figures.items()}
    assert {e.masked for e in figures.values()} == {1}, "a month began with nothing, so flow has no figure"
    parts = sum(estimate(part.values.squeeze("arm")).mean for part in found.parts)
    assert figures["flow"].mean - figures["standard"].mean == pytest.approx(parts, abs=1e-12)
    assert figures["standard"].mean == pytest.approx(0.9)


def test_a_closed_book_without_returns_differs_by_the_months_alone():
    ds = dataset([[[[100.0] * 6 + [60.0] * 7, [100.0] * 3 + [0.0] * 10]]])
    parts = {part.reason: part.values.item() for part in reconcile(ds, "nrr", 1).parts}
    assert parts["reactivations"] == parts["joins"] == 0.0
    assert parts["denominator"] == pytest.approx(-0.2), "40 of 100 in place of 40 of 200"
    assert parts["compounding"] == pytest.approx(0.5 * 0.6 - (1.0 - 0.5 - 0.4))

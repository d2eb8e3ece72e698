"""The four revenue curves come out of capacity, skill and process; nothing else differs between the arms."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import churnsim
from churnsim.metrics.estimates import Estimate, estimate
from tests.experiments.scripts import script

curves = script("four_curves/draw.py")


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return curves.run(draws=60, replicates=2, seed=3)


def at_anniversaries(dataset: xr.Dataset, arm: str) -> np.ndarray:
    index = curves.arr_index(dataset).sel(arm=arm, month=curves.ANNIVERSARIES)
    return index.mean(("draw", "replicate")).values


def retention(dataset: xr.Dataset, arm: str) -> list[Estimate]:
    nrr = curves.retention(dataset).sel(arm=arm)
    return [estimate(nrr.sel(year=year)) for year in nrr["year"]]


def test_arms_change_nothing_but_the_team() -> None:
    file = churnsim.load(curves.HERE / "scenario.toml")
    assert set(churnsim.arms(file)) == set(curves.STATES)
    for overrides in file.scenario.arms.values():
        for path in overrides:
            part = path.removeprefix("teams.csm.").split(".")[0]
            assert part in ("posts", "skill", "productivity", "process_monthly_cost")


def test_the_cohort_is_closed(dataset: xr.Dataset) -> None:
    new = dataset["accounts_new_by_month"]
    assert (new.sel(month=1) > 150.0).all()
    assert new.sel(month=slice(2, None)).sum() == 0.0


def test_the_curves_come_in_their_order_and_part(dataset: xr.Dataset) -> None:
    index = curves.arr_index(dataset).sel(month=curves.ANNIVERSARIES)
    for worse, better in zip(list(curves.STATES)[:-1], list(curves.STATES)[1:], strict=True):
        gap = index.sel(arm=better) - index.sel(arm=worse)
        for month in curves.ANNIVERSARIES[2:]:
            found = estimate(gap.sel(month=month))
            assert found.mean > 4.0 * found.se


def test_without_customer_success_revenue_falls_steeply(dataset: xr.Dataset) -> None:
    assert at_anniversaries(dataset, "base")[-1] < 0.5
    assert all(year.high < 0.9 for year in retention(dataset, "base"))


def test_a_team_that_just_started_lets_it_fall_slowly(dataset: xr.Dataset) -> None:
    assert all(year.high < 1.0 for year in retention(dataset, "just_started"))
    # once recruited and ramped it halves what is lost
    later, alone = ([1.0 - year.mean for year in retention(dataset, arm)[2:]] for arm in ("just_started", "base"))
    assert sum(later) < 0.6 * sum(alone)
    assert 0.5 < at_anniversaries(dataset, "just_started")[-1] < 0.75


def test_a_team_on_track_breaks_even(dataset: xr.Dataset) -> None:
    level = at_anniversaries(dataset, "on_track")[1:]
    assert np.abs(level / level.mean() - 1.0).max() < 0.06
    assert np.mean([year.mean for year in retention(dataset, "on_track")[2:]]) == pytest.approx(1.0, abs=0.03)


def test_a_mature_team_makes_it_rise_without_new_customers(dataset: xr.Dataset) -> None:
    assert all(year.low > 1.0 for year in retention(dataset, "mature")[1:])
    assert at_anniversaries(dataset, "mature")[-1] > 1.05


def test_net_retention_of_a_closed_cohort_is_the_ratio_of_its_arr(dataset: xr.Dataset) -> None:
    chained = curves.retention(dataset).prod("year")
    ends = curves.arr_index(dataset).sel(month=curves.ANNIVERSARIES[-1])
    np.testing.assert_allclose(chained.values, ends.values, rtol=1e-12)


def test_figure_and_table_tell_all_four(dataset: xr.Dataset) -> None:
    figure = curves.draw_curves(dataset)
    said = " ".join(text.get_text() for ax in figure.axes for text in ax.texts)
    rows = curves.table(dataset).splitlines()[4:]
    assert len(rows) == len(curves.STATES)
    for (arm, (name, *_)), row in zip(curves.STATES.items(), rows, strict=True):
        end = at_anniversaries(dataset, arm)[-1]
        assert f"{name} {100 * end:.0f}%" in said
        assert row.startswith(f"| {name} | {100 * end:.1f}% ±")

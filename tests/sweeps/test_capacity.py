"""When capacity runs out: what is kept of a path, and what is counted over futures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import churnsim as cs
from churnsim.metrics.estimates import quantile, share_of_paths
from churnsim.scenario.problems import ScenarioError
from churnsim.sweeps.capacity import (
    FAN,
    Counter,
    first_short,
    is_series,
    loads_of,
    short_for_good,
    stored_names,
)
from churnsim.sweeps.plan import parse_plan
from churnsim.sweeps.reading import read_sweep
from tests.sweeps.small import PLAN, SCENARIO, write
from tests.sweeps.stores import stored

WITH_CAPACITY = PLAN.replace('["npv", "arr"]', '["capacity", "npv", "hours"]')


def by_draw(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, dims=("draw", "replicate"))


def test_a_month_is_short_where_demand_exceeds_its_hours() -> None:
    demanded = np.array([[5.0, 10.0, 12.0], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    available = np.array([[10.0, 10.0, 10.0], [9.0, 9.0, 9.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert first_short(demanded, available).tolist() == [3.0, math.inf, math.inf, 1.0]
    loads = loads_of(demanded, available)
    assert loads[0].tolist() == [0.5, 1.0, 1.2]
    assert loads[2].tolist() == [0.0, 0.0, 0.0]
    assert loads[3].tolist() == [math.inf, 0.0, 0.0]


def test_for_good_is_after_every_year_in_a_row_that_has_hours_enough() -> None:
    hours = np.full(48, 100.0)
    rises = np.linspace(60.0, 154.0, 48)  # 2 more each month: month m asks for 58 + 2 m
    start = np.concatenate([np.full(4, 200.0), np.full(44, 80.0)])
    busy = np.where(np.arange(48) % 12 == 11, 150.0, 90.0)
    never = np.full(48, 100.0)
    found = short_for_good(np.stack([rises, start, busy, never]), np.broadcast_to(hours, (4, 48)))
    # months m to m + 11 ask for 58 + 2 (m + 5.5) on average, above 100 from m = 16 on
    assert found.tolist() == [16.0, math.inf, math.inf, math.inf]
    # start: its first twelve months ask for 1,440 hours of 1,200, its later ones for less
    assert first_short(start, hours) == 1.0
    assert short_for_good(np.full(48, 101.0), hours) == 1.0
    assert short_for_good(np.array([90.0, 120.0]), np.array([100.0, 100.0])) == 1.0


@pytest.mark.parametrize("shape", [(12, 4), (1, 40), (30, 1)])
def test_months_and_loads_over_futures_are_those_of_the_plain_estimates(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    first, good = rng.integers(1, 30, shape).astype(float), rng.integers(5, 40, shape).astype(float)
    good[good > 24.0] = math.inf
    first[first > 24.0] = math.inf
    loads = rng.lognormal(0.0, 0.5, (24, 1, *shape))
    clusters = shape[0] if shape[0] > 1 else shape[1]
    counter = Counter(1, clusters, 24)
    counter.add(0, np.stack([first, good])[:, None], loads)
    (arm,) = counter.result().arms
    for values, when in ((first, arm.first), (good, arm.for_good)):
        within = share_of_paths(by_draw(-values), -25.0)
        assert (when.within.share, when.within.se) == pytest.approx((within.share, within.se), nan_ok=True)
        for p, known in zip(FAN, when.quantiles, strict=True):
            right = quantile(by_draw(values), p)
            behind = math.nan if math.isinf(known.value) else known.value
            assert behind == pytest.approx(right.value, nan_ok=True)
    for month in (1, 7, 24):
        values = by_draw(loads[month - 1, 0])
        short = share_of_paths(values, 1.0)
        assert arm.short[month - 1].share == pytest.approx(short.share)
        for i, p in enumerate(FAN):
            assert 0.0 <= arm.load[i, month - 1] - quantile(values, p).value <= 0.0501
    for i, p in enumerate(FAN):
        right, known = quantile(by_draw(loads[23, 0]), p), arm.year_ends[24][i]
        assert known.low == pytest.approx(right.low, abs=0.0501)
        assert known.high == pytest.approx(right.high, abs=0.0501)


def test_points_count_alike_and_are_told_apart() -> None:
    counter = Counter(2, 3, 12)
    loads = np.ones((12, 2, 3, 2))
    counter.add(0, np.full((2, 2, 3, 2), 4.0), 2.0 * loads)
    counter.add(5, np.full((2, 2, 3, 2), math.inf), 0.5 * loads)
    found = counter.result()
    assert found.arms[0].for_good.within.share == 0.5
    assert [q.value for q in found.arms[0].for_good.quantiles] == [4.0, 4.0, 4.0, math.inf, math.inf]
    assert found.arms[1].short[0].share == 0.5
    assert found.at[0][1].quantiles[2].value == 4.0
    assert found.at[5][0].quantiles[2].value == math.inf
    assert found.at[5][0].within.share == 0.0


def test_a_sweep_keeps_hours_of_every_path(tmp_path: Path) -> None:
    dataset = cs.sweep(write(tmp_path, WITH_CAPACITY), tmp_path / "store.zarr")
    names = dataset["measure"].values.tolist()
    assert names == list(stored_names(["capacity", "npv", "hours"], 18))
    file = cs.load(tmp_path / "scenario.toml")
    base = cs.override(file, {"segments.core.acquisition.entry_arr_mean": 9_000.0})
    three = cs.override(base, {"teams.csm.posts.from_month.1": 3})
    alone = cs.simulate(base, arms={"three": three}, draws=3, replicates=2, seed=3, record="full")
    found = dataset["outcome"].sel(churn=1.0, price=9_000.0)
    demanded, available, delivered = (
        alone[f"hours_{what}_by_month"].sum("team").transpose("arm", "draw", "replicate", "month").values
        for what in ("demanded", "available", "delivered")
    )
    assert found.sel(measure="hours").values == pytest.approx(delivered.sum(-1))
    assert found.sel(measure="capacity").values == pytest.approx(delivered.sum(-1) / demanded.sum(-1))
    loads = found.sel(measure=[f"load_month_{m}" for m in range(1, 19)]).transpose(..., "measure").values
    assert loads == pytest.approx(demanded / available)
    assert np.array_equal(found.sel(measure="short_first").values, first_short(demanded, available))
    assert np.array_equal(found.sel(measure="short_for_good").values, short_for_good(demanded, available))
    # another measure of the same paths is what it is without them
    assert np.array_equal(
        found.sel(measure="npv").values, alone["npv"].sel(window="horizon").transpose(*found.dims[1:]).values
    )
    reading = read_sweep(dataset)
    assert (reading.measure, reading.kind) == ("capacity", "share")
    assert set(reading.every) == {"capacity", "npv", "hours"}
    assert reading.capacity is not None
    assert reading.hours is not None
    assert reading.capacity.months == 18
    assert len(reading.capacity.at) == 6
    over = dataset["outcome"].sel(measure="load_month_7", arm="three") > 1.0
    assert reading.capacity.arms[1].short[6].share == pytest.approx(float(over.mean()))


def test_hours_need_a_team() -> None:
    alone = SCENARIO[: SCENARIO.index("[teams.csm]")]
    file = cs.scenario.files.parse(alone)
    with pytest.raises(ScenarioError, match="the scenario has no team"):
        parse_plan(WITH_CAPACITY, file=file)


def test_a_store_without_capacity_reads_as_before() -> None:
    reading = read_sweep(stored({"x": (1.0, 2.0)}, ("a", "b"), lambda arm, luck, x: luck))
    assert reading.capacity is None
    assert reading.hours is None
    assert not any(map(is_series, ("npv", "capacity", "hours")))

"""Special case 10: the same bytes for any number of threads, any batch, any order of arms, any memory."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import xarray as xr

from churnsim.engine.simulate import NO_ROOM
from churnsim.results import simulation
from churnsim.results.simulation import simulate
from churnsim.scenario.files import arms, override
from tests.engine.paths import Runner
from tests.invariants.rich import WHOLE, differences, rich_book, rich_file

FILE = rich_file(WHOLE)
BOOK = rich_book(FILE)
SIZE = {"draws": 5, "replicates": 6, "seed": 3, "book": BOOK}


def run(**options: object) -> xr.Dataset:
    return simulate(FILE, **{**SIZE, "record": "full", "threads": 1, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def standard() -> xr.Dataset:
    return run()


def test_every_mechanism_is_at_work(standard: xr.Dataset) -> None:
    # otherwise the comparisons of this file would compare zeros
    for name, variable in standard.data_vars.items():
        if np.issubdtype(variable.dtype, np.number):
            assert np.any(np.nan_to_num(variable.values) != 0.0), name
    human = standard.sel(playbook=["welcome", "review", "renewal"]).sum(("arm", "draw", "replicate", "window"))
    share = (human["plays_delivered"] / human["plays_demanded"]).values
    assert np.all((share > 0.05) & (share < 0.9)), "hours are not scarce"
    assert np.all(standard["accounts_churned_by_cause"].sum(("arm", "draw", "replicate", "window")) > 0)
    assert differences(standard.sel(arm="base"), standard.sel(arm="six"))


def test_another_seed_is_seen(standard: xr.Dataset) -> None:
    assert "arr_closing_by_month" in differences(standard, run(seed=4))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads(standard: xr.Dataset, threads: int) -> None:
    assert differences(standard, run(threads=threads)) == []


@pytest.mark.parametrize("record", ["full", "moments"])
def test_units_and_batches(monkeypatch: pytest.MonkeyPatch, record: str) -> None:
    whole = run(record=record)
    monkeypatch.setattr(simulation, "UNIT", 1)
    units = []
    original = simulation._Job._simulate

    def counted(job: simulation._Job, *unit: Any) -> Any:
        units.append(unit)
        return original(job, *unit)

    monkeypatch.setattr(simulation._Job, "_simulate", counted)
    assert differences(whole, run(record=record, threads=2)) == []
    assert len(units) == 30
    monkeypatch.setattr(simulation, "TABLE_BYTES", 1)
    assert differences(whole, run(record=record)) == []


def test_order_of_arms(standard: xr.Dataset) -> None:
    order = ["by risk", "six"]
    chosen = {name: arms(FILE)[name] for name in ("base", *order)}
    turned = run(arms=chosen)
    assert list(turned["arm"].values) == ["base", *order]
    assert differences(standard, turned.sel(arm=standard["arm"])) == []


def test_an_arm_does_not_depend_on_the_others(standard: xr.Dataset) -> None:
    alone = run(arms={"six": arms(FILE)["six"]})
    assert differences(standard.sel(arm=["base", "six"]), alone) == []


@pytest.mark.parametrize(
    "values",
    [
        {"segments.core.acquisition.channels.web.leads_per_month": 60.0},
        {"segments.core.acquisition.channels.web.conversion_probability": 0.02},
        {"market.volatility": 0.3},
    ],
)
def test_arms_share_arrivals_only_where_they_acquire_alike(standard: xr.Dataset, values: dict[str, Any]) -> None:
    other = override(FILE, values)
    together = run(arms={"other": other, **{name: arms(FILE)[name] for name in ("six", "by risk")}})
    assert differences(standard.sel(arm=["base", "six", "by risk"]), together.sel(arm=["base", "six", "by risk"])) == []
    assert differences(together.sel(arm=["base", "other"]), run(arms={"other": other})) == []
    assert "arr_new" in str(
        differences(together.sel(arm=["base"]), together.sel(arm=["other"]).assign_coords(arm=["base"]))
    )


def test_fewer_draws_or_replicates_are_a_part_of_more(standard: xr.Dataset) -> None:
    part = run(draws=2, replicates=3)
    assert differences(standard.isel(draw=slice(2), replicate=slice(3)), part) == []


def test_order_of_the_book(standard: xr.Dataset) -> None:
    turned = np.arange(len(BOOK))[::-1]
    rows = {f.name: getattr(BOOK, f.name) for f in dataclasses.fields(BOOK)}
    shuffled = {name: [v[i] for i in turned] if isinstance(v, list) else v[turned] for name, v in rows.items()}
    assert differences(standard, run(book=dataclasses.replace(BOOK, **shuffled))) == []


def test_no_room_is_found_and_made(standard: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Runner(FILE, BOOK, capacity=-15).run(0, expect=NO_ROOM).status == NO_ROOM
    original = simulation._Job._prepare

    def cramped(job: simulation._Job, compiled: simulation.Compiled, threads: int) -> int:
        accounts = original(job, compiled, threads)
        job.capacity = np.diff(compiled.tables.book.first)
        return accounts

    monkeypatch.setattr(simulation._Job, "_prepare", cramped)
    assert differences(standard, run()) == []
    assert differences(standard, run(threads=3)) == []

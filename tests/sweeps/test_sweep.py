"""A sweep in this process: its values, what is done again, and what is copied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import churnsim as cs
from churnsim.decisions.measures import EVERY
from churnsim.sweeps.plan import read_plan
from churnsim.sweeps.store import StoreError, open_sweep
from churnsim.sweeps.sweep import Tally, run_sweep
from tests.sweeps.small import PLAN, SCENARIO, chunks, same, write


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an undisturbed sweep."""
    folder = tmp_path_factory.mktemp("done")
    cs.sweep(write(folder), folder / "store.zarr")
    return folder


def again(folder: Path, store: str = "store.zarr", **options: object) -> Tally:
    return run_sweep(read_plan(folder / "plans.toml"), folder / store, **options)  # type: ignore[arg-type]


def copy_of(done: Path, folder: Path) -> Path:
    """A copy of the finished sweep in another folder, whose plan and scenario can be edited."""
    import shutil

    write(folder)
    shutil.copytree(done / "store.zarr", folder / "store.zarr")
    return folder


def test_a_point_is_a_simulation(done: Path) -> None:
    dataset = open_sweep(done / "store.zarr")
    assert dict(dataset["outcome"].sizes) == {
        "churn": 3,
        "price": 2,
        "measure": 2,
        "arm": 2,
        "draw": 3,
        "replicate": 2,
    }
    file = cs.load(done / "scenario.toml")
    changes = {
        "segments.core.intent.annual_churn": {"low": 0.10 * 1.2, "mode": 0.14 * 1.2, "high": 0.20 * 1.2},
        "segments.growth.intent.annual_churn": 0.1 * 1.2,
        "segments.core.acquisition.entry_arr_mean": 11_000.0,
    }
    base = cs.override(file, changes)
    three = cs.override(base, {"teams.csm.posts.from_month.1": 3})
    alone = cs.simulate(base, arms={"three": three}, draws=3, replicates=2, seed=3)
    found = dataset["outcome"].sel(churn=1.2, price=11_000.0)
    for name in ("npv", "arr"):
        assert np.array_equal(found.sel(measure=name).values, EVERY[name].of(alone).values)
    assert not dataset["outcome"].isnull().any()
    assert len(np.unique(dataset["outcome"].sel(measure="npv").mean(("arm", "draw", "replicate")).values)) == 6


def test_the_store_opens_with_xarray_alone(done: Path) -> None:
    dataset = xr.open_zarr(done / "store.zarr", chunks=None)
    assert dataset["churn"].values.tolist() == [1.0, 1.2, 1.5]
    assert dataset["arm"].values.tolist() == ["base", "three"]
    assert set(dataset.data_vars) == {"outcome", "seal"}
    assert dataset["segments.growth.intent.annual_churn"].dims == ("churn",)
    assert dataset.attrs["scenario_text"] == SCENARIO
    assert dataset.attrs["plan_text"] == PLAN
    assert (dataset["seal"] != 0).any("byte").all()


def test_run_again_nothing_is_simulated(done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    before = chunks(folder / "store.zarr")
    tally = again(folder)
    assert (tally.found, tally.simulated) == (6, 0)
    assert chunks(folder / "store.zarr") == before


def test_only_what_an_edit_changes_is_done_again(done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    write(folder, PLAN.replace("11_000.0", "12_000.0"))
    tally = again(folder)
    assert (tally.found, tally.changed, tally.simulated) == (3, 3, 3)
    edited = open_sweep(folder / "store.zarr")
    assert edited["price"].values.tolist() == [9_000.0, 12_000.0]
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert same(edited, cs.sweep(write(fresh, PLAN.replace("11_000.0", "12_000.0")), fresh / "store.zarr"))


def test_an_edited_scenario_is_simulated_again_where_it_matters(done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    # an axis overrides this number at every point, and words make no number
    same_numbers = SCENARIO.replace("entry_arr_mean = 10_000.0", "entry_arr_mean = 10_500.0")
    write(folder, PLAN, same_numbers.replace('name = "small"', 'name = "smaller"'))
    assert again(folder).found == 6
    assert open_sweep(folder / "store.zarr").attrs["title"].endswith("smaller")
    write(folder, PLAN, SCENARIO.replace("leads_per_month = 10.0", "leads_per_month = 11.0"))
    tally = again(folder)
    assert (tally.changed, tally.simulated) == (6, 6)


def test_while_an_edited_sweep_runs_what_is_old_is_not_there(done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    write(folder, PLAN.replace("11_000.0", "12_000.0"))

    class Enough(Exception):
        pass

    def stop(finished: int, total: int) -> None:
        if finished == 4:
            raise Enough

    with pytest.raises(Enough):
        again(folder, progress=stop)
    dataset = open_sweep(folder / "store.zarr")
    there = (dataset["seal"] != 0).any("byte")
    assert there.sum() == 4
    assert (dataset["outcome"].isnull().all(("measure", "arm", "draw", "replicate")) == ~there).all()
    assert again(folder).simulated == 2


def test_another_shape_is_refused_and_reuse_copies(done: Path, tmp_path: Path) -> None:
    folder = copy_of(done, tmp_path)
    wider = PLAN.replace("1.2, 1.5]", "1.2, 1.5, 1.6]")
    write(folder, wider)
    before = chunks(folder / "store.zarr")
    with pytest.raises(StoreError, match=r"has churn 3, .* wants|churn 4.*--reuse"):
        again(folder)
    assert chunks(folder / "store.zarr") == before
    tally = again(folder, "wider.zarr", reuse=folder / "store.zarr")
    assert (tally.reused, tally.simulated) == (6, 2)
    assert same(open_sweep(folder / "wider.zarr").isel(churn=slice(3)), open_sweep(folder / "store.zarr"))


def test_a_point_that_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    # each axis is right alone; together the low end lies above the high one
    text = PLAN.replace(
        'path = "segments.core.acquisition.entry_arr_mean"', 'path = "segments.core.intent.annual_churn.low"'
    )
    text = text.replace("[9_000.0, 11_000.0]", "[0.10, 0.13]").replace(
        'path = "segments.*.intent.annual_churn"\nfactors = [1.0, 1.2, 1.5]',
        'path = "segments.core.intent.annual_churn.mode"\nvalues = [0.14, 0.12, 0.15]',
    )
    plan = write(tmp_path, text)
    tally = again(tmp_path)
    assert (tally.simulated, list(tally.failed)) == (5, [3])
    assert "needs low <= mode <= high" in tally.failed[3]
    dataset = open_sweep(tmp_path / "store.zarr")
    assert list(dataset.attrs["failed"]) == ["1,1"]
    assert dataset["outcome"].isel(churn=1, price=1).isnull().all()
    assert not dataset["seal"].isel(churn=1, price=1).any()
    assert again(tmp_path).failed == tally.failed
    plan.write_text(text.replace("0.13]", "0.11]"), encoding="utf-8")
    assert (again(tmp_path).simulated, open_sweep(tmp_path / "store.zarr").attrs["failed"]) == (3, {})


def test_a_measure_that_is_not_defined_is_done_and_nan(tmp_path: Path) -> None:
    """Nobody is there at the start of the year: no NRR, which is another thing than a point that is missing."""
    write(tmp_path, PLAN.replace('["npv", "arr"]', '["nrr"]'))
    assert again(tmp_path).simulated == 6
    assert again(tmp_path).found == 6
    assert open_sweep(tmp_path / "store.zarr")["outcome"].isnull().all()


def test_a_book_goes_with_the_store(tmp_path: Path) -> None:
    book = "account_id,segment,start_date,arr,contract_term_months\n"
    book += "é1,core,2024-03-01,1000,12\nb,growth,2025-01-01,5e3,12\n"
    (tmp_path / "book.csv").write_text(book, encoding="utf-8")
    write(tmp_path, PLAN, SCENARIO.replace("as_of", 'book = "book.csv"\nas_of'))
    again(tmp_path)
    from churnsim.scenario.book import read_book
    from churnsim.sweeps.store import open_store

    stored = open_store(str(tmp_path / "store.zarr")).book()
    assert stored is not None
    read = read_book(tmp_path / "book.csv", cs.load(tmp_path / "scenario.toml").scenario)
    assert stored.account_id == read.account_id
    assert np.array_equal(stored.arr, read.arr)
    assert np.array_equal(stored.health, read.health, equal_nan=True)
    (tmp_path / "book.csv").write_text(book.replace("1000", "1001"), encoding="utf-8")
    assert again(tmp_path).changed == 6
    changed = open_store(str(tmp_path / "store.zarr")).book()
    assert changed is not None
    assert sorted(changed.arr.tolist()) == [1001.0, 5000.0]

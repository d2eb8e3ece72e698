"""A stored run repeated: same to the byte, or said where it is not."""

from __future__ import annotations

import dataclasses
import json
import pathlib

import numpy as np
import pytest

import churnsim
from churnsim.decisions.pace import paths_of, seconds_per_path
from churnsim.results.runs import Run, RunError, save_run
from churnsim.results.simulation import simulate
from tests.decisions.runs import run_of
from tests.invariants.rich import rich_book, rich_file


@pytest.fixture(scope="module")
def ladder() -> Run:
    return run_of(command="headcount")


@pytest.fixture(scope="module")
def plain_run() -> Run:
    return run_of()


@pytest.mark.parametrize("kind", ["run", "compare", "full", "moments"])
def test_a_fresh_run_is_the_same(kind: str, tmp_path: pathlib.Path) -> None:
    run = run_of(command="compare") if kind == "compare" else run_of(record="summary" if kind == "run" else kind)
    result = churnsim.verify(save_run(run, tmp_path / "run.nc"))
    assert (result.same, result.differences) == (True, ())
    assert result.sentence.startswith("Same: all ")
    assert result.paths == 3 * 3 * 2
    assert result.compared > len(run.dataset.variables)


def test_a_fresh_ladder_is_the_same_with_its_second_look(ladder: Run, tmp_path: pathlib.Path) -> None:
    assert ladder.second is not None
    result = churnsim.verify(save_run(ladder, tmp_path / "ladder.nc"))
    assert result.same, result.differences
    assert result.compared > len(ladder.dataset.variables) + len(ladder.second.variables)
    assert result.paths == paths_of(ladder) == (3 + 3) * 3 * 2


def tampered(run: Run, name: str) -> Run:
    dataset = run.dataset.copy(deep=True)
    flat = dataset[name].values.reshape(-1)
    flat[3] = np.nextafter(flat[3], np.inf)
    return dataclasses.replace(run, dataset=dataset)


@pytest.mark.parametrize("name", ["npv", "arr_closing", "inputs"])
def test_one_number_changed_in_its_last_bit_is_found(plain_run: Run, name: str, tmp_path: pathlib.Path) -> None:
    size = plain_run.dataset[name].size
    result = churnsim.verify(save_run(tampered(plain_run, name), tmp_path / "run.nc"))
    (found,) = result.differences
    assert (found.name, found.differing, found.values) == (name, 1, size)
    assert 0.0 < found.largest < 1e-6
    assert result.sentence.startswith(f"Different: 1 of {result.compared} ")
    assert "the file was changed afterwards" in result.sentence


def test_the_second_look_is_compared_too(ladder: Run) -> None:
    assert ladder.second is not None
    second = ladder.second.copy(deep=True)
    second["npv"].values[0, 0, 0, 0] += 1.0
    found = churnsim.verify(dataclasses.replace(ladder, second=second)).differences
    assert [(m.name, m.differing) for m in found] == [("second look: npv", 1)]
    assert found[0].largest == pytest.approx(1.0)
    without = churnsim.verify(dataclasses.replace(ladder, second=None)).differences
    assert "second look: npv" in [m.name for m in without]
    assert {m.what for m in without} == {"is in the repetition only", "is not that of the run repeated"}


def test_what_was_run_is_compared_as_well(plain_run: Run) -> None:
    assert plain_run.book is not None
    book = dataclasses.replace(plain_run.book, arr=plain_run.book.arr * np.where(np.arange(150) == 7, 1.01, 1.0))
    found = [m.name for m in churnsim.verify(dataclasses.replace(plain_run, book=book)).differences]
    assert "attribute book_hash" in found
    assert "arr_opening" in found
    text = plain_run.dataset.attrs["scenario_text"].replace("hours_per_month = 25.0", "hours_per_month = 24.0")
    dataset = plain_run.dataset.assign_attrs(scenario_text=text)
    found = [m.name for m in churnsim.verify(dataclasses.replace(plain_run, dataset=dataset)).differences]
    assert "attribute scenario_hash" in found
    assert "hours_available" in found


def test_shapes_types_and_names_that_differ(plain_run: Run) -> None:
    dataset = plain_run.dataset.drop_vars("arr_new").assign(
        extra=plain_run.dataset["npv"],
        accounts_new=plain_run.dataset["accounts_new"].astype(np.float32),
        leads=plain_run.dataset["leads"].isel(window=0, drop=True),
        window=np.array(["first_year", "all"], object),
    )
    found = {m.name: m for m in churnsim.verify(dataclasses.replace(plain_run, dataset=dataset)).differences}
    assert set(found) == {"arr_new", "extra", "accounts_new", "leads", "window"}
    assert found["arr_new"].what == "is in the repetition only"
    assert found["extra"].what == "is in the file only"
    assert found["accounts_new"].what == "is of the type float32, repeated float64"
    assert found["leads"].what.startswith("has the shape ")
    assert (found["window"].differing, found["window"].values) == (1, 2)


def test_other_versions_are_named_where_the_numbers_differ(plain_run: Run) -> None:
    then = json.loads(plain_run.dataset.attrs["created_with"]) | {"numba": "0.1"}
    dataset = plain_run.dataset.assign_attrs(created_with=json.dumps(then))
    aged = dataclasses.replace(plain_run, dataset=dataset)
    assert churnsim.verify(aged).same, "versions alone are no difference"
    sentence = churnsim.verify(tampered(aged, "npv")).sentence
    assert "numba was 0.1, now " in sentence
    assert "numpy was" not in sentence


def test_runs_that_the_text_cannot_repeat(tmp_path: pathlib.Path) -> None:
    file = rich_file()
    size = {"draws": 1, "replicates": 1, "book": rich_book(file)}
    made = {"mine": churnsim.override(file, {"teams.csm.productivity": 1.1})}
    own_arm = Run("run", {}, simulate(file, arms=made, **size), rich_book(file))
    with pytest.raises(RunError, match="has no arm 'mine', which was made in Python"):
        churnsim.verify(own_arm)
    own_scenario = Run("run", {}, simulate(file.scenario, **size), rich_book(file))
    with pytest.raises(RunError, match="text is no scenario file"):
        churnsim.verify(save_run(own_scenario, tmp_path / "run.nc"))


def test_json_and_progress(plain_run: Run) -> None:
    seen: list[tuple[int, int]] = []
    content = churnsim.verify(plain_run, progress=lambda done, total: seen.append((done, total))).to_json()
    assert seen[-1] == (18, 18)
    back = json.loads(json.dumps(content, allow_nan=False))
    assert back["same"] is True
    assert back["versions_then"] == back["versions_now"]
    assert "repeated" not in back


def test_the_pace_is_that_of_a_simulation(plain_run: Run) -> None:
    assert 0.0 < seconds_per_path(plain_run, 3) < 10.0

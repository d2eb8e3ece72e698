"""Runs on disk: everything that is needed to show and to repeat them."""

import dataclasses
import pathlib

import numpy as np
import pytest

from churnsim.decisions.headcount import headcount, ladder_of
from churnsim.results.runs import Run, RunError, load_run, save_run
from churnsim.results.simulation import simulate
from churnsim.results.storage import save
from tests.invariants.rich import differences, rich_book, rich_file

FILE = rich_file()


def test_a_ladder_comes_back_as_it_was(tmp_path: pathlib.Path) -> None:
    book = rich_book(FILE)
    team = next(iter(FILE.scenario.teams))
    ladder = headcount(FILE, team=team, posts=range(2), draws=2, replicates=2, book=book)
    run = Run("headcount", {"team": team, "posts": [0, 1]}, ladder.dataset, book, ladder.second)
    loaded = load_run(save_run(run, tmp_path / "ladder.nc"))
    assert (loaded.command, loaded.options) == ("headcount", run.options)
    assert differences(loaded.dataset, ladder.dataset) == []
    assert ladder.second is not None
    assert loaded.second is not None
    assert differences(loaded.second, ladder.second) == []
    assert "total_arr_closing_by_month" in loaded.second
    assert ladder_of(loaded) == ladder
    assert ladder_of(loaded).to_json() == ladder.to_json()
    assert loaded.scenario_file.scenario == FILE.scenario
    assert loaded.book is not None
    for field in dataclasses.fields(book):
        mine, theirs = np.asarray(getattr(book, field.name)), np.asarray(getattr(loaded.book, field.name))
        np.testing.assert_array_equal(theirs, mine)


def test_a_stored_run_simulates_to_the_same_bytes(tmp_path: pathlib.Path) -> None:
    dataset = simulate(FILE, draws=2, replicates=2, book=rich_book(FILE))
    loaded = load_run(save_run(Run("run", {}, dataset, rich_book(FILE)), tmp_path / "run.nc"))
    again = simulate(loaded.scenario_file, draws=2, replicates=2, book=loaded.book)
    assert differences(again, dataset) == []


def test_files_that_are_no_runs(tmp_path: pathlib.Path) -> None:
    (tmp_path / "text.nc").write_text("no run")
    save(simulate(FILE, draws=1, replicates=1, book=rich_book(FILE)), tmp_path / "dataset.nc")
    for name in ("text.nc", "dataset.nc"):
        with pytest.raises(RunError, match=rf"{name} is no run of churnsim"):
            load_run(tmp_path / name)
    whole = save_run(
        Run("run", {}, simulate(FILE, draws=1, replicates=1, book=rich_book(FILE)), None), tmp_path / "a.nc"
    )
    (tmp_path / "cut.nc").write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(RunError, match="is it cut short"):
        load_run(tmp_path / "cut.nc")
    with pytest.raises(FileNotFoundError):
        load_run(tmp_path / "none.nc")

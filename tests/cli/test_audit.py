"""The commands verify and diff as a user types them."""

from __future__ import annotations

import json
import pathlib

import pytest

from churnsim.results.runs import load_run, save_run
from churnsim.results.storage import save
from tests.cli.test_cli import call, refused
from tests.decisions.runs import run_of


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Folder with the runs a.nc, b.nc (other hours) and forged.nc (one number changed)."""
    folder = tmp_path_factory.mktemp("runs")
    run = run_of()
    save_run(run, folder / "a.nc")
    save_run(run_of({"teams.csm.hours_per_month": 60.0}), folder / "b.nc")
    run.dataset["npv"].values[0, 0, 0, 0] += 5.0
    save_run(run, folder / "forged.nc")
    return folder


def test_verify_says_same_and_ends_with_0(stored: pathlib.Path) -> None:
    result = call("verify", stored / "a.nc")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Same: all ")
    assert "Repeating: 18 paths, about " in result.stderr


def test_verify_says_different_and_ends_with_1(stored: pathlib.Path) -> None:
    result = call("verify", stored / "forged.nc")
    assert result.exit_code == 1
    assert result.stdout.startswith("Different: 1 of ")
    content = call("verify", stored / "forged.nc", "--json")
    assert content.exit_code == 1
    found = json.loads(content.stdout)
    assert (found["same"], found["file"]) == (False, str(stored / "forged.nc"))
    assert [(m["name"], m["largest"]) for m in found["differences"]] == [("npv", pytest.approx(5.0))]


def test_diff_shows_what_changed_and_what_it_did(stored: pathlib.Path) -> None:
    result = call("diff", stored / "a.nc", stored / "b.nc")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("1 value of the scenario changed. That ")
    assert "Simulating the effect of 1 step: 36 paths, about " in result.stderr
    content = json.loads(call("diff", stored / "a.nc", stored / "b.nc", "--json").stdout)
    assert content["before"] == str(stored / "a.nc")
    assert [step["name"] for step in content["steps"]] == ["teams.csm.hours_per_month"]


def test_diff_of_a_run_with_itself_simulates_nothing(stored: pathlib.Path) -> None:
    result = call("diff", stored / "a.nc", stored / "a.nc")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("No input changed")


def test_what_is_no_run_is_a_wrong_input(stored: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "text.nc").write_text("no run")
    save(load_run(stored / "a.nc").dataset.drop_attrs(), tmp_path / "dataset.nc")
    (tmp_path / "short.nc").write_bytes((stored / "a.nc").read_bytes()[:5000])
    for name, word in (
        ("none.nc", "there is no such file"),
        (".", "is a folder"),
        ("text.nc", "is no run of churnsim"),
        ("dataset.nc", "is no run of churnsim"),
        ("short.nc", "is no run of churnsim"),
    ):
        refused(call("verify", tmp_path / name), word)
        refused(call("diff", stored / "a.nc", tmp_path / name), word)
    both = call("diff", tmp_path / "none.nc", tmp_path / "text.nc")
    refused(both, "there is no such file", "is no run of churnsim")
    told = call("verify", tmp_path / "none.nc", "--json")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["problems"][0]["file"].endswith("none.nc")

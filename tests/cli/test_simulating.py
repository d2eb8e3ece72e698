"""Commands that simulate, with the simulation replaced by a Dataset of known content: only the wiring is tested."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import xarray as xr
from typer.testing import CliRunner, Result

import churnsim
from churnsim.cli.app import app
from churnsim.scenario.book import resolve_book
from tests.decisions import fake
from tests.scenario.small import TEXT


class TooLarge(ValueError):
    pass


class SimulationError(RuntimeError):
    pass


@pytest.fixture
def calls(monkeypatch, tmp_path) -> list[dict[str, Any]]:
    """Arguments of each simulation; the scenario lies in small.toml of the current folder."""
    seen: list[dict[str, Any]] = []

    def simulate(file: Any, *, arms: dict[str, Any], seed: int | None = None, **others: Any) -> xr.Dataset:
        seen.append({"arms": list(arms), "seed": seed, **others})
        posts = {
            name: max([*arm.teams["csm"].posts.from_month.values(), arm.teams["csm"].posts.today])
            for name, arm in arms.items()
        }
        return fake.dataset(posts, gains=[50_000.0] * 5 + [-50_000.0] * 10, draws=10, replicates=2)

    def save(dataset: xr.Dataset, path: Any, groups: Any = None) -> None:
        path.write_text("saved")

    monkeypatch.setattr("churnsim.results.simulation.simulate", simulate)
    monkeypatch.setattr("churnsim.results.simulation.SimulationError", SimulationError)
    monkeypatch.setattr("churnsim.results.storage.save", save)
    monkeypatch.setattr("churnsim.results.memory.TooLarge", TooLarge)
    monkeypatch.setattr("churnsim.engine.needs_compiling", lambda: False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(TEXT, encoding="utf-8")
    return seen


def call(*args: str) -> Result:
    return CliRunner().invoke(app, args)


@pytest.mark.parametrize("command", ["run", "headcount", "compare"])
def test_options_reach_the_simulation(command, calls):
    result = call(command, "small.toml", "--draws", "7", "--replicates", "3", "--seed", "11", "-o", "out.nc")
    assert result.exit_code == 0, result.output
    assert {name: calls[0][name] for name in ("draws", "replicates", "seed")} == {
        "draws": 7,
        "replicates": 3,
        "seed": 11,
    }
    with open("out.nc") as file:
        assert file.read() == "saved"


@pytest.mark.parametrize("command", ["run", "headcount", "compare"])
def test_the_book_is_read_once(command, calls, monkeypatch):
    book, asked = resolve_book(churnsim.example("midmarket")), []
    monkeypatch.setattr("churnsim.scenario.book.resolve_book", lambda file: asked.append(file.name) or book)
    assert call(command, "small.toml", "-o", "out.nc").exit_code == 0
    assert len(asked) == 1
    assert all(simulated["book"] is book for simulated in calls)


def test_the_greatest_seed_is_taken(calls):
    assert call("run", "small.toml", "--seed", str(2**63 - 1)).exit_code == 0
    assert calls[0]["seed"] == 2**63 - 1


@pytest.mark.parametrize("command", ["run", "headcount", "compare"])
def test_json_is_one_object_with_the_results_and_the_files(command, calls):
    result = call(command, "small.toml", "--json", "-o", "out.nc")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert content["output"] == "out.nc"
    assert content["draws"] == 10


def test_run_simulates_the_base_and_every_arm(calls):
    content = json.loads(call("run", "small.toml", "--json", "--record", "paths").stdout)
    assert calls[0]["arms"] == list(content["arms"]) == ["base", "six", "milder"]
    assert calls[0]["record"] == "paths"
    assert content["arms"]["base"]["npv"]["se"] > 0


def test_run_and_compare_print_tables(calls):
    assert "milder" in call("run", "small.toml").stdout
    assert "milder" in call("compare", "small.toml").stdout


def test_headcount_tries_the_rungs_it_is_told_and_draws_them(calls):
    result = call("headcount", "small.toml", "--team", "csm", "--csm", "3..6", "--figure", "ladder.png")
    assert result.exit_code == 0, result.output
    assert calls[0]["arms"] == ["base", "csm 3", "csm 4", "csm 5", "csm 6"]
    with open("ladder.png", "rb") as file:
        assert file.read(4) == b"\x89PNG"


def test_demo_draws_its_figure_into_the_folder_that_it_is_given(calls, tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    result = call("demo", "-o", str(folder))
    assert result.exit_code == 0, result.output
    assert (folder / "churnsim-demo.png").stat().st_size > 0
    assert len(calls[0]["arms"]) == 16
    assert "churnsim init" in result.stdout


def test_a_team_that_is_not_there_is_a_wrong_input(calls):
    result = call("headcount", "small.toml", "--team", "cms")
    assert (result.exit_code, result.stdout, calls) == (2, "", [])
    assert "'csm'" in result.stderr


@pytest.mark.parametrize("command", ["run", "headcount", "compare"])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TooLarge("needs 30 GB, there are 8"), 2),
        (SimulationError("arm six, draw 3, month 7"), 1),
    ],
)
def test_a_run_that_stops_leaves_the_old_output_whole(command, error, code, calls, monkeypatch):
    def stop(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(sys.modules["churnsim.results.simulation"], "simulate", stop)
    with open("out.nc", "w") as file:
        file.write("old")
    result = call(command, "small.toml", "-o", "out.nc")
    assert (result.exit_code, result.stdout) == (code, "")
    assert len(result.stderr.splitlines()) == 1
    with open("out.nc") as file:
        assert file.read() == "old"

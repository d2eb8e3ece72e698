"""The command risk, as a user types it."""

from __future__ import annotations

import json
import pathlib

import pytest

from churnsim.results.runs import save_run
from churnsim.results.storage import load
from tests.cli.test_cli import call, refused
from tests.decisions.runs import run_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    made = tmp_path_factory.mktemp("runs")
    save_run(run_of(command="headcount"), made / "ladder.nc")
    save_run(run_of(command="compare"), made / "arms.nc")
    save_run(run_of(command="compare", seed=2), made / "again.nc")
    return made


def test_a_stored_ladder(folder, tmp_path):
    figure = tmp_path / "risk.png"
    result = call("risk", folder / "ladder.nc", "--target", "nrr>105%", "--figure", figure, "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert content["arms"] == ["csm 1", "csm 3"]
    assert content["targets"]["nrr>105%"]["threshold"] == pytest.approx(1.05)
    assert content["sentences"][0].startswith("How bad is a bad case?")
    assert len(content["price"]["prices"]) == 13
    assert figure.read_bytes().startswith(b"\x89PNG")
    text = call("risk", folder / "ladder.nc", "--figure", figure).stdout
    assert text.startswith("How bad is a bad case?")
    assert text.endswith(f"Figure: {figure}\n")


def test_stored_arms_against_each_other(folder):
    result = call("risk", folder / "arms.nc", folder / "again.nc", "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert content["arms"] == ["base", "six", "by risk"]
    assert set(content["matrix"]["regret"]) == {str(folder / "arms.nc"), str(folder / "again.nc")}
    assert "Whatever comes" in call("risk", folder / "arms.nc", folder / "again.nc").stdout


def test_a_scenario_is_simulated():
    size = ("--draws", "3", "--replicates", "2")
    result = call("risk", "preset:smb", "--csm", "0..1", *size, "--measure", "arr", "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert content["arms"] == ["csm 0", "csm 1"]
    assert list(content["tails"]) == ["arr"]
    assert (content["draws"], content["replicates"]) == (3, 2)


def test_wrong_input(folder, tmp_path):
    ladder = folder / "ladder.nc"
    refused(call("risk", ladder, "--target", "nrr=1"), "above or below a number", "as in nrr>1.05")
    refused(call("risk", ladder, "--target", "nrr>nan"), "above or below a number")
    refused(call("risk", ladder, "--target", "nr>1"), "did you mean 'nrr'?")
    refused(call("risk", ladder, "--measure", "npw"), "did you mean 'npv'?")
    refused(call("risk", ladder, "--cvar", "5"), "not a share", "between 0 and 1")
    refused(call("risk", ladder, "--csm", "0..3", "--draws", "4"), "--csm, --draws", "not simulated again")
    refused(call("risk", ladder, "--team", "csn"), "nearest: 'csm'")
    refused(call("risk", ladder, ladder), "given twice")
    refused(call("risk", ladder, folder / "arms.nc"), "share two arms", "--csm")
    refused(call("risk", ladder, folder / "arms.nc", "--figure", tmp_path / "a.png"), "draws one scenario")
    refused(call("risk", ladder, "--figure", tmp_path / "a.bmp"), "must end otherwise")
    refused(call("risk", tmp_path / "none.nc"), "no such file")
    refused(call("risk", tmp_path / "none.toml"), "none.toml")
    refused(call("risk", "preset:smb", "--csm", "3..1"), "not a range of posts")
    assert not list(tmp_path.iterdir())


def test_a_run_of_an_earlier_version_says_so(folder, tmp_path):
    run = run_of(command="headcount")
    old = run.dataset.drop_vars(["salaries_discounted", "salaries_after_horizon"])
    path = save_run(type(run)(run.command, run.options, old, run.book, run.second), tmp_path / "old.nc")
    assert "salaries_discounted" not in load(path)
    result = call("risk", path)
    assert result.exit_code == 0
    assert "earlier churnsim" in " ".join(result.stdout.split())

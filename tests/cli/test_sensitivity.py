"""The command sensitivity."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from churnsim.scenario.preset_files import preset_text

SMALL = ("--arm", "two_more", "--replicates", "2")


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The mid-market company over 6 months, in small.toml of the current folder."""
    text = preset_text("midmarket").replace("horizon_months = 60", "horizon_months = 6")
    assert "horizon_months = 6\n" in text.replace("horizon_months = 6 ", "horizon_months = 6\n")
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return "small.toml"


def call(*args: str) -> Result:
    return CliRunner().invoke(app, ("sensitivity", *args))


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ((), ("Tornado: each input from P10 to P90", "Without a mechanism", "off already", "are set aside")),
        (("--method", "morris", "--samples", "2"), ("mu*", "sigma", "2 trajectories, 38 draws × 2 replicates")),
        (("--method", "sobol", "--samples", "2"), ("first", "total", "Luck left in the means")),
        (("--method", "dependence", "--samples", "40"), ("explains", "40 draws")),
        (("--method", "discovery", "--samples", "80", "--below", "-153000"), ("density", "coverage", "support")),
    ],
)
def test_a_method_prints_and_draws(scenario, method, words):
    result = call(scenario, *SMALL, *method, "--figure", "out.png")
    assert result.exit_code == 0, result.output
    assert "of two_more, less that of base" in result.stdout
    for word in words:
        assert word in result.stdout
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")


def test_json_is_one_object(scenario):
    result = call(scenario, *SMALL, "--json", "--seed", "4")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert content["seed"] == 4
    assert content["figure"] is None
    assert len(content["tornado"]["bars"]) == 18
    assert content["tornado"]["bars"][0]["swing"]["se"] > 0.0
    assert {one["switch"] for one in content["switches"]["switches"]} == {
        "frailty",
        "drift",
        "market",
        "cohort drift",
        "word of mouth",
    }


def test_a_stored_ladder_is_taken(scenario):
    done = CliRunner().invoke(
        app, ("headcount", scenario, "--csm", "3..5", "--draws", "40", "--replicates", "1", "-o", "run.nc")
    )
    assert done.exit_code == 0, done.output
    result = call("run.nc", "--method", "discovery", "--arm", "5", "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert (content["question"]["arm"], content["question"]["against"]) == ("csm 5", "csm 4")
    assert content["discovery"]["draws"] == 40


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("small.toml", "--method", "sobl"), "did you mean 'sobol'"),
        (("small.toml", "--arm", "two_mor"), "nearest: 'two_more'"),
        (("small.toml", "--measure", "nr"), "nearest: 'nrr'"),
        (("small.toml", "--method", "sobol", "--samples", "100"), "power of two"),
        (("small.toml", "--team", "csm"), "belongs to --csm"),
        (("small.toml", "--csm", "5"), "not a range of posts"),
        (("small.toml", "--below", "1", "--above", "2"), "not both"),
        (("small.toml", "--figure", "out.doc"), "must end otherwise"),
        (("small.toml", "--figure", "nowhere/out.png"), "no such folder"),
        (("gone.toml",), "gone.toml"),
        (("gone.nc",), "gone.nc"),
    ],
)
def test_wrong_input_ends_with_2_and_a_message(scenario, args, words):
    result = call(*args)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output

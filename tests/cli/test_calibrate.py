"""The command calibrate, and what run says of observed KPIs."""

from __future__ import annotations

import json
import tomllib

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from tests.calibration.small import TEXT


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.toml").write_text(f"{TEXT}\n[observed.two]\nannual_logo_churn = 0.15\n", encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(f"{TEXT}\n[observed.two]\nannual_net_retention = 2.0\n", encoding="utf-8")
    return tmp_path


def call(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def test_a_file_is_calibrated_written_and_then_agrees(folder):
    result = call("calibrate", "my.toml", "-o", "new.toml", "--replicates", "20")
    assert result.exit_code == 0, result.output
    for words in (
        "All 1 observed KPIs are met",
        "logo churn",
        "15.0%",
        "hazard_factor = 1.",
        "cannot tell",
        "new.toml",
    ):
        assert words in result.stdout
    assert [path.name for path in folder.iterdir() if "part" in path.name] == []
    factor = tomllib.loads((folder / "new.toml").read_text())["segments"]["two"]["intent"]["hazard_factor"]
    assert 1.4 < factor < 1.7
    before, after = (call("run", name, "--replicates", "20", "--json") for name in ("my.toml", "new.toml"))
    assert [json.loads(run.stdout)["observed"][0]["agrees"] for run in (before, after)] == [False, True]


def test_run_says_on_standard_error_that_kpis_differ_and_fits_nothing(folder):
    text = (folder / "my.toml").read_text()
    result = call("run", "my.toml", "--replicates", "20")
    assert result.exit_code == 0
    assert "two: logo churn 9." in result.stderr
    assert "churnsim calibrate my.toml" in result.stderr
    assert "churnsim calibrate" not in result.stdout
    assert (folder / "my.toml").read_text() == text


def test_json_is_one_object():
    result = call("calibrate", "my.toml", "--json", "--replicates", "10", "--seed", "3")
    content = json.loads(result.stdout)
    assert content["met"] is True
    assert content["output"] is None
    assert content["seed"] == 3
    (fit,) = content["fits"]
    assert (fit["segment"], fit["kpi"], fit["target"]) == ("two", "annual_logo_churn", 0.15)
    assert abs(fit["residual"]) <= fit["tolerance"]
    assert fit["reached"]["se"] > 0.0
    assert content["unidentified"]


def test_what_cannot_be_reached_ends_with_2_and_writes_nothing(folder):
    result = call("calibrate", "wrong.toml", "-o", "new.toml", "--replicates", "4")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "wrong.toml:" in result.stderr
    assert "observed.two.annual_net_retention: 2.000 cannot be reached" in result.stderr
    assert not (folder / "new.toml").exists()


@pytest.mark.parametrize(
    ("output", "words"), [("my.toml", "the file exists"), ("new.nc", "must end otherwise"), ("no/new.toml", "no such")]
)
def test_outputs_that_must_not_be_written_are_refused_first(output, words):
    result = call("calibrate", "my.toml", "-o", output)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr

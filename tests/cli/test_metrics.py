"""The command metrics on stored runs."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.policy import POLICIES
from churnsim.results.runs import Run, save_run
from churnsim.results.storage import save
from tests.metrics.histories import dataset, random_lives

RNG = np.random.default_rng(2)
MONEY = {"acquisition": 50.0, "gross_margin": 0.8, "annual_discount": 0.1}
DATA = dataset([[random_lives(RNG, 40, 24)] for _ in range(6)], **MONEY).assign_attrs(churnsim_version="0.1.0")


@pytest.fixture
def run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    save_run(Run("run", {}, DATA, None), "run.nc")
    return "run.nc"


def call(*args: str) -> Result:
    return CliRunner().invoke(app, ["metrics", *args])


def test_metrics_in_print_and_as_json(run):
    assert "Metric policy: standard" in call(run).stdout
    content = json.loads(call(run, "--policy", "flow", "--json").stdout)
    assert content["metric_policy"]["name"] == "flow"
    assert content["year"] == 2, "the last full one"
    assert list(content["arms"]) == ["base"]
    assert json.loads(call(run, "--year", "1", "--json").stdout)["year"] == 1


def test_odds_of_a_metric(run):
    content = json.loads(call(run, "--odds", "nrr>0.5", "--odds", "nrr > 50%", "--odds", "grr<2", "--json").stdout)
    card = content["arms"]["base"]
    nrr = METRICS["nrr"].of(DATA, POLICIES["standard"], 2).values
    for shares in (card["odds"], card["odds_of_paths"]):
        assert shares["nrr>0.5"] == shares["nrr > 50%"]
        assert shares["grr<2"]["share"] == 1.0
    # with a single draw both speak of luck alone
    assert card["odds"]["nrr>0.5"]["share"] == card["odds_of_paths"]["nrr>0.5"]["share"] == float((nrr > 0.5).mean())
    said = " ".join(call(run, "--odds", "nrr>0.5").stdout.split())
    assert "Odds, share of paths (95% interval): nrr>0.5 83%" in said
    assert "luck included" not in said


def test_policies_compared(run):
    assert "A tool that reports flow shows" in call(run, "--compare-policies").stdout
    content = json.loads(call(run, "--compare-policies", "--json", "--arm", "base").stdout)
    nrr = content["arms"]["base"]["nrr"]
    gap = nrr["policies"]["flow"]["mean"] - nrr["policies"]["standard"]["mean"]
    assert sum(step["part"]["mean"] for step in nrr["steps"]) == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--policy", "standrad"], "did you mean 'standard'? (allowed: standard, cohort, flow)"),
        (["--policy", "Cohorts"], "did you mean 'cohort'?"),
        (["--arm", "bse"], "did you mean 'base'?"),
        (["--odds", "nr>1.05"], "did you mean 'nrr'?"),
        (["--odds", "nrr=1.05"], "odds are asked of a metric above or below a number, found 'nrr=1.05'"),
        (["--odds", "nrr>much"], "as in nrr>1.05"),
        (["--year", "3"], "the run has no such year, found 3 (allowed: 1 to 2)"),
    ],
)
def test_words_that_are_not_known(run, options, found):
    result = call(run, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert found in result.stderr


def test_a_file_that_is_no_run(run, tmp_path):
    folder, text, other, cut = (tmp_path / name for name in ("folder", "text.nc", "other.nc", "cut.nc"))
    folder.mkdir()
    text.write_text("name = 'small'\n")
    save(DATA.drop_attrs(), other)
    cut.write_bytes(pathlib.Path(run).read_bytes()[:3000])
    for path, words in (
        (folder, "is a folder"),
        (text, "is no run of churnsim: give the file that churnsim run, headcount or compare wrote with -o"),
        (other, "is no run of churnsim"),
        (cut, "is it cut short?"),
        (tmp_path / "nowhere.nc", "there is no such file"),
    ):
        result = call(str(path), "--json")
        assert result.exit_code == 2, path
        assert words in json.loads(result.stdout)["error"]
        assert "Traceback" not in result.stderr


def test_a_run_without_the_fields_of_a_year(run, tmp_path):
    save_run(Run("run", {}, DATA.drop_vars("cost_by_year"), None), tmp_path / "old.nc")
    result = call(str(tmp_path / "old.nc"))
    assert result.exit_code == 2
    assert "run it again" in result.stderr


def test_a_run_shorter_than_a_year(run, tmp_path):
    short = dataset([[[[100.0] * 8]]]).assign_attrs(churnsim_version="0.1.0")
    save_run(Run("run", {}, short, None), tmp_path / "short.nc")
    result = call(str(tmp_path / "short.nc"))
    assert result.exit_code == 2
    assert "the run has 7 months: metrics of a year need at least 12" in result.stderr

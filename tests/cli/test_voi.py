"""The command voi, as a user sees it."""

from __future__ import annotations

import builtins
import json
import sys

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from churnsim.results.runs import Run, save_run
from tests.decisions.fake import dataset

ARMS = {"base": 0, "csm 1": 1}


@pytest.fixture
def run(tmp_path, monkeypatch) -> str:
    """A stored comparison in which knowing `a.b.x` is worth 10,000."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    data = dataset(ARMS, [0.0], draws=1_000, effects={"a.b.x": 80_000.0, "a.b.y": 0.0}, name="a $5 [b] _name_")
    text = 'name = "x"\nas_of = 2025-12-31\n[segments.s.intent]\nannual_churn = 0.1\ncauses.need = { weight = 1.0 }\n'
    text += "[segments.s.acquisition]\nentry_arr_mean = 1_000.0\n[arms.'csm 1']\n'money.gross_margin' = 0.5\n"
    stamp = {"scenario_text": text, "churnsim_version": "0.1.0", "created_with": "{}"}
    data["cost_by_year"] = data["npv"].isel(window=0, drop=True)
    save_run(Run("compare", {}, data.assign_attrs(stamp), None), "run.nc")
    return "run.nc"


def call(*args: str) -> Result:
    return CliRunner().invoke(app, ["voi", *args])


def words(result: Result) -> str:
    return " ".join(result.stdout.split())


def test_what_is_printed(run):
    result = call(run, "--decisions", "2", "--years", "3", "--figure", "voi.png")
    assert result.exit_code == 0, result.output
    said = words(result)
    assert said.startswith("Knowing everything would be worth $")
    assert "over 2 decisions a year for 3 years" in said
    assert "Most of it lies in a.b.x (" in said
    assert "a $5 [b] _name_: NPV over 36 months; arms base, csm 1 (1,000 draws × 5 replicates, seed 1)." in said
    assert said.endswith("Figure: voi.png")


def test_json(run):
    content = json.loads(call(run, "--json", "--inputs", "a.b.x", "--group", "both=a.b.x,a.b.y").stdout)
    assert content["sentence"].startswith("Knowing everything")
    assert [worth["name"] for worth in content["inputs"]] == ["a.b.x"]
    assert content["groups"][0]["inputs"] == ["a.b.x", "a.b.y"]
    assert content["everything"]["mean"] == pytest.approx(10_000.0, abs=4.0 * content["everything"]["se"])
    assert "pilot" not in content


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--inputs", "a.b.z"], "no uncertain input is called 'a.b.z' (nearest: 'a.b.y')"),
        (["--csm", "0..3"], "--csm: a stored run has its arms, draws and luck"),
        (["--draws", "10", "--seed", "1"], "--draws, --seed: a stored run has"),
        (["--pilot", "letter"], "--pilot: is no pilot, found 'letter' (allowed: PLAY:ACCOUNTS:MONTHS"),
        (["--pilot", "letter:20:3"], "no playbook is called 'letter'"),
        (["--years", "0"], "over 1 to 100 years, found 1 over 0"),
        (["--figure", "voi.bmp"], "the name of the output must end otherwise"),
    ],
)
def test_wrong_options(run, options, found):
    result = call(run, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert found in result.stderr


def test_all_that_cannot_be_read_is_told_at_once(run):
    result = call(run, "--pilot", "letter", "--group", "x", "--group", "=a", "--json")
    assert result.exit_code == 2
    assert [problem["file"] for problem in json.loads(result.stdout)["problems"]] == ["--group", "--group", "--pilot"]


def test_a_missing_library_is_named(run, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name.split(".")[0] in ("sklearn", "threadpoolctl"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *args, **options)

    for name in [name for name in sys.modules if name.split(".")[0] in ("sklearn", "threadpoolctl")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    result = call(run)
    assert result.exit_code == 2
    assert "needs scikit-learn: pip install 'churnsim[sensitivity]'" in result.stderr

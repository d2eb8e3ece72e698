"""The command sweep, and validate of a plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from tests.sweeps.small import PLAN, environment, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small plan as plans.toml of the current folder."""
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def call(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def test_a_plan_is_validated() -> None:
    done = call("validate", "plans.toml")
    assert done.exit_code == 0
    assert "6 points (churn 3, price 2) of scenario.toml, arms 2, 3 draws x 2 replicates" in done.stdout
    facts = json.loads(call("validate", "plans.toml", "--json").stdout)
    assert (facts["valid"], facts["points"], facts["dimensions"]) == (True, 6, {"churn": 3, "price": 2})
    assert json.loads(call("validate", "scenario.toml", "--json").stdout)["segments"] == ["core", "growth"]


def test_what_is_wrong_ends_with_2_and_leaves_nothing(folder: Path) -> None:
    (folder / "plans.toml").write_text(PLAN.replace("factors", "factor"), encoding="utf-8")
    for command in (("validate", "plans.toml"), ("sweep", "plans.toml", "-o", "store.zarr")):
        done = call(*command)
        assert done.exit_code == 2
        assert "plans.toml:8: axes.churn.factor: unknown key; did you mean 'factors'?" in done.stderr
    assert sorted(os.listdir(folder)) == ["plans.toml", "scenario.toml"]
    assert call("sweep", "plans.toml").exit_code == 2
    assert call("sweep", "nowhere.toml", "-o", "store.zarr").exit_code == 2
    done = call("sweep", "plans.toml", "--workers", "2", "--dask", "tcp://x:1", "-o", "store.zarr")
    assert done.exit_code == 2


def test_a_dry_run_counts_and_stores_nothing(folder: Path) -> None:
    done = call("sweep", "plans.toml", "--dry-run")
    assert done.exit_code == 0, done.stderr
    for words in ("6: churn 3 x price 2", "72: 2 arms x 3 draws x 2 replicates", "On disk", "Memory", "about"):
        assert words in done.stdout
    assert sorted(os.listdir(folder)) == ["plans.toml", "scenario.toml"]
    found = json.loads(call("sweep", "plans.toml", "--dry-run", "--json").stdout)
    assert (found["points"], found["paths"], found["stored"]) == (6, 72, 0)
    assert found["seconds"] > 0.0
    assert call("sweep", "plans.toml", "-o", "store.zarr").exit_code == 0
    on_disk = sum(
        f.stat().st_size
        for n in ("outcome", "seal")
        for f in (folder / "store.zarr" / n / "c").rglob("*")
        if f.is_file()
    )
    assert found["bytes_on_disk"] == on_disk
    again = json.loads(call("sweep", "plans.toml", "--dry-run", "-o", "store.zarr", "--json").stdout)
    assert (again["stored"], again["seconds"]) == (6, 0.0)


def test_a_sweep_says_what_it_did_and_what_it_did_again(folder: Path) -> None:
    done = call("sweep", "plans.toml", "-o", "store.zarr")
    assert done.exit_code == 0, done.stderr
    assert "store.zarr: 6 of 6 points, 6 simulated now." in done.stdout
    assert done.stderr == ""
    (folder / "plans.toml").write_text(PLAN.replace("11_000.0", "12_000.0"), encoding="utf-8")
    done = call("sweep", "plans.toml", "-o", "store.zarr", "--json")
    counts = json.loads(done.stdout)
    assert [counts[k] for k in ("points", "found", "changed", "simulated")] == [6, 3, 3, 3]
    assert "3 of other inputs or another version, simulated again; 3 to simulate." in done.stderr


def test_points_that_fail_end_with_1_and_are_told(folder: Path) -> None:
    text = PLAN.replace("segments.core.acquisition.entry_arr_mean", "segments.core.intent.annual_churn.low")
    text = text.replace("segments.*.intent.annual_churn", "segments.core.intent.annual_churn.mode")
    (folder / "plans.toml").write_text(
        text.replace("[9_000.0, 11_000.0]", "[0.10, 0.14]").replace("1.2, 1.5", "0.9, 1.2")
    )
    done = call("sweep", "plans.toml", "-o", "store.zarr")
    assert done.exit_code == 1
    assert "5 of 6 points" in done.stdout
    assert "1 failed:" in done.stdout
    assert "churn 0.9, price 0.14" in done.stdout
    assert "needs low <= mode <= high" in done.stdout
    failed = json.loads(call("sweep", "plans.toml", "-o", "store.zarr", "--json").stdout)["failed"]
    assert [entry["point"] for entry in failed] == ["churn 0.9, price 0.14"]


@pytest.mark.parametrize(("missing", "options"), [("zarr", ()), ("distributed", ("--workers", "2"))])
def test_a_missing_extra_is_named(missing: str, options: tuple[str, ...]) -> None:
    hidden = f"import sys; sys.modules[{missing!r}] = None; from churnsim.cli.app import main; main()"
    command = [sys.executable, "-c", hidden, "sweep", "plans.toml", "-o", "store.zarr", *options]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    extra = "sweep" if missing == "zarr" else "distributed"
    assert f"needs {missing}: pip install 'churnsim[{extra}]'" in done.stderr

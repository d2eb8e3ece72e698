"""A small company and plans for it: a point takes some hundredths of a second."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import xarray as xr

import churnsim as cs
from churnsim.sweeps.store import StoreError, open_sweep

SCENARIO = """\
name = "small"
as_of = 2025-12-31
run.horizon_months = 18
run.seed = 3

[segments.core.intent]
annual_churn = { low = 0.10, mode = 0.14, high = 0.20 }

[segments.core.acquisition]
entry_arr_mean = 10_000.0
channels.web = { leads_per_month = 10.0, conversion_probability = 0.3 }

[segments.growth]
intent.annual_churn = 0.1
acquisition.entry_arr_mean = 50_000.0

[teams.csm]
segments = ["core", "growth"]
posts.today = 2

[playbooks.review]
channel = "csm"
team = "csm"
hours = 2.5
effects = { engagement = 0.1 }

[arms.three]
"teams.csm.posts.from_month.1" = 3
"""

PLAN = """\
scenario = "scenario.toml"
draws = 3
replicates = 2
measures = ["npv", "arr"]

[axes.churn]
path = "segments.*.intent.annual_churn"
factors = [1.0, 1.2, 1.5]

[axes.price]
path = "segments.core.acquisition.entry_arr_mean"
values = [9_000.0, 11_000.0]
"""

FEW = PLAN.replace("[1.0, 1.2, 1.5]", "[1.0, 1.2]").replace("[9_000.0, 11_000.0]", "[9_000.0]")
MANY = PLAN.replace("[1.0, 1.2, 1.5]", str([1.0 + i / 50 for i in range(12)])).replace("draws = 3", "draws = 20")

SWEEP = (sys.executable, "-m", "churnsim", "sweep", "plans.toml", "-o", "store.zarr")


def write(folder: Path, plan: str = PLAN, scenario: str = SCENARIO) -> Path:
    """Write scenario and plan into a folder; path of the plan."""
    (folder / "scenario.toml").write_text(scenario, encoding="utf-8")
    path = folder / "plans.toml"
    path.write_text(plan, encoding="utf-8")
    return path


def chunks(store: Path) -> dict[str, bytes]:
    """Bytes of every chunk of the outcome and of the seals, by place."""
    files = (p for name in ("outcome", "seal") for p in (store / name / "c").rglob("*") if p.is_file())
    return {str(p.relative_to(store)): p.read_bytes() for p in files}


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether all values are equal, bit for bit, and so are all coordinates."""
    return one.drop_attrs().identical(other.drop_attrs()) and np.array_equal(
        one["outcome"].values.view(np.uint64), other["outcome"].values.view(np.uint64)
    )


def undisturbed(folder: Path, text: str) -> Path:
    """The folder of a sweep that nothing disturbed."""
    cs.sweep(write(folder, text), folder / "store.zarr")
    return folder


def sealed(folder: Path) -> int:
    """Points of the store of a folder that are there."""
    return sum(len(files) for _, _, files in os.walk(folder / "store.zarr" / "seal" / "c"))


def check_equal(folder: Path, right: Path) -> None:
    """The same chunks byte for byte, and the same Dataset."""
    assert chunks(folder / "store.zarr") == chunks(right / "store.zarr")
    assert same(open_sweep(folder / "store.zarr"), open_sweep(right / "store.zarr"))
    assert not list((folder / "store.zarr").rglob("*.partial"))


def check_nothing_is_wrong(folder: Path, right: xr.Dataset) -> None:
    """Whatever a reader of a store finds there is right, or missing."""
    try:
        found = open_sweep(folder / "store.zarr").load()
    except StoreError:
        return
    there = (found["seal"] != 0).any("byte")
    assert bool(((found["outcome"] == right["outcome"]) | found["outcome"].isnull()).all())
    assert bool((found["outcome"] == right["outcome"]).where(there, True).all())


def environment() -> dict[str, str]:
    """Environment of a command that this Python runs from another folder."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the sweep of a folder to its end."""
    command = [*SWEEP, *options]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300)

"""The example plan is right, and its first and last points can be simulated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from churnsim.scenario.book import resolve_book
from churnsim.sweeps.plan import read_plan
from churnsim.sweeps.unit import simulated
from tests.experiments.scripts import EXPERIMENTS


@pytest.mark.parametrize("path", sorted((EXPERIMENTS / "sweeps").glob("*.toml")), ids=lambda path: path.stem)
def test_every_plan_is_right_and_has_its_command(path: Path) -> None:
    plan = read_plan(path)
    assert plan.points > 1
    told = (EXPERIMENTS / "sweeps" / "README.md").read_text(encoding="utf-8") + path.read_text(encoding="utf-8")
    assert f"{path.name} " in told


def test_the_plans_of_hours_keep_them() -> None:
    kept = {name: read_plan(EXPERIMENTS / "sweeps" / f"{name}.toml") for name in ("capacity", "coverage")}
    assert kept["capacity"].record == "paths"
    assert {"capacity", "load_month_60"} <= set(kept["capacity"].measures)
    assert "hours" in kept["coverage"].measures
    assert kept["coverage"].arm_names[:2] == ("base", "digital")
    found = simulated(kept["capacity"], resolve_book(kept["capacity"].file), 0, 1, 2)
    assert np.isfinite(found[kept["capacity"].measures.index("load_month_60")]).all()


def test_the_plan_asks_what_its_text_says() -> None:
    plan = read_plan(EXPERIMENTS / "sweeps" / "futures.toml")
    assert [(d.name, len(d)) for d in plan.dimensions] == [("churn", 3), ("price_rise", 4), ("economy", 2)]
    assert plan.arm_names == ("base", "csm 6", "csm 7", "csm 8", "csm 9", "csm 10")
    book = resolve_book(plan.file)
    npv = plan.measures.index("npv")
    calm, stressed = (simulated(plan, book, point, 1, 2)[npv] for point in (2, plan.points - 1 - 4))
    assert np.isfinite([calm, stressed]).all()
    assert stressed.mean() < calm.mean()

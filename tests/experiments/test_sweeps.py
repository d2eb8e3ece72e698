"""The example plan is right, and its first and last points can be simulated."""

from __future__ import annotations

import numpy as np

from churnsim.scenario.book import resolve_book
from churnsim.sweeps.plan import read_plan
from churnsim.sweeps.unit import simulated
from tests.experiments.scripts import EXPERIMENTS


def test_the_plan_asks_what_its_text_says() -> None:
    plan = read_plan(EXPERIMENTS / "sweeps" / "futures.toml")
    assert [(d.name, len(d)) for d in plan.dimensions] == [("churn", 3), ("price_rise", 4), ("economy", 2)]
    assert plan.arm_names == ("base", "csm 6", "csm 7", "csm 8", "csm 9", "csm 10")
    book = resolve_book(plan.file)
    npv = plan.measures.index("npv")
    calm, stressed = (simulated(plan, book, point, 1, 2)[npv] for point in (2, plan.points - 1 - 4))
    assert np.isfinite([calm, stressed]).all()
    assert stressed.mean() < calm.mean()

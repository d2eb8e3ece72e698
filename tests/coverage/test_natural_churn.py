"""Churn as the natural course: what happens to customers when nobody rows, and who can."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnsim.metrics.estimates import estimate
from tests.coverage.companies import DISTRACTION, LIMIT, TEAM, company, run, z

CORE = "segments.core"
CHURN = f"{CORE}.intent.annual_churn"
BOAT = {"health.adoption_weight": 0.0, "run.horizon_months": 25}
"""Health is engagement alone."""


def engagement(**changes: Any) -> np.ndarray:
    """Mean engagement after 1, 2, ... months."""
    dataset = run(company(**{CHURN: 0.0} | BOAT | changes), replicates=2, record="full").isel(arm=0, draw=0, segment=0)
    mean = dataset["health_sum_by_month"] / dataset["accounts_closing_by_month"]
    return np.asarray(mean.mean("replicate").values[1:])


@pytest.mark.parametrize("shape", [0.6, 1.6])
def test_natural_churn_slows_down_or_accelerates(shape: float) -> None:
    """Churn is natural and may accelerate: with the same first year of 20% a Weibull shape below 1 loses most at first,
    one above 1 more and more; survival is .8^((months/12)^shape).
    """
    duration = {f"{CORE}.intent.duration": {"kind": "weibull", "shape": shape}, "run.horizon_months": 37}
    dataset = run(company(**duration), replicates=60, record="full").sel(arm="base")
    alive = dataset["accounts_closing_by_month"].sum("segment")
    for months in (3, 12, 36):
        found = estimate(alive.sel(month=months + 1) / alive.sel(month=1))
        assert abs(z(found, 0.8 ** ((months / 12.0) ** shape))) < LIMIT
        assert months == 12 or abs(z(found, 0.8 ** (months / 12.0))) > LIMIT


def test_natural_churn_when_nobody_rows() -> None:
    """Churn is natural: with nobody rowing engagement drifts away by a tenth a month, and the hazard that answers to it
    accelerates although its own law is constant; survival adds up the hazards of the drifting state.
    """
    still = {"monthly_drift": 0.1, "monthly_rowing": 0.0, "initial_engagement": 0.6}
    drifting = 0.6 * 0.9 ** np.arange(1, 25)
    assert engagement(**{f"{CORE}.engagement": still}) == pytest.approx(drifting, rel=1e-5)
    causes = {"relationship": {"weight": 1.0, "engagement": -2.0}}
    changes = {f"{CORE}.engagement": still, f"{CORE}.intent.causes": causes, f"{CORE}.reference.engagement": 0.6}
    dataset = run(company(**BOAT | changes), replicates=60, record="full").sel(arm="base")
    alive = dataset["accounts_closing_by_month"].sum("segment")
    factor = np.exp(2.0 * (0.6 - drifting))
    for first, last in ((0, 6), (6, 12)):
        found = estimate(alive.sel(month=last + 1) / alive.sel(month=first + 1))
        assert abs(z(found, 0.8 ** (factor[first:last].sum() / 12.0))) < LIMIT
        assert z(found, 0.8**0.5) < -LIMIT


def test_two_boats_the_customer_rows_by_use() -> None:
    """Two boats: use holds the relationship where drift and rowing balance, at r a/(d + r a); the more a customer
    adopts, the higher.
    """
    found = []
    for ceiling in (0.2, 0.8):
        row = {"monthly_drift": 0.1, "monthly_rowing": 0.3, "adoption_ceiling": ceiling, "monthly_adoption_share": 1.0}
        found.append(engagement(**{f"{CORE}.engagement": row})[-1])
        assert found[-1] == pytest.approx(0.3 * ceiling / (0.1 + 0.3 * ceiling), abs=0.02)
    assert found[1] > found[0] + 0.2


def test_two_boats_the_vendor_rows_by_touches() -> None:
    """Two boats: without use, a monthly touch of strength e holds engagement at e/(1 - (1 - e)(1 - d)); the months
    without hours for it are months adrift.
    """
    changes = {
        f"{CORE}.engagement": {"monthly_drift": 0.1, "monthly_rowing": 0.0},
        "teams.csm": TEAM | {"hours_per_month": 1000.0},
        "playbooks.call": DISTRACTION | {"effects": {"engagement": 0.2}},
    }
    assert engagement(**changes)[-1] == pytest.approx(0.2 / (1.0 - 0.8 * 0.9), abs=1e-3)
    adrift = engagement(**changes | {"teams.csm": TEAM | {"hours_per_month": 0.0}})[-1]
    assert adrift == pytest.approx(0.6 * 0.9**24, rel=1e-4)

"""Right customers, promises, stages of a company."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnsim.metrics.estimates import estimate
from tests.coverage.companies import (
    DISTRACTION,
    LIMIT,
    ONCE,
    STEADY,
    TEAM,
    book,
    check,
    company,
    effect,
    level,
    measure,
    run,
    share,
    z,
)

CORE = "segments.core"
CHURN = f"{CORE}.intent.annual_churn"
CHANNEL = f"{CORE}.acquisition.channels.web"
NO_CHURN = {CHURN: 0.0}


def cause(**slopes: float) -> dict[str, Any]:
    return {f"{CORE}.intent.causes": {"need": {"weight": 1.0, **slopes}}}


def survivors(hazard: np.ndarray) -> float:
    """Share of new accounts left after months of 20% a year times the factors `hazard`."""
    return float(0.8 ** (np.sum(hazard) / 12.0))


PICKY = {"misfit_share": 0.5, "false_rejection": 0.3}


@pytest.mark.parametrize("strictness", [0.0, 0.8])
def test_right_customers_strictness_trades_volume_for_fit(strictness: float) -> None:
    """Sell to the right customers: strictness turns wrong customers away, and some right ones; fewer come, and more
    of them stay.
    """
    channel = ONCE | PICKY | {"strictness": strictness, "leads_per_month": 600.0}
    file = company(**cause(misfit=float(np.log(4.0))), **{CHANNEL: channel, "run.horizon_months": 13})
    dataset = run(file, replicates=60)
    wrong, right = 0.5 * (1.0 - strictness), 0.5 * (1.0 - 0.3 * strictness)
    come = estimate(measure(dataset, share("accounts_new", "leads")).sel(arm="base"))
    stay = estimate(measure(dataset, share("accounts_closing")).sel(arm="base"))
    check(come, wrong + right, 0.95 * (wrong + right))
    check(stay, (wrong * 0.8**4 + right * 0.8) / (wrong + right), 0.8)


def test_right_customers_leave_hours_for_each_other() -> None:
    """Sell to the right customers: wrong customers have three times the incidents, which eat the hours of the team, so
    that with them fewer plays reach anybody.
    """
    support = {"annual_incidents": 6.0, "reactive_hours": 0.5, "misfit": float(np.log(3.0))}
    file = company(
        **NO_CHURN,
        **{
            CHANNEL: ONCE | {"misfit_share": 0.5},
            f"{CORE}.support": support,
            "teams.csm": TEAM | {"hours_per_month": 200.0},
            "playbooks.call": DISTRACTION,
            "run.horizon_months": 7,
        },
    )
    arms = {"strict": {f"{CHANNEL}.strictness": 1.0, f"{CHANNEL}.false_rejection": 0.0}}
    dataset = run(file, arms, replicates=60)
    eaten = measure(dataset, "hours_reactive") / measure(dataset, "accounts_new") / 6.0
    check(estimate(eaten.sel(arm="strict")), 0.25, 0.27)
    check(estimate(eaten.sel(arm="base")), 0.5, 0.47)
    plays = measure(dataset, "plays_delivered") / measure(dataset, "accounts_new")
    assert z(estimate(plays.sel(arm="strict") - plays.sel(arm="base"))) > LIMIT


def test_right_customers_best_strictness_lies_inside() -> None:
    """Sell to the right customers: wrong customers pay their way but eat scarce hours, so that some strictness beats
    both none and the strictest, which turns away too many; with hours to spare none is best.
    """
    vary = {"hours": 0.5, "effects": {"engagement": 0.5}, "cadence_months": 2, "effects_vary": {"misfit": 0.0}}
    file = company(
        **cause(engagement=-8.0),
        **{
            CHANNEL: STEADY | {"misfit_share": 0.6, "false_rejection": 0.2},
            f"{CORE}.engagement": {"monthly_drift": 0.15, "monthly_rowing": 0.02},
            f"{CORE}.support": {"annual_incidents": 1.0, "reactive_hours": 1.0, "misfit": 3.0},
            "money.annual_cost_to_serve": 150.0,
            "teams.csm": TEAM | {"hours_per_month": 120.0},
            "policy.rule": "round_robin",
            "playbooks.call": DISTRACTION | vary,
            "run.horizon_months": 36,
        },
    )
    half, strictest = {f"{CHANNEL}.strictness": 0.5}, {f"{CHANNEL}.strictness": 1.0}
    plenty = {"teams.csm.hours_per_month": 5000.0}
    arms = {"half": half, "strictest": strictest, "plenty": plenty, "plenty, half": half | plenty}
    npv = measure(run(file, arms, replicates=60), "npv")

    def gain(arm: str, other: str) -> float:
        return z(estimate(npv.sel(arm=arm) - npv.sel(arm=other)))

    assert gain("half", "base") > LIMIT
    assert gain("half", "strictest") > LIMIT
    assert gain("plenty, half", "plenty") < -LIMIT


def test_over_promising_raises_early_hazard() -> None:
    """Over-promising: a gap of 1 at entry raises the hazard by exp(1.5) at first and by half as much in the exponent
    every six months later; survival in the first half year and over two years follows from the fading gap.
    """
    changes = {f"{CORE}.expectation.half_life_months": 6.0, f"{CHANNEL}.over_promise": 1.0, "run.horizon_months": 25}
    dataset = run(company(**cause(expectation_gap=1.5), **changes), replicates=60, record="full").sel(arm="base")
    alive = dataset["accounts_closing_by_month"].sum("segment")
    hazard = np.exp(1.5 * 2.0 ** (-np.arange(24) / 6.0))
    for months in (6, 24):
        found = estimate(alive.sel(month=months + 1) / alive.sel(month=1))
        check(found, survivors(hazard[:months]), 0.8 ** (months / 12.0))
    # in the second year the gap is nearly forgotten
    second = estimate(alive.sel(month=25) / alive.sel(month=13))
    assert second.mean > survivors(hazard[:12]) + 0.1


# ----------------------------------------------------------------------------------------------- stages of a company


@pytest.mark.parametrize(("quality", "stage"), [(0.4, "searching"), (1.0, "scaling")])
def test_company_stage_sets_the_share_of_fire_fighting(quality: float, stage: str) -> None:
    """Company stage: the further the product is from its best, the more incidents, and the more of the team's hours go
    into fire-fighting: rate x exp(slope x missing quality) x hours each.
    """
    support = {"annual_incidents": 2.0, "reactive_hours": 0.5, "quality_gap": 2.0}
    changes = {f"{CORE}.support": support, "product.initial_quality": quality, f"{CORE}.acquisition.channels": {}}
    file = company(**NO_CHURN, **changes, **{"teams.csm": TEAM, "run.horizon_months": 12})
    found = level(file, "hours_reactive", accounts=book(np.full(200, 1000.0)), replicates=60)
    expected = 200.0 * 2.0 * np.exp(2.0 * (1.0 - quality)) * 0.5
    check(found, expected, 1.08 * expected)


def test_company_stage_at_which_the_first_csm_pays() -> None:
    """Company stage: the first CSM costs the same for 20 customers as for 400, and saves ARR in proportion to whom the
    hours reach; below some base it destroys value, above it creates value.
    """
    engagement = {"monthly_drift": 0.15, "monthly_rowing": 0.02}
    file = company(
        **cause(engagement=-5.0),
        **{
            f"{CORE}.acquisition.channels": {},
            f"{CORE}.engagement": engagement,
            "teams.csm": TEAM | {"posts": {"today": 0}, "annual_cost": 60_000.0},
            "playbooks.call": DISTRACTION | {"hours": 0.25, "effects": {"engagement": 0.4}},
            "run.horizon_months": 36,
        },
    )
    hire = {"hire": {"teams.csm.posts.from_month": {"1": 1}}}
    few, many = (effect(file, hire, "npv", accounts=book(np.full(n, 4000.0)), replicates=30)["hire"] for n in (20, 400))
    assert z(few) < -LIMIT
    assert z(many) > LIMIT

"""The team: scarce people, whom to hire, people or process, reactive or proactive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnsim.metrics.estimates import estimate
from tests.coverage.companies import DISTRACTION, LIMIT, TEAM, book, effect, level, measure, run, segment, z
from tests.coverage.test_risk_and_expansion import CHURN, CUSTOMERS, NEED, at_health, closed

CARE = {"channel": "csm", "team": "csm", "hours": 0.1, "effects": {"shield": 1.0}}
"""A monthly play that takes six minutes and lowers the hazard by the factor e."""


# ------------------------------------------------------------------------------------------------ people are scarce


def test_scarce_posts_stand_vacant_and_their_successors_ramp() -> None:
    """People are scarce: a CSM who leaves, at 40% a year, leaves a post vacant for three months and a successor who
    ramps for four. Mean headcount, ramped headcount and leavers follow from the renewal of posts.
    """
    months, fill, ramp, posts = 36, 3, 4.0, 10
    stay = 0.6 ** (1 / 12)
    # filled[k]: expected posts whose holder is in month k; the last entry is today's staff
    working = np.minimum(1.0, (np.arange(months + 1) + 0.5) / ramp)
    filled, left, head, fte = np.zeros(months + 1), [0.0] * (fill + 1), 0.0, 0.0
    filled[-1] = posts
    for _ in range(months):
        filled[0] = left[-1 - fill] if len(left) > fill else 0.0
        head, fte = head + filled.sum(), fte + filled @ working
        left.append(filled.sum() * (1.0 - stay))
        filled[1:-1], filled[-1] = filled[:-2] * stay, filled[-1] * stay
    team = TEAM | {"posts": {"today": posts}, "annual_attrition": 0.4, "months_to_fill": fill, "ramp_months": ramp}
    dataset = run(closed(months, **{"teams.csm": team}), accounts=book([1000.0]), replicates=400).sel(arm="base")
    for name, expected in (("headcount_months", head), ("ramped_fte_months", fte), ("leavers", sum(left))):
        found = estimate(measure(dataset, name))
        assert abs(z(found, expected)) < LIMIT
        assert found.se < 0.02 * expected


def test_scarce_new_people_cost_from_the_first_day_and_deliver_later() -> None:
    """People are scarce: two added posts wait two months for their people, who then ramp over four; wages grow by 5% a
    year meanwhile. Hours and salaries are those of that arithmetic.
    """
    team = TEAM | {"posts": {"today": 1, "from_month": {"1": 3}}, "ramp_months": 4.0, "months_to_fill": 2}
    team |= {"annual_cost": 120_000.0, "annual_wage_growth": 0.05, "recruiting_cost": 7_000.0}
    file = closed(12, **{"teams.csm": team})
    monthly = run(file, accounts=CUSTOMERS, replicates=1, record="full").isel(arm=0, draw=0, replicate=0, team=0)
    new = np.concatenate(([0.0, 0.0], np.minimum(1.0, (np.arange(10) + 0.5) / 4.0)))
    np.testing.assert_allclose(monthly["hours_available_by_month"], 100.0 * (1.0 + 2.0 * new))
    wage = 10_000.0 * 1.05 ** (np.arange(12) / 12)
    np.testing.assert_allclose(monthly["salaries_by_month"], wage * np.where(np.arange(12) < 2, 1.0, 3.0))
    np.testing.assert_allclose(monthly["recruiting_by_month"], np.where(np.arange(12) == 2, 14_000.0, 0.0))


def test_scarce_overload_drives_people_out() -> None:
    """People are scarce: asked for three times the hours they have, CSMs leave at e^(.5 x 2) of their hazard from the
    second month on, since the load of the month before tells.
    """
    team = TEAM | {"posts": {"today": 10}, "annual_attrition": 0.3, "months_to_fill": 0, "ramp_months": 0.0}
    work = DISTRACTION | {"hours": 7.5}
    file = closed(25, **{CHURN: 0.0, "teams.csm": team | {"overload_attrition": 0.5}, "playbooks.work": work})
    leavers = level(file, "leavers", accounts=CUSTOMERS, replicates=300)
    rate = -np.log(0.7) / 12
    expected = 10 * (-np.expm1(-rate) - 24 * np.expm1(-rate * np.exp(0.5 * (3.0 - 1.0))))
    assert abs(z(leavers, expected)) < LIMIT
    assert z(leavers, -10 * 25 * np.expm1(-rate)) > LIMIT


def test_scarce_leavers_orphan_their_accounts() -> None:
    """People are scarce: the accounts of a CSM who goes lose part of the relationship, all of them when the only post
    is cut; customers answer, so attrition costs customers even where nobody delivers a play.
    """
    drift = at_health(0.8) | {f"{NEED}.engagement": -3.0}
    team = TEAM | {"posts": {"today": 4}, "orphan_engagement_loss": 0.5}
    file = closed(24, **drift, **{"teams.csm": team})
    arms = {"cut": {"teams.csm.posts.from_month": {"7": 0}}, "turnover": {"teams.csm.annual_attrition": 0.5}}
    dataset = run(file, arms, accounts=CUSTOMERS)
    health = dataset["health"].sel(window="horizon", segment="core")
    np.testing.assert_allclose(health.sel(arm="base"), 0.8, rtol=1e-6)
    np.testing.assert_allclose(health.sel(arm="cut"), 0.4, rtol=1e-6)
    lost = measure(dataset, "accounts_churned")
    for arm in arms:
        assert z(estimate(lost.sel(arm=arm) - lost.sel(arm="base"))) > LIMIT


# --------------------------------------------------------------------------------------------------------- whom to hire


def test_whom_to_hire_by_what_each_profile_can_do() -> None:
    """Whom to hire: a technical profile does half again as much for technical customers and half as much for others, an
    industry profile the other way round. With the same play e^-(skill) scales each segment's hazard, so the right hire
    follows from the mix of customers.
    """
    mixed = book(np.full(800, 1000.0), segment=np.repeat([0, 1], 400))
    team = TEAM | {"segments": ["core", "technical"], "posts": {"today": 1}}
    changes = {"segments.technical": segment(**{"acquisition.channels": {}}), "teams.csm": team}
    profiles = {"technical": (0.5, 1.5), "industry": (1.5, 0.5)}
    file = closed(12, **changes, **{"playbooks.care": CARE, "teams.csm.skill": {"core": 1.0, "technical": 1.0}})
    arms = {n: {"teams.csm.skill.core": a, "teams.csm.skill.technical": b} for n, (a, b) in profiles.items()}
    lost = run(file, arms, accounts=mixed, replicates=60)["accounts_churned"].sel(window="horizon")
    for name, skills in profiles.items():
        for customers, skill in zip(("core", "technical"), skills, strict=True):
            found = estimate(lost.sel(arm=name, segment=customers))
            assert abs(z(found, 400 * (1.0 - 0.8 ** np.exp(-skill)))) < LIMIT
            assert abs(z(found, 400 * (1.0 - 0.8 ** np.exp(-1.0)))) > LIMIT


@pytest.mark.parametrize(("arr", "sign"), [(6000.0, 1.0), (600.0, -1.0)])
def test_whom_to_hire_experienced_or_novice(arr: float, sign: float) -> None:
    """Whom to hire: a novice costs 30% less and ramps for a year and a half instead of two months. The hours that are
    missing meanwhile lose customers, which outweighs the salary where customers are large and does not where small.
    """
    team = TEAM | {"posts": {"today": 0, "from_month": {"1": 1}}, "months_to_fill": 0, "ramp_months": 2.0}
    care = CARE | {"hours": 0.25, "cadence_months": 1}
    file = closed(36, **{"teams.csm": team | {"annual_cost": 100_000.0}, "playbooks.care": care, CHURN: 0.6})
    novice = {"novice": {"teams.csm.annual_cost": 70_000.0, "teams.csm.ramp_months": 18.0}}
    dataset = run(file, novice, accounts=book(np.full(400, arr)), replicates=60)
    change = dataset.sel(arm="base") - dataset.sel(arm="novice")
    assert float(measure(change, "hours_available").mean()) > 0.0
    assert sign * z(estimate(measure(change, "npv"))) > LIMIT


# ---------------------------------------------------------------------------------------------------- people or process


def test_people_or_process_the_same_hours_at_another_price() -> None:
    """People or process: 25 people with processes that double what they get done serve exactly whom 50 without serve,
    so the same customers stay; the price differs by 25 salaries against the cost of the processes.
    """
    care = CARE | {"hours": 20.0}
    file = closed(24, **{"teams.csm": TEAM | {"annual_cost": 100_000.0, "ramp_months": 0.0}, "playbooks.care": care})
    arms = {
        "people": {"teams.csm.posts.today": 50},
        "process": {
            "teams.csm.posts.today": 25,
            "teams.csm.productivity": 2.0,
            "teams.csm.process_monthly_cost": 50_000.0,
        },
    }
    dataset = run(file, arms, accounts=CUSTOMERS, replicates=10)
    people, process = dataset.sel(arm="people"), dataset.sel(arm="process")
    assert (measure(people, "hours_demanded") > measure(people, "hours_available")).all()
    for name in ("arr_closing", "accounts_churned", "plays_delivered"):
        assert (measure(people, name) == measure(process, name)).all()
    saved = measure(process, "contribution") - measure(people, "contribution")
    np.testing.assert_allclose(saved, 2 * (25 * 100_000.0 - 12 * 50_000.0))
    fewer = measure(dataset.sel(arm="base"), "accounts_churned") - measure(people, "accounts_churned")
    assert z(estimate(fewer)) > LIMIT


# ------------------------------------------------------------------------------------------------ reactive or proactive


def test_reactive_hiring_rule_answers_with_its_lags() -> None:
    """Reactive or proactive: a rule that hires after three months of overload, with two months to fill the post, has
    the first helper in month 6 and one more every third month, up to its limit.
    """
    team = TEAM | {"months_to_fill": 2, "hiring": {"overload_hours": 50.0, "for_months": 3, "most_posts": 3}}
    file = closed(12, **{CHURN: 0.0, "teams.csm": team, "playbooks.work": DISTRACTION})
    dataset = run(file, accounts=CUSTOMERS, replicates=1, record="full")
    headcount = dataset["headcount_by_month"].isel(arm=0, draw=0, replicate=0, team=0).values
    np.testing.assert_array_equal(headcount, np.repeat([1, 2, 3], [5, 3, 4]))


def test_reactive_team_never_makes_up_for_its_delay() -> None:
    """Reactive or proactive: the team that is there before churn keeps more customers than the same team founded after
    a year of it, and hiring and ramp widen the gap: whom the first year lost does not come back.
    """
    team = TEAM | {"posts": {"today": 0, "from_month": {"1": 2}}, "months_to_fill": 0, "ramp_months": 0.0}
    file = closed(36, **{"teams.csm": team, "playbooks.care": CARE})
    founded = {"teams.csm.posts.from_month": {"1": 0, "13": 2}}
    lags = {"teams.csm.months_to_fill": 3, "teams.csm.ramp_months": 12.0}
    care = {"playbooks.care.hours": 0.5}
    arms = {"reactive": founded, "reactive and slow": founded | lags | care}
    found = effect(file, arms, "accounts_closing", accounts=CUSTOMERS, replicates=60)
    # served from the start the hazard is 1/e of itself; founded in month 13 it is so for two years of three
    fast, late = (400 * 0.8 ** (unserved + (3.0 - unserved) / np.e) for unserved in (0.0, 1.0))
    assert abs(z(found["reactive"], late - fast)) < LIMIT
    gap = found["reactive"].mean - found["reactive and slow"].mean
    assert gap > LIMIT * np.hypot(found["reactive"].se, found["reactive and slow"].se)


def test_no_team_is_a_team_without_posts() -> None:
    """Reactive or proactive: zero CSMs is a decision like any other; it loses what a company without a team loses."""
    options: dict[str, Any] = {"accounts": CUSTOMERS, "replicates": 5}
    nobody = {"teams.csm": TEAM | {"posts": {"today": 0}}, "playbooks.care": CARE}
    lost = [measure(run(closed(24, **team), **options), "arr_churned").values for team in ({}, nobody)]
    np.testing.assert_array_equal(*lost)

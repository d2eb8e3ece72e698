"""Whom a team reaches: coverage models, and what a health score is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnsim.engine.journal import PLAY
from churnsim.metrics.estimates import estimate
from churnsim.results.journal import journal
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.hashing import hash_text
from tests.coverage.companies import DISTRACTION, LIMIT, TEAM, book, company, effect, measure, run, segment, z

CORE = "segments.core"
CLOSED = {f"{CORE}.acquisition.channels": {}}
COOLING = {"monthly_drift": 0.15, "monthly_rowing": 0.02}
"""Left alone, engagement falls to a tenth."""
CALL = DISTRACTION | {"effects": {"engagement": 0.5}}


def relation(slope: float) -> dict[str, Any]:
    return {"need": {"weight": 1.0, "engagement": slope}}


def cooling(months: int, **changes: Any) -> ScenarioFile:
    """A closed book whose customers leave when the relationship cools, with a team that calls."""
    plain = {
        f"{CORE}.intent.causes": relation(-4.0),
        f"{CORE}.engagement": COOLING,
        "teams.csm": TEAM,
        "playbooks.call": CALL,
        "run.horizon_months": months,
    }
    return company(**CLOSED | plain | changes)


# ------------------------------------------------------------------------------------------ segments, coverage models


def test_coverage_models_human_touch_pays_above_some_arr() -> None:
    """Segments and coverage models: with the same customers and luck the worth of a CSM is a straight line in their
    ARR, below 0 for small accounts and above it for large ones; the line crosses 0 where human touch begins to pay.
    """
    hire = {"hire": {"teams.csm.posts.from_month": {"1": 1}}}
    nobody = TEAM | {"posts": {"today": 0}, "annual_cost": 60_000.0}

    def worth(arr: float) -> float:
        file = cooling(24, **{"teams.csm": nobody})
        return effect(file, hire, "npv", accounts=book(np.full(100, arr)), replicates=20)["hire"].mean

    low, high = worth(500.0), worth(20_000.0)
    assert low < 0.0 < high
    crossing = 500.0 - low * 19_500.0 / (high - low)
    assert worth(crossing) == pytest.approx(0.0, abs=1e-4 * (high - low))
    assert worth(0.9 * crossing) < 0.0 < worth(1.1 * crossing)


def test_coverage_models_pooled_or_dedicated() -> None:
    """Segments and coverage models: two posts that share all customers lend each other hours, two that own a segment
    each do not: of 20 and 180 calls a month they make 200 against 20 + 100.
    """
    accounts = book(np.full(200, 1000.0), segment=(np.arange(200) < 180).astype(int))
    two = {"segments.tail": segment(**{"acquisition.channels": {}})}
    pooled = two | {"teams.csm": TEAM | {"segments": ["core", "tail"], "posts": {"today": 2}}}
    apart = two | {"teams.csm": TEAM, "teams.desk": TEAM | {"segments": ["tail"]}}
    apart |= {"playbooks.tail": DISTRACTION | {"team": "desk"}}
    for changes, expected in ((pooled, 200.0), (apart, 120.0)):
        calm = {f"{CORE}.intent.annual_churn": 0.0, "segments.tail.intent.annual_churn": 0.0}
        file = cooling(3, **changes, **calm, **{"playbooks.call": DISTRACTION})
        dataset = run(file, accounts=accounts, replicates=2)
        assert (measure(dataset, "plays_delivered") == 3 * expected).all()


def test_coverage_models_segmented_beats_uniform() -> None:
    """Segments and coverage models: 30 large accounts and a tail of 270 small ones, and hours for 30 calls a month.
    Calls for the large and a digital touch for the tail keep more ARR than calls for all alike by chance.
    """
    arr = np.where(np.arange(300) < 30, 20_000.0, 500.0)
    touch = {"channel": "digital", "trigger": {"arr": {"max": 0.0}}, "effects": {"engagement": 0.1}}
    file = cooling(
        24,
        **{"teams.csm": TEAM | {"hours_per_month": 30.0}, "policy.rule": "random", "playbooks.touch": touch},
    )
    arms = {
        "large only": {"playbooks.call.trigger.arr.min": 10_000.0},
        "segmented": {"playbooks.call.trigger.arr.min": 10_000.0, "playbooks.touch.trigger.arr.max": 9_999.0},
    }
    dataset = run(file, arms, accounts=book(arr), replicates=40)
    arr_kept, kept = measure(dataset, "arr_closing"), measure(dataset, "accounts_closing")

    def gain(values: Any, arm: str, other: str) -> float:
        return z(estimate(values.sel(arm=arm) - values.sel(arm=other)))

    assert gain(arr_kept, "large only", "base") > LIMIT
    assert gain(arr_kept, "segmented", "large only") > LIMIT
    assert gain(kept, "segmented", "large only") > LIMIT


@pytest.mark.parametrize("accounts", [100, 400])
def test_stuck_at_the_top_accounts(accounts: int) -> None:
    """Stuck at the top 50 to 100 customers: 60 hours by ARR reach the 60 largest and nobody else, however many there
    are; a digital play reaches all.
    """
    arr = 1000.0 + np.arange(accounts)
    calm = {f"{CORE}.intent.annual_churn": 0.0, "teams.csm": TEAM | {"hours_per_month": 60.0}}
    tips = {"channel": "digital", "effects": {"adoption": 0.1}}
    file = cooling(6, **calm, **{"policy.rule": "value", "playbooks.tips": tips})
    events = journal(file, book=book(arr)).events
    plays = events[events["kind"] == PLAY]
    called, reached = (set(plays["who"][plays["what"] == p].tolist()) for p in (0, 1))
    assert called == {hash_text(f"account {i}") for i in range(accounts - 60, accounts)}
    assert len(reached) == accounts


def test_stuck_at_the_top_and_lifted_by_digital() -> None:
    """Stuck at the top 50 to 100 customers: the same calls save a smaller share of a larger base, while a digital play
    saves as large a share of any.
    """
    gains: dict[str, list[float]] = {"calls": [], "digital": []}
    for accounts in (100, 400):
        nobody = TEAM | {"hours_per_month": 30.0, "posts": {"today": 0}}
        tips = {"channel": "digital", "trigger": {"arr": {"max": 0.0}}, "effects": {"engagement": 0.2}}
        file = cooling(24, **{"teams.csm": nobody, "policy.rule": "value", "playbooks.tips": tips})
        arms = {
            "calls": {"teams.csm.posts.from_month": {"1": 1}},
            "digital": {"playbooks.tips.trigger.arr.max": 1e9},
        }
        found = effect(file, arms, "accounts_closing", accounts=book(np.full(accounts, 1000.0)), replicates=40)
        for name, change in found.items():
            assert z(change) > LIMIT
            gains[name].append(change.mean / accounts)
    assert gains["calls"][1] < 0.5 * gains["calls"][0]
    assert gains["digital"][1] == pytest.approx(gains["digital"][0], rel=0.1)


# ------------------------------------------------------------------------------------------------------- health score


def scored(**changes: Any) -> ScenarioFile:
    """Customers cool down when their sponsor goes; 20 hours a month go to those of the lowest score."""
    sponsor = {"annual_departure": 0.6, "median_months_to_return": 6.0, "engagement_loss": 0.9}
    plain = {
        f"{CORE}.sponsor": sponsor,
        f"{CORE}.engagement": {"monthly_drift": 0.05, "monthly_rowing": 0.08},
        f"{CORE}.intent.causes": relation(-6.0),
        "health": {"adoption_weight": 0.0, "noise_sd": 0.0},
        "teams.csm": TEAM | {"hours_per_month": 20.0},
        "policy.rule": "risk",
        "policy.arr_exponent": 0.0,
        "playbooks.call": CALL | {"effects": {"engagement": 0.6}, "cadence_months": 2},
    }
    return cooling(24, **plain | changes)


def kept_by(arms: dict[str, dict[str, Any]], **changes: Any) -> Any:
    """z of the ARR that one arm keeps above another."""
    values = measure(run(scored(**changes), arms, accounts=book(np.full(300, 1000.0)), replicates=60), "arr_closing")
    return lambda more, less: z(estimate(values.sel(arm=more) - values.sel(arm=less)))


def test_health_score_value_of_telemetry_by_month() -> None:
    """Health score: before telemetry all have the mean score and calls go by chance; the earlier it starts the more ARR
    is kept, and what each half year of it is worth is the paired difference.
    """
    arms = {str(month): {"health.telemetry_from_month": month} for month in (7, 13, 25)}
    gain = kept_by(arms)
    assert gain("base", "7") > LIMIT
    assert gain("7", "13") > LIMIT
    assert gain("13", "25") > LIMIT


def test_health_score_value_of_auc() -> None:
    """Health score: the better a score tells leavers from stayers, the more calls go to frail customers, whom they save
    most; ARR kept rises with the AUC and nothing else is changed.
    """
    frail = {f"{CORE}.intent.frailty": {"law": "gamma", "variance": 2.0}}
    arms = {auc: {"health.target_auc": float(auc)} for auc in ("0.53", "0.6")}
    health = {"adoption_weight": 0.0, "frailty_loading": 0.2, "target_auc": 0.68}
    gain = kept_by(arms, health=health, **frail)
    assert gain("base", "0.6") > LIMIT
    assert gain("0.6", "0.53") > LIMIT


def test_health_score_ages() -> None:
    """Health score: a score of last half-year's health sends calls to those who have left or recovered, so it keeps
    less ARR than today's.
    """
    gain = kept_by({"old": {"health.lag_months": 6}})
    assert gain("base", "old") > LIMIT

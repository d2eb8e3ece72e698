"""A small company with every mechanism switched on, and its book."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import numpy as np
import tomlkit
import xarray as xr

from churnsim.scenario.book import Book, parse_book
from churnsim.scenario.files import ScenarioFile, parse

CAUSES = {
    "onboarding": {"weight": 0.3, "no_first_value": 0.8},
    "low adoption": {"weight": 0.3, "adoption": -2.0},
    "relationship": {"weight": 0.2, "engagement": -2.0},
    "price": {"weight": 0.2, "recent_uplift": 5.0},
}
EXPANSION = {
    "upsell": {"annual_rate": 0.6, "fraction": 0.2, "adoption": 1.0, "engagement": 0.5},
    "contraction": {"annual_rate": 0.4, "fraction": 0.25, "engagement": -1.0},
}


def _segment(arr: float, terms: dict[str, float], leads: float) -> dict[str, Any]:
    channels = {
        "web": {
            "leads_per_month": leads,
            "conversion_probability": 0.4,
            "cost_per_lead": 50.0,
            "annual_lead_growth": 0.1,
            "seasonality": {"7": 0.5},
        }
    }
    return {
        "intent": {
            "annual_churn": {"dist": "beta", "mean": 0.25, "sd": 0.03},
            "duration": {"kind": "weibull", "shape": 0.8},
            "frailty": {"law": "gamma", "variance": 0.8},
            "causes": CAUSES,
        },
        "onboarding": {"median_months_to_first_value": 3.0},
        "contracts": {
            "term_weight": terms,
            "price_uplift": 0.05,
            "scrutiny": {"12": {"first_renewal_churn": 0.05, "duration_exponent": 0.7}},
        },
        "exits": {
            "annual_closure": 0.03,
            "payment_failure_probability": 0.05,
            "recovery_probability": 0.6,
            "grace_months": 1,
        },
        "expansion": EXPANSION,
        "acquisition": {"entry_arr_mean": arr, "entry_arr_cv": 0.7, "channels": channels},
    }


DOCUMENT: dict[str, Any] = {
    "name": "rich",
    "as_of": datetime.date(2025, 12, 31),
    "run": {"horizon_months": 26},
    "money": {"annual_cost_to_serve": 30.0, "expansion_cost_share": 0.3},
    "market": {"volatility": 0.15, "cohort_volatility": 0.1},
    "health": {"noise_sd": 0.1, "lag_months": 1},
    "segments": {
        "core": _segment(8_000.0, {"1": 0.3, "12": 0.7}, 20.0),
        "large": _segment(40_000.0, {"12": 0.6, "36": 0.4}, 5.0),
    },
    "teams": {
        "csm": {
            "segments": ["core", "large"],
            "posts": {"today": 3, "from_month": {"9": 5, "17": 4}},
            "hours_per_month": 25.0,
            "annual_attrition": 0.3,
            "orphan_engagement_loss": 0.2,
            "recruiting_cost": 5_000.0,
            "severance_cost": 20_000.0,
        },
        "onboarding": {"segments": ["core"], "posts": {"today": 1}, "hours_per_month": 12.0},
    },
    "playbooks": {
        "welcome": {
            "channel": "csm",
            "team": "onboarding",
            "hours": 2.0,
            "trigger": {"stages": ["onboarding", "stalled"]},
            "success_probability": 0.7,
            "effects": {"first_value": 0.5, "engagement": 0.05},
        },
        "review": {
            "channel": "csm",
            "team": "csm",
            "hours": 2.5,
            "trigger": {"stages": ["growth"], "score": {"max": 0.7}},
            "cadence_months": 3,
            "repeat_factor": 0.9,
            "cost_per_delivery": 20.0,
            "effects": {"engagement": 0.15, "adoption": 0.05, "expansion_lift": 0.3},
        },
        "renewal": {
            "channel": "csm",
            "team": "csm",
            "hours": 4.0,
            "trigger": {"months_to_renewal": {"max": 3.0}, "tenure_months": {"min": 6.0}},
            "cadence_months": 12,
            "success_probability": 0.6,
            "effects": {"shield": 0.4, "rescue": 0.3},
        },
        "letter": {
            "channel": "digital",
            "cost_per_delivery": 1.0,
            "cadence_months": 2,
            "repeat_factor": 0.8,
            "effects": {"adoption": 0.03},
        },
    },
    "arms": {
        "six": {"teams.csm.posts.from_month": {"1": 6}},
        "by risk": {"policy.rule": "risk"},
    },
}


_EACH_SEGMENT: dict[str, Any] = {
    "onboarding.milestones": 2,
    "onboarding.handover_quality": 0.8,
    "engagement.misfit_ceiling_factor": 0.6,
    "intent.causes.relationship.no_sponsor": 0.8,
    "intent.causes.relationship.misfit": 0.7,
    "intent.causes.price.expectation_gap": 0.5,
    "intent.causes.price.products": -0.3,
    "acquisition.correlation": {"arr_frailty": -0.3, "frailty_misfit": 0.2},
    "acquisition.wallet_multiple": 1.5,
    "acquisition.channels.web.misfit_share": 0.3,
    "acquisition.channels.web.strictness": 0.4,
    "acquisition.channels.web.over_promise": 0.2,
    "acquisition.channels.web.cost_elasticity": 0.5,
    "expectation": {"handover_gap": 0.5, "pushy_gap": 0.2, "pushy_below_health": 0.6},
    "sponsor": {
        "annual_departure": 0.4,
        "median_months_to_return": 3.0,
        "engagement_loss": 0.2,
        "adoption_protection": 0.5,
    },
    "support": {
        "annual_incidents": 3.0,
        "reactive_hours": 0.2,
        "first_contact_resolution": 0.6,
        "engagement_loss": 0.05,
        "misfit": 0.5,
    },
    "expansion.cross_sell": {"annual_rate": 0.3, "fraction": 0.2, "adoption": 0.5, "most_products": 3},
    "win_back": {"annual_rate": 0.6, "arr_share": 0.7},
    "advocacy": {
        "promoter_health": 0.5,
        "detractor_health": 0.3,
        "annual_referrals": 0.5,
        "conversion_probability": 0.4,
        "misfit_share": 0.1,
        "word_of_mouth": 1.0,
    },
}

WHOLE: dict[str, Any] = {
    **{f"segments.{s}.{path}": value for s in ("core", "large") for path, value in _EACH_SEGMENT.items()},
    "health.bias_sd": 0.05,
    "health.frailty_loading": 0.05,
    "health.telemetry_from_month": 4,
    "product": {"initial_quality": 0.8, "monthly_voice": 0.1, "monthly_erosion": 0.01, "monthly_cost": 1_000.0},
    "desk": {"agents": 1, "hours_per_agent_month": 30.0, "handling_hours": 0.5, "annual_cost_per_agent": 60_000.0},
    "money.annual_fixed_cost": 10_000.0,
    "money.after_horizon": {"kind": "run_off", "run_off_months": 9},
    "teams.csm.overload_attrition": 0.3,
    "teams.csm.process_monthly_cost": 500.0,
    "teams.csm.productivity": 1.2,
    "teams.csm.hiring": {"overload_hours": 10.0, "for_months": 3, "most_posts": 7},
    "playbooks.review.effects.sponsor": 0.3,
    "playbooks.review.effects.ceiling": 0.05,
    "playbooks.letter.trigger": {"random_share": 0.5},
    "playbooks.letter.effects_vary": {"misfit": 0.5, "at_health_1": 0.2},
}
"""What turns the company into one with the whole model on, by dotted path."""


def changed(values: dict[str, Any]) -> dict[str, Any]:
    """The document with values replaced by dotted path; None takes a key out."""
    document = copy.deepcopy(DOCUMENT)
    for path, value in values.items():
        node = document
        *parents, last = path.split(".")
        for name in parents:
            node = node.setdefault(name, {})
        if value is None:
            node.pop(last)
        else:
            node[last] = value
    return document


def rich_file(values: dict[str, Any] | None = None) -> ScenarioFile:
    """The scenario file with values replaced by dotted path."""
    return parse(tomlkit.dumps(changed(values or {})))


def rich_book(file: ScenarioFile, accounts: int = 150) -> Book:
    """Accounts of both segments that entered in the six years before."""
    rng = np.random.default_rng(5)
    rows = []
    for n in range(accounts):
        months = int(rng.integers(0, 70))
        start = datetime.date(2025 - (months + 11) // 12 + (1 if months == 0 else 0), (11 - months) % 12 + 1, 1)
        if months == 0:
            start = datetime.date(2025, 12, 1)
        segment, term = [("core", 12), ("core", 1), ("large", 36), ("large", 12)][n % 4]
        health = f"{rng.uniform(0.2, 0.9):.2f}" if n % 3 == 0 else ""
        rows.append(f"a{n},{segment},{start},{rng.uniform(2e3, 5e4):.0f},{term},{health}")
    text = "account_id,segment,start_date,arr,contract_term_months,health\n" + "\n".join(rows) + "\n"
    return parse_book(text.encode(), file.scenario, "book")


def differences(one: xr.Dataset, other: xr.Dataset) -> list[str]:
    """Variables and coordinates of which two Datasets do not hold the same bytes."""

    def same(name: str) -> bool:
        if name not in one.variables or name not in other.variables or one[name].dims != other[name].dims:
            return False
        a, b = one[name].values, other[name].values
        if a.dtype == object or b.dtype == object:
            return a.tolist() == b.tolist()
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()

    return [name for name in sorted(map(str, {*one.variables, *other.variables})) if not same(name)]

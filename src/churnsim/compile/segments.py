"""Segments: the records of `tables.SEGMENT`, `CAUSE` and `CHANNEL`, and leads by month."""

from __future__ import annotations

import numpy as np

from churnsim.compile.values import Values, decay, monthly_rate
from churnsim.engine import tables
from churnsim.scenario.model import Scenario

ANSWERS = ("adoption", "engagement", "no_first_value", "recent_uplift")


def cause_records(v: Values, base: Values, scenario: Scenario, segment: str) -> tuple[np.ndarray, np.ndarray]:
    """Records (D, C) of all segments' root causes as this segment has them, and the weight (D,) of constant causes.

    Weights are relative to the sum of the base arm's: mending a cause lowers the hazard, it does not raise the others.
    """
    out = np.zeros((v.draws, len(scenario.causes)), dtype=tables.CAUSE)
    own = scenario.segments[segment].intent.causes
    whole = np.sum([base(f"intent.causes.{name}.weight") for name in own], axis=0)
    constant = np.zeros(v.draws)
    for c, name in enumerate(scenario.causes):
        if name not in own:
            continue
        at = f"intent.causes.{name}"
        weight = v(f"{at}.weight") / whole
        slopes = {key: v(f"{at}.{key}") for key in ANSWERS}
        record = out[:, c]
        record["weight"] = weight
        answers = np.any([slope != 0.0 for slope in slopes.values()], axis=0) & (weight > 0.0)
        record["answers"] = answers
        offset = slopes["adoption"] * v("reference.adoption") + slopes["engagement"] * v("reference.engagement")
        record["log_weight"] = np.log(np.maximum(weight, 1e-30)) - offset
        record["adoption"] = slopes["adoption"]
        record["engagement"] = slopes["engagement"]
        # before first value adoption counts as at the reference: a = 0 is not penalised a second time
        record["no_first_value"] = slopes["no_first_value"] + slopes["adoption"] * v("reference.adoption")
        record["uplift"] = slopes["recent_uplift"]
        constant += np.where(answers, 0.0, weight)
    return out, constant


def _rate_with_constant(v: Values, at: str) -> tuple[np.ndarray, np.ndarray]:
    rate = v(f"{at}.annual_rate") / 12.0
    offset = v(f"{at}.adoption") * v("reference.adoption") + v(f"{at}.engagement") * v("reference.engagement")
    return rate, np.log(np.maximum(rate, 1e-30)) - offset


def segment_record(v: Values) -> np.ndarray:
    """Record (D,) of one segment; `v` is rooted at it."""
    out = np.zeros(v.draws, dtype=tables.SEGMENT)
    model = Values(v.scenario, v.samples, v.draws)
    median = v("onboarding.median_months_to_first_value")
    out["first_value_rate"] = np.where(median > 0.0, np.log(2.0) / np.maximum(median, 1e-12), -1.0)
    out["adoption_share"] = v("engagement.monthly_adoption_share")
    out["adoption_ceiling"] = v("engagement.adoption_ceiling")
    out["initial_engagement"] = v("engagement.initial_engagement")
    out["drift"] = v("engagement.monthly_drift")
    out["rowing"] = v("engagement.monthly_rowing")
    out["intent_rowing_factor"] = v("engagement.intent_rowing_factor")
    out["adoption_weight"] = model("health.adoption_weight")
    out["score_noise"] = model("health.noise_sd")
    out["cohort_volatility"] = model("market.cohort_volatility")
    out["window"] = v.node("contracts.renewal_window_months")
    for kind in ("upsell", "contraction"):
        rate, constant = _rate_with_constant(v, f"expansion.{kind}")
        out[f"{kind}_rate"] = rate
        out[f"{kind}_constant"] = constant
        out[f"{kind}_adoption"] = v(f"expansion.{kind}.adoption")
        out[f"{kind}_engagement"] = v(f"expansion.{kind}.engagement")
        out[f"{kind}_fraction"] = v(f"expansion.{kind}.fraction")
    out["price_uplift"] = v("contracts.price_uplift")
    out["uplift_decay"] = decay(v("contracts.uplift_half_life_months"))
    out["shield_decay"] = decay(model("effect_decay.shield_half_life_months"))
    out["lift_decay"] = decay(model("effect_decay.expansion_lift_half_life_months"))
    out["closure_rate"] = monthly_rate(v("exits.annual_closure"))
    lost = v("exits.payment_failure_probability") * (1.0 - v("exits.recovery_probability"))
    out["payment_lump"] = -np.log1p(-lost)
    out["billing_months"] = v.node("contracts.billing_months")
    out["grace_months"] = v.node("exits.grace_months")
    variance = np.log1p(v("acquisition.entry_arr_cv") ** 2)
    out["entry_sigma"] = np.sqrt(variance)
    out["entry_log_arr"] = np.log(v("acquisition.entry_arr_mean")) - 0.5 * variance
    return out


def term_share(v: Values, terms: list[int]) -> np.ndarray:
    """Cumulated share (D, K) of new contracts by term."""
    own = v.node("contracts.term_weight")
    weight = np.stack([v(f"contracts.term_weight.{t}") if str(t) in own else np.zeros(v.draws) for t in terms], axis=1)
    cumulated = np.cumsum(weight, axis=1)
    return np.asarray(cumulated / cumulated[:, -1:])


def lead_means(v: Values, channel: str, months: int, calendar_month: int) -> np.ndarray:
    """Mean leads (D, months + 1) of a channel by month of the simulation; month 0 has none."""
    at = f"acquisition.channels.{channel}"
    month = np.arange(months + 1)
    growth = (1.0 + v(f"{at}.annual_lead_growth"))[:, None] ** ((month - 1) / 12.0)
    season = np.ones((v.draws, 12))
    for key in v.node(f"{at}.seasonality"):
        season[:, int(key) - 1] = v(f"{at}.seasonality.{key}")
    mean = v(f"{at}.leads_per_month")[:, None] * growth * season[:, (calendar_month - 1 + month) % 12]
    mean[:, 0] = 0.0
    return np.asarray(mean)

"""Segments: the records of `tables.SEGMENT` and `CAUSE`, and the shares of terms."""

from __future__ import annotations

import numpy as np

from churnsim.compile.acquisition import copula, entry_gap, handover_gap, misfit_cut
from churnsim.compile.company import handover
from churnsim.compile.values import Values, decay, monthly_rate
from churnsim.engine import tables
from churnsim.scenario.health import NOISE_SD
from churnsim.scenario.model import Scenario

ANSWERS = ("adoption", "engagement", "no_first_value", "recent_uplift")
EXTRA_ANSWERS = ("no_sponsor", "misfit", "products", "expectation_gap")
"""Slopes of a cause; the reference has a sponsor, is no misfit, has one product and no gap."""


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
        slopes = {key: v(f"{at}.{key}") for key in (*ANSWERS, *EXTRA_ANSWERS)}
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
        for key in EXTRA_ANSWERS:
            record[key] = slopes[key]
        record["extra"] = np.any([slopes[key] != 0.0 for key in EXTRA_ANSWERS], axis=0)
        constant += np.where(answers, 0.0, weight)
    return out, constant


def _rate_with_constant(v: Values, at: str) -> tuple[np.ndarray, np.ndarray]:
    rate = v(f"{at}.annual_rate") / 12.0
    offset = v(f"{at}.adoption") * v("reference.adoption") + v(f"{at}.engagement") * v("reference.engagement")
    return rate, np.log(np.maximum(rate, 1e-30)) - offset


def middle_threshold(v: Values) -> float:
    """Median of the threshold of the clock to first value: of Gamma(milestones, 1)."""
    from scipy.special import gammaincinv

    milestones = v.node("onboarding.milestones")
    return float(np.log(2.0) if milestones == 1 else gammaincinv(milestones, 0.5))


def first_value_rate(v: Values) -> np.ndarray:
    """Hazard a month (D,) of the clock to first value, -1 where it comes at once."""
    delay = 1.0 + v("onboarding.handover_delay") * (1.0 - handover(v))
    median = v("onboarding.median_months_to_first_value") * delay
    return np.where(median > 0.0, middle_threshold(v) / np.maximum(median, 1e-12), -1.0)


def segment_record(v: Values, noise: np.ndarray | None = None) -> np.ndarray:
    """Record (D,) of one segment; `v` is rooted at it, `noise` (D,) is that of the score where a target asks for it."""
    out = np.zeros(v.draws, dtype=tables.SEGMENT)
    model = v.whole()
    out["first_value_rate"] = first_value_rate(v)
    out["middle_threshold"] = middle_threshold(v)
    out["milestones"] = v.node("onboarding.milestones")
    out["adoption_share"] = v("engagement.monthly_adoption_share")
    out["adoption_ceiling"] = v("engagement.adoption_ceiling")
    out["misfit_ceiling"] = v("engagement.misfit_ceiling_factor")
    out["initial_engagement"] = v("engagement.initial_engagement")
    out["drift"] = v("engagement.monthly_drift")
    out["rowing"] = v("engagement.monthly_rowing")
    out["intent_rowing_factor"] = v("engagement.intent_rowing_factor")
    out["adoption_weight"] = model("health.adoption_weight")
    out["score_noise"] = score_noise(model, noise)
    out["bias_sd"] = model("health.bias_sd")
    out["frailty_loading"] = model("health.frailty_loading")
    out["cohort_volatility"] = model("market.cohort_volatility")
    out["window"] = v.node("contracts.renewal_window_months")
    for kind in ("upsell", "contraction", "cross_sell"):
        rate, constant = _rate_with_constant(v, f"expansion.{kind}")
        out[f"{kind}_rate"] = rate
        out[f"{kind}_constant"] = constant
        out[f"{kind}_adoption"] = v(f"expansion.{kind}.adoption")
        out[f"{kind}_engagement"] = v(f"expansion.{kind}.engagement")
        out[f"{kind}_fraction"] = v(f"expansion.{kind}.fraction")
    out["most_products"] = np.where(out["cross_sell_rate"] > 0.0, v.node("expansion.cross_sell.most_products"), 1)
    limited = v.node("acquisition.wallet_multiple") is not None
    out["wallet_multiple"] = v("acquisition.wallet_multiple") if limited else tables.NO_LIMIT
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
    for name, values in (copula(v) | expectation(v) | sponsor(v) | support(v) | return_and_referral(v)).items():
        out[name] = values
    return out


def score_noise(model: Values, noise: np.ndarray | None) -> np.ndarray:
    """Standard deviation (D,) of the score's monthly noise: solved for a target, stated, or the default."""
    health = model.scenario.health
    if health.target_auc is not None:
        if noise is None:
            raise ValueError("the scenario has health.target_auc: the noise that attains it must be given")
        return noise
    return np.full(model.draws, NOISE_SD) if health.noise_sd is None else model("health.noise_sd")


def expectation(v: Values) -> dict[str, np.ndarray]:
    """Fields of SEGMENT on expectation gaps."""
    return {
        "entry_gap": entry_gap(v),
        "gap_decay": decay(v("expectation.half_life_months")),
        "pushy_gap": v("expectation.pushy_gap"),
        "pushy_below_health": v("expectation.pushy_below_health"),
    }


def sponsor(v: Values) -> dict[str, np.ndarray]:
    """Fields of SEGMENT on sponsors."""
    back = v("sponsor.median_months_to_return")
    return {
        "sponsor_departure": monthly_rate(v("sponsor.annual_departure")),
        "sponsor_return": np.where(back > 0.0, np.log(2.0) / np.maximum(back, 1e-12), 0.0),
        "sponsor_loss": v("sponsor.engagement_loss"),
        "sponsor_protection": v("sponsor.adoption_protection"),
    }


def support(v: Values) -> dict[str, np.ndarray]:
    """Fields of SEGMENT on incidents."""
    return {
        "incident_rate": v("support.annual_incidents") / 12.0 * (1.0 - v("support.deflected_share")),
        "incident_misfit": v("support.misfit"),
        "incident_no_first_value": v("support.no_first_value"),
        "incident_quality_gap": v("support.quality_gap"),
        "incident_loss": v("support.engagement_loss"),
        "first_contact": v("support.first_contact_resolution"),
        "reactive_hours": v("support.reactive_hours"),
    }


def return_and_referral(v: Values) -> dict[str, np.ndarray]:
    """Fields of SEGMENT on win-back and advocacy."""
    return {
        "win_back_hazard": v("win_back.annual_rate") / 12.0,
        "win_back_decay": decay(v("win_back.half_life_months")),
        "win_back_share": v("win_back.arr_share"),
        "promoter_health": v("advocacy.promoter_health"),
        "detractor_health": v("advocacy.detractor_health"),
        "referral_rate": v("advocacy.annual_referrals") / 12.0,
        "referral_conversion": v("advocacy.conversion_probability"),
        "referral_misfit_cut": misfit_cut(v("advocacy.misfit_share")),
        "referral_gap": handover_gap(v),
        "word_of_mouth": v("advocacy.word_of_mouth"),
        "leaver_decay": decay(v("advocacy.memory_months")),
    }


def term_share(v: Values, terms: list[int]) -> np.ndarray:
    """Cumulated share (D, K) of new contracts by term."""
    own = v.node("contracts.term_weight")
    weight = np.stack([v(f"contracts.term_weight.{t}") if str(t) in own else np.zeros(v.draws) for t in terms], axis=1)
    cumulated = np.cumsum(weight, axis=1)
    return np.asarray(cumulated / cumulated[:, -1:])

"""Records of segments, causes and channels against the equations of the scenario's files."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import gammainc
from scipy.stats import norm

from churnsim.compile import acquisition, segments
from churnsim.engine.tables import NO_LIMIT, NO_MISFIT
from tests.compile.small import UNKNOWN, scenario, values

CORE = "segments__core__"


def record(**changes: object) -> np.ndarray:
    """Record of the segment core, one draw per row."""
    return segments.segment_record(values(scenario(**changes)).under("segments.core"))


def one(name: str, **changes: object) -> float:
    """A field of the segment core, the same in every draw."""
    found = np.unique(record(**changes)[name])
    assert len(found) == 1
    return float(found[0])


@pytest.mark.parametrize("milestones", [1, 2, 5])
def test_half_of_the_accounts_have_first_value_by_the_median(milestones: int) -> None:
    changes = {f"{CORE}onboarding__median_months_to_first_value": 3.0, f"{CORE}onboarding__milestones": milestones}
    rate = one("first_value_rate", **changes)
    # the threshold is a sum of so many exponentials
    assert gammainc(milestones, 3.0 * rate) == pytest.approx(0.5, abs=1e-7)
    assert one("milestones", **changes) == milestones


def test_without_a_median_first_value_comes_at_once_whatever_the_handover() -> None:
    assert one("first_value_rate", **{f"{CORE}onboarding__handover_quality": 0.0}) == -1.0


@pytest.mark.parametrize(
    ("handover", "commitment", "implementation", "delay"),
    [(0.5, 1.0, 1.0, 1.5), (1.0, 0.8, 0.5, 1.6), (0.6, 2.0, 1.0, 1.0)],
)
def test_a_poor_handover_delays_first_value(
    handover: float, commitment: float, implementation: float, delay: float
) -> None:
    rate = one(
        "first_value_rate",
        **{
            f"{CORE}onboarding__median_months_to_first_value": 3.0,
            f"{CORE}onboarding__handover_quality": handover,
            "company__commitment": commitment,
            "company__implementation": implementation,
        },
    )
    assert rate == pytest.approx(math.log(2.0) / (3.0 * delay), rel=1e-6)


@pytest.mark.parametrize(
    ("field", "path", "value", "expected"),
    [
        ("misfit_ceiling", "engagement.misfit_ceiling_factor", 0.7, 0.7),
        ("wallet_multiple", "acquisition.wallet_multiple", 2.5, 2.5),
        ("gap_decay", "expectation.half_life_months", 4.0, 2.0**-0.25),
        ("pushy_gap", "expectation.pushy_gap", 0.3, 0.3),
        ("pushy_below_health", "expectation.pushy_below_health", 0.4, 0.4),
        ("sponsor_departure", "sponsor.annual_departure", 0.3, -math.log(0.7) / 12.0),
        ("sponsor_return", "sponsor.median_months_to_return", 5.0, math.log(2.0) / 5.0),
        ("sponsor_loss", "sponsor.engagement_loss", 0.3, 0.3),
        ("sponsor_protection", "sponsor.adoption_protection", 0.3, 0.3),
        ("incident_rate", "support.annual_incidents", 6.0, 0.5),
        ("incident_misfit", "support.misfit", 0.3, 0.3),
        ("incident_no_first_value", "support.no_first_value", 0.3, 0.3),
        ("incident_quality_gap", "support.quality_gap", 0.3, 0.3),
        ("incident_loss", "support.engagement_loss", 0.3, 0.3),
        ("first_contact", "support.first_contact_resolution", 0.3, 0.3),
        ("reactive_hours", "support.reactive_hours", 0.3, 0.3),
        ("cross_sell_rate", "expansion.cross_sell.annual_rate", 0.6, 0.05),
        ("cross_sell_adoption", "expansion.cross_sell.adoption", 1.5, 1.5),
        ("cross_sell_engagement", "expansion.cross_sell.engagement", 1.5, 1.5),
        ("cross_sell_fraction", "expansion.cross_sell.fraction", 0.3, 0.3),
        ("win_back_hazard", "win_back.annual_rate", 0.6, 0.05),
        ("win_back_decay", "win_back.half_life_months", 4.0, 2.0**-0.25),
        ("win_back_share", "win_back.arr_share", 0.8, 0.8),
        ("promoter_health", "advocacy.promoter_health", 0.9, 0.9),
        ("detractor_health", "advocacy.detractor_health", 0.3, 0.3),
        ("referral_rate", "advocacy.annual_referrals", 0.6, 0.05),
        ("referral_conversion", "advocacy.conversion_probability", 0.3, 0.3),
        ("word_of_mouth", "advocacy.word_of_mouth", 0.3, 0.3),
        ("leaver_decay", "advocacy.memory_months", 4.0, 2.0**-0.25),
    ],
)
def test_fields_that_follow_from_one_key(field: str, path: str, value: float, expected: float) -> None:
    assert one(field, **{f"segments.core.{path}": value}) == pytest.approx(expected, rel=1e-6)
    assert one(field) != pytest.approx(expected, rel=1e-6)


def test_score_fields_come_from_health() -> None:
    changes = {"health__bias_sd": 0.05, "health__frailty_loading": 0.2, "health__noise_sd": 0.3}
    assert [one(f, **changes) for f in ("bias_sd", "frailty_loading", "score_noise")] == pytest.approx([0.05, 0.2, 0.3])
    assert one("score_noise") == pytest.approx(0.1)


def test_deflection_lowers_incidents() -> None:
    changes = {f"{CORE}support__annual_incidents": 6.0, f"{CORE}support__deflected_share": 0.2}
    assert one("incident_rate", **changes) == pytest.approx(0.4)


def test_cross_sell_has_its_rate_at_the_reference() -> None:
    at = f"{CORE}expansion__cross_sell__"
    found = record(**{f"{at}annual_rate": 0.6, f"{at}adoption": 1.2, f"{at}engagement": -0.5, f"{at}most_products": 3})
    log_rate = found["cross_sell_constant"] + 1.2 * 0.7 - 0.5 * 0.55
    assert np.exp(log_rate) == pytest.approx(np.full(3, 0.05), rel=1e-5)
    assert (found["most_products"] == 3).all()
    assert one("most_products") == 1


def test_uncertain_numbers_differ_between_draws() -> None:
    rate = record(**{f"{CORE}sponsor__annual_departure": UNKNOWN})["sponsor_departure"]
    assert len(np.unique(rate)) == 3
    assert ((rate > -math.log(0.9) / 12.0) & (rate < -math.log(0.7) / 12.0)).all()


def test_off_is_what_changes_nothing() -> None:
    off = {
        "milestones": 1, "misfit_ceiling": 1, "bias_sd": 0, "frailty_loading": 0, "cross_sell_rate": 0,
        "most_products": 1, "wallet_multiple": np.float32(NO_LIMIT), "copula_21": 0, "copula_22": 1, "copula_31": 0,
        "copula_32": 0, "copula_33": 1, "entry_gap": 0, "pushy_gap": 0, "sponsor_departure": 0, "incident_rate": 0,
        "first_contact": 1, "reactive_hours": 0, "win_back_hazard": 0, "referral_rate": 0, "word_of_mouth": 0,
        "referral_misfit_cut": NO_MISFIT, "referral_gap": 0,
    }  # fmt: skip
    assert {name: one(name) for name in off} == off


@pytest.mark.parametrize("ties", [(0.3, -0.4, 0.5), (-0.6, 0.0, 0.7), (0.9, 0.9, 0.9)])
def test_the_copula_has_the_correlations(ties: tuple[float, float, float]) -> None:
    at = f"{CORE}acquisition__correlation__"
    names = ("arr_frailty", "arr_misfit", "frailty_misfit")
    found = record(**{f"{at}{name}": tie for name, tie in zip(names, ties, strict=True)})[0]
    factor = np.array(
        [
            [1.0, 0.0, 0.0],
            [found["copula_21"], found["copula_22"], 0.0],
            [found["copula_31"], found["copula_32"], found["copula_33"]],
        ]
    )
    af, am, fm = ties
    assert factor @ factor.T == pytest.approx(np.array([[1, af, am], [af, 1, fm], [am, fm, 1]]), abs=1e-6)


def test_gaps_at_entry() -> None:
    changes = {
        f"{CORE}expectation__handover_gap": 0.5,
        f"{CORE}onboarding__handover_quality": 0.8,
        f"{CORE}acquisition__channels__web__over_promise": 0.2,
        f"{CORE}acquisition__channels__fair__over_promise": 0.7,
    }
    own = values(scenario(**changes)).under("segments.core")
    gaps = [acquisition.channel_record(own, own, name)["gap"][0] for name in ("web", "fair")]
    assert gaps == pytest.approx([0.3, 0.8])
    found = segments.segment_record(own)[0]
    assert found["referral_gap"] == pytest.approx(0.1)
    # 3 new accounts a month by the web, 2 by fairs
    assert found["entry_gap"] == pytest.approx(0.6 * 0.3 + 0.4 * 0.8)
    alone = segments.segment_record(values(scenario(**{
        "segments__growth__expectation__handover_gap": 0.5, "segments__growth__onboarding__handover_quality": 0.8
    })).under("segments.growth"))  # fmt: skip
    assert alone["entry_gap"] == pytest.approx(np.full(3, 0.1))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_the_cut_leaves_the_share_of_misfits_above_it(share: float) -> None:
    cut = acquisition.misfit_cut(np.array([share]))[0]
    assert norm.sf(cut) == pytest.approx(share, abs=1e-12)
    assert (cut == NO_MISFIT) == (share == 0.0)
    at = f"{CORE}acquisition__channels__web__misfit_share"
    own = values(scenario(**{at: share, f"{CORE}advocacy__misfit_share": share})).under("segments.core")
    assert acquisition.channel_record(own, own, "web")["misfit_cut"][0] == np.float32(cut)
    assert segments.segment_record(own)["referral_misfit_cut"][0] == np.float32(cut)


def test_a_channel_screens_misfits_more_than_right_customers() -> None:
    at = f"{CORE}acquisition__channels__web__"
    changes = {f"{at}strictness": 0.5, f"{at}false_rejection": 0.3, f"{at}cost_elasticity": 0.4}
    own = values(scenario(**changes)).under("segments.core")
    web = acquisition.channel_record(own, own, "web")[0]
    assert web["conversion"] == pytest.approx(0.1 * 0.85)
    assert web["conversion_misfit"] == pytest.approx(0.1 * 0.5)
    assert (web["cost_elasticity"], web["reference_leads"], web["cost_per_lead"]) == (0.4, 30.0, 100.0)
    plain = values(scenario()).under("segments.core")
    off = acquisition.channel_record(plain, plain, "web")[0]
    assert (off["conversion"], off["conversion_misfit"], off["gap"], off["cost_elasticity"]) == (0.1, 0.1, 0.0, 0.0)


@pytest.mark.parametrize(
    ("key", "slope"), [("no_sponsor", 1.5), ("misfit", 2.0), ("products", -0.3), ("expectation_gap", 3.0)]
)
def test_a_cause_answers_what_it_names(key: str, slope: float) -> None:
    of = scenario(**{f"{CORE}intent__causes__fit__{key}": slope})
    own = values(of).under("segments.core")
    causes, constant = segments.cause_records(own, own, of, "core")
    fit, need = causes[0, 0], causes[0, 1]
    assert (fit["extra"], fit["answers"], fit[key]) == (1, 1, np.float32(slope))
    assert (need["extra"], need["answers"], need[key]) == (0, 0, 0.0)
    # the reference has a sponsor, is no misfit, has one product and no gap
    assert fit["log_weight"] == pytest.approx(math.log(0.4))
    assert constant == pytest.approx(np.full(3, 0.6))


def test_an_arm_that_buys_more_leads_pays_by_the_number_of_the_base() -> None:
    at = f"{CORE}acquisition__channels__web__"
    base = values(scenario()).under("segments.core")
    more = values(scenario(**{f"{at}leads_per_month": 90.0})).under("segments.core")
    assert acquisition.channel_record(more, base, "web")["reference_leads"][0] == 30.0
    none = values(scenario(**{f"{at}leads_per_month": 0.0})).under("segments.core")
    assert acquisition.channel_record(more, none, "web")["reference_leads"][0] == 90.0

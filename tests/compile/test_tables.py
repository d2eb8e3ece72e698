"""Tables as a whole: the axis of months, what arms share, and which mechanisms are in use."""

from __future__ import annotations

import numpy as np
import pytest

import churnsim
from churnsim.compile.tables import build, months_of
from tests.compile.small import DRAWS, UNKNOWN, compiled, scenario
from tests.coverage.companies import book

RUN_OFF = {"money.after_horizon": {"kind": "run_off", "run_off_months": 7}}
MULTIPLE = {"money.after_horizon": {"kind": "multiple", "multiple": 3.0}}


def test_the_longest_run_off_sets_the_months() -> None:
    arms = {"base": scenario(), "sold": scenario(**MULTIPLE), "kept": scenario(**RUN_OFF)}
    assert [months_of({"base": arm}) for arm in arms.values()] == [12, 12, 19]
    assert months_of(arms) == 19
    tables = compiled(arms).tables
    assert tables.closed_from.tolist() == [20, 20, 13]
    for array in (tables.leads, tables.posts, tables.quality, tables.setback, tables.quarter):
        assert array.shape[-1] == 20
    assert tables.base_hazard.shape[-1] == 20
    web = tables.leads[:, 0, 0, 0]
    assert (web[0, 1:] == 30.0).all()
    assert (web[2, 1:13] == 30.0).all()
    assert not web[2, 13:].any()


def test_a_longer_axis_leaves_the_months_of_the_horizon_as_they_were() -> None:
    short, long = compiled(scenario()).tables, compiled(scenario(**RUN_OFF)).tables
    for name in ("leads", "quality", "setback", "posts", "base_hazard"):
        a, b = getattr(short, name), getattr(long, name)
        assert np.array_equal(a, b[..., : a.shape[-1]])


def test_numbers_by_arm() -> None:
    diluted = scenario(policy__rationing="dilute", health__telemetry_from_month=5)
    tables = compiled({"base": scenario(), "other": diluted}).tables
    assert tables.dilutes.tolist() == [0, 1]
    assert tables.telemetry_from.tolist() == [1, 5]


def test_arms_of_one_segments_table_differ_by_commitment() -> None:
    base = scenario(
        segments__core__onboarding__median_months_to_first_value=3.0, segments__core__onboarding__handover_quality=0.5
    )
    other = base.model_copy(update={"company": base.company.model_copy(update={"commitment": 0.5})})
    rate = compiled({"base": base, "other": other}).tables.segment["first_value_rate"][:, 0, 0]
    assert rate[0] / rate[1] == pytest.approx(1.75 / 1.5)


USES = {
    "sponsors": {"segments.core.sponsor.annual_departure": 0.2},
    "incidents": {"segments.core.support.annual_incidents": 2.0},
    "misfits": {"segments.core.acquisition.channels.web.misfit_share": 0.2},
    "misfits_by_referral": {"segments.core.advocacy.misfit_share": 0.2},
    "no_sponsor": {"segments.core.intent.causes.fit.no_sponsor": 1.0},
    "misfit": {"segments.core.intent.causes.fit.misfit": 1.0},
    "products": {"segments.core.intent.causes.fit.products": -1.0},
    "gap": {"segments.core.intent.causes.fit.expectation_gap": 1.0},
    "over_promise": {"segments.core.acquisition.channels.web.over_promise": 0.2},
    "handover": {
        "segments.core.expectation.handover_gap": 0.2,
        "segments.core.onboarding.handover_quality": 0.5,
    },
    "pushy": {"segments.core.expectation.pushy_gap": 0.2},
    "wallet": {"segments.core.acquisition.wallet_multiple": 2.0},
    "cross_sell": {"segments.core.expansion.cross_sell.annual_rate": 0.2},
    "win_back": {"segments.core.win_back.annual_rate": 0.2},
    "referrals": {"segments.core.advocacy.annual_referrals": 0.2},
    "bias": {"health.bias_sd": 0.1},
    "loading": {"health.frailty_loading": 0.1},
    "ceiling": {"playbooks.review.effects.ceiling": 0.1},
    "sponsor_play": {"playbooks.review.effects.sponsor": 0.1},
    "by_segment": {"playbooks.review.effects_vary.by_segment.core": 0.5},
    "by_misfit": {"playbooks.review.effects_vary.misfit": 0.5},
    "by_health_0": {"playbooks.review.effects_vary.at_health_0": 0.5},
    "by_health_1": {"playbooks.review.effects_vary.at_health_1": 0.5},
    "sponsor_trigger": {"playbooks.review.trigger.sponsor": "present"},
    "trial": {"playbooks.review.trigger.random_share": 0.5},
    "uncertain": {"segments.growth.win_back.annual_rate": UNKNOWN},
}
NEEDS_NONE = {
    "milestones": {"segments.core.onboarding.milestones": 3},
    "handover": {"segments.core.onboarding.handover_quality": 0.5},
    "quality": {"product.initial_quality": 0.5, "product.monthly_voice": 0.1},
    "word_of_mouth": {"segments.core.advocacy.word_of_mouth": 1.0},
    "copula": {"segments.core.acquisition.correlation.arr_frailty": -0.5},
    "dilution": {"policy.rationing": "dilute"},
    "run_off": RUN_OFF,
    "hiring": {"teams.csm.hiring": {"overload_hours": 1.0, "most_posts": 9}},
    "odds_ratio": {"playbooks.review.effects.odds_ratio": 2.0, "playbooks.review.effects.causal_share": 1.0},
}


@pytest.mark.parametrize("use", USES)
def test_one_arm_that_uses_a_mechanism_gives_all_accounts_its_rows(use: str) -> None:
    assert compiled({"base": scenario(), "other": scenario(**USES[use])}).tables.extra.tolist() == [1]


@pytest.mark.parametrize("use", NEEDS_NONE)
def test_other_mechanisms_need_no_rows(use: str) -> None:
    assert compiled(scenario(**NEEDS_NONE[use])).tables.extra.tolist() == [0]


def test_a_target_needs_its_noise() -> None:
    base = scenario(health__target_auc=0.7)
    with pytest.raises(ValueError, match=r"arm 'base' has health\.target_auc"):
        compiled(base)
    noise = np.array([0.1, 0.2, 0.3])
    louder = scenario(health__target_auc=0.6)
    found = compiled({"base": base, "louder": louder}, {"base": noise, "louder": 2.0 * noise}).tables
    assert found.segment["score_noise"][0, :, 0] == pytest.approx(noise)
    assert found.segment["score_noise"][1, :, 1] == pytest.approx(2.0 * noise)
    shared = compiled({"base": base, "same": base}, {"base": noise, "same": 3.0 * noise}).tables
    assert shared.segment["score_noise"][1, :, 0] == pytest.approx(3.0 * noise)


def test_a_target_without_noise_in_one_arm_only() -> None:
    base, other = scenario(), scenario(health__target_auc=0.7)
    with pytest.raises(ValueError, match="arm 'other'"):
        compiled({"base": base, "other": other})
    found = compiled({"base": base, "other": other}, {"other": np.full(DRAWS, 0.25)}).tables.segment["score_noise"]
    assert found[:, 0, 0] == pytest.approx([0.1, 0.25])


@pytest.mark.parametrize("name", churnsim.presets())
def test_presets_use_none_of_the_optional_mechanisms(name: str) -> None:
    file = churnsim.example(name)
    tables = build(churnsim.arms(file), None, 1, np.arange(2)).tables
    months = file.scenario.run.horizon_months
    assert tables.extra.tolist() == [0]
    assert (tables.closed_from == months + 1).all()
    assert not tables.dilutes.any()
    for one in (tables.factor, tables.quality, tables.setback, tables.telemetry_from, tables.segment["milestones"]):
        assert (one == 1).all()
    assert not any(tables.desk[field].any() for field in tables.desk.dtype.names)
    assert (tables.desk_team == -1).all()
    assert not tables.team["hire_months"].any()
    assert not tables.team["overload_attrition"].any()
    digital = np.array([play.channel == "digital" for play in file.scenario.playbooks.values()])
    assert (tables.play["touches"] == ~digital).all()
    assert np.array_equal(tables.channel["conversion"], tables.channel["conversion_misfit"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"term": 6}, r"term_months, 6: the scenario has terms of [\d, ]+ months"),
        ({"segment": 7}, "segment, 7"),
        ({"tenure": -1}, "start_month, 1"),
        ({"tenure": 20_000}, "start_month, -20000"),
        ({"products": 2_000}, "products, 2000"),
    ],
)
def test_a_book_made_in_python_must_fit(changes: dict[str, int], message: str) -> None:
    base = scenario()
    terms = sorted({int(t) for s in base.segments.values() for t in s.contracts.term_weight})
    made = book(np.array([1000.0, 2000.0]), **{"term": terms[0], **changes})
    with pytest.raises(ValueError, match=f"of the book has an impossible {message}"):
        build({"base": base}, made, 1, np.arange(1))

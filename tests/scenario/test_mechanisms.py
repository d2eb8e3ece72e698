"""Wrong values of the optional mechanisms: each message names line and key and says what is allowed."""

from __future__ import annotations

import pytest

from churnsim.scenario.files import parse
from churnsim.scenario.problems import ScenarioError
from tests.scenario.small import TEXT, line_with, only, problem_of, with_line

SHARE = "a number from 0 to 1, or a distribution of it"
PROPER = "a number from 0 to below 1, or a distribution of it"
NOT_NEGATIVE = "a number at least 0, or a distribution of it"
ABOVE_0 = "a number above 0, or a distribution of it"
SLOPE = "a number from -50 to 50, or a distribution of it"
INSIDE = "a number above -1 to below 1, or a distribution of it"
AROUND_0 = "a number from -1 to 1, or a distribution of it"
ANY = "any number, or a distribution of it"
TRUTH = "true or false"


def whole(low: int, high: int) -> str:
    return f"a whole number at least {low:,} and at most {high:,}"


NUMBERS = [
    ("segments.core.onboarding", "milestones", 0, whole(1, 100)),
    ("segments.core.onboarding", "milestones", 1.5, whole(1, 100)),
    ("segments.core.onboarding", "handover_quality", 1.1, SHARE),
    ("segments.core.onboarding", "handover_delay", -0.1, NOT_NEGATIVE),
    ("segments.core.engagement", "misfit_ceiling_factor", 1.1, SHARE),
    ("segments.core.acquisition.correlation", "arr_frailty", 1.0, INSIDE),
    ("segments.core.acquisition.correlation", "arr_misfit", -1.0, INSIDE),
    ("segments.core.acquisition.correlation", "frailty_misfit", 2.0, INSIDE),
    ("segments.core.acquisition", "wallet_multiple", 0.9, "a number at least 1, or a distribution of it"),
    ("segments.core.expectation", "handover_gap", -1.0, NOT_NEGATIVE),
    ("segments.core.expectation", "half_life_months", 0.0, ABOVE_0),
    ("segments.core.expectation", "pushy_gap", -1.0, NOT_NEGATIVE),
    ("segments.core.expectation", "pushy_below_health", 1.1, SHARE),
    ("segments.core.sponsor", "annual_departure", 1.0, PROPER),
    ("segments.core.sponsor", "median_months_to_return", -1.0, NOT_NEGATIVE),
    ("segments.core.sponsor", "engagement_loss", 1.1, SHARE),
    ("segments.core.sponsor", "adoption_protection", -0.1, SHARE),
    ("segments.core.support", "annual_incidents", -1.0, NOT_NEGATIVE),
    ("segments.core.support", "deflected_share", 1.1, SHARE),
    ("segments.core.support", "reactive_hours", -1.0, NOT_NEGATIVE),
    ("segments.core.support", "first_contact_resolution", 1.1, SHARE),
    ("segments.core.support", "engagement_loss", 1.1, SHARE),
    ("segments.core.support", "misfit", 51.0, SLOPE),
    ("segments.core.support", "no_first_value", 51.0, SLOPE),
    ("segments.core.support", "quality_gap", -51.0, SLOPE),
    ("segments.core.expansion.cross_sell", "annual_rate", -1.0, NOT_NEGATIVE),
    ("segments.core.expansion.cross_sell", "fraction", -1.0, NOT_NEGATIVE),
    ("segments.core.expansion.cross_sell", "adoption", 51.0, SLOPE),
    ("segments.core.expansion.cross_sell", "engagement", 51.0, SLOPE),
    ("segments.core.expansion.cross_sell", "most_products", 0, whole(1, 1000)),
    ("segments.core.win_back", "annual_rate", -1.0, NOT_NEGATIVE),
    ("segments.core.win_back", "half_life_months", 0.0, ABOVE_0),
    ("segments.core.win_back", "arr_share", -1.0, NOT_NEGATIVE),
    ("segments.core.advocacy", "promoter_health", 1.1, SHARE),
    ("segments.core.advocacy", "detractor_health", -0.1, SHARE),
    ("segments.core.advocacy", "annual_referrals", -1.0, NOT_NEGATIVE),
    ("segments.core.advocacy", "conversion_probability", 1.1, SHARE),
    ("segments.core.advocacy", "misfit_share", 1.1, SHARE),
    ("segments.core.advocacy", "word_of_mouth", -1.0, NOT_NEGATIVE),
    ("segments.core.advocacy", "memory_months", 0.0, ABOVE_0),
    ("product", "initial_quality", 1.1, SHARE),
    ("product", "monthly_voice", 1.1, SHARE),
    ("product", "monthly_erosion", -0.1, SHARE),
    ("product", "detection_delay_months", -1, whole(0, 600)),
    ("product", "monthly_cost", -1.0, NOT_NEGATIVE),
    ("company", "commitment", -1.0, NOT_NEGATIVE),
    ("company", "implementation", 1.1, SHARE),
    ("desk", "agents", -1, whole(0, 10_000)),
    ("desk", "agents", 1.5, whole(0, 10_000)),
    ("desk", "hours_per_agent_month", 0.0, ABOVE_0),
    ("desk", "handling_hours", 0.0, ABOVE_0),
    ("desk", "patience_hours", -1.0, NOT_NEGATIVE),
    ("desk", "annual_cost_per_agent", -1.0, NOT_NEGATIVE),
    ("desk", "annual_deflection_cost", -1.0, NOT_NEGATIVE),
    ("health", "bias_sd", -0.1, NOT_NEGATIVE),
    ("health", "frailty_loading", '"x"', ANY),
    ("health", "telemetry_from_month", 0, whole(1, 6000)),
    ("health", "target_auc", 0.5, "a number above 0.5 to below 1, or a distribution of it"),
    ("health", "target_auc", 1.0, "a number above 0.5 to below 1, or a distribution of it"),
    ("teams.csm", "department", '"yes"', TRUTH),
    ("teams.csm", "overload_attrition", -1.0, NOT_NEGATIVE),
    ("teams.csm", "productivity", 0.0, ABOVE_0),
    ("teams.csm", "process_monthly_cost", -1.0, NOT_NEGATIVE),
    ("teams.csm.skill", "core", -1.0, NOT_NEGATIVE),
    ("playbooks.review.trigger", "random_share", 1.1, "a number at least 0 and at most 1"),
    ("playbooks.review.effects_vary", "misfit", '"x"', ANY),
    ("playbooks.review.effects_vary", "at_health_0", '"x"', ANY),
    ("playbooks.review.effects_vary", "at_health_1", '"x"', ANY),
    ("playbooks.review.effects_vary.by_segment", "core", '"x"', ANY),
    ("money", "annual_fixed_cost", -1.0, NOT_NEGATIVE),
    ("money.after_horizon", "run_off_months", 0, whole(1, 600)),
    ("money.after_horizon", "multiple", -1.0, NOT_NEGATIVE),
    ("money.after_horizon", "multiple_per_nrr", '"x"', ANY),
    ("money.after_horizon", "multiple_per_growth", '"x"', ANY),
    ("stated_reasons.need", "price", 1.1, SHARE),
]


@pytest.mark.parametrize(("table", "key", "wrong", "allowed"), NUMBERS)
def test_a_number_out_of_range_or_of_the_wrong_type(table, key, wrong, allowed):
    problem = problem_of(table, f"{key} = {wrong}")
    assert (problem.key, problem.allowed) == (f"{table}.{key}", allowed)
    assert str(wrong).strip('"') in (problem.found or "")


@pytest.mark.parametrize("key", ["misfit_share", "strictness", "false_rejection", "over_promise", "cost_elasticity"])
def test_numbers_of_a_channel(key):
    line = f"channels.fair = {{ leads_per_month = 1, conversion_probability = 0.1, {key} = -0.5 }}"
    problem = problem_of("segments.core.acquisition", line)
    allowed = NOT_NEGATIVE if key in ("over_promise", "cost_elasticity") else SHARE
    assert (problem.key, problem.allowed) == (f"segments.core.acquisition.channels.fair.{key}", allowed)


@pytest.mark.parametrize("key", ["no_sponsor", "misfit", "products", "expectation_gap"])
def test_slopes_of_a_cause(key):
    text = TEXT.replace("adoption = -1.0", f"{key} = 51")
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert (problem.key, problem.allowed) == (f"segments.core.intent.causes.need.{key}", SLOPE)


@pytest.mark.parametrize(
    ("key", "wrong", "allowed"),
    [("sponsor", 1.1, SHARE), ("ceiling", 1.1, AROUND_0), ("odds_ratio", 0, ABOVE_0), ("causal_share", -1.1, AROUND_0)],
)
def test_effects_of_a_play(key, wrong, allowed):
    text = TEXT.replace("effects = { engagement = 0.1 }\n", "")
    problem = problem_of("playbooks.review", f"effects.{key} = {wrong}", text)
    assert (problem.key, problem.allowed) == (f"playbooks.review.effects.{key}", allowed)


@pytest.mark.parametrize(
    ("line", "key", "allowed"),
    [
        ("hiring = { most_posts = 9 }", "overload_hours", NOT_NEGATIVE),
        ("hiring = { overload_hours = 10.0 }", "most_posts", whole(0, 1000)),
        ("hiring = { overload_hours = -1.0, most_posts = 9 }", "overload_hours", NOT_NEGATIVE),
        ("hiring = { overload_hours = 1.0, most_posts = 9, for_months = 0 }", "for_months", whole(1, 600)),
        ("hiring = { overload_hours = 1.0, most_posts = 9.5 }", "most_posts", whole(0, 1000)),
    ],
)
def test_a_hiring_rule(line, key, allowed):
    text = with_line("teams.csm", line)
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert (problem.key, problem.allowed) == (f"teams.csm.hiring.{key}", allowed)
    assert problem.line == line_with(text, line)


@pytest.mark.parametrize(
    ("table", "line", "key", "nearest"),
    [
        ("policy", 'rationing = "dillute"', "policy.rationing", "dilute"),
        ("money.after_horizon", 'kind = "runoff"', "money.after_horizon.kind", "run_off"),
        ("playbooks.review.trigger", 'sponsor = "absnt"', "playbooks.review.trigger.sponsor", "absent"),
        ("segments.core.sponsor", "anual_departure = 0.1", "segments.core.sponsor.anual_departure", "annual_departure"),
        ("desk", "agent = 1", "desk.agent", "agents"),
    ],
)
def test_a_word_that_is_not_known_names_the_nearest(table, line, key, nearest):
    problem = problem_of(table, line)
    assert (problem.key, problem.nearest) == (key, nearest)

"""Wrong scenario files: every message names file, line, key, what was found and what is allowed."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from churnsim.scenario.files import parse
from churnsim.scenario.model import Scenario
from churnsim.scenario.places import ROOT, leaf_paths
from churnsim.scenario.problems import Problem, ScenarioError
from tests.scenario.small import TEXT, changed, line_with, only

JARGON = ("Input", "input_", "pydantic", "validation", "Extra", "Value error", "discriminator", "_branch", "NoneType")


def problem_of(old: str, new: str) -> Problem:
    """The only problem of the small file after one change; it must stand on the changed line."""
    text = changed(old, new)
    with pytest.raises(ScenarioError) as caught:
        parse(text, "small.toml")
    problem = only(caught.value)
    assert problem.file == "small.toml"
    assert problem.line == line_with(text, new)
    return problem


def test_a_misspelt_key_names_the_nearest():
    problem = problem_of("hours = 2.5", "huors = 2.5\nhours = 2.5")
    assert (problem.key, problem.nearest) == ("playbooks.review.huors", "hours")
    assert "cadence_months" in (problem.allowed or "")


def test_a_misspelt_key_at_the_top():
    problem = problem_of("[policy]", "[polcy]")
    assert (problem.key, problem.nearest) == ("polcy", "policy")


@pytest.mark.parametrize("wrong", ['"0.1"', "true", "[0.1]", "2025-01-01"])
def test_a_wrong_type(wrong):
    problem = problem_of("entry_arr_mean = 10_000.0", f"entry_arr_mean = {wrong}")
    assert problem.key == "segments.core.acquisition.entry_arr_mean"
    assert "wrong type" in problem.message
    assert problem.allowed == "a number above 0, or a distribution of it"


def test_a_probability_above_one():
    problem = problem_of("conversion_probability = 0.1", "conversion_probability = 1.2")
    assert problem.key == "segments.core.acquisition.channels.web.conversion_probability"
    assert problem.found == "1.2"
    assert problem.allowed == "a number from 0 to 1, or a distribution of it"


def test_negative_hours():
    problem = problem_of("hours = 2.5", "hours = -2.5")
    assert (problem.key, problem.found) == ("playbooks.review.hours", "-2.5")
    assert problem.allowed == "a number above 0, or a distribution of it"


@pytest.mark.parametrize(
    ("wrong", "key", "words"),
    [
        ('{ dist = "btea", mean = 0.1, sd = 0.02 }', ".dist", "unknown distribution"),
        ('{ dits = "beta", mean = 0.1, sd = 0.02 }', "", "without dist"),
        ('{ dist = ["beta"], mean = 0.1, sd = 0.02 }', ".dist", "unknown distribution"),
        ('{ dist = "beta", mean = 0.1 }', ".sd", "is missing"),
        ('{ dist = "beta", mean = 0.1, sd = 0.02, mode = 0.1 }', ".mode", "unknown key"),
        ('{ dist = "beta", mean = "a", sd = 0.02 }', ".mean", "wrong type"),
        ('{ dist = "beta", mean = 0.1, sd = 0.9 }', "", "needs an sd below"),
        ('{ dist = "beta", mean = 0.1, sd = -0.9 }', ".sd", "out of range"),
        ('{ dist = "normal", mean = 0.1, sd = 0.02 }', "", "ranges from -inf to inf"),
        ("{ low = 0.1, high = 0.2 }", ".mode", "is missing"),
        ("{ low = 0.3, mode = 0.2, high = 0.4 }", "", "low <= mode <= high"),
        ("nan", "", "finite"),
        ("inf", "", "finite"),
    ],
)
def test_a_distribution_that_is_wrong(wrong, key, words):
    problem = problem_of('annual_churn = { dist = "beta", mean = 0.1, sd = 0.02 }', f"annual_churn = {wrong}")
    assert problem.key == "segments.growth.intent.annual_churn" + key
    assert words in str(problem)


@pytest.mark.parametrize(
    ("wrong", "key", "nearest"),
    [
        ('{ kind = "weibul", shape = 0.8 }', ".kind", "weibull"),
        ('{ knid = "weibull", shape = 0.8 }', ".kind", "kind"),
        ('{ kind = "weibull", shpae = 0.8, shape = 1 }', ".shpae", "shape"),
        ('{ kind = "weibull", shape = 0 }', ".shape", None),
        ("5", "", None),
    ],
)
def test_a_duration_shape_that_is_wrong(wrong, key, nearest):
    problem = problem_of('duration = { kind = "weibull", shape = 0.8 }', f"duration = {wrong}")
    assert (problem.key, problem.nearest) == ("segments.growth.intent.duration" + key, nearest)


def test_a_key_named_like_a_distribution_keeps_its_name():
    # the second parameter of the beta frailty is a key called beta
    new = 'intent.frailty = { law = "beta", alpha = 1, beta = "x" }\nintent.duration ='
    problem = problem_of("intent.duration =", new)
    assert problem.key == "segments.growth.intent.frailty.beta"


def test_a_word_that_is_not_known_names_the_nearest():
    problem = problem_of('rule = "value_at_risk"', 'rule = "value_at_rsik"')
    assert (problem.key, problem.nearest) == ("policy.rule", "value_at_risk")


@pytest.mark.parametrize("wrong", ['"soon"', "2025", "1735689600", "true", "12:00:00", "2025-01-01T00:00:00"])
def test_a_date_that_is_none(wrong):
    problem = problem_of("as_of = 2025-12-31", f"as_of = {wrong}")
    assert problem.key == "as_of"
    assert "2026-01-31" in (problem.allowed or "")


def test_the_model_itself_takes_no_integer_for_a_date():
    with pytest.raises(ValidationError, match="as_of"):
        Scenario.model_validate({**tomllib.loads(TEXT), "as_of": 1735689600})


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("hours = 2.5", "hours = 2.5\neffects.shield = 15", "effects.shield", "from -5 to 5"),
        ("hours = 2.5", "hours = 2.5\neffects.expansion_lift = -5.1", "effects.expansion_lift", "from -5 to 5"),
        (
            "hours = 2.5",
            'hours = 2.5\neffects.shield = { dist = "normal", mean = 0.1, sd = 0.1 }',
            "effects.shield",
            "from -5 to 5, but this distribution ranges from -inf to inf; low and high truncate it",
        ),
        ("adoption = -1.0", "adoption = -51", "need.adoption", "from -50 to 50"),
        ("adoption = -1.0", "engagement = 51", "need.engagement", "from -50 to 50"),
        ("adoption = -1.0", "no_first_value = 51", "need.no_first_value", "from -50 to 50"),
        ("adoption = -1.0", "recent_uplift = 501", "need.recent_uplift", "from -500 to 500"),
        ("[policy]", "[segments.core.expansion]\nupsell.adoption = 51\n[policy]", "upsell.adoption", "from -50 to 50"),
        (
            "[policy]",
            "[segments.core.expansion]\ncontraction.engagement = -51\n[policy]",
            "contraction.engagement",
            "from -50 to 50",
        ),
        (
            'segments = ["core", "growth"]',
            'segments = ["core", "growth"]\nannual_wage_growth = -1',
            "growth",
            "above -1",
        ),
    ],
)
def test_a_log_effect_in_percent_and_other_slips_of_scale(old, new, key, words):
    text = changed(old, new)
    if "effects." in new:
        text = text.replace("effects = { engagement = 0.1 }\n", "")
    with pytest.raises(ScenarioError) as caught:
        parse(text, "small.toml")
    problem = only(caught.value)
    assert problem.key.endswith(key)
    assert words in str(problem)


@pytest.mark.parametrize(
    ("levels", "fine"),
    [
        ('{ "0" = 0.0 }', False),
        ('{ "0" = 0.0, "6" = 0.0, "12" = 1.0 }', False),
        ('{ "0" = 0.0, "11" = 0.1 }', True),
        ('{ "0" = { low = 0.0, mode = 0.0, high = 1.0 } }', True),
    ],
)
def test_a_piecewise_shape_needs_a_hazard_in_the_first_year(levels, fine):
    text = changed('{ kind = "weibull", shape = 0.8 }', f'{{ kind = "piecewise", level_from_month = {levels} }}')
    if fine:
        parse(text)
        return
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert problem.key == "segments.growth.intent.duration.level_from_month"
    assert "first 12 months" in problem.message


def test_a_missing_key_names_the_line_of_its_table():
    text = changed('segments = ["core", "growth"]\n', "")
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert (problem.key, problem.message) == ("teams.csm.segments", "is missing")
    assert problem.line == line_with(text, "[teams.csm]")


def test_a_whole_number_names_its_range():
    problem = problem_of("run.horizon_months = 24", "run.horizon_months = 24.5")
    assert problem.allowed == "a whole number at least 1 and at most 600"


def test_tables_that_contradict_each_other():
    problem = problem_of('team = "csm"', 'team = "cms"')
    assert (problem.key, "no team is called 'cms'" in problem.message) == ("playbooks.review.team", True)


def test_an_impossible_rank_correlation_is_refused():
    text = TEXT.replace("entry_arr_mean = 50_000.0", 'entry_arr_mean = { dist = "gamma", mean = 50_000.0, sd = 1.0 }')
    text += """
[correlations.a]
between = ["segments.core.intent.annual_churn", "segments.growth.acquisition.entry_arr_mean"]
rank = 0.9
[correlations.b]
between = ["segments.growth.intent.annual_churn", "segments.growth.acquisition.entry_arr_mean"]
rank = -0.9
"""
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert problem.line == line_with(text, "[correlations.churn]")
    assert "cannot all hold at once" in problem.message


def test_all_problems_come_at_once_in_the_order_of_the_lines():
    text = TEXT.replace("rank = 0.5", "rank = 5").replace("hours = 2.5", "hours = 0").replace("24", "0")
    text += '"teams.csm.posts.todya" = 3\n'
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    keys = [problem.key for problem in caught.value.problems]
    assert keys == [
        "run.horizon_months",
        "playbooks.review.hours",
        "correlations.churn.rank",
        "arms.milder.teams.csm.posts.todya",
    ]
    assert len(str(caught.value).splitlines()) == 4


LEAVES = sorted(leaf_paths(ROOT, tomllib.loads(TEXT)))
WRONG: list[Any] = [
    None,
    "x",
    -1,
    1.5,
    10**400,
    1e308,
    True,
    [],
    ["x"],
    {},
    {"x": 1},
    {"dist": []},
    {"kind": []},
    {"low": "a"},
]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(LEAVES), st.integers(1, 6), st.sampled_from(WRONG)), min_size=1, max_size=3))
def test_no_wrong_value_ends_in_anything_but_a_friendly_error(changes):
    document = copy.deepcopy(tomllib.loads(TEXT))
    for path, depth, value in changes:
        node: Any = document
        *parents, last = path.split(".")[:depth]
        for part in parents:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                break
        else:
            if value is None:
                node.pop(last, None)
            else:
                node[last] = copy.deepcopy(value)
    text = tomlkit.dumps(document)
    try:
        parse(text)
    except ScenarioError as error:
        for problem in error.problems:
            assert problem.line is not None
            assert not any(word in str(problem) for word in JARGON), str(problem)
            assert "is not allowed here" not in problem.message, str(problem)


@pytest.mark.parametrize(
    ("table", "key"),
    [("money", "gross_margin"), ("money", "annual_discount"), ("market", "volatility"), ("health", "noise_sd")],
)
def test_a_percentage_written_as_a_whole_number_is_refused(table: str, key: str) -> None:
    with pytest.raises(ScenarioError, match=rf"{table}\.{key}: out of range, found 15"):
        parse(TEXT + f"\n[{table}]\n{key} = 15\n")

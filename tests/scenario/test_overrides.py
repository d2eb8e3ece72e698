from __future__ import annotations

import pytest

from churnsim.scenario.distributions import Pert
from churnsim.scenario.files import arms, override, parse
from churnsim.scenario.overrides import SHARED
from churnsim.scenario.problems import Problem, ScenarioError
from tests.scenario.small import TEXT, line_with, only

SMALL = parse(TEXT, "small.toml")


def problem_of(values: dict) -> Problem:
    with pytest.raises(ScenarioError) as caught:
        override(SMALL, values)
    return only(caught.value)


def test_arms_begin_with_the_base_and_follow_the_file():
    found = arms(SMALL)
    assert list(found) == ["base", "six", "milder"]
    assert found["base"] is SMALL.scenario
    assert found["six"].teams["csm"].posts.today == 6
    assert found["milder"].segments["core"].intent.annual_churn == 0.1


def test_an_arm_changes_nothing_else():
    six = SMALL.scenario.model_dump()
    six["teams"]["csm"]["posts"]["today"] = 6
    assert arms(SMALL)["six"].model_dump() == six


def test_quoted_paths_and_nested_tables_mean_the_same():
    quoted = override(SMALL, {"segments.core.intent.causes.wrong customer.adoption": -2.0})
    nested = override(SMALL, {"segments": {"core": {"intent": {"causes": {"wrong customer": {"adoption": -2.0}}}}}})
    assert quoted == nested
    assert quoted.segments["core"].intent.causes["wrong customer"].adoption == -2.0


def test_a_default_that_the_file_does_not_write_can_be_overridden():
    changed = override(SMALL, {"money.gross_margin": 0.5, "segments.growth.intent.causes.churn.engagement": -1})
    assert changed.money.gross_margin == 0.5
    assert changed.segments["growth"].intent.causes["churn"].engagement == -1
    assert override(SMALL, {"policy.arr_exponent": 0.5}).policy.arr_exponent == 0.5


def test_a_distribution_and_a_duration_shape_are_replaced_as_a_whole():
    where = "segments.growth.intent"
    pert = {"low": 0.1, "mode": 0.2, "high": 0.3}
    changed = override(
        SMALL, {f"{where}.annual_churn": pert, f"{where}.duration": {"kind": "gompertz", "monthly_growth": 0.1}}
    )
    assert changed.segments["growth"].intent.annual_churn == Pert(**pert)
    assert changed.segments["growth"].intent.duration.kind == "gompertz"


def test_a_part_of_a_distribution_or_shape_can_be_set():
    changed = override(
        SMALL, {"segments.growth.intent.annual_churn.mean": 0.2, "segments.growth.intent.duration.shape": 1}
    )
    assert changed.segments["growth"].intent.annual_churn.mean == 0.2
    assert changed.segments["growth"].intent.duration.shape == 1


def test_tables_of_data_take_new_keys_and_can_be_emptied():
    added = override(SMALL, {"teams.csm.posts.from_month": {"7": 8}, "policy.play_weight.review": 2.0})
    assert added.teams["csm"].posts.from_month == {"13": 5, "7": 8}
    assert added.policy.play_weight == {"review": 2.0}
    replaced = override(SMALL, {"teams.csm.posts.from_month": {}, "teams.csm.posts.from_month.1": 3})
    assert replaced.teams["csm"].posts.from_month == {"1": 3}


def test_a_correlation_of_a_number_that_became_exact_falls_away():
    assert SMALL.scenario.rank_correlations()
    assert not arms(SMALL)["milder"].rank_correlations()
    kept = override(SMALL, {"segments.core.intent.annual_churn": {"low": 0.1, "mode": 0.2, "high": 0.3}})
    assert kept.rank_correlations() == SMALL.scenario.rank_correlations()


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("teams.csm.posts.todya", "teams.csm.posts.today"),
        ("teams.cms.posts.today", "teams.csm.posts.today"),
        ("segments.core.intent.annual_chrun", "segments.core.intent.annual_churn"),
        ("segments.core.intent.causes.needs.weight", "segments.core.intent.causes.need.weight"),
        ("segments.core.contracts.term_weight.24", "segments.core.contracts.term_weight.12"),
        ("playbooks.reviews.hours", "playbooks.review.hours"),
        ("team.csm.hours_per_month", "teams.csm.hours_per_month"),
    ],
)
def test_a_path_that_does_not_exist_names_the_nearest(path, nearest):
    problem = problem_of({path: 1})
    assert "the path does not exist" in problem.message
    assert (problem.key, problem.nearest) == (path, nearest)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("teams.csm", "is a table"),
        ("segments.growth.intent.duration", "is a table"),
        ("money.gross_margin.mean", "is a value in this scenario"),
        ("run.seed.x", "must not change 'run'"),
        ("teams.csm.posts.from_month.x", "the key must be a whole number"),
        ("policy.play_weight.reviw", "no playbook is called 'reviw'"),
        ("", "the path does not exist"),
        ("teams..posts", "the path does not exist"),
    ],
)
def test_a_path_that_cannot_take_a_value(path, words):
    assert words in problem_of({path: 1}).message


@pytest.mark.parametrize("key", sorted(SHARED))
def test_what_arms_share_is_left_alone(key):
    assert f"must not change {key!r}" in problem_of({key: "x"}).message


def test_the_currency_is_one_and_is_not_offered():
    assert "must not change 'money.currency'" in problem_of({"money": {"currency": "EUR"}}).message
    problem = problem_of({"money.curency": "EUR"})
    assert problem.nearest != "money.currency"
    assert "currency" not in (problem.allowed or "").split(", ")
    assert "gross_margin" in (problem.allowed or "")


def test_the_changed_scenario_is_checked_like_a_file():
    problem = problem_of({"playbooks.review.hours": -1})
    assert (problem.key, problem.found) == ("playbooks.review.hours", "-1")
    assert "must sum to 1" not in str(problem_of({"segments.core.intent.causes.need.weight": -0.1}))


@pytest.mark.parametrize("weight", [0.0, 0.1, 0.9, {"low": 0.1, "mode": 0.2, "high": 0.3}])
def test_an_arm_mends_a_cause_without_touching_the_others(weight):
    changed = override(SMALL, {"segments.core.intent.causes.need.weight": weight})
    causes = changed.segments["core"].intent.causes
    assert causes["need"].weight == (Pert(**weight) if isinstance(weight, dict) else weight)
    assert causes["wrong customer"].weight == 0.6
    parse(f'{TEXT}\n[arms.mended]\n"segments.core.intent.causes.need.weight" = 0.1\n')


def test_the_weights_of_the_base_sum_to_one_and_this_is_told_once():
    with pytest.raises(ScenarioError) as caught:
        parse(TEXT.replace("weight = 0.4", "weight = 0.5"))
    problem = only(caught.value)
    assert problem.key == "segments.core.intent.causes"
    assert "must sum to 1, found 1.1" in problem.message


@pytest.mark.parametrize(
    ("arm", "line", "key"),
    [
        ('"teams.csm.posts.todya" = 6', "todya", "teams.csm.posts.todya"),
        ("playbooks.review.hours = -1", "hours = -1", "playbooks.review.hours"),
        ("run.seed = 2", "run.seed", "run"),
        (
            "segments.core.engagement.monthly_drift = 0.9",
            "monthly_drift = 0.9",
            "segments.core.engagement.monthly_rowing",
        ),
        (
            'teams.csm.segments = ["core"]\nplaybooks.review.trigger.segments = ["growth"]',
            'trigger.segments = ["growth"]',
            "playbooks.review.trigger.segments",
        ),
    ],
)
def test_a_wrong_arm_is_found_when_the_file_is_read_and_names_its_line(arm, line, key):
    text = f"{TEXT}\n[arms.wrong]\n{arm}\n"
    with pytest.raises(ScenarioError) as caught:
        parse(text, "small.toml")
    problem = only(caught.value)
    assert (problem.file, problem.line, problem.key) == ("small.toml", line_with(text, line), f"arms.wrong.{key}")


def test_a_problem_of_the_base_is_not_told_again_for_each_arm():
    with pytest.raises(ScenarioError) as caught:
        parse(TEXT.replace("hours = 2.5", "hours = -1"))
    assert only(caught.value).key == "playbooks.review.hours"


def test_an_arm_that_is_called_base_is_refused():
    with pytest.raises(ScenarioError, match="'base' is the file without overrides"):
        parse(f"{TEXT}\n[arms.base]\nmoney.gross_margin = 0.1\n")

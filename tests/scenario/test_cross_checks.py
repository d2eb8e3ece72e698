"""Tables of the optional mechanisms that contradict each other, and what arms may change of them."""

from __future__ import annotations

import pytest

from churnsim.scenario.files import arms, override, parse
from churnsim.scenario.problems import ScenarioError
from tests.scenario.small import TEXT, line_with, only, problem_of, with_line

DEPARTMENT = """
[teams.onboarding]
segments = ["core"]
posts.today = 1
department = true
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('channel = "csm"', 'channel = "department"', "needs a team with department = true, but 'csm' is customer"),
        ('team = "csm"', 'team = "onboarding"', "needs a team with department = false, but 'onboarding' is another"),
    ],
)
def test_a_channel_needs_a_team_of_its_kind(old, new, words):
    text = (TEXT + DEPARTMENT).replace(old, new)
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert (problem.key, problem.line) == ("playbooks.review.team", line_with(text, 'team = "'))
    assert words in problem.message
    other = "onboarding" if "department =" in problem.message and "true" in problem.message else "csm"
    assert problem.message.endswith(f"there are {other}")


def test_a_department_delivers_on_its_own_channel():
    text = (TEXT + DEPARTMENT).replace('channel = "csm"', 'channel = "department"')
    play = parse(text.replace('team = "csm"', 'team = "onboarding"')).scenario.playbooks["review"]
    assert (play.channel, play.team) == ("department", "onboarding")


def test_a_play_of_a_department_needs_team_and_hours():
    text = TEXT.replace('channel = "csm"', 'channel = "department"').replace("hours = 2.5\n", "")
    with pytest.raises(ScenarioError, match="a play on the channel 'department' needs a team and hours"):
        parse(text)


@pytest.mark.parametrize(
    ("table", "line", "key", "words"),
    [
        ("teams.csm.skill", "corre = 1.2", "teams.csm.skill.corre", "owns no segment 'corre'; it owns core, growth"),
        (
            "playbooks.review.effects_vary.by_segment",
            "corre = 1.2",
            "playbooks.review.effects_vary.by_segment.corre",
            "no segment is called 'corre'; there are core, growth",
        ),
        ("product.release_setback", '"0" = 0.1', "product.release_setback.0", "a whole number from 1 to 600"),
        ("product.release_setback", "spring = 0.1", "product.release_setback.spring", "found 'spring'"),
        (
            "stated_reasons",
            "needs = { price = 0.1 }",
            "stated_reasons.needs",
            "there are need, wrong customer, churn, closure, payment",
        ),
        (
            "stated_reasons",
            "need = { price = 0.6, other = { low = 0.1, mode = 0.2, high = 0.5 } }",
            "stated_reasons.need",
            "must not exceed 1 together, their greatest sum is 1.1",
        ),
        ("stated_reasons", 'need = { "a.b" = 0.6 }', "stated_reasons.need.a.b", "no dot"),
        ("health", "noise_sd = 0.1\ntarget_auc = 0.7", "health.target_auc", "both set the noise"),
        ("money.after_horizon", 'kind = "multiple"', "money.after_horizon.multiple", "needs a multiple above 0"),
        (
            "segments.core.advocacy",
            "detractor_health = 0.8",
            "segments.core.advocacy.detractor_health",
            "below promoter_health",
        ),
    ],
)
def test_tables_that_contradict_each_other(table, line, key, words):
    text = with_line(table, line)
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    problem = only(caught.value)
    assert problem.key == key
    assert words in problem.message
    # the line of the key, else of its table
    last = line.splitlines()[-1]
    assert problem.line in (line_with(text, last), line_with(text, f"[{table}]"))


def test_stated_reasons_of_immediate_exits_and_shares_that_sum_to_one():
    text = TEXT + "\n[stated_reasons]\npayment = { price = 0.5, other = 0.5 }\nclosure.closed = 1\n"
    assert parse(text).scenario.stated_reasons["payment"] == {"price": 0.5, "other": 0.5}


@pytest.mark.parametrize(
    ("correlation", "fine"),
    [
        ("{ arr_frailty = 0.9, arr_misfit = 0.9, frailty_misfit = 0.9 }", True),
        ("{ arr_frailty = 0.9, arr_misfit = 0.9, frailty_misfit = -0.9 }", False),
        ("{ arr_frailty = -0.5, arr_misfit = -0.5, frailty_misfit = -0.5 }", False),
        ("{ arr_frailty = -0.5, arr_misfit = -0.5, frailty_misfit = -0.49 }", True),
        ("{ arr_frailty = { low = -0.7, mode = 0, high = 0 }, arr_misfit = -0.9, frailty_misfit = 0.2 }", False),
        ("{ arr_frailty = { low = -0.1, mode = 0, high = 0 }, arr_misfit = -0.9, frailty_misfit = 0.2 }", True),
    ],
)
def test_correlations_must_hold_at_once_over_all_that_they_may_be(correlation, fine):
    line = f"correlation = {correlation}"
    if fine:
        parse(with_line("segments.core.acquisition", line))
        return
    problem = problem_of("segments.core.acquisition", line)
    assert problem.key == "segments.core.acquisition.correlation"
    assert "positive definite" in problem.message


def test_arms_may_add_to_tables_of_data_but_not_change_what_is_asked_of_leavers():
    file = parse(TEXT)
    changed = override(
        file,
        {
            "product.release_setback.7": 0.1,
            "teams.csm.skill.core": 1.2,
            "playbooks.review.effects_vary.by_segment.growth": 0.5,
            "teams.csm.hiring": {"overload_hours": 20.0, "most_posts": 8},
        },
    )
    assert changed.product.release_setback == {"7": 0.1}
    assert changed.teams["csm"].skill == {"core": 1.2}
    assert changed.playbooks["review"].effects_vary.by_segment == {"growth": 0.5}
    assert changed.teams["csm"].hiring.most_posts == 8
    with pytest.raises(ScenarioError, match="an arm must not change 'stated_reasons'"):
        override(file, {"stated_reasons.need.price": 0.1})


def test_an_arm_of_a_file_with_a_target_keeps_it_and_may_move_it():
    text = with_line("health", "target_auc = 0.7") + "\n[arms.sharper]\nhealth.target_auc = 0.9\n"
    found = arms(parse(text))
    assert {name: arm.health.target_auc for name, arm in found.items()} == {
        "base": 0.7,
        "six": 0.7,
        "milder": 0.7,
        "sharper": 0.9,
    }
    with pytest.raises(ScenarioError, match=r"arms\.noisy\.health\.target_auc: target_auc and noise_sd both set"):
        parse(f"{text}[arms.noisy]\nhealth.noise_sd = 0.1\n")

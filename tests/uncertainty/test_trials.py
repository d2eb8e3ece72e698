"""Trial values: ranges, levels, factors."""

import numpy as np
import pytest

from churnsim.scenario.files import parse
from churnsim.scenario.model import leaves
from churnsim.scenario.problems import ScenarioError
from churnsim.uncertainty.trials import default_trials, scaled, trials_of, under
from tests.scenario.small import TEXT
from tests.uncertainty.closed import closed_file

PLAY = """
[playbooks.call]
channel = "csm"
team = "csm"
hours = 1.0
effects = { shield = { low = -0.1, mode = 0.1, high = 0.3 }, engagement = 0.2 }
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("segments.core.intent.annual_churn", (0.0, 0.3)),  # 0.1 to 0.2, thrice as wide
        ("teams.csm.annual_cost", (0.0, 360_000.0)),
        ("teams.csm.annual_attrition=0.1..0.2", (0.1, 0.2)),
        ("playbooks.call.effects.shield", (-0.5, 0.7)),
        ("playbooks.call.effects.engagement", (0.0, 0.6)),
        ("teams.*.annual_cost", (0.0, 2.0)),
    ],
)
def test_ranges(path, expected):
    (trial,) = trials_of(closed_file(PLAY), [path])
    assert (trial.low, trial.high) == pytest.approx(expected)


def test_ends_that_are_not_allowed_are_not_tried():
    text = closed_file().text.replace(
        "{ low = 0.10, mode = 0.14, high = 0.20 }", "{ dist = 'beta', mean = 0.5, sd = 0.2 }"
    )
    (trial,) = trials_of(parse(text), ["segments.core.intent.annual_churn"])
    law = trial.law
    assert (trial.low, trial.high) == (0.0, pytest.approx(0.5 * (1.0 + float(law.quantile(np.array([0.999]))[0]))))
    assert trial.high < 1.0


def test_levels_are_those_of_the_distribution():
    (trial,) = trials_of(closed_file(), ["segments.core.intent.annual_churn"])
    for level in (0.01, 0.3, 0.5, 0.99):
        assert trial.level(trial.believed(level)) == pytest.approx(level, abs=1e-6)
    assert (trial.level(0.05), trial.level(0.25)) == (0.0, 1.0)


def test_a_factor_multiplies_what_the_file_states_and_nothing_else():
    file = closed_file(PLAY)
    (trial,) = trials_of(file, ["playbooks.*.effects.*"])
    assert trial.paths == ("playbooks.call.effects.engagement", "playbooks.call.effects.shield")
    changed = under(file, {"base": file.scenario}, {trial: 0.5})["base"]
    before, after = dict(leaves(file.scenario)), dict(leaves(changed))
    assert {path for path in before if before[path] != after[path]} == set(trial.paths)
    assert after[trial.paths[1]].support() == pytest.approx((-0.05, 0.15))
    assert after[trial.paths[0]] == pytest.approx(0.1)


LAWS = [
    "{ low = 1.0, mode = 2.0, high = 5.0 }",
    "{ dist = 'normal', mean = 2.0, sd = 1.0, low = 0.5 }",
    "{ dist = 'lognormal', mean = 2.0, sd = 1.0 }",
    "{ dist = 'gamma', mean = 2.0, sd = 1.0 }",
    "{ dist = 'uniform', low = 1.0, high = 3.0 }",
]


@pytest.mark.parametrize("law", LAWS)
def test_a_scaled_distribution_has_scaled_quantiles(law):
    def leaf(text):
        return (
            parse(closed_file().text.replace("annual_cost = 120000.0", f"annual_cost = {text}"))
            .scenario.teams["csm"]
            .annual_cost
        )

    before = leaf(law)
    table = scaled(before, 1.7)
    after = leaf("{ " + ", ".join(f"{k} = {v!r}" for k, v in table.items()) + " }")
    levels = np.array([0.01, 0.3, 0.9])
    assert after.quantile(levels) == pytest.approx(1.7 * before.quantile(levels), rel=1e-9)


def test_default_inputs_are_effects_churn_cost_and_ramp():
    names = [trial.name for trial in default_trials(closed_file(PLAY))]
    assert names == [
        "playbooks.call.effects.shield",
        "segments.core.intent.annual_churn",
        "teams.csm.annual_cost",
        "teams.csm.ramp_months",
    ]
    exact = closed_file(PLAY.replace("{ low = -0.1, mode = 0.1, high = 0.3 }", "0.1"))
    assert [t.name for t in default_trials(exact)][:2] == [
        "playbooks.call.effects.engagement",
        "playbooks.call.effects.shield",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("teams.csm.recruiting_cost", "is 0, which says nothing of its scale"),
        ("teams.csm.posts.today", "is a whole number or a setting"),
        ("teams.csm.annual_cost=1", "is not given a range"),
        ("teams.csm.annual_cost=-5..10", "out of range"),
        ("nothing.*", "matches no number"),
        ("observed.*", "matches no number"),
    ],
)
def test_wrong_inputs(text, words):
    with pytest.raises(ScenarioError, match=words):
        trials_of(closed_file(), [text])


def test_a_number_that_is_correlated_may_be_tried():
    file = parse(TEXT)
    (trial,) = trials_of(file, ["segments.core.intent.annual_churn"])
    changed = under(file, {"base": file.scenario}, {trial: 0.12})["base"]
    assert changed.segments["core"].intent.annual_churn == 0.12
    assert changed.correlations == {}

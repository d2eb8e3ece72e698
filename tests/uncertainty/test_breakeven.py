"""Break-evens of a scenario against closed forms, equal arms, and inputs that are wrong."""

import json
import math

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.scenario.problems import ScenarioError
from churnsim.uncertainty.breakeven import breakeven, breakeven_curve
from churnsim.uncertainty.pairs import arms_of_file, rungs
from tests.uncertainty.closed import COST, SAVED, closed_file, discounts, wages

SIZE = {"draws": 6, "replicates": 2, "seed": 3, "points": 3}
SALARY = "teams.csm.annual_cost"


def salary_that_breaks_even(saved: float = SAVED) -> float:
    return float(saved * discounts().sum() / (discounts() * wages()).sum())


def test_the_cost_of_a_post_that_saves_a_known_fixed_cost():
    file = closed_file()
    found = breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], **SIZE)
    gain = SAVED * discounts().sum() - COST * (discounts() * wages()).sum()
    assert found.today.difference.mean == pytest.approx(gain, rel=1e-9)
    (one,) = found.inputs
    (at,) = one.break_evens
    assert at.value == pytest.approx(salary_that_breaks_even(), rel=1e-9)
    assert (at.low, at.high) == pytest.approx((at.value, at.value), rel=1e-6), "no luck and no ignorance in it"
    assert at.better == "below"
    assert at.change == pytest.approx(at.value / COST - 1.0)
    assert math.isnan(at.level)
    assert f"{SALARY} = {at.value:,.0f}" in found.sentence


def test_a_distribution_is_replaced_by_a_known_value_and_the_distance_is_its_level():
    file = closed_file()
    unsure = closed_file().text.replace(
        f"annual_cost = {COST}", "annual_cost = { dist = 'uniform', low = 9e4, high = 14e4 }"
    )
    from churnsim.scenario.files import parse

    file = parse(unsure)
    found = breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], **SIZE)
    (one,) = found.inputs
    (at,) = one.break_evens
    assert at.value == pytest.approx(salary_that_breaks_even(), rel=1e-9)
    assert at.level == pytest.approx((at.value - 9e4) / 5e4, rel=1e-6)
    assert (one.today, one.p10, one.p90) == pytest.approx((115_000.0, 95_000.0, 135_000.0))
    assert one.tried == pytest.approx((4e4, 19e4))


def test_two_inputs_together_lie_on_a_known_line():
    file = closed_file("[arms.third]\n'teams.csm.posts.from_month.1' = 5\n'money.annual_cost_to_serve' = 10.0\n")
    pair = arms_of_file(file, "swap")
    growth = "teams.csm.annual_wage_growth"
    found = breakeven_curve(file, pair, (f"{growth}=0.0..0.1", f"{SALARY}=50000..150000"), **SIZE)
    month = np.arange(24) / 12.0
    for row in found.rows:
        (at,) = row.break_evens
        expected = SAVED * discounts().sum() / (discounts() * (1.0 + row.x) ** month).sum()
        assert at.value == pytest.approx(expected, rel=1e-9)
    assert np.shape(found.mean) == np.shape(found.half_width) == (3, 3)
    json.dumps(found.to_json(), allow_nan=False)


def test_equal_arms_have_no_break_even_anywhere():
    file = closed_file()
    found = breakeven(file, arms_of_file(file, "same"), inputs=[SALARY, "segments.core.intent.annual_churn"], **SIZE)
    assert found.today.identical
    for one in found.inputs:
        assert one.verdict == "identical"
        assert one.break_evens == ()
        assert set(one.mean) == {0.0}
    assert "nothing to break even" in found.sentence


def test_no_break_even_is_said_to_be_none():
    file = closed_file()
    found = breakeven(file, arms_of_file(file, "dearer"), inputs=[SALARY], **SIZE)
    assert found.today.difference.mean == pytest.approx(-SAVED * discounts().sum(), rel=1e-9)
    (one,) = found.inputs
    assert (one.verdict, one.clear) == ("below", True)
    assert "no input brings it to 0" in found.sentence
    assert "-0" not in found.sentence


def test_the_base_has_the_trial_value_too():
    """The customers' past agrees with the number that is tried: an arm that differs in nothing else stays the same."""
    file = closed_file()
    churn = breakeven(
        file, arms_of_file(file, "dearer"), inputs=["segments.core.intent.annual_churn=0.01..0.6"], **SIZE
    )
    assert churn.inputs[0].mean == pytest.approx([-SAVED * discounts().sum()] * 3, rel=1e-9)


def test_rungs_of_a_ladder():
    file = closed_file()
    found = breakeven(file, rungs(file, None, 4, 5), **SIZE)
    assert (found.arm, found.against) == ("csm 5", "csm 4")
    assert found.today.difference.mean == pytest.approx(-COST * (discounts() * wages()).sum(), rel=1e-9)
    assert {one.input for one in found.inputs} == {
        "segments.core.intent.annual_churn",
        "teams.csm.annual_cost",
        "teams.csm.ramp_months",
    }
    cost = next(one for one in found.inputs if one.input == SALARY)
    assert cost.verdict == "below", "at a cost of 0 there is no difference, above it a loss"


def test_json_holds_everything():
    file = closed_file()
    content = breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], **SIZE).to_json()
    json.dumps(content, allow_nan=False)
    assert content["inputs"][0]["break_evens"][0]["level"] is None
    assert content["draws"] == 6


def test_wrong_names():
    file = closed_file()
    with pytest.raises(InputError, match="several arms, say which: swap, same, dearer"):
        arms_of_file(file)
    with pytest.raises(InputError, match=r"no arm is called 'swop' \(nearest: 'swap'\)"):
        arms_of_file(file, "swop")
    with pytest.raises(InputError, match="cannot be held against itself"):
        arms_of_file(file, "swap", "swap")
    with pytest.raises(InputError, match="no measure is called 'nvp'"):
        breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], measure="nvp", **SIZE)
    with pytest.raises(InputError, match="from 3 to 101 points"):
        breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], points=2)
    with pytest.raises(InputError, match="one path tells no error"):
        breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], draws=1, replicates=1)
    with pytest.raises(InputError, match=r"both inputs move teams\.csm\.annual_cost"):
        breakeven_curve(file, arms_of_file(file, "swap"), (SALARY, "teams.*.annual_cost"), **SIZE)


def test_everything_that_is_wrong_with_inputs_is_told_at_once():
    file = closed_file()
    with pytest.raises(ScenarioError) as error:
        breakeven(file, arms_of_file(file, "swap"), inputs=["teams.csm.anual_cost", f"{SALARY}=3..1", "run.seed"])
    said = str(error.value)
    assert "did you mean 'teams.csm.annual_cost'?" in said
    assert "is not given a range, found '3..1'" in said
    assert "run.seed: is a whole number or a setting" in said

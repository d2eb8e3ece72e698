"""The decision of a scenario: values of its inputs, population, waiting and pilot."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.results.runs import Run
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, arms, parse
from churnsim.uncertainty.pilot import Pilot
from churnsim.uncertainty.value_of_information import value_of_information
from churnsim.uncertainty.worth import information_of
from tests.coverage.test_risk_and_expansion import CUSTOMERS
from tests.decisions.fake import SPEND, dataset
from tests.uncertainty.test_pilot import UNKNOWN, trial

LIMIT = 4.0
TWO = {"base": 0, "csm 1": 1}


def fake(draws: int = 4_000, gain: float = 0.0, effects: dict[str, float] | None = None, **options):
    """A step that is worth gain + effect (u - 1/2), u uniform: with gain 0 the value of u is effect / 8."""
    return dataset(TWO, [gain], draws=draws, effects=effects or {"a.b.x": 80_000.0, "a.b.y": 0.0}, **options)


def test_values_of_a_step_whose_truth_is_known():
    found = information_of(fake(), list(TWO))
    assert abs(found.everything.mean - 10_000.0) < LIMIT * found.everything.se
    by_name = {worth.name: worth for worth in found.inputs}
    assert abs(by_name["a.b.x"].value.mean - 10_000.0) < LIMIT * by_name["a.b.x"].value.se
    assert by_name["a.b.x"].clear
    assert by_name["a.b.x"].value.se < 300.0
    assert by_name["a.b.x"].share == pytest.approx(1.0, abs=0.02)
    assert not by_name["a.b.y"].clear
    assert abs(by_name["a.b.y"].value.mean) < LIMIT * by_name["a.b.y"].value.se + 1e-9
    assert [worth.name for worth in found.inputs] == ["a.b.x", "a.b.y"], "largest first"
    # the tables a and a.b hold the same inputs: one is shown
    assert [(group.name, group.inputs) for group in found.groups] == [("a.b", ("a.b.x", "a.b.y"))]


def test_inputs_and_groups_that_are_asked_for():
    found = information_of(fake(400), list(TWO), inputs=["a.b.y"], groups={"both": ["a.b.x", "a.b.y"]})
    assert [worth.name for worth in found.inputs] == ["a.b.y"]
    assert [worth.name for worth in found.groups] == ["both"]
    with pytest.raises(InputError, match=r"no uncertain input is called 'a\.b\.z'"):
        information_of(fake(400), list(TWO), groups={"both": ["a.b.x", "a.b.z"]})


def test_arms_that_are_equal_are_worth_nothing_to_know():
    found = information_of(fake(400, effects={"x": 0.0}, own=0.0), ["base", "csm 1"])
    assert found.everything.low <= 0.0 <= found.everything.high


def test_the_population_of_decisions_is_discounted_by_year():
    found = information_of(fake(400), list(TWO), decisions=2.0, years=3, annual_discount=0.25)
    assert found.decisions == pytest.approx(2.0 * (1.0 + 0.8 + 0.64))
    assert information_of(fake(400), list(TWO), annual_discount=0.25).decisions == 1.0


@pytest.fixture(scope="module")
def told():
    """What 400 customers tell in a year about a letter of unknown effect, where writing to all is the question."""
    return value_of_information(
        decision(), pilot=Pilot("letter", 400, 12, 500.0), draws=800, replicates=2, book=CUSTOMERS
    )


def decision(cost: float = 3.0, **changes: object) -> ScenarioFile:
    """Write to all 400 customers each month, or to nobody; the letter pays where its effect is large."""
    file = trial(UNKNOWN, 0.0, **{"playbooks.letter.cost_per_delivery": cost, "money.annual_discount": 0.21}, **changes)
    return parse(file.text + '\n[arms.all]\n"playbooks.letter.trigger.random_share" = 1.0\n')


def test_a_pilot_is_worth_less_than_certainty_and_more_than_nothing(told):
    pilot = told.pilot
    assert told.everything.low > 0.0
    assert pilot.per_decision.low > 0.0
    gap = told.everything.mean - pilot.per_decision.mean
    assert gap > -2.0 * np.hypot(told.everything.se, pilot.per_decision.se)


def test_the_net_benefit_adds_up(told):
    pilot = told.pilot
    assert pilot.decisions == pytest.approx(1.0 / 1.21), "the decision waits a year"
    sum_of_parts = pilot.decisions * pilot.per_decision.mean - 500.0 - pilot.waiting.mean
    assert pilot.net.mean == pytest.approx(sum_of_parts, abs=1e-9)


def test_a_small_pilot_tells_less_than_a_large_one(told):
    small = value_of_information(decision(), pilot=Pilot("letter", 10, 1), draws=800, replicates=2, book=CUSTOMERS)
    assert small.everything == told.everything
    assert small.pilot is not None
    assert small.pilot.per_decision.mean < told.pilot.per_decision.mean


def test_waiting_costs_what_the_best_arm_earns_meanwhile():
    """The step spends SPEND a month for a year and earns evenly for two more; undiscounted, waiting half a year loses
    the last six months of earning.
    """
    from churnsim.uncertainty.worth import _cost_of_waiting

    data = fake(40, gain=240_000.0, effects={"x": 0.0}, own=0.0)
    lost = _cost_of_waiting(data, "csm 1", 0.5, 1.0)
    np.testing.assert_allclose(lost, 6 * (240_000.0 + 12 * SPEND) / 24)
    np.testing.assert_allclose(_cost_of_waiting(data, "csm 1", 3.0, 1.0), 240_000.0)
    assert (_cost_of_waiting(data, "base", 0.5, 1.1) == 0.0).all()


def test_a_stored_run_gives_what_its_scenario_gives(told):
    file = decision()
    chosen = arms(file)
    data = simulate(file, arms=chosen, draws=800, replicates=2, book=CUSTOMERS)
    pilot = Pilot("letter", 400, 12, 500.0)
    again = value_of_information(Run("compare", {}, data, CUSTOMERS), pilot=pilot)
    assert again == told


def test_a_run_whose_draws_do_not_come_out_again_is_refused():
    file = decision()
    data = simulate(file, draws=40, replicates=2, book=CUSTOMERS)
    data["inputs"] = data["inputs"] * 1.001
    with pytest.raises(InputError, match="do not come out again"):
        value_of_information(Run("run", {}, data, CUSTOMERS), pilot=Pilot("letter", 300, 6))


def test_json_has_everything_but_the_arrays(told):
    content = json.loads(json.dumps(told.to_json(), allow_nan=False))
    assert content["everything"]["mean"] == told.everything.mean
    assert set(content["pilot"]["showing"]) == {"pilot", "in_each_group", "reached"}
    assert "pilot" not in dataclasses.replace(told, pilot=None).to_json()


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"posts": range(3), "team": "cms"}, "no team is called 'cms'"),
        ({"team": "csm"}, "say which posts too"),
        ({"inputs": ["nothing"]}, "no uncertain input is called 'nothing'"),
        ({"groups": {"a": ["nothing"]}}, "no uncertain input is called 'nothing'"),
        ({"decisions": 0.0}, "more than 0 decisions a year"),
        ({"years": 0}, "over 1 to 100 years"),
        ({"pilot": Pilot("leter", 100, 6)}, "no playbook is called 'leter'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_simulated(options, found, monkeypatch):
    def never(*args, **options):
        raise AssertionError("simulated")

    monkeypatch.setattr("churnsim.results.simulation.simulate", never)
    with pytest.raises(InputError) as error:
        value_of_information(decision(), book=CUSTOMERS, **options)
    assert found in str(error.value)


def test_nothing_to_decide_and_nothing_to_find_out():
    with pytest.raises(InputError, match="there is nothing to decide"):
        value_of_information(trial(UNKNOWN), book=CUSTOMERS)
    certain = parse(trial().text + '\n[arms.none]\n"playbooks.letter.trigger.random_share" = 0.0\n')
    with pytest.raises(InputError, match="nothing in the scenario is uncertain"):
        value_of_information(certain, book=CUSTOMERS)
    single = simulate(trial(UNKNOWN), draws=20, replicates=1, book=CUSTOMERS)
    with pytest.raises(InputError, match="a single arm"):
        value_of_information(Run("run", {}, single, CUSTOMERS))
    with pytest.raises(InputError, match="a stored run has its arms"):
        value_of_information(Run("run", {}, single, CUSTOMERS), posts=range(3))

"""What a scenario finds of itself once, copies must find anew."""

from __future__ import annotations

import pickle

from churnsim.results.labels import overrides
from churnsim.scenario.distributions import Uniform
from churnsim.scenario.files import override, parse
from tests.scenario.small import TEXT

CHURN = "segments.core.intent.annual_churn"


def test_a_copy_knows_its_own_uncertain_numbers() -> None:
    scenario = parse(TEXT).scenario
    before = scenario.uncertain()
    margin = Uniform(dist="uniform", low=0.5, high=0.9)
    changed = scenario.model_copy(update={"money": scenario.money.model_copy(update={"gross_margin": margin})})
    assert changed.uncertain() == before | {"money.gross_margin": margin}
    assert CHURN not in override(scenario, {CHURN: 0.1}).uncertain()
    assert scenario.uncertain() == before


def test_callers_may_change_what_they_are_given() -> None:
    scenario = parse(TEXT).scenario
    scenario.uncertain().clear()
    assert CHURN in scenario.uncertain()


def test_what_is_known_of_a_scenario_is_no_part_of_it() -> None:
    scenario, other = parse(TEXT).scenario, parse(TEXT).scenario
    scenario.uncertain()
    assert scenario == other
    assert scenario.model_dump() == other.model_dump()
    assert pickle.loads(pickle.dumps(scenario)) == other


def test_overrides_are_what_an_arm_changes() -> None:
    base = parse(TEXT).scenario
    assert overrides(base, base) == {}
    arm = override(base, {"money.gross_margin": 0.5, "teams.csm.posts.from_month": {}, "policy.rule": "risk"})
    assert overrides(base, arm) == {
        "money.gross_margin": 0.5,
        "teams.csm.posts.from_month.13": None,
        "policy.rule": "risk",
    }

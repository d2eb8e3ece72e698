"""Special case 6: what has no effect changes nothing but costs."""

from typing import Any

import numpy as np
import xarray as xr

from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, override
from tests.invariants.rich import differences, rich_book, rich_file

NO_EFFECT = {
    "adoption": 0.0,
    "engagement": 0.0,
    "shield": 0.0,
    "expansion_lift": 0.0,
    "first_value": 0.0,
    "rescue": 0.0,
}
OF_PLAYS = ("plays_", "hours_", "play_cost", "cost", "contribution", "discounted_contribution", "npv")
OF_TEAMS = (
    "headcount",
    "ramped_fte",
    "hours_available",
    "leavers",
    "salaries",
    "recruiting",
    "severance",
    "cost",
    "contribution",
    "discounted_contribution",
    "npv",
    "posts",
)


def run(file: ScenarioFile, arms: dict[str, Any]) -> xr.Dataset:
    scenarios = {name: override(file, values) for name, values in arms.items()}
    size = {"draws": 3, "replicates": 8, "seed": 5, "book": rich_book(file)}
    return simulate(file, arms=scenarios, record="full", **size)


def without_effect(*playbooks: str) -> dict[str, Any]:
    return {f"playbooks.{name}.effects.{key}": value for name in playbooks for key, value in NO_EFFECT.items()}


def unequal(dataset: xr.Dataset, one: str, other: str) -> list[str]:
    return [name for name in differences(dataset.sel(arm=one), dataset.sel(arm=other)) if name != "arm"]


def test_two_equal_arms_differ_by_nothing() -> None:
    dataset = run(rich_file(), {"same": {}, "stated again": {"policy.rule": "value_at_risk"}})
    assert unequal(dataset, "base", "same") == []
    assert unequal(dataset, "base", "stated again") == []


def test_a_play_without_effect_changes_costs_only() -> None:
    # with an orphan loss even the owner of an account matters, so the team stays as it is
    plays = ("welcome", "review", "renewal", "letter")
    file = rich_file({"arms": {}})
    silent = {f"playbooks.{name}.trigger.tenure_months.min": 1e6 for name in plays}
    dataset = run(file, {"no effect": without_effect(*plays), "no plays": silent})
    changed = unequal(dataset, "no effect", "no plays")
    assert "plays_delivered" in changed
    assert [name for name in changed if not name.startswith(OF_PLAYS)] == []
    # and plays that work do change something
    assert "accounts_churned" in unequal(dataset, "base", "no plays")


def test_people_without_an_effect_change_costs_only() -> None:
    plays = ("welcome", "review", "renewal", "letter")
    no_loss = {"teams.csm.orphan_engagement_loss": 0.0} | without_effect(*plays)
    dataset = run(rich_file(), {"few": no_loss, "many": no_loss | {"teams.csm.posts.from_month": {"1": 9}}})
    changed = unequal(dataset, "few", "many")
    assert "hours_available" in changed
    assert [name for name in changed if not name.startswith((*OF_PLAYS, *OF_TEAMS))] == []


def test_hours_that_never_bind_are_as_good_as_any() -> None:
    plenty = {
        "teams.csm.orphan_engagement_loss": 0.0,
        "teams.csm.hours_per_month": 1e4,
        "teams.onboarding.hours_per_month": 1e4,
        "teams.csm.annual_attrition": 0.0,
        "teams.onboarding.annual_attrition": 0.0,
    }
    ruled = {f"policy {rule}": plenty | {"policy.rule": rule} for rule in ("random", "value", "round_robin")}
    more = {"endless": plenty | {"teams.csm.hours_per_month": 1e7}}
    posts = {"posts": plenty | {"teams.csm.posts.from_month": {"1": 7}, "teams.csm.ramp_months": 0.0}}
    dataset = run(rich_file(), {"plenty": plenty} | ruled | more | posts)
    human = dataset.sel(arm="plenty", playbook=["welcome", "review", "renewal"])
    assert np.array_equal(human["plays_demanded"], human["plays_delivered"])
    for name in ruled:
        assert unequal(dataset, "plenty", name) == []
    for name in (*more, *posts):
        assert [field for field in unequal(dataset, "plenty", name) if not field.startswith(OF_TEAMS)] == []
    # hours that bind: the policy matters
    scarce = run(rich_file(), {"random": {"policy.rule": "random"}})
    assert "plays_succeeded" in unequal(scarce, "base", "random")

"""Two runs: what changed, and what each change did, in pairs."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
from typing import Any

import numpy as np
import pytest

import churnsim
from churnsim.decisions.diff import Diff
from churnsim.metrics.estimates import estimate
from churnsim.results.runs import Run
from churnsim.results.simulation import simulate
from tests.decisions.runs import UNSURE, run_of
from tests.invariants.rich import rich_book, rich_file

HOURS = {"teams.csm.hours_per_month": 60.0}
CHURN = {"segments.core.intent.annual_churn": {"low": 0.2, "mode": 0.3, "high": 0.4}}


@pytest.fixture(scope="module")
def before() -> Run:
    return run_of()


def check_sums(result: Diff) -> None:
    """Effects add up to the total, total and rest to what is stored."""
    for found in result.attributed:
        for parts in ([e.effect.mean for e in found.effects], [e.in_order for e in found.effects]):
            assert math.fsum(parts) == pytest.approx(found.total.mean, rel=1e-9, abs=1e-6)
        assert math.fsum(e.in_reverse for e in found.effects) == pytest.approx(found.total.mean, rel=1e-9, abs=1e-6)
    for output in result.outputs:
        if output.rest is not None:
            total = result.of(output.arm, output.measure).total
            assert total.mean + output.rest.mean == pytest.approx(output.difference.mean, rel=1e-9, abs=1e-6)


def test_nothing_changed(before: Run) -> None:
    result = churnsim.diff(before, run_of())
    assert result.unchanged
    assert (result.changes, result.settings, result.steps, result.attributed) == ((), (), (), ())
    assert {(o.difference.mean, o.difference.se) for o in result.outputs} == {(0.0, 0.0)}
    assert result.sentence.startswith("No input changed that a result depends on, nor did seed")


def test_one_change_is_the_whole_difference(before: Run) -> None:
    after = run_of(HOURS)
    result = churnsim.diff(before, after)
    assert [(c.key, c.before, c.after) for c in result.changes] == [("teams.csm.hours_per_month", 25.0, 60.0)]
    assert [step.name for step in result.steps] == ["teams.csm.hours_per_month"]
    for arm in ("base", "six", "by risk"):
        a, b = (run.dataset["npv"].sel(arm=arm, window="horizon", drop=True) for run in (before, after))
        found = result.of(arm, "npv")
        assert found.effects[0].effect == found.total == estimate(b - a)
        assert found.total.mean != 0.0
        assert result.output(arm, "npv").rest == (rest := result.output(arm, "nrr").rest)
        assert (rest.mean, rest.se) == (0.0, 0.0)
    check_sums(result)


def test_two_changes_are_split_as_by_hand(before: Run) -> None:
    after = run_of(HOURS | CHURN)
    result = churnsim.diff(before, after)
    assert [step.name for step in result.steps] == [*CHURN, *HOURS], "the order of the schema"
    book, size = rich_book(rich_file()), {"draws": 3, "replicates": 2, "seed": 1}

    def npv(values: dict[str, Any]) -> Any:
        dataset = simulate(rich_file(UNSURE | values), arms={}, book=book, **size)
        return dataset["npv"].sel(arm="base", window="horizon", drop=True)

    none, churn, hours, both = npv({}), npv(CHURN), npv(HOURS), npv(HOURS | CHURN)
    first, second = result.of("base", "npv").effects
    assert first.in_order == pytest.approx(float((churn - none).mean()))
    assert first.in_reverse == pytest.approx(float((both - hours).mean()))
    assert second.in_order == pytest.approx(float((both - churn).mean()))
    assert second.in_reverse == pytest.approx(float((hours - none).mean()))
    assert first.in_order != pytest.approx(first.in_reverse, rel=1e-3), "they interact"
    by_hand = estimate(((churn - none) + (both - hours)) / 2.0)
    assert first.effect.mean == pytest.approx(by_hand.mean)
    assert first.effect.se == pytest.approx(by_hand.se)
    check_sums(result)


def test_inputs_without_a_part_in_the_results_do_exactly_nothing(before: Run) -> None:
    values = HOURS | {"description": "other words", "teams.csm.severance_cost": 20_001.0}
    result = churnsim.diff(before, run_of(values))
    assert [c.key for c in result.changes if c.inert] == ["description"]
    assert [step.name for step in result.steps] == ["teams.csm.hours_per_month", "teams.csm.severance_cost"]
    arr = result.of("base", "arr").effects[1]
    assert (arr.effect.mean, arr.effect.se, arr.in_order, arr.in_reverse) == (0.0, 0.0, 0.0, 0.0)
    check_sums(result)


def test_another_book(before: Run) -> None:
    book = rich_book(rich_file())
    keep = np.arange(len(book)) != 5
    columns = {f.name: getattr(book, f.name) for f in dataclasses.fields(book)}
    changed = {name: np.asarray(column)[keep] for name, column in columns.items()}
    changed["account_id"] = list(map(str, changed["account_id"]))
    changed["arr"] = changed["arr"] * np.where(np.arange(keep.sum()) < 2, 2.0, 1.0)
    changed["products"] = changed["products"] + (np.arange(keep.sum()) == 9)
    result = churnsim.diff(before, run_of(book=type(book)(**changed)))
    found = result.book
    assert (found.accounts_before, found.accounts_after) == (150, 149)
    assert (found.added, found.lost, found.repriced, found.otherwise) == (0, 1, 2, 1)
    assert found.arr_lost == book.arr[5]
    assert found.arr_repriced == pytest.approx(book.arr[:2].sum())
    assert found.arr_before - found.arr_lost + found.arr_repriced == pytest.approx(found.arr_after)
    assert [step.name for step in result.steps] == ["book"]
    assert result.sentence.startswith("The book changed.")
    check_sums(result)


def test_another_seed_and_sample_are_the_rest(before: Run) -> None:
    result = churnsim.diff(before, run_of(HOURS, seed=2, draws=5))
    assert [(s.name, s.before, s.after) for s in result.settings] == [("seed", "1", "2"), ("draws", "3", "5")]
    assert (result.seed, result.draws, result.replicates) == (1, 5, 2)
    output = result.output("base", "npv")
    assert output.rest is not None
    assert output.rest.mean != 0.0
    assert output.rest.se > 0.0
    check_sums(result)
    only = churnsim.diff(before, run_of(seed=2))
    assert only.unchanged
    assert only.steps == ()
    assert only.sentence == "No input changed that a result depends on, only seed."
    a, b = only.output("base", "npv").before, only.output("base", "npv").after
    assert only.output("base", "npv").difference.se == pytest.approx(math.hypot(a.se, b.se))


def test_a_file_that_does_not_repeat_shows_as_a_rest(before: Run) -> None:
    after = run_of(HOURS)
    dataset = after.dataset.copy(deep=True)
    dataset["npv"].loc[{"arm": "base", "window": "horizon"}] += 1_000.0
    result = churnsim.diff(before, dataclasses.replace(after, dataset=dataset))
    rest = result.output("base", "npv").rest
    assert rest is not None
    assert rest.mean == pytest.approx(1_000.0, abs=1e-6)


def test_tables_that_come_and_go_are_steps_of_their_own(before: Run) -> None:
    play = {"channel": "digital", "cost_per_delivery": 2.0, "cadence_months": 3, "effects": {"adoption": 0.2}}
    rule = {"overload_hours": 5.0, "most_posts": 6}
    after = run_of({"playbooks.survey": play, "playbooks.letter": None, "teams.csm.hiring": rule})
    result = churnsim.diff(before, after)
    names = [step.name for step in result.steps]
    assert [name.split(" (")[0] for name in names] == ["teams.csm.hiring", "playbooks.survey", "playbooks.letter"]
    assert all(e.effect.mean != 0.0 for e in result.of("base", "npv").effects)
    check_sums(result)


def test_another_horizon_and_date(before: Run) -> None:
    result = churnsim.diff(before, run_of({"run.horizon_months": 30, "as_of": datetime.date(2026, 1, 31)}))
    assert [step.name for step in result.steps] == ["as_of and the book", "run.horizon_months"]
    assert result.horizon_months == (26, 30)
    assert result.of("base", "npv").effects[1].effect.mean > 0.0
    check_sums(result)


def test_what_cannot_be_told_apart(before: Run) -> None:
    result = churnsim.diff(before, run_of(HOURS | {"money.currency": "EUR"}))
    assert result.steps == result.attributed == ()
    assert "cannot be told apart: the currency was USD and is EUR" in result.sentence
    assert math.isnan(result.output("base", "npv").difference.mean)
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))["attributed"] == []


def test_changed_arms_and_arms_of_one_run_only(before: Run) -> None:
    arms = {"six": {"teams.csm.posts.from_month": {"1": 7}}, "new": {"teams.csm.productivity": 2.0}}
    result = churnsim.diff(before, run_of({"arms": arms}))
    assert (result.only_before, result.only_after) == (("by risk",), ("new",))
    assert {a.arm for a in result.attributed} == {"base", "six"}
    assert result.of("base", "npv").total.mean == 0.0
    assert result.of("six", "npv").total.mean != 0.0
    check_sums(result)


def test_ladders_are_told_by_their_recommended_rungs() -> None:
    a, b = run_of(command="headcount"), run_of(HOURS | CHURN, command="headcount", posts=(1, 2, 3))
    result = churnsim.diff(a, b)
    assert None not in (result.recommended.before, result.recommended.after)
    rungs = {f"csm {posts}" for posts in (result.recommended.before, result.recommended.after)}
    assert {found.arm for found in result.attributed} == {"base", *rungs}
    assert result.only_after == ("csm 2",)
    assert ("posts", "1, 3", "1, 2, 3") in [(s.name, s.before, s.after) for s in result.settings]
    assert result.sentence.endswith("CSMs.")
    check_sums(result)


def test_progress_and_json(before: Run) -> None:
    seen: list[int] = []
    result = churnsim.diff(before, run_of(HOURS | CHURN), progress=lambda done, total: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 1000
    back = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert back["changes"][0]["after"] == {"low": 0.2, "mode": 0.3, "high": 0.4}
    assert back["steps"][1] == {"name": "teams.csm.hours_per_month", "paths": ["teams.csm.hours_per_month"]}

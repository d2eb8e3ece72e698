"""Two sweeps: points matched, inputs compared by their hashes, differences in pairs."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.reports.sweep_diff import sentences
from churnsim.sweeps.diff import diff_sweeps
from tests.sweeps.stores import ARMS, CHURN, ECONOMY, plans, stored, worth


def shifted(arm, luck, churn, economy):
    """In calm a churn of 0.03 more."""
    return worth(arm, luck, churn + 0.03 * (economy == "calm"), economy)


def moved(**options):
    salt = lambda point: repr(point) + "edited" * (point["economy"] == "calm")  # noqa: E731
    return stored({"churn": CHURN, "economy": ECONOMY}, ARMS, shifted, salt=salt, **options)


def test_the_same_sweep_has_no_difference():
    found = diff_sweeps(plans(), plans())
    assert (found.same_inputs, found.other_inputs, found.corrupt, found.best) == (8, (), (), ())
    assert all(m.difference.mean == 0.0 == m.most.mean for m in found.arms.values())
    assert found.changes == found.settings == found.plan == ()


def test_edited_points_are_those_whose_hash_differs_and_differences_are_paired():
    found = diff_sweeps(plans(), moved())
    assert found.other_inputs == tuple(f"churn {c:g}, economy calm" for c in CHURN)
    assert found.same_inputs == 4
    assert found.paired
    # half of the points lose 2e6 x 0.03, and luck is the same in both
    assert found.arms["base"].difference.mean == pytest.approx(-30_000.0)
    assert found.arms["base"].difference.se < 1e-6
    assert found.arms["base"].most.mean == pytest.approx(-60_000.0)
    (changed,) = found.best
    assert (changed.point, changed.before, changed.after, changed.told) == (
        "churn 0.1, economy calm",
        "base",
        "more CSMs",
        True,
    )


def test_other_seeds_are_independent_runs():
    found = diff_sweeps(plans(), moved(seed=6))
    assert not found.paired
    assert ("seed", "5", "6") in found.settings
    # luck: 5,000 in each of 120 paths, the same at all points
    assert found.arms["base"].difference.se == pytest.approx(5_000.0 * np.sqrt(2 / 120), rel=0.25)


def test_points_are_matched_by_their_values_wherever_they_stand():
    turned = stored({"economy": ECONOMY[::-1], "churn": (0.3, *CHURN[1:])}, ARMS, worth)
    found = diff_sweeps(plans(), turned)
    assert found.matched == 6
    assert found.only_before == ("churn 0.05, economy calm", "churn 0.05, economy recession")
    assert found.only_after == ("economy recession, churn 0.3", "economy calm, churn 0.3")
    assert all(m.most.mean == 0.0 for m in found.arms.values())


def test_other_values_from_the_same_inputs_are_an_alarm():
    salt = repr
    found = diff_sweeps(plans(), stored({"churn": CHURN, "economy": ECONOMY}, ARMS, shifted, salt=salt))
    assert found.corrupt == tuple(f"churn {c:g}, economy calm" for c in CHURN)


def test_points_that_one_has_not_finished_take_no_part():
    found = diff_sweeps(plans(missing=[(0, 0)]), plans())
    assert found.unfinished == ("churn 0.05, economy calm",)
    assert found.both == 7


def test_changed_values_of_the_scenario_and_lines_of_the_plan_are_named():
    new = plans()
    new.attrs["scenario_text"] = new.attrs["scenario_text"].replace("horizon_months = 60", "horizon_months = 48")
    new.attrs["plan_text"] += "draws = 3\n"
    found = diff_sweeps(plans(), new)
    assert [(c.key, c.before, c.after) for c in found.changes] == [("run.horizon_months", 60, 48)]
    assert [(c.key, c.before, c.after) for c in found.plan] == [("draws", None, 3)]
    assert sentences(found)[1] == "What differs in the inputs: scenario run.horizon_months; plan draws."
    assert found.to_json()["plan"] == [{"path": "draws", "before": None, "after": 3}]
    assert sentences(diff_sweeps(plans(), plans()))[1] == "Scenario, plan, sample and versions are the same."


def test_values_of_cases_are_named_by_their_keys_and_words_are_not():
    one, other = plans(), plans()
    one.attrs["plan_text"] += "# a\nname = 'a'\n[axes.economy.cases]\ncalm = {x.y = 1, x.z = 2}\n"
    other.attrs["plan_text"] += "# b\nname = 'b'\n[axes.economy.cases]\ncalm = {x.y = 3, x.z = 4}\n"
    found = diff_sweeps(one, other)
    assert [(c.key, c.before, c.after) for c in found.plan] == [
        ("axes.economy.cases.calm.x.y", 1, 3),
        ("axes.economy.cases.calm.x.z", 2, 4),
    ]
    assert sentences(found)[1] == "What differs in the inputs: plan axes.economy (2 values)."


def test_other_axes_cannot_be_matched():
    with pytest.raises(InputError, match="same axes"):
        diff_sweeps(plans(), stored({"churn": CHURN}, ARMS, lambda arm, luck, churn: luck))


def test_samples_are_matched_by_their_inputs():
    def one(values):
        return stored({}, ("a", "b"), lambda arm, luck, x: luck + x, sample={"x": np.array(values)})

    found = diff_sweeps(one([0.1, 0.2, 0.3]), one([0.3, 0.1, 0.5]))
    assert found.matched == 2
    assert all(m.most.mean == 0.0 for m in found.arms.values())

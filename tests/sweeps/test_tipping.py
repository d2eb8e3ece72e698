"""Where the best arm changes along an axis."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.sweeps.reading import read_sweep
from churnsim.sweeps.tipping import takeovers, tipping
from tests.sweeps.stores import plans, stored


def along(dataset, axis):
    return next(each for each in tipping(read_sweep(dataset)).along if each.axis == axis)


def test_a_straight_lead_crosses_where_the_formula_does():
    lines = along(plans(replicates=8), "churn").lines
    for line, truth in zip(lines, (0.12, 0.07), strict=True):
        (switch,) = line.switches
        assert (switch.before, switch.after) == ("base", "more CSMs")
        assert switch.low < switch.value < switch.high
        assert switch.told
        # the lead has slope 1e6 a unit and a noise of 5,000 sqrt(2 / 320)
        assert abs(switch.value - truth) < 4.0 * 5e-3 * math.sqrt(2 / 320)
    assert [line.at["economy"] for line in lines] == ["calm", "recession"]


def test_the_interval_holds_the_truth_as_often_as_it_says():
    held = 0
    for seed in range(200):
        (line, _) = along(plans(seed=seed, draws=12, replicates=1), "churn").lines
        held += line.switches[0].low <= 0.12 <= line.switches[0].high
    assert 178 <= held <= 199, "95% of 200; beyond these bounds in 1 of 1,000 runs"


def test_the_mean_line_is_over_points_that_are_finished_at_all_values():
    whole, part = along(plans(), "churn"), along(plans(missing=[(1, 0)]), "churn")
    assert (whole.mean_of, part.mean_of) == (2, 1)
    assert whole.mean.switches[0].value == pytest.approx(0.095, abs=2e-3)
    assert part.mean.switches[0].value == pytest.approx(part.lines[1].switches[0].value)
    assert part.lines[0].best == ("base", None, "more CSMs", "more CSMs")
    assert part.lines[0].switches[0].between == ("0.05", "0.15"), "neighbours that are there"


def test_named_cases_are_not_interpolated():
    each = along(plans(), "economy")
    switched = [line.switches[0] for line in each.lines if line.switches]
    assert [line.at["churn"] for line in each.lines if line.switches] == ["0.1"]
    assert math.isnan(switched[0].value)
    assert switched[0].told
    assert switched[0].between == ("calm", "recession")


def test_values_that_fall_are_walked_as_they_rise():
    falling = stored({"x": (3.0, 1.0, 2.0)}, ("a", "b"), lambda arm, luck, x: luck + (x - 2.4) * 100.0 * (arm == "b"))
    each = along(falling, "x")
    assert each.values == ("1", "2", "3")
    assert each.lines[0].best == ("a", "a", "b")
    assert each.lines[0].switches[0].value == pytest.approx(2.4, abs=0.01)


def test_a_third_arm_between_two_points_is_found():
    found = takeovers(np.array([1.0, 0.0, 0.8]), np.array([0.0, 1.0, 0.8]), 0)
    assert found == [(pytest.approx(0.2), 2), (pytest.approx(0.8), 1)]


def test_a_switch_on_a_point_is_found_once():
    tie = stored({"x": (1.0, 2.0, 3.0)}, ("a", "b"), lambda arm, luck, x: np.full((40, 3), (x - 2.0) * (arm == "b")))
    (switch,) = along(tie, "x").lines[0].switches
    assert switch.value == pytest.approx(2.0)


def test_where_nothing_tips_there_is_no_switch():
    better = stored({"x": (1.0, 2.0)}, ("a", "b"), lambda arm, luck, x: luck + 50.0 * (arm == "b"))
    each = along(better, "x")
    assert each.turning == 0
    assert each.mean.switches == ()


def test_luck_alone_gives_no_closed_interval():
    noise = stored({"x": (1.0, 2.0, 3.0)}, ("a", "b"), lambda arm, luck, x: luck * (1.0 + (x - 2.0) * 0.1), seed=1)
    each = along(noise, "x")
    assert not any(switch.told for switch in each.lines[0].switches)


def test_a_change_that_luck_makes_is_noise_and_does_not_count():
    # the lead goes from -0.01 to 0.01 with a standard error near 0.3 at both ends
    def value(arm, luck, x):
        return luck - luck.mean() + (x - 0.5) * 0.02 if arm == "b" else 0.0 * luck

    each = along(stored({"x": (0.0, 1.0)}, ("a", "b"), value, draws=10, replicates=1), "x")
    (switch,) = each.lines[0].switches
    assert switch.noise
    assert not switch.told
    assert each.turning == 0


def test_a_sampled_input_turns_the_answer_where_the_formula_does():
    rng = np.random.default_rng(1)
    sample = {"x": rng.random(64), "y": rng.random(64)}
    dataset = stored(
        {}, ("a", "b"), lambda arm, luck, x, y: luck + (100.0 * (x - 0.3) if arm == "b" else 0.0), sample=sample
    )
    found = tipping(read_sweep(dataset))
    assert not found.along
    first, second = found.pulls
    assert (first.input, first.arm, first.against) == ("x", "b", "a")
    assert first.switch is not None
    assert (first.switch.before, first.switch.after) == ("a", "b")
    assert first.switch.low < first.switch.value < first.switch.high
    assert abs(first.switch.value - 0.3) < 4.0 * np.sqrt(2 / 120) / 100.0, "luck of both arms over a slope of 100"
    assert first.effect_per_sd.mean == pytest.approx(100.0 * sample["x"].std(ddof=1), rel=1e-6)
    assert second.switch is None


def test_a_sample_too_small_to_tell_says_so():
    sample = {"x": np.array([0.1, 0.9]), "y": np.array([0.5, 0.4])}
    found = tipping(read_sweep(stored({}, ("a", "b"), lambda arm, luck, x, y: luck, sample=sample)))
    assert (found.pulls, found.note) == ((), "too few points (2) to tell the sampled inputs apart")

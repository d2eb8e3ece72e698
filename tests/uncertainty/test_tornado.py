"""Tornado."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.uncertainty.model import Function
from churnsim.uncertainty.tornado import tornado
from tests.uncertainty.toys import function, linear, noisy, uniform


def test_ends_are_p10_and_p90_and_bars_are_ranked():
    found = tornado(Function({"a": uniform(0.0, 1.0), "b": uniform(100.0, 200.0)}, lambda x: x[:, 0] - 3.0 * x[:, 1]))
    assert [bar.input for bar in found.bars] == ["b", "a"]
    b, a = found.bars
    assert [point.value for point in b.points] == pytest.approx([110.0, 125.0, 150.0, 175.0, 190.0])
    assert b.swing.mean == pytest.approx(-240.0)
    assert b.reach.mean == pytest.approx(240.0)
    assert a.swing.mean == pytest.approx(0.8)
    assert found.median.mean == pytest.approx(0.5 - 450.0)
    assert b.points[0].change.mean == pytest.approx(120.0)
    assert not a.turns
    assert not b.turns
    assert math.isnan(b.swing.se)


def test_an_input_that_turns_is_seen_and_marked():
    # the ends alone would show no bar at all
    found = tornado(function(lambda x: 10.0 * (x[:, 0] - 0.5) ** 2 + x[:, 1], 2))
    bar = found.bars[0]
    assert (bar.input, bar.turns) == ("x1", True)
    assert bar.swing.mean == pytest.approx(0.0, abs=1e-12)
    assert bar.reach.mean == pytest.approx(1.6)
    assert not found.bars[1].turns


def test_errors_are_paired():
    # luck common to all draws moves the median's error, not that of a difference
    found = tornado(noisy(linear(1.0), 400, 0.1, common=50.0))
    assert found.median.se == pytest.approx(50.0 / 20.0, rel=0.15)
    assert found.bars[0].swing.se == pytest.approx(0.1 * math.sqrt(2.0) / 20.0, rel=0.15)
    assert abs(found.bars[0].swing.mean - 0.8) < 4.0 * found.bars[0].swing.se


def test_luck_alone_is_not_marked_as_turning():
    # 50 tornados of 4 inputs each; a family has a false alarm in at most 5% of the cases
    false = sum(any(bar.turns for bar in tornado(noisy(linear(0, 0, 0, 1), 8, 1.0, seed=s)).bars) for s in range(50))
    assert false <= 9


def test_a_turn_beyond_luck_is_marked():
    model = noisy(function(lambda x: -10.0 * (x[:, 0] - 0.5) ** 2, 1), 30, 0.5)
    assert tornado(model).bars[0].turns


def test_where_the_sign_tips():
    found = {bar.input: bar for bar in tornado(function(lambda x: x[:, 0] - 0.4 + 0.01 * x[:, 1], 2)).bars}
    assert found["x1"].tips_at == pytest.approx(0.395)
    assert math.isnan(found["x2"].tips_at)


def test_a_sign_within_the_error_does_not_tip():
    assert math.isnan(tornado(noisy(linear(0.01), 10, 1.0)).bars[0].tips_at)


def test_levels_that_are_wrong_are_refused():
    for levels in ((0.5,), (0.0, 0.5), (0.1, 1.0), ()):
        with pytest.raises(InputError, match="two levels or more between 0 and 1"):
            tornado(linear(1.0), levels)
    with pytest.raises(InputError, match="nothing in the scenario is uncertain"):
        tornado(Function({}, lambda x: x))


def test_an_undefined_replicate_is_left_out_everywhere():
    def formula(x: np.ndarray) -> np.ndarray:
        y = np.stack([x[:, 0]] * 4, axis=1)
        y[2, 1] = np.nan
        return y

    assert tornado(function(formula, 1)).replicates == 3

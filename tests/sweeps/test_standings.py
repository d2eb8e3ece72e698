"""Which arm is best where, what is regretted, what is dominated."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.sweeps.reading import read_sweep
from churnsim.sweeps.standings import standings_over
from churnsim.uncertainty.best import regret_matrix
from tests.sweeps.stores import ARMS, plans, stored


def test_regret_is_that_of_the_regret_matrix():
    dataset = plans()
    found = standings_over(read_sweep(dataset))
    npv = dataset["outcome"].sel(measure="npv", drop=True).stack(point=("churn", "economy"))
    matrix = regret_matrix({str(p): npv.isel(point=p, drop=True) for p in range(8)})
    for p in range(8):
        assert ARMS[found.best[p]] == matrix.best[str(p)]
        for a, arm in enumerate(ARMS):
            lost, expected = found.regret.at(p, a), matrix.regret[str(p)][arm]
            assert (lost.mean, lost.se) == pytest.approx((expected.mean, expected.se), rel=1e-9, abs=1e-6)
    for arm in ARMS:
        assert found.arms[arm].regret.mean == pytest.approx(matrix.expected[arm])
        assert found.arms[arm].worst_regret.mean == pytest.approx(matrix.worst[arm])
    assert found.least_regretted == matrix.least_worst


def test_arms_are_counted_where_they_are_best():
    found = standings_over(read_sweep(plans()))
    # base below 0.12 in calm (0.05, 0.10) and below 0.07 in a recession (0.05)
    assert [found.arms[arm].best_at for arm in ARMS] == [3, 5, 0]
    assert [found.arms[arm].clear_at for arm in ARMS] == [3, 5, 0]
    assert found.winner == "more CSMs"
    assert found.arms["more CSMs"].futures.share == pytest.approx(5 / 8)
    assert found.arms["more CSMs"].futures.low > 0.5


def test_waste_is_dominated_by_base_and_nothing_else_is():
    found = standings_over(read_sweep(plans()))
    assert {arm: found.arms[arm].dominated_by for arm in ARMS} == {"base": None, "more CSMs": None, "waste": "base"}
    assert found.arms["waste"].dominated_clearly_at == 8


def test_equal_arms_share_the_futures_and_dominate_nobody():
    found = standings_over(read_sweep(stored({"x": (1.0, 2.0)}, ("a", "b"), lambda arm, luck, x: np.full((40, 3), x))))
    assert [found.arms[arm].futures.share for arm in "ab"] == [0.5, 0.5]
    assert [found.arms[arm].dominated_by for arm in "ab"] == [None, None]
    assert not found.lead.above_zero.any()


def test_a_cost_is_best_where_it_is_low():
    cost = stored({"x": (1.0, 2.0)}, ("a", "b"), lambda arm, luck, x: luck + (arm == "b") * 100.0, measures=["cost"])
    found = standings_over(read_sweep(cost))
    assert found.arms["a"].best_at == 2
    assert found.arms["b"].worst_regret.mean == pytest.approx(100.0, abs=1.0)
    assert found.arms["b"].mean.mean == pytest.approx(100.0, abs=1.0), "values keep their sign"


def test_missing_points_take_no_part():
    found = standings_over(read_sweep(plans(missing=[(2, 0)], failed={(3, 1): "x"})))
    assert found.points == 6
    assert list(found.best[[4, 7]]) == [-1, -1]
    assert math.isnan(found.lead.mean[4])
    assert found.arms["more CSMs"].futures.count == 6 * 40


def test_luck_between_equal_arms_is_not_told():
    found = standings_over(read_sweep(stored({"x": (1.0,)}, ("a", "b"), lambda arm, luck, x: luck, seed=3)))
    assert not found.lead.above_zero[0]
    assert found.arms[found.winner].futures.near_even


def test_one_arm_has_nothing_to_be_held_against():
    with pytest.raises(InputError, match="two arms"):
        standings_over(read_sweep(stored({"x": (1.0,)}, ("a",), lambda arm, luck, x: luck)))

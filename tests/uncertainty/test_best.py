"""P(best) and regret where the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.uncertainty.best import regret_matrix, standings
from tests.uncertainty.arms import arms, labelled

EVPI = 0.479811
"""Mean regret of p1 - p2 against nothing, p1 ~ N(1, 1), p2 ~ N(0, 4), chosen by its mean: what knowing is worth."""
TOY = {"nothing": 0.0, "do it": 1.0}


@pytest.mark.parametrize(("replicates", "luck"), [(2, 0.0), (2, 2.0), (4, 2.0), (100, 2.0)])
def test_regret_of_a_normal_choice(replicates, luck):
    x = arms(np.random.default_rng(7), 4_000, replicates, TOY, {"nothing": 0.0, "do it": math.sqrt(5.0)}, luck)
    found = standings(x)
    regret = found.arms["do it"].regret
    assert found.highest == "do it"
    assert abs(regret.value - EVPI) < 4.0 * regret.se < 0.12
    assert regret.low < EVPI < regret.high
    # the other arm loses the mean more
    assert found.arms["nothing"].regret.value - regret.value == pytest.approx(found.lead.mean, rel=1e-6)
    assert found.luck_share == pytest.approx((2.0 * luck**2 / replicates) / (5.0 + 2.0 * luck**2 / replicates), abs=0.1)


def test_a_mean_of_maxima_would_say_more():
    x = arms(np.random.default_rng(7), 4_000, 2, TOY, {"nothing": 0.0, "do it": math.sqrt(5.0)}, 2.0)
    means = x.mean("replicate")
    assert float((means.max("arm") - means.sel(arm="do it")).mean()) > EVPI + 0.2


@pytest.mark.parametrize("replicates", [1, 4])
def test_decision_null(replicates):
    """Four arms truly equal, 60 runs: P(best) covers 1/4 and regret covers 0."""
    rng, even = np.random.default_rng(8), dict.fromkeys("abcd", 0.0)
    best, regret, close = [], [], []
    for _ in range(60):
        shared = rng.standard_normal((250, 1))
        found = standings(arms(rng, 250, replicates, even, even, 1.0) + shared)
        best += [one.best.low <= 0.25 <= one.best.high for one in found.arms.values()]
        regret += [one.regret.low <= 0.0 for one in found.arms.values() if one.regret is not None]
        close.append(found.close)
    assert np.mean(best) > 0.90
    if replicates == 1:
        assert not regret, "one replicate a draw cannot tell luck from ignorance"
    else:
        assert np.mean(regret) > 0.90
        assert all(close), "and the answer says that luck makes the odds"


def test_identical_arms_share_the_first_place():
    one = np.random.default_rng(9).standard_normal((50, 3))
    found = standings(labelled(np.stack([one, one, one]), "abc"))
    for standing in found.arms.values():
        assert standing.best.share == standing.best_of_paths.share == pytest.approx(1.0 / 3.0)
        assert max(standing.regret.value, standing.regret.high, standing.worst_regret) < 1e-12
    assert found.close


def test_a_clear_choice_is_clear():
    one = np.random.default_rng(9).standard_normal((50, 3))
    found = standings(labelled(np.stack([one, one + 1.0]), "ab"))
    assert found.arms["b"].best.share == 1.0
    assert found.arms["b"].regret.value == pytest.approx(0.0, abs=1e-9)
    assert found.arms["a"].worst_regret == pytest.approx(1.0)
    assert not found.close
    dear = standings(labelled(np.stack([one, one + 1.0]), "ab"), higher_is_better=False)
    assert dear.highest == "a"
    assert dear.arms["a"].best.share == 1.0


def test_a_single_draw_knows_luck_alone():
    x = arms(np.random.default_rng(3), 1, 300, {"a": 0.0, "b": 0.5}, {"a": 0.0, "b": 0.0}, 1.0)
    found = standings(x)
    assert found.arms["b"].best == found.arms["b"].best_of_paths
    assert found.arms["b"].best.count == 300
    assert found.arms["b"].regret is None
    assert math.isnan(found.arms["b"].worst_regret)


def test_masked_paths_are_left_out_of_all_arms():
    x = arms(np.random.default_rng(3), 40, 3, {"a": 0.0, "b": 0.5}, {"a": 1.0, "b": 1.0}, 1.0)
    x[0, 0, 0] = x[1, 1, :] = np.nan
    found = standings(x)
    assert found.arms["a"].best_of_paths.count == 120 - 4
    assert found.arms["a"].best.count == 39
    assert found.arms["a"].regret is not None


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match="two arms"):
        standings(labelled(np.ones((1, 3, 3)), "a"))
    with pytest.raises(ValueError, match="no path"):
        standings(labelled(np.full((2, 3, 3), np.nan), "ab"))


def test_regret_matrix_by_hand():
    def constant(*means: float):
        return labelled(np.array(means)[:, None, None] + np.zeros((3, 5, 2)), "abc")

    found = regret_matrix({"boom": constant(10.0, 7.0, 0.0), "bust": constant(-8.0, -3.0, 0.0)})
    assert found.best == {"boom": "a", "bust": "c"}
    assert {arm: lost.mean for arm, lost in found.regret["bust"].items()} == {"a": 8.0, "b": 3.0, "c": 0.0}
    assert found.worst == {"a": 8.0, "b": 3.0, "c": 10.0}
    assert found.expected == {"a": 4.0, "b": 3.0, "c": 5.0}
    assert found.least_worst == "b", "best nowhere, and regretted least"
    less = regret_matrix({"boom": constant(10.0, 7.0, 0.0)}, higher_is_better=False)
    assert less.best == {"boom": "c"}
    assert less.worst["a"] == 10.0


def test_scenarios_of_other_arms():
    x = labelled(np.ones((2, 3, 3)), "ab")
    with pytest.raises(ValueError, match="'second' has other arms"):
        regret_matrix({"first": x, "second": labelled(np.ones((2, 3, 3)), "ac")})
    with pytest.raises(ValueError, match="scenario at least"):
        regret_matrix({})
    with pytest.raises(ValueError, match="two arms"):
        regret_matrix({"first": x.sel(arm=["a"])})

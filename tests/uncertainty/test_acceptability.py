"""Odds over the price of a CSM where they are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.uncertainty.acceptability import acceptability, linear_prices
from tests.uncertainty.arms import labelled


def phi(z: float) -> float:
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def test_odds_of_a_normal_gain():
    """One post more gains N(100, 30^2) and takes two yearly prices: it beats none with Phi((100 - 2 p)/30)."""
    rng = np.random.default_rng(1)
    gain = 100.0 + 30.0 * rng.standard_normal((20_000, 1))
    free = labelled(np.stack([np.zeros((20_000, 1)), gain]), ["none", "one"])
    posts = labelled(np.stack([np.zeros((20_000, 1)), np.full((20_000, 1), 2.0)]), ["none", "one"])
    found = acceptability(free, posts, [20.0, 50.0, 70.0], today=40.0, base="none")
    assert found.recommended == "one"
    assert (found.highest_from, found.highest_to) == (0.0, pytest.approx(float(gain.mean()) / 2.0))
    for at in found.prices:
        truth = phi((100.0 - 2.0 * at.price) / 30.0)
        for share in (at.best["one"].share, at.beats.share, 1.0 - at.best["none"].share):
            assert abs(share - truth) < 4.0 * math.sqrt(truth * (1.0 - truth) / 20_000)
        assert at.gain.mean == pytest.approx(float(gain.mean()) - 2.0 * at.price)
    assert (found.prices[0].highest, found.prices[2].highest) == ("one", "none")


def test_a_price_at_which_the_best_arm_changes():
    """Values 0, 10 - p, 16 - 2 p, 18 - 3 p: the arms lead above 10, from 6 to 10, from 2 to 6, below 2."""
    free = labelled(np.array([0.0, 10.0, 16.0, 18.0])[:, None, None] + np.zeros((4, 3, 2)), "abcd")
    posts = labelled(np.arange(4.0)[:, None, None] + np.zeros((4, 3, 2)), "abcd")
    ends = {}
    for today in (1.0, 4.0, 8.0, 12.0):
        found = acceptability(free, posts, [1.0, 4.0, 8.0, 12.0], today=today)
        ends[found.recommended] = (found.highest_from, found.highest_to)
        assert [at.highest for at in found.prices] == list("dcba")
        assert all(at.beats is None for at in found.prices)
    assert ends == {"d": (0.0, 2.0), "c": (2.0, 6.0), "b": (6.0, 10.0), "a": (10.0, math.inf)}


def test_prices_of_a_csm():
    assert linear_prices(100.0, number=4) == [50.0, 100.0, 150.0, 200.0]
    x = labelled(np.ones((2, 3, 3)), "ab")
    for prices in ([], [-1.0], [math.nan], [math.inf]):
        with pytest.raises(ValueError, match="finite and not negative"):
            acceptability(x, x, prices, today=1.0)

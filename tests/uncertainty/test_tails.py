"""Tails of normal values, whose truth is known; coverage of their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.uncertainty.resamples import weights
from churnsim.uncertainty.tails import ONE_DRAW, ONE_REPLICATE, why_no_ignorance
from churnsim.uncertainty.tails import tails as resampled
from tests.uncertainty.arms import labelled, normal

P5 = -1.6448536269514729
CVAR = -2.0627128075074257
"""Of the standard normal: its 5% quantile, and the mean below it."""


def tails(*values, **options):
    return resampled(*values, **options)[0]


def test_intervals_cover_the_truth():
    """400 runs of 200 draws x 4 replicates; at 95% a coverage of 400 has a standard error of 1.1 points."""
    rng, times = np.random.default_rng(1), weights(200)
    whole = math.sqrt(1.0 + 9.0)
    truths = {
        ("paths", "p5"): P5 * whole,
        ("paths", "p50"): 0.0,
        ("paths", "p95"): -P5 * whole,
        ("paths", "cvar"): CVAR * whole,
        ("ignorance", "p5"): P5,
        ("ignorance", "p95"): -P5,
        ("ignorance", "cvar"): CVAR,
    }
    covered = dict.fromkeys(truths, 0)
    values: dict = {key: [] for key in truths}
    errors: dict = {key: [] for key in truths}
    for _ in range(400):
        found = tails(labelled(normal(rng, 200, 4, 0.0, 1.0, 3.0)), times=times)
        for key, truth in truths.items():
            one = getattr(getattr(found, key[0]), key[1])
            covered[key] += one.low <= truth <= one.high
            values[key].append(one.value)
            errors[key].append(one.se)
    for key, count in covered.items():
        # percentile intervals of a tail are a little short: 4 standard errors below 93%
        assert 0.93 - 0.05 < count / 400 < 0.95 + 0.045, key
        assert np.mean(errors[key]) == pytest.approx(np.std(values[key]), rel=0.15), key


def test_luck_is_taken_off_what_is_not_known():
    """Means of two replicates with luck of 3 spread by sqrt(1 + 4.5): the tail of ignorance is that of 1 alone."""
    x = normal(np.random.default_rng(2), 20_000, 2, 0.0, 1.0, 3.0)
    found = tails(labelled(x), times=weights(20_000, 40))
    assert found.ignorance is not None
    for one, truth in ((found.ignorance.p5, P5), (found.ignorance.cvar, CVAR), (found.ignorance.p95, -P5)):
        assert abs(one.value - truth) < 4.0 * one.se < 0.5
    assert np.quantile(x.mean(axis=1), 0.05) < -3.5, "what a plain quantile of means would say"


def test_without_ignorance_nothing_is_left_of_it():
    found = tails(labelled(normal(np.random.default_rng(4), 500, 4, 7.0, 0.0, 1.0)))
    assert found.ignorance is not None
    assert abs(found.ignorance.p5.value - 7.0) < 0.35
    constant = tails(labelled(np.full((5, 3), 2.0)))
    assert constant.ignorance is not None
    assert constant.ignorance.p5.value == constant.paths.cvar.value == 2.0
    assert constant.paths.cvar.se == 0.0


def test_a_run_that_cannot_tell_says_so():
    rng = np.random.default_rng(3)
    single = tails(labelled(normal(rng, 1, 500, 0.0, 1.0, 1.0)))
    assert single.ignorance is None
    assert single.paths.p5.se > 0.0, "its clusters are replicates"
    assert tails(labelled(normal(rng, 500, 1, 0.0, 1.0, 1.0))).ignorance is None
    assert (why_no_ignorance(1, 9), why_no_ignorance(9, 1), why_no_ignorance(9, 2)) == (ONE_DRAW, ONE_REPLICATE, None)
    lone = tails(labelled(np.ones((1, 1))))
    assert lone.paths.p5.value == 1.0
    assert math.isnan(lone.mean.se)


def test_the_worst_of_a_cost_is_its_upper_end():
    x = labelled(normal(np.random.default_rng(5), 100, 4, 0.0, 1.0, 1.0))
    low, high = tails(-x), tails(x, worst_is_low=False)
    assert high.paths.cvar.value == pytest.approx(-low.paths.cvar.value, rel=1e-9)
    assert high.ignorance.cvar.value == pytest.approx(-low.ignorance.cvar.value, rel=1e-9)


def test_masked_paths_are_left_out_and_counted():
    x = normal(np.random.default_rng(6), 50, 3, 0.0, 1.0, 1.0)
    holes = np.concatenate([x, np.full((4, 3), np.nan)])
    holes[0, 0] = np.nan
    found = tails(labelled(holes))
    assert found.mean.masked == 13
    assert found.paths.p50.value == np.sort(holes[~np.isnan(holes)])[math.ceil(149 / 2) - 1]
    assert found.ignorance is not None
    assert math.isfinite(found.ignorance.p5.se)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_a_level_that_is_none(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        tails(labelled(np.ones((3, 3))), level)

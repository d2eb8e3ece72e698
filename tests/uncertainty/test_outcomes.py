"""Luck and missing values in outcomes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.uncertainty.outcomes import defined, luck_left

RNG = np.random.default_rng(2)


def test_luck_left_is_the_share_of_the_mean():
    draws, luck = RNG.standard_normal((4000, 1)), RNG.standard_normal((4000, 4))
    # var 1 of the draws, 1/4 of luck
    assert luck_left(draws + luck, shared=False) == pytest.approx(0.2, abs=0.015)
    assert luck_left(draws + luck) == pytest.approx(0.2, abs=0.015)


def test_common_luck_counts_only_where_it_is_not_shared():
    draws, common = RNG.standard_normal((4000, 1)), 3.0 * RNG.standard_normal((1, 4))
    assert luck_left(draws + common) == pytest.approx(0.0, abs=1e-9)
    assert luck_left(draws + common, shared=False) > 0.5


def test_luck_is_not_known_of_one_replicate_or_without_variance():
    assert math.isnan(luck_left(RNG.standard_normal((10, 1))))
    assert math.isnan(luck_left(np.ones((10, 3))))
    assert luck_left(RNG.standard_normal((50, 2))) <= 1.0


def test_replicates_that_are_not_defined_everywhere_are_left_out():
    values = np.ones((3, 4))
    values[1, 2] = np.nan
    assert defined(values).shape == (3, 3)
    with pytest.raises(InputError, match="not defined"):
        defined(np.full((2, 2), np.nan))

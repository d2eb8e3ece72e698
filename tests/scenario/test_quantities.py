"""Distributions: samples by quantile against what the law says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from churnsim.scenario.distributions import Normal

U = (np.arange(100_000) + 0.5) / 100_000


@pytest.mark.parametrize(
    ("mean", "sd", "low", "high"),
    [
        (0.1, 0.2, -0.05, 0.29),
        (0.0, 1.0, None, 1.0),
        (0.0, 1.0, -2.0, None),
        (0.0, 1.0, 3.0, 9.0),
        (0.0, 1.0, -9.0, -3.0),
    ],
)
def test_a_truncated_normal_is_that_of_scipy(mean, sd, low, high):
    law = Normal(dist="normal", mean=mean, sd=sd, low=low, high=high)
    ends = law.support()
    theirs = stats.truncnorm(*((end - mean) / sd for end in ends), loc=mean, scale=sd)
    ours = law.quantile(U)
    np.testing.assert_allclose(ours, theirs.ppf(U), rtol=1e-9, atol=1e-12)
    assert ends[0] <= ours.min()
    assert ours.max() <= ends[1]
    assert law.expectation() == pytest.approx(theirs.mean(), abs=1e-9)
    # midpoints of 100,000 strata: the error is far below a thousandth of the sd
    assert ours.mean() == pytest.approx(law.expectation(), abs=1e-3 * sd)


def test_without_ends_it_is_the_normal_law():
    law = Normal(dist="normal", mean=2.0, sd=3.0)
    np.testing.assert_allclose(law.quantile(U), stats.norm(2.0, 3.0).ppf(U), rtol=1e-12, atol=1e-12)
    assert law.expectation() == 2.0
    assert law.support() == (-np.inf, np.inf)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (6.0, 7.0), (None, -6.0)])
def test_ends_that_leave_nothing_are_refused(low, high):
    with pytest.raises(ValueError, match=r"low < high|next to nothing"):
        Normal(dist="normal", mean=0.0, sd=1.0, low=low, high=high)


def test_a_law_far_beyond_its_ends_is_refused_without_overflow():
    with pytest.raises(ValueError, match="next to nothing"):
        Normal(dist="normal", mean=1e308, sd=1e-300, low=-1e308, high=0.0)

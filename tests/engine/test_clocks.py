"""Clocks and counts of single accounts, called on their own."""

import numpy as np
import pytest
from scipy import stats

from churnsim.engine.accounts import NEVER
from churnsim.engine.acquisition import poisson
from churnsim.engine.clocks import UPSELL_LANE, fire, threshold
from churnsim.engine.exits import crossing, first_exit
from churnsim.engine.ledger import CLOSURE, PAYMENT

KEY = np.uint64(77)


def test_a_threshold_is_exponential_and_belongs_to_account_firing_and_lane() -> None:
    who = np.arange(20_000, dtype=np.uint64)
    sample = np.array([threshold(KEY, w, 0, 0) for w in who])
    assert stats.kstest(sample, "expon").pvalue > 6e-5
    assert threshold(KEY, who[3], 0, 0) == sample[3]
    others = {float(threshold(KEY, who[3], n, lane)) for n in range(5) for lane in range(4)}
    assert len(others) == 20


def test_the_overshoot_of_a_count_carries() -> None:
    # using up hazard in one piece or in many gives the same firings and the same remainder
    left, firings = fire(
        np.float32(threshold(KEY, np.uint64(5), 0, UPSELL_LANE) - 30.0), 0, KEY, np.uint64(5), UPSELL_LANE
    )
    thresholds = np.cumsum([threshold(KEY, np.uint64(5), n, UPSELL_LANE) for n in range(100)])
    assert firings == np.searchsorted(thresholds, 30.0, side="right")
    assert left == pytest.approx(thresholds[firings] - 30.0, abs=1e-4)


@pytest.mark.parametrize("mean", [0.01, 3.0, 250.0])
def test_poisson_is_the_inverse_of_its_distribution(mean: float) -> None:
    u = np.linspace(1e-6, 1.0 - 1e-6, 4001)
    # away from the steps of the distribution the count is certain
    exact = stats.poisson.ppf(u, mean)
    near = (
        np.minimum(np.abs(stats.poisson.cdf(exact, mean) - u), np.abs(stats.poisson.cdf(exact - 1, mean) - u)) < 1e-10
    )
    counts = np.array([poisson(mean, x) for x in u])
    assert np.array_equal(counts[~near], exact[~near])


def test_a_constant_hazard_is_crossed_in_the_month_that_uses_up_the_threshold() -> None:
    assert crossing(0.25, 0.1) == (3, pytest.approx(0.5))
    assert crossing(1e-12, 0.1)[0] == 1
    assert crossing(1.0, 0.0)[0] == NEVER


def exit_of(closure: float, payment: float, now: int = 0, entry: int = 0, grace: int = 0) -> tuple[int, int]:
    """First exit with hazards of 0.1 a month and 0.1 a quarterly bill."""
    return first_exit(entry, now, closure, payment, 0.1, 0.1, 3, grace)


def test_of_two_exits_the_first_counts() -> None:
    assert exit_of(0.25, 0.15) == (3, CLOSURE)
    assert exit_of(0.75, 0.15) == (6, PAYMENT)
    # both in month 3: the one with the least crossing fraction
    assert exit_of(0.25, 0.04) == (3, PAYMENT)
    assert exit_of(0.25, 0.06) == (3, CLOSURE)


def test_bills_of_the_past() -> None:
    # entered 7 months ago: bills were due after 3 and 6 months, the next after 9
    assert exit_of(9.0, 0.05, now=0, entry=-7) == (2, PAYMENT)
    # with a grace of 2 months the bill of month -1 is still open
    assert exit_of(9.0, 0.05, now=0, entry=-7, grace=2) == (1, PAYMENT)
    assert exit_of(9.0, 0.15, now=0, entry=-7, grace=2) == (4, PAYMENT)

"""Clocks and counts of single accounts, called on their own."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from churnsim.engine import arrivals, clocks, exits
from churnsim.engine.accounts import ARR, MOST_EVER, NEVER
from churnsim.engine.clocks import MOST_FIRINGS, UPSELL_LANE
from churnsim.engine.keys import CLOCKS
from churnsim.engine.ledger import CLOSURE, PAYMENT
from tests.engine.python import callable_from_python

KEY = np.uint64(77)
poisson = callable_from_python(arrivals.poisson)
crossing = callable_from_python(exits.crossing)
first_exit = callable_from_python(exits.first_exit)
clock_threshold = callable_from_python(clocks.threshold)
clock_fire = callable_from_python(clocks.fire)


def threshold(who: np.uint64, firings: int, lane: int) -> float:
    return float(clock_threshold(KEY, who, CLOCKS, firings, lane))


class Scratch(NamedTuple):
    """What `fire` needs of a workspace."""

    ids: np.ndarray
    words: np.ndarray
    drawn: np.ndarray
    reals: np.ndarray


def fire(left: np.ndarray, number: np.ndarray, ids: np.ndarray, lane: int) -> Scratch:
    """Let the clocks of all accounts with nothing left fire until none is due."""
    n = len(ids) + 8
    work = Scratch(ids, np.zeros((2, n), np.uint64), np.zeros(n, np.float32), np.zeros((4, n), np.float32))
    columns = np.flatnonzero(left <= 0.0).astype(np.int32)
    firings = 0
    while len(columns) > 0:
        firings += 1
        columns = columns[: clock_fire(work, columns, left, number, firings, KEY, CLOCKS, lane)]
    return work


def test_a_threshold_is_exponential_and_belongs_to_account_firing_and_lane() -> None:
    who = np.arange(20_000, dtype=np.uint64)
    sample = np.array([threshold(w, 0, 0) for w in who])
    assert stats.kstest(sample, "expon").pvalue > 6e-5
    assert threshold(who[3], 0, 0) == sample[3]
    others = {threshold(who[3], n, lane) for n in range(5) for lane in range(4)}
    assert len(others) == 20


@pytest.mark.parametrize("lane", range(4))
def test_the_overshoot_of_a_count_carries(lane: int) -> None:
    # using up hazard in one piece or in many gives the same firings and the same remainder
    used = np.array([30.0, 0.01, 3.0, 100.0, 0.3])
    ids = np.arange(5, 10, dtype=np.uint64)
    sums = np.array([np.cumsum([threshold(who, n, lane) for n in range(200)]) for who in ids])
    left = (sums[:, 0] - used).astype(np.float32)
    due = left <= 0.0
    assert 0 < due.sum() < len(due)
    number = np.zeros(5, np.int16)
    fire(left, number, ids, lane)
    expected = np.array([np.searchsorted(row, u, side="right") for row, u in zip(sums, used, strict=True)])
    assert np.array_equal(number, expected)
    assert left == pytest.approx(sums[np.arange(5), expected] - used, abs=1e-4)


def test_a_clock_that_fires_beyond_all_reason_spoils_the_account() -> None:
    left, number = np.array([-1e6, -1.0], np.float32), np.zeros(2, np.int16)
    work = fire(left, number, np.arange(2, dtype=np.uint64), UPSELL_LANE)
    assert np.isnan(work.reals[ARR, 0])
    assert number[0] == MOST_FIRINGS
    assert not np.isnan(work.reals[ARR, 1])


def test_a_number_of_firings_ends_before_its_sixteen_bits_do() -> None:
    left, number = np.full(2, -3.0, np.float32), np.array([MOST_EVER - 1, MOST_EVER - 100], np.int16)
    work = fire(left, number, np.arange(2, dtype=np.uint64), UPSELL_LANE)
    assert number.tolist()[0] == MOST_EVER
    assert np.isnan(work.reals[ARR, :2]).tolist() == [True, False]


def test_a_kernel_says_that_python_cannot_call_it() -> None:
    with pytest.raises(TypeError, match="called by kernels only"):
        clocks.threshold(KEY, np.uint64(1), CLOCKS, 0, 0)


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

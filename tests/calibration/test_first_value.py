from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.calibration.first_value import median, median_with_error, waiting
from churnsim.engine import journal as kinds
from churnsim.engine import ledger
from churnsim.results.trace import Journal


def test_the_median_of_a_constant_hazard_is_exact():
    for months in (0.4, 2.5, 7.0):
        left = 0.5 ** (np.arange(13) / months)
        counts = 1e6 * np.stack([left[:-1], left[:-1] - left[1:]])
        assert median(counts) == pytest.approx(months)


def test_censored_accounts_leave_those_at_risk():
    # 10 wait; 2 of 10 reach it in month 1, 3 leave, 3 of 5 in month 2: .8 x .4 < .5
    counts = np.array([[10.0, 5.0, 0.0], [2.0, 3.0, 0.0]])
    assert median(counts) == pytest.approx(1.0 + math.log(0.5 / 0.8) / math.log(0.4))


def test_no_median_before_half_have_reached_it():
    assert math.isnan(median(np.array([[10.0, 9.0], [1.0, 1.0]])))
    assert math.isnan(median(np.zeros((2, 3))))


def test_the_jackknife_is_the_textbook_one():
    rng = np.random.default_rng(1)
    left = 200.0 * 0.8 ** np.arange(12)
    draws = np.array([[left, rng.binomial(left.astype(int), 0.2)] for _ in range(30)], dtype=float)
    value, se = median_with_error(draws)
    others = [median(np.delete(draws, d, axis=0).sum(axis=0)) for d in range(30)]
    assert value == median(draws.sum(axis=0))
    assert se == pytest.approx(math.sqrt(29 * np.var(others)))
    assert math.isnan(median_with_error(draws[:1])[1])


def test_events_of_newcomers_are_counted_by_segment_and_month_since_entry():
    months = 4
    flows = np.zeros((months, 2, len(ledger.FLOW)))
    # month 1: account 10 in segment 0; accounts 11, 12 in segment 1; month 2: account 13 in segment 0
    flows[0, :, ledger.ACCOUNTS_NEW] = [1, 2]
    flows[1, 0, ledger.ACCOUNTS_NEW] = 1
    rows = [
        (1, kinds.FIRST_VALUE, 99, 0, 0.0),  # of the book
        (1, kinds.ENTRY, 10, 0, 1.0),
        (1, kinds.ENTRY, 11, 1, 1.0),
        (1, kinds.ENTRY, 12, 0, 1.0),
        (2, kinds.FIRST_VALUE, 12, 0, 0.0),
        (2, kinds.ENTRY, 13, 0, 1.0),
        (2, kinds.ENTRY, 98, 2, 1.0),  # came back
        (3, kinds.FIRST_VALUE, 10, 0, 0.0),
        (3, kinds.EXIT, 11, 0, 1.0),
        (4, kinds.EXIT, 10, 0, 1.0),
    ]
    events = np.array(rows, dtype=kinds.JOURNAL)
    reached = waiting(Journal(events, {"flows": flows}), months, 2)
    # segment 0: 10 after two months, 13 waits for two; segment 1: 12 after one, 11 leaves in its second
    assert reached[0].tolist() == [[2, 2, 0, 0], [2, 1, 0, 0]]
    assert reached[1].tolist() == [[0, 1, 0, 0], [1, 0, 0, 0]]

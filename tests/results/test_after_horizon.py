"""Value after the horizon, by hand."""

import numpy as np
import pytest

from churnsim.engine import ledger
from churnsim.results.after_horizon import value_after_horizon
from churnsim.results.summary import Ledgers, cash
from churnsim.scenario.money import AfterHorizon
from tests.results.ledgers import ARMS, REPLICATES, ledgers, money

NONE = AfterHorizon()
MULTIPLE = AfterHorizon(kind="multiple")


def run_off(months: int) -> AfterHorizon:
    return AfterHorizon(kind="run_off", run_off_months=months)


def company(months: int, arr: float, then: float, nrr: float, intending: float = 0.0) -> Ledgers:
    """One segment that ends at `arr`, was at `then` a year before, and kept `nrr` of the last year's cohort."""
    book = Ledgers.zeros((REPLICATES, ARMS), months, 1, 1, 0, 0)
    book.flows[:, :, -1, :, ledger.ARR_CLOSING] = arr
    book.flows[:, :, -1, :, ledger.ARR_INTENDING] = intending
    book.flows[:, :, max(months - 12, 0), :, ledger.ARR_OPENING] = then
    book.cohorts[:, :, -1, :, ledger.COHORT_ARR_OPENING] = then
    book.cohorts[:, :, -1, :, ledger.COHORT_ARR_NOW] = nrr * then
    return book


def test_run_off_is_the_discounted_contribution_of_the_arms_own_months() -> None:
    book, values = ledgers(24 + 60), money(annual_discount=0.2, annual_fixed_cost=600.0)
    _, _, contribution = cash(book, values, 0)
    found = value_after_horizon(book, values, 0, 24, [run_off(60), run_off(7)])
    for a, months in enumerate((60, 7)):
        month = np.arange(25, 25 + months)
        present = contribution[:, a, 24 : 24 + months] * 1.2 ** (-(month - 0.5) / 12.0)
        np.testing.assert_allclose(found[:, a], present.sum(axis=-1))


def test_each_arm_has_its_own_way() -> None:
    book, values = ledgers(24 + 12), money(multiple=3.0)
    found = value_after_horizon(book, values, 0, 24, [NONE, run_off(12)])
    assert (found[:, 0] == 0.0).all()
    assert (found[:, 1] != 0.0).all()
    found = value_after_horizon(book, values, 0, 24, [MULTIPLE, NONE])
    end = book.flows[:, 0, 23].sum(axis=1)
    np.testing.assert_allclose(
        found[:, 0], 3.0 * (end[:, ledger.ARR_CLOSING] - end[:, ledger.ARR_INTENDING]) * 1.1**-2.0
    )
    assert (found[:, 1] == 0.0).all()


def test_multiple_by_hand() -> None:
    # NRR 1.1, growth 25%: multiple 4 + 10 x 0.1 + 2 x 0.25 = 5.5 of 1,000 - 200, two years and a half away
    book = company(30, 1000.0, 800.0, 1.1, intending=200.0)
    values = money(multiple=4.0, multiple_per_nrr=10.0, multiple_per_growth=2.0)
    found = value_after_horizon(book, values, 0, 30, [MULTIPLE] * ARMS)
    # the last full year ends in month 24, growth is that of months 19 to 30
    np.testing.assert_allclose(found, 5.5 * 800.0 * 1.1**-2.5)


def test_a_multiple_is_never_below_zero() -> None:
    book = company(24, 1000.0, 1000.0, 0.5)
    values = money(multiple=4.0, multiple_per_nrr=10.0)
    assert (value_after_horizon(book, values, 0, 24, [MULTIPLE] * ARMS) == 0.0).all()


@pytest.mark.parametrize("months", [6, 24])
def test_what_is_not_defined_counts_zero(months: int) -> None:
    """Without a full year, or without ARR at its start."""
    book = company(months, 1000.0, 800.0 if months < 12 else 0.0, 2.0)
    values = money(multiple=4.0, multiple_per_nrr=10.0, multiple_per_growth=2.0)
    found = value_after_horizon(book, values, 0, months, [MULTIPLE] * ARMS)
    np.testing.assert_allclose(found, 4000.0 * 1.1 ** (-months / 12.0))


def test_a_year_is_enough() -> None:
    book = company(12, 900.0, 1000.0, 0.8)
    values = money(multiple=4.0, multiple_per_nrr=10.0, multiple_per_growth=2.0)
    found = value_after_horizon(book, values, 0, 12, [MULTIPLE] * ARMS)
    np.testing.assert_allclose(found, (4.0 - 2.0 - 0.2) * 900.0 / 1.1)


def test_months_behind_the_horizon_do_not_move_a_multiple() -> None:
    longer, values = ledgers(30 + 20), money(multiple=4.0, multiple_per_nrr=10.0, multiple_per_growth=2.0)
    short = longer.until(30)
    ways = [MULTIPLE] * ARMS
    np.testing.assert_array_equal(
        value_after_horizon(longer, values, 0, 30, ways), value_after_horizon(short, values, 0, 30, ways)
    )

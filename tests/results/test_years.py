"""Full years of a path from its months."""

import numpy as np
import pytest

from churnsim.engine import ledger
from churnsim.results.summary import cash, summarise
from churnsim.results.years import AT_YEARS_END, CHAINED, COUNTS, MOVEMENTS, of_years
from tests.results.ledgers import SEGMENTS, ledgers, money

BOOK = ledgers(29)
OUT = summarise(BOOK, money(annual_cost_to_serve=7.0), 0)
FLOW = {name: BOOK.flows[..., column] for column, name in enumerate(ledger.FLOW)}
YEARS = [slice(0, 12), slice(12, 24)]


@pytest.mark.parametrize("name", [*MOVEMENTS, *COUNTS])
def test_movements_are_summed_over_full_years(name):
    for year, months in enumerate(YEARS):
        np.testing.assert_allclose(OUT[f"{name}_by_year"][:, :, year], FLOW[name][:, :, months].sum(axis=2))
    assert OUT[f"{name}_by_year"].shape[2] == 2, "five months of a third year are none"


@pytest.mark.parametrize("name", AT_YEARS_END)
def test_levels_are_those_of_the_last_month(name):
    for year, months in enumerate(YEARS):
        np.testing.assert_array_equal(OUT[f"{name}_by_year"][:, :, year], FLOW[name][:, :, months.stop - 1])


def test_movements_of_a_year_add_up():
    y = {name.removesuffix("_by_year"): OUT[name] for name in OUT if name.endswith("_by_year")}
    opening = np.stack([FLOW["arr_opening"][:, :, months.start] for months in YEARS], axis=2)
    gained = y["arr_new"] + y["arr_upsell"] + y["arr_cross_sell"] + y["arr_price"] + y["arr_reactivated"]
    np.testing.assert_allclose(opening + gained - y["arr_contraction"] - y["arr_churned"], y["arr_closing"])


def test_money_of_a_year():
    revenue, cost, _ = cash(BOOK, money(annual_cost_to_serve=7.0), 0)
    for year, months in enumerate(YEARS):
        np.testing.assert_allclose(OUT["revenue_by_year"][:, :, year], revenue[:, :, months].sum(axis=2))
        np.testing.assert_allclose(OUT["cost_by_year"][:, :, year], cost[:, :, months].sum(axis=2))
        np.testing.assert_allclose(
            OUT["gross_profit_by_year"][:, :, year], 0.8 * revenue[:, :, months].sum(axis=(2, 3))
        )
        served = 0.5 * (FLOW["accounts_opening"] + FLOW["accounts_closing"])[:, :, months].sum(axis=2)
        np.testing.assert_allclose(OUT["account_months_by_year"][:, :, year], served)
    whole = 0.5 * (FLOW["accounts_opening"] + FLOW["accounts_closing"]).sum(axis=2)
    np.testing.assert_allclose(OUT["account_months"][:, :, 1], whole)


def test_first_sales_earn_from_the_middle_of_their_month():
    book = ledgers(12)
    book.flows[..., ledger.ARR_NEW] = 0.0
    book.flows[:, :, 0, 0, ledger.ARR_NEW] = 1200.0
    book.flows[:, :, 11, 1, ledger.ARR_NEW] = 2400.0
    found = summarise(book, money(), 0)["revenue_of_first_sales_by_year"]
    np.testing.assert_allclose(found[:, :, 0], np.broadcast_to([1150.0, 100.0], (*found.shape[:2], SEGMENTS)))


def test_months_are_chained_and_added_up():
    total = {name: values.sum(axis=-1) for name, values in FLOW.items()}
    lost, left = (BOOK.churn.sum(axis=(3, 4))[..., kind] for kind in (0, 1))
    gross = -(total["arr_contraction"] + lost)
    net = gross + total["arr_upsell"] + total["arr_cross_sell"] + total["arr_price"]
    changes = {
        "nrr": net / total["arr_opening"],
        "nrr_with_reactivated": (net + total["arr_reactivated"]) / total["arr_opening"],
        "grr": gross / total["arr_opening"],
        "logo_retention": -left / total["accounts_opening"],
    }
    assert {f"{name}_{how}" for name in changes for how in ("chained", "summed")} == set(CHAINED)
    for name, change in changes.items():
        for year, months in enumerate(YEARS):
            np.testing.assert_allclose(
                OUT[f"{name}_chained_by_year"][:, :, year], (1.0 + change[:, :, months]).prod(axis=2)
            )
            np.testing.assert_allclose(OUT[f"{name}_summed_by_year"][:, :, year], change[:, :, months].sum(axis=2))


def test_prices_that_fall_in_a_segment_are_its_losses():
    book = ledgers(12)
    book.flows[..., 0, ledger.ARR_PRICE] *= -1.0
    flow = {name: book.flows[..., column].sum(axis=-1) for column, name in enumerate(ledger.FLOW)}
    cuts = -book.flows[..., 0, ledger.ARR_PRICE]
    lost = flow["arr_contraction"] + book.churn.sum(axis=(3, 4))[..., 0] + cuts
    found = summarise(book, money(), 0)["grr_summed_by_year"][:, :, 0]
    np.testing.assert_allclose(found, -(lost / flow["arr_opening"]).sum(axis=-1))


def test_a_month_that_begins_with_nothing_masks_its_year_alone():
    book = ledgers(24)
    book.flows[0, 0, 14, :, ledger.ARR_OPENING] = 0.0
    found = summarise(book, money(), 0)["nrr_chained_by_year"]
    assert np.isnan(found[0, 0]).tolist() == [False, True]
    assert np.isfinite(found[1:]).all()


def test_less_than_a_year_has_no_years():
    book = ledgers(7)
    found = of_years(
        book.flows,
        book.churn.sum(axis=4),
        np.zeros((3, 2, 7, SEGMENTS)),
        np.zeros((3, 2, 7)),
        np.zeros((3, 2, 7, 11)),
    )
    assert all(values.shape[2] == 0 for values in found.values())

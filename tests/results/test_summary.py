"""Numbers of a path from its ledgers."""

import numpy as np
import pytest

from churnsim.engine import ledger
from churnsim.results import memory
from churnsim.results.fields import LINES, WINDOWS, attributes
from churnsim.results.labels import _inner
from churnsim.results.summary import AT_END, SUMMED, cash, monthly, path_series, summarise
from tests.results import ledgers as made
from tests.results.ledgers import ledgers, money

BOOK = ledgers(26)
FLOW = {name: BOOK.flows[..., column] for column, name in enumerate(ledger.FLOW)}
OF_WINDOW = [slice(0, 12), slice(0, 26)]


def lines(**values: float) -> dict[str, np.ndarray]:
    """Cost by line and month (R, A, M)."""
    _, cost, _ = cash(BOOK, money(**values), 0)
    return dict(zip(LINES, np.moveaxis(cost, -1, 0), strict=True))


@pytest.mark.parametrize("name", ["arr_cross_sell", "arr_reactivated", "incidents_unresolved", "referrals", "billings"])
def test_flows_are_summed_over_the_window(name: str) -> None:
    found = summarise(BOOK, money(), 0)[name]
    for window, months in enumerate(OF_WINDOW):
        np.testing.assert_allclose(found[:, :, window], FLOW[name][:, :, months].sum(axis=2))


@pytest.mark.parametrize("name", ["promoters", "detractors"])
def test_promoters_are_those_at_the_windows_end(name: str) -> None:
    found = summarise(BOOK, money(), 0)[name]
    for window, months in enumerate(OF_WINDOW):
        np.testing.assert_array_equal(found[:, :, window], FLOW[name][:, :, months.stop - 1])


def test_every_column_of_the_ledger_is_in_the_summary_or_has_a_reason_not_to_be() -> None:
    elsewhere = {"health_sum", "acquisition_cost", "play_cost", "arr_opening", "accounts_opening"}
    assert {*AT_END, *SUMMED} | elsewhere == set(ledger.FLOW)
    assert not set(AT_END) & set(SUMMED)


def test_movements_of_arr_add_up_over_a_window() -> None:
    out = summarise(BOOK, money(), 0)
    left = out["arr_opening"] + out["arr_new"] + out["arr_upsell"] + out["arr_cross_sell"] + out["arr_price"]
    left = left + out["arr_reactivated"] - out["arr_contraction"] - out["arr_churned"]
    np.testing.assert_allclose(left, out["arr_closing"])


def test_hours_of_incidents_by_team() -> None:
    found = summarise(BOOK, money(), 0)["hours_reactive"]
    column = BOOK.teams[..., ledger.HOURS_REACTIVE]
    np.testing.assert_allclose(found[:, :, 0], column[:, :, :12].sum(axis=2))


def test_cost_lines() -> None:
    served = 0.5 * (FLOW["accounts_opening"] + FLOW["accounts_closing"]).sum(axis=-1)
    found = lines(
        annual_fixed_cost=1200.0, product_monthly_cost=30.0, desk_annual_cost=600.0, annual_deflection_cost=24.0
    )
    np.testing.assert_allclose(found["fixed"], 100.0)
    np.testing.assert_allclose(found["product"], 30.0)
    np.testing.assert_allclose(found["support"], 50.0 + 2.0 * served)
    np.testing.assert_allclose(found["process"], BOOK.teams[..., ledger.PROCESS].sum(axis=3))
    sold = (FLOW["arr_upsell"] + FLOW["arr_cross_sell"]).sum(axis=-1)
    np.testing.assert_allclose(lines(expansion_cost_share=0.3)["expansion_selling"], 0.3 * sold)
    none = lines()
    assert not any(none[name].any() for name in ("product", "support", "fixed", "expansion_selling"))


def test_contribution_is_margin_less_all_lines() -> None:
    values = money(annual_fixed_cost=1200.0, product_monthly_cost=30.0, annual_cost_to_serve=7.0)
    revenue, cost, contribution = cash(BOOK, values, 0)
    np.testing.assert_allclose(contribution, 0.8 * revenue.sum(axis=-1) - cost.sum(axis=-1))


def test_lines_of_zeros_change_no_bit() -> None:
    bare = BOOK._replace(teams=BOOK.teams.copy())
    bare.teams[..., ledger.PROCESS] = 0.0
    revenue, cost, contribution = cash(bare, money(annual_cost_to_serve=7.0), 0)
    before = cost[..., 0]
    for line in range(1, LINES.index("process")):
        before = before + cost[..., line]
    assert (revenue.sum(axis=-1) * 0.8 - before).tobytes() == contribution.tobytes()


def test_months_behind_the_horizon_change_no_bit() -> None:
    longer = ledgers(26 + 40)
    for record in (summarise, monthly, path_series):
        cut, plain = record(longer.until(26), money(), 0), record(_first(longer, 26), money(), 0)
        assert list(cut) == list(plain)
        for name, values in plain.items():
            assert np.array_equal(cut[name], values), name
            assert 66 not in cut[name].shape


def _first(book, months):
    """Ledgers of the first months, in memory of their own."""
    return type(book)(*(part[:, :, :months].copy() for part in book[:4]), book.cohorts[:, :, : months // 12].copy())


@pytest.mark.parametrize("record", ["summary", "paths", "full"])
def test_the_estimate_counts_what_is_kept_of_a_path(record: str) -> None:
    shape = memory.Shape(arms=1, draws=1, replicates=1, months=26)
    shape |= {"segments": made.SEGMENTS, "teams": made.TEAMS, "playbooks": made.PLAYS, "causes": made.CAUSES}
    paths = (made.REPLICATES, made.ARMS)
    later = {"value_after_horizon": np.zeros(paths), "salaries_after_horizon": np.zeros((*paths, made.TEAMS))}
    kept = summarise(BOOK, money(), 0) | later
    if record == "paths":
        kept |= path_series(BOOK, money(), 0)
    elif record == "full":
        kept |= monthly(BOOK, money(), 0)
    assert memory.values_per_path(shape, record) == sum(v[0, 0].size for v in kept.values())


def test_every_field_has_units_a_meaning_and_dims_that_fit() -> None:
    sizes = {"window": len(WINDOWS), "segment": made.SEGMENTS, "team": made.TEAMS, "playbook": made.PLAYS}
    sizes |= {"month": 26, "year": 2, "cause": made.CAUSES, "line": len(LINES)}
    fields = summarise(BOOK, money(), 0) | monthly(BOOK, money(), 0) | path_series(BOOK, money(), 0)
    fields |= {"value_after_horizon": np.zeros((made.REPLICATES, made.ARMS))}
    for name, values in fields.items():
        described = attributes(name, "EUR")
        assert described["units"]
        assert described["long_name"]
        assert values.shape[2:] == tuple(sizes[dim] for dim in _inner(name)), name
    assert attributes("value_after_horizon", "EUR")["units"] == "EUR"
    assert attributes("incidents", "EUR")["units"] == "incidents"

"""Special case 1, money: ARR, NRR, GRR, lifetime value and discounting in closed form."""

import numpy as np
import pytest

from churnsim.results.simulation import simulate
from tests.closed_forms.cohort import LIMIT, cohort_file, follow, mean_z

INTENT = {"intent": {"annual_churn": 0.2}}
GROWTH = {
    "upsell": {"annual_rate": 0.8, "fraction": 0.15},
    "contraction": {"annual_rate": 0.5, "fraction": 0.2},
}
REPLICATES = 200
"""z scores of means over 200 replicates: beyond 4 once in 11,000 seeds (Student's t)."""


def check_mean(observed: np.ndarray, expected: np.ndarray, error: float = 0.005) -> None:
    """Assert that replicates (R, ...) of observed / expected average to 1, and that they could tell an `error`."""
    ratio = observed / expected
    assert np.abs(mean_z(ratio - 1.0)).max() < LIMIT
    assert np.all(np.abs(mean_z(ratio - 1.0 - error)) > LIMIT), "too few accounts to see such an error"


@pytest.mark.parametrize("term", [1, 12])
def test_arr_of_a_cohort(term: int) -> None:
    contracts = {"term_weight": {str(term): 1.0}, "price_uplift": 0.04}
    file = cohort_file({**INTENT, "contracts": contracts, "expansion": GROWTH}, 36)
    dataset = follow(file, REPLICATES)
    month = np.arange(37)
    renewals = month // term
    growth = np.exp((0.8 * 0.15 - 0.5 * 0.2) * month / 12)
    # the price changes once a year, however short the contract
    path = 0.8 ** (renewals * term / 12) * growth * 1.04 ** (month // 12)
    arr = dataset["arr_closing_by_month"].transpose("replicate", "month").values
    new = dataset["arr_new_by_month"].transpose("replicate", "month").values[:, :1]
    assert np.abs(arr[:, 0] / new[:, 0] - 1.0).max() < 1e-12
    check_mean(arr[:, 1:], new * path[1:], error=0.01)


@pytest.mark.parametrize("expansion", ["upsell", "contraction"])
@pytest.mark.parametrize("term", [1, 12])
def test_net_and_gross_retention_of_a_year(expansion: str, term: int) -> None:
    contracts = {"term_weight": {str(term): 1.0}, "price_uplift": 0.04 if expansion == "upsell" else 0.0}
    file = cohort_file({**INTENT, "contracts": contracts, "expansion": {expansion: GROWTH[expansion]}}, 24)
    dataset = follow(file, REPLICATES).sel(year=2)
    then = dataset["cohort_arr_opening"].values
    lived = 0.8
    if expansion == "upsell":
        net = lived * np.exp(0.8 * 0.15) * 1.04
        # nobody shrinks, so each survivor counts with what it paid
        gross = lived
    else:
        net = gross = lived * np.exp(-0.5 * 0.2)
    check_mean(dataset["cohort_arr_now"].values, then * net)
    check_mean(dataset["cohort_arr_kept"].values, then * gross)
    check_mean(dataset["cohort_accounts_now"].values, dataset["cohort_accounts_opening"].values * lived)


def test_gross_retention_counts_an_account_with_at_most_what_it_paid() -> None:
    # one upsell of 50% and contractions of 1/3 undo each other: ARR = 1.5^N (2/3)^M, kept = min(1, 1.5^(N - M))
    from scipy.stats import skellam

    growth = {"upsell": {"annual_rate": 0.7, "fraction": 0.5}, "contraction": {"annual_rate": 0.6, "fraction": 1.0 / 3}}
    contracts = {"contracts": {"term_weight": {"1": 1.0}}}
    file = cohort_file({**INTENT, **contracts, "expansion": growth}, 24)
    dataset = follow(file, REPLICATES).sel(year=2)
    # from ARR at the year's start on, N and M count the firings of that year
    net = np.arange(-40, 41)
    kept = np.sum(skellam.pmf(net, 0.7, 0.6) * np.minimum(1.0, 1.5**net))
    check_mean(dataset["cohort_arr_kept"].values, dataset["cohort_arr_opening"].values * 0.8 * kept)


def test_lifetime_value_and_present_value() -> None:
    years, margin, discount, serve = 30, 0.75, 0.12, 90.0
    file = cohort_file(
        {**INTENT, "contracts": {"term_weight": {"12": 1.0}}},
        12 * years,
        money={"gross_margin": margin, "annual_discount": discount, "annual_cost_to_serve": serve},
    )
    dataset = simulate(file, replicates=REPLICATES, seed=3).isel(arm=0, draw=0).sel(window="horizon")
    entrants = dataset["accounts_new"].sel(segment="core").values
    # contract n is paid in full by 0.8^n of the accounts; survivors pay half a month more before the horizon
    paid_years = np.sum(0.8 ** np.arange(years)) + 0.8**years / 24
    assert pytest.approx(paid_years, rel=2e-3) == 1.0 / (1.0 - 0.8)  # ARR over yearly churn, but for the horizon
    check_mean(dataset["revenue"].sel(segment="core").values, entrants * 1000.0 * paid_years)
    check_mean(dataset["contribution"].values, entrants * (1000.0 * margin - serve) * paid_years)
    # mid-month flows: half a month at entry, 11 whole ones, half a month at the contract's end
    month = np.arange(1, 12 * years + 2)
    lived = 0.8 ** ((month - 2) // 12)
    renewed = 0.8 ** ((month - 1) // 12)
    active = np.where(month % 12 == 1, 0.5 * (lived + renewed), lived)
    active[0] = 0.5
    present = np.sum(active / 12 * (1.0 + discount) ** (-(month - 0.5) / 12))
    check_mean(dataset["npv"].values, entrants * (1000.0 * margin - serve) * present)

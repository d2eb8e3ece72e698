"""Special case 5: Poisson arrivals, event counts, compound growth: means and variances."""

import numpy as np
import pytest

from churnsim.results.simulation import simulate
from churnsim.scenario.book import Book, parse_book
from churnsim.scenario.files import ScenarioFile
from tests.closed_forms.cohort import LIMIT, follow, mean_z, scenario_file
from tests.closed_forms.test_survival import STEADY

NEVER = {"annual_churn": 0.0}


def variance_z(sample: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """z of the sample variance along the first axis, its own error taken from the fourth moment."""
    squares = (sample - sample.mean(axis=0)) ** 2
    n = len(sample)
    return np.asarray((squares.sum(axis=0) / (n - 1) - variance) / (squares.std(axis=0) / np.sqrt(n)))


def check(sample: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> None:
    """Assert mean and variance of replicates (R, ...); each z is beyond 4 once in about 16,000 seeds."""
    assert np.abs(mean_z(sample - mean)).max() < LIMIT
    assert np.abs(variance_z(sample, variance)).max() < LIMIT


@pytest.mark.parametrize("leads", [3.0, 300.0])
def test_arrivals_are_poisson(leads: float) -> None:
    # 300 leads take more than one uniform: means above 256 come in pieces
    channel = {
        "leads_per_month": leads,
        "conversion_probability": 0.3,
        "annual_lead_growth": 0.5,
        "seasonality": {"3": 2.0, "8": 0.0},
        "cost_per_lead": 7.0,
    }
    core = {"intent": NEVER, "acquisition": {"entry_arr_mean": 1000.0, "channels": {"web": channel}}}
    dataset = follow(scenario_file({"core": core}, 18), replicates=4000)
    month = np.arange(1, 19)
    season = np.where(month % 12 == 3, 2.0, np.where(month % 12 == 8, 0.0, 1.0))
    expected = leads * 1.5 ** ((month - 1) / 12) * season
    drawn = dataset["leads_by_month"].transpose("replicate", "month").values
    entered = dataset["accounts_new_by_month"].transpose("replicate", "month").values
    assert np.all(drawn[:, expected == 0.0] == 0.0)
    some = expected > 0.0
    check(drawn[:, some], expected[some], expected[some])
    check(entered[:, some], 0.3 * expected[some], 0.3 * expected[some])
    # months are independent
    pairs = (drawn[:, 0] - expected[0]) * (drawn[:, 1] - expected[1])
    assert abs(mean_z(pairs)) < LIMIT
    # the dispersion is seen: counts that were 10% too spread would fail
    assert np.abs(variance_z(drawn[:, some], 1.1 * expected[some])).max() > LIMIT
    cost = dataset["acquisition_cost_by_month"].transpose("replicate", "month").values
    assert np.array_equal(cost, 7.0 * drawn)


def test_entry_arr_has_the_stated_mean_and_spread() -> None:
    channel = {"leads_per_month": 1.0, "conversion_probability": 1.0}
    core = {
        "intent": NEVER,
        "acquisition": {"entry_arr_mean": 5000.0, "entry_arr_cv": 0.8, "channels": {"web": channel}},
    }
    dataset = follow(scenario_file({"core": core}, 12), replicates=20_000)
    # sum over a Poisson number of accounts: variance = count x second moment
    new = dataset["arr_new_by_month"].transpose("replicate", "month").values.reshape(-1)
    check(new, np.float64(5000.0), np.float64(5000.0**2 * (1.0 + 0.8**2)))


def book_file(expansion: dict, months: int = 12, accounts: int = 50) -> tuple[ScenarioFile, Book]:
    """A closed book of identical accounts that entered in the month of as_of and never leave."""
    core = {"intent": NEVER, "acquisition": {"entry_arr_mean": 1.0}, "expansion": expansion}
    file = scenario_file({"core": core}, months)
    rows = "".join(f"a{i},core,2025-12-10,1000,12\n" for i in range(accounts))
    text = "account_id,segment,start_date,arr,contract_term_months\n" + rows
    return file, parse_book(text.encode(), file.scenario, "book")


@pytest.mark.parametrize("kind", ["upsell", "contraction"])
@pytest.mark.parametrize("rate", [0.5, 30.0])
def test_events_are_poisson(kind: str, rate: float) -> None:
    # at 30 a year an account fires several times a month: the overshoot carries
    file, book = book_file({kind: {"annual_rate": rate, "fraction": 0.0}})
    dataset = follow(file, replicates=4000, book=book)
    counts = dataset[f"{kind}s_by_month"].transpose("replicate", "month").values
    mean = 50 * rate / 12
    check(counts, np.float64(mean), np.float64(mean))
    check(counts.sum(axis=1), np.float64(12 * mean), np.float64(12 * mean))


@pytest.mark.parametrize(("kind", "factor"), [("upsell", 1.2), ("contraction", 0.8)])
def test_compound_growth(kind: str, factor: float) -> None:
    rate = 1.5
    file, book = book_file({kind: {"annual_rate": rate, "fraction": 0.2}}, months=24)
    dataset = simulate(file, replicates=4000, seed=1, book=book).isel(arm=0, draw=0, segment=0)
    arr = dataset["arr_closing"].transpose("replicate", "window").values
    years = np.array([1.0, 2.0])
    mean = np.exp(rate * years * (factor - 1.0))
    second = np.exp(rate * years * (factor**2 - 1.0))
    check(arr, 50 * 1000.0 * mean, 50 * 1000.0**2 * (second - mean**2))


def test_expansion_answers_to_the_state_and_waits_for_first_value() -> None:
    steady = STEADY | {"adoption_ceiling": 0.9, "initial_engagement": 0.4}
    upsell = {"annual_rate": 1.0, "fraction": 0.1, "adoption": 2.0, "engagement": -1.0}
    channel = {"leads_per_month": 2000.0, "conversion_probability": 1.0}
    core = {
        "intent": NEVER,
        "acquisition": {"entry_arr_mean": 1.0, "channels": {"web": channel}},
        "engagement": steady,
        "expansion": {"upsell": upsell},
    }
    rate = np.exp(2.0 * (0.9 - 0.7) - 1.0 * (0.4 - 0.55)) / 12
    for median, expected in ((0.0, rate), (1e9, 0.0)):
        file = scenario_file({"core": core | {"onboarding": {"median_months_to_first_value": median}}}, 6)
        dataset = follow(file, replicates=200)
        exposure = dataset["accounts_opening_by_month"].transpose("replicate", "month").values[:, 1:]
        events = dataset["upsells_by_month"].transpose("replicate", "month").values[:, 1:]
        if expected == 0.0:
            assert events.sum() == 0.0
        else:
            assert np.abs(mean_z(events - exposure * expected)).max() < LIMIT
            assert abs(events.sum() / (exposure.sum() * expected) - 1.0) < 4.0 / np.sqrt(events.sum())
            assert events.sum() > (4.0 / 0.01) ** 2  # a rate that is wrong by 1% would be found


def test_first_value_has_the_stated_median() -> None:
    channel = {"leads_per_month": 3000.0, "conversion_probability": 1.0, "annual_lead_growth": -1.0 + 1e-15}
    channel |= {"seasonality": {str(month): 0.0 for month in range(2, 13)}}
    core = {
        "intent": NEVER,
        "acquisition": {"entry_arr_mean": 1.0, "channels": {"web": channel}},
        "onboarding": {"median_months_to_first_value": 3.0},
    }
    dataset = follow(scenario_file({"core": core}, 13), replicates=40)
    entrants = dataset["accounts_new_by_month"].sum().item()
    firings = dataset["first_values_by_month"].sum("replicate").values
    months = np.arange(13)
    p = -np.diff(2.0 ** (-months / 3.0))
    z = (firings[1:] - entrants * p) / np.sqrt(entrants * p * (1.0 - p))
    assert firings[0] == 0.0
    assert np.abs(z).max() < LIMIT
    waited = dataset["months_to_first_value_by_month"].sum("replicate").values
    assert np.array_equal(waited[1:], firings[1:] * months[1:])


def test_a_volatile_market_leaves_the_means() -> None:
    market = {"volatility": 0.4, "monthly_persistence": 0.5, "lead_loading": -1.5}
    channel = {"leads_per_month": 50.0, "conversion_probability": 1.0}
    core = {"intent": NEVER, "acquisition": {"entry_arr_mean": 1.0, "channels": {"web": channel}}}
    dataset = follow(scenario_file({"core": core}, 12, market=market), replicates=8000)
    leads = dataset["leads_by_month"].transpose("replicate", "month").values
    factor = np.exp((1.5 * 0.4) ** 2) - 1.0
    check(leads, np.float64(50.0), np.float64(50.0 + 50.0**2 * factor))
    # the shift of one month and the next: exp(covariance) of lognormals
    product = leads[:, 3] * leads[:, 4]
    assert abs(mean_z(product - 50.0**2 * np.exp((1.5 * 0.4) ** 2 * 0.5))) < LIMIT

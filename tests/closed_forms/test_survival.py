"""Special case 1, survival: constant hazards and contract terms; and every shape of the hazard over tenure."""

import numpy as np
import pytest

from tests.closed_forms.cohort import alive, check_survival, cohort_file, follow, scenario_file
from tests.coverage.companies import book

MONTHLY = {"contracts": {"term_weight": {"1": 1.0}}}


def test_monthly_terms_survive_exponentially() -> None:
    file = cohort_file({"intent": {"annual_churn": 0.2}, **MONTHLY}, 36)
    check_survival(alive(follow(file)), 0.8 ** (np.arange(37) / 12))


@pytest.mark.parametrize("term", [3, 12])
def test_accounts_leave_only_when_their_contract_ends(term: int) -> None:
    file = cohort_file({"intent": {"annual_churn": 0.3}, "contracts": {"term_weight": {str(term): 1.0}}}, 37)
    # `check_survival` asserts that no account at all leaves in between
    check_survival(alive(follow(file)), 0.7 ** (np.arange(38) // term * term / 12))


def test_terms_mix_by_weight() -> None:
    file = cohort_file({"intent": {"annual_churn": 0.5}, "contracts": {"term_weight": {"1": 3.0, "6": 1.0}}}, 24)
    month = np.arange(25)
    survival = 0.75 * 0.5 ** (month / 12) + 0.25 * 0.5 ** (month // 6 * 6 / 12)
    check_survival(alive(follow(file)), survival)


def test_hazard_factor_scales_the_hazard() -> None:
    file = cohort_file({"intent": {"annual_churn": 0.2, "hazard_factor": 1.5}, **MONTHLY}, 24)
    check_survival(alive(follow(file)), 0.8 ** (1.5 * np.arange(25) / 12))


TAU = np.arange(37) / 12
FIRST_YEAR = -np.log(0.7)
LEVELS = np.array([3.0] * 2 + [1.0] * 6 + [0.5] * 28)
RATES = np.array([0.137, 0.145, 0.1, 0.08, 0.06] + [0.05] * 31)


def sums(monthly: np.ndarray) -> np.ndarray:
    return np.concatenate(([0.0], np.cumsum(monthly)))


SHAPES = {
    "weibull": ({"shape": 0.6}, FIRST_YEAR * TAU**0.6),
    "gompertz": ({"monthly_growth": -0.05}, FIRST_YEAR * np.expm1(-0.05 * 12 * TAU) / np.expm1(-0.6)),
    "log_logistic": ({"shape": 1.8}, np.log(1.0 + np.expm1(FIRST_YEAR) * TAU**1.8)),
    "piecewise": ({"level_from_month": {"0": 3.0, "2": 1.0, "8": 0.5}}, FIRST_YEAR * sums(LEVELS) / LEVELS[:12].sum()),
    "table": ({"monthly_rate": {str(n): r for n, r in enumerate(RATES[:7], start=1)}}, sums(RATES)),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_of_the_hazard_over_tenure(kind: str) -> None:
    numbers, cumulated = SHAPES[kind]
    level = {} if kind == "table" else {"annual_churn": 0.3}
    file = cohort_file({"intent": level | {"duration": {"kind": kind, **numbers}}, **MONTHLY}, 36)
    if kind != "table":
        assert cumulated[12] == pytest.approx(FIRST_YEAR)
    check_survival(alive(follow(file)), np.exp(-cumulated))


STEADY = {
    "monthly_adoption_share": 1.0,
    "adoption_ceiling": 0.5,
    "initial_engagement": 0.3,
    "monthly_drift": 0.0,
    "monthly_rowing": 0.0,
}
"""Adoption is at its ceiling from the first month on and engagement stands still: the state is constant."""
CAUSES = {
    "adoption": {"weight": 0.4, "adoption": -1.5},
    "relationship": {"weight": 0.35, "engagement": -2.0},
    "need": {"weight": 0.25},
}


def test_hazard_answers_to_the_state() -> None:
    file = cohort_file({"intent": {"annual_churn": 0.2, "causes": CAUSES}, "engagement": STEADY, **MONTHLY}, 36)
    terms = np.array([0.4 * np.exp(-1.5 * (0.5 - 0.7)), 0.35 * np.exp(-2.0 * (0.3 - 0.55)), 0.25])
    dataset = follow(file)
    check_survival(alive(dataset), 0.8 ** (terms.sum() * np.arange(37) / 12))


def test_accounts_without_first_value_leave_faster() -> None:
    causes = {"onboarding": {"weight": 0.3, "no_first_value": 1.2}, "need": {"weight": 0.7}}
    slow = {"median_months_to_first_value": 1e9}
    file = cohort_file({"intent": {"annual_churn": 0.2, "causes": causes}, "onboarding": slow, **MONTHLY}, 36)
    check_survival(alive(follow(file)), 0.8 ** ((0.3 * np.exp(1.2) + 0.7) * np.arange(37) / 12))


def test_a_price_uplift_is_remembered_and_fades() -> None:
    causes = {"price": {"weight": 0.5, "recent_uplift": 4.0}, "need": {"weight": 0.5}}
    contracts = {"term_weight": {"6": 1.0}, "price_uplift": 0.2, "uplift_half_life_months": 3.0}
    file = cohort_file({"intent": {"annual_churn": 0.4, "causes": causes}, "contracts": contracts}, 36)
    month = np.arange(36)
    # half-year contracts see a price change once a year
    renewals = np.arange(12, 36, 12)
    # remembered in the month u that begins after u months of tenure; the first month after a renewal has faded once
    age = month[:, None] - renewals + 1
    memory = np.where(age > 0, 0.2 * 2.0 ** (-age / 3.0), 0.0).sum(axis=1)
    hazard = -np.log(0.6) / 12 * (0.5 * np.exp(4.0 * memory) + 0.5)
    cumulated = sums(hazard)[np.arange(37) // 6 * 6]
    check_survival(alive(follow(file)), np.exp(-cumulated), error=0.02)


@pytest.mark.parametrize(
    ("exits", "monthly"),
    [
        ({"annual_closure": 0.3}, 0.7 ** (1 / 12)),
        ({"payment_failure_probability": 0.03}, 0.97),
        ({"annual_closure": 0.3, "payment_failure_probability": 0.03}, 0.97 * 0.7 ** (1 / 12)),
    ],
)
def test_the_book_leaves_at_once_by_either_kind_of_exit_alone(exits: dict[str, float], monthly: float) -> None:
    acquisition = {"entry_arr_mean": 1000.0, "channels": {}}
    segment = {"intent": {"annual_churn": 0.0}, "exits": exits, "acquisition": acquisition, **MONTHLY}
    n = 5_000
    accounts = book(np.full(n, 1000.0), tenure=5)
    found = follow(scenario_file({"core": segment}, 24), book=accounts)
    counts = np.concatenate(([n * found.sizes["replicate"]], alive(found)))
    check_survival(counts, monthly ** np.arange(25))

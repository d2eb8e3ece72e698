"""Special case 4: competing risks. Shares of causes are shares of hazards."""

import numpy as np
import pytest
import xarray as xr

from tests.closed_forms.cohort import LIMIT, alive, check_survival, cohort_file, follow
from tests.closed_forms.test_survival import CAUSES, MONTHLY, STEADY


def by_cause(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    """Exits (months + 1,) by root cause or kind of immediate exit."""
    counts = dataset["accounts_churned_by_cause_by_month"].sum("replicate")
    return {name: counts.sel(cause=name).values for name in counts["cause"].values}


def share_z(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """z of each count under a multinomial law."""
    total = counts.sum()
    return (counts - total * shares) / np.sqrt(total * shares * (1.0 - shares))


def check_shares(counts: np.ndarray, shares: np.ndarray) -> None:
    """Assert the shares, and that a term that is 3% too large would be found."""
    assert np.abs(share_z(counts, shares)).max() < LIMIT
    for c in range(len(shares)):
        wrong = shares * np.where(np.arange(len(shares)) == c, 1.03, 1.0)
        assert np.abs(share_z(counts, wrong / wrong.sum())).max() > LIMIT


@pytest.mark.parametrize("frailty", [{"law": "none"}, {"law": "gamma", "variance": 1.0}])
def test_shares_of_constant_causes_are_their_weights(frailty: dict) -> None:
    causes = {"need": {"weight": 0.5}, "price": {"weight": 0.3}, "quality": {"weight": 0.2}}
    file = cohort_file({"intent": {"annual_churn": 0.5, "causes": causes, "frailty": frailty}, **MONTHLY}, 24)
    exits = by_cause(follow(file, 60))
    counts = np.array([exits[name].sum() for name in causes])
    assert exits["closure"].sum() == exits["payment"].sum() == 0.0
    check_shares(counts, np.array([0.5, 0.3, 0.2]))


def test_shares_of_causes_that_answer_to_the_state() -> None:
    file = cohort_file({"intent": {"annual_churn": 0.5, "causes": CAUSES}, "engagement": STEADY, **MONTHLY}, 24)
    terms = np.array([0.4 * np.exp(-1.5 * (0.5 - 0.7)), 0.35 * np.exp(-2.0 * (0.3 - 0.55)), 0.25])
    exits = by_cause(follow(file, 60))
    check_shares(np.array([exits[name].sum() for name in CAUSES]), terms / terms.sum())


CLOSURE = {"annual_closure": 0.2}


def test_closure_does_not_wait_for_the_contract() -> None:
    file = cohort_file({"intent": {"annual_churn": 0.0}, "exits": CLOSURE}, 36)
    dataset = follow(file)
    check_survival(alive(dataset), 0.8 ** (np.arange(37) / 12))
    assert by_cause(dataset)["closure"].sum() == dataset["accounts_churned_by_month"].sum()


@pytest.mark.parametrize("grace", [0, 2])
def test_unpaid_bills_are_lost_after_their_grace(grace: int) -> None:
    exits = {"payment_failure_probability": 0.3, "recovery_probability": 0.6, "grace_months": grace}
    contracts = {"term_weight": {"12": 1.0}, "billing_months": 3}
    file = cohort_file({"intent": {"annual_churn": 0.0}, "exits": exits, "contracts": contracts}, 36)
    # the first bill is paid at entry; bills are due after 3, 6, ... months
    bills = np.maximum(np.arange(37) - grace, 0) // 3
    dataset = follow(file)
    check_survival(alive(dataset), (1.0 - 0.3 * 0.4) ** bills)
    assert by_cause(dataset)["payment"].sum() == dataset["accounts_churned_by_month"].sum()


def test_a_short_term_bills_once_per_term() -> None:
    contracts = {"term_weight": {"1": 1.0}, "billing_months": 12}
    exits = {"payment_failure_probability": 0.02}
    file = cohort_file({"intent": {"annual_churn": 0.0}, "exits": exits, "contracts": contracts}, 24)
    check_survival(alive(follow(file)), 0.98 ** np.arange(25))


def test_intent_closure_and_payment_compete() -> None:
    exits = {"annual_closure": 0.3, "payment_failure_probability": 0.03}
    contracts = {"term_weight": {"1": 1.0}, "billing_months": 1}
    file = cohort_file({"intent": {"annual_churn": 0.3}, "exits": exits, "contracts": contracts}, 24)
    dataset = follow(file, 60)
    closure, payment, intent = -np.log(0.7) / 12, -np.log(0.97), -np.log(0.7) / 12
    whole = closure + payment + intent
    check_survival(alive(dataset), np.exp(-whole * np.arange(25)))
    # an immediate exit comes before the month's contract end; of two, the one with the least crossing fraction
    immediate = -np.expm1(-(closure + payment))
    leave = np.exp(-(closure + payment)) * -np.expm1(-intent)
    expected = {
        "closure": immediate * closure / (closure + payment),
        "payment": immediate * payment / (closure + payment),
        "churn": leave,
    }
    counts = by_cause(dataset)
    shares = np.array(list(expected.values())) / -np.expm1(-whole)
    check_shares(np.array([counts[name].sum() for name in expected]), shares)

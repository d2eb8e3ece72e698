"""Special case 3: renewals with a beta frailty are shifted-beta-geometric, or beta-discrete-Weibull."""

import numpy as np
import pytest
from scipy.special import betaln

from tests.closed_forms.cohort import alive, check_survival, cohort_file, follow


def discrete_weibull(alpha: float, beta: float, exponent: float, renewals: np.ndarray) -> np.ndarray:
    """S(n) = B(alpha, beta + n^c)/B(alpha, beta)."""
    return np.exp(betaln(alpha, beta + renewals.astype(float) ** exponent) - betaln(alpha, beta))


def renewals_file(alpha: float, beta: float, exponent: float, term: int, renewals: int):
    intent = {"annual_churn": 0.0, "frailty": {"law": "beta", "alpha": alpha, "beta": beta}}
    contracts = {"term_weight": {str(term): 1.0}, "scrutiny": {str(term): {"duration_exponent": exponent}}}
    return cohort_file({"intent": intent, "contracts": contracts}, term * renewals)


@pytest.mark.parametrize(("alpha", "beta"), [(0.7041, 1.1820), (0.6681, 3.8061)])
@pytest.mark.parametrize("term", [1, 4])
def test_shifted_beta_geometric(alpha: float, beta: float, term: int) -> None:
    file = renewals_file(alpha, beta, 1.0, term, 12)
    survival = discrete_weibull(alpha, beta, 1.0, np.arange(12 * term + 1) // term)
    check_survival(alive(follow(file)), survival)


def test_the_published_forecast() -> None:
    # Fader & Hardie (2007): survivors of 1,000 regular customers after 8 .. 12 renewals
    survival = discrete_weibull(0.7041, 1.1820, 1.0, np.arange(13))
    assert 1000 * survival[8:] == pytest.approx([220.1, 204.4, 191.2, 179.9, 170.0], abs=0.05)


@pytest.mark.parametrize(("alpha", "beta", "exponent"), [(0.5231, 0.8944, 1.1963), (0.9, 2.0, 0.6)])
def test_beta_discrete_weibull(alpha: float, beta: float, exponent: float) -> None:
    file = renewals_file(alpha, beta, exponent, 2, 12)
    check_survival(alive(follow(file)), discrete_weibull(alpha, beta, exponent, np.arange(25) // 2))


def test_a_scrutiny_without_frailty_is_its_first_renewal_churn() -> None:
    contracts = {
        "term_weight": {"6": 1.0},
        "scrutiny": {"6": {"first_renewal_churn": 0.2, "duration_exponent": 0.5}},
    }
    file = cohort_file({"intent": {"annual_churn": 0.1}, "contracts": contracts}, 36)
    renewals = np.arange(37) // 6
    check_survival(alive(follow(file)), 0.9 ** (renewals / 2) * 0.8 ** np.sqrt(renewals))

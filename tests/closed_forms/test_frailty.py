"""Special case 2: the population's survival under each law of frailty is its Laplace transform."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import betaln, digamma

from tests.closed_forms.cohort import alive, check_survival, cohort_file, follow

MONTHS = 60
HAZARD = -np.log(0.7) * np.arange(MONTHS + 1) / 12


def laplace(density, hazard: np.ndarray) -> np.ndarray:
    """E exp(-Z hazard) by quadrature over ln Z, and a check that the law has mean 1."""

    def expect(function) -> float:
        inner = lambda x: function(np.exp(x)) * density(np.exp(x)) * np.exp(x)  # noqa: E731
        return integrate.quad(inner, -30.0, 12.0, limit=500, epsabs=1e-11)[0]

    assert expect(lambda z: z) == pytest.approx(1.0, abs=1e-6)
    return np.array([expect(lambda z, h=h: np.exp(-z * h)) for h in hazard])


@pytest.mark.parametrize("variance", [0.5, 3.0])
def test_gamma(variance: float) -> None:
    check("gamma", variance, (1.0 + variance * HAZARD) ** (-1.0 / variance))


def test_lognormal() -> None:
    sigma = np.sqrt(np.log(2.0))
    check("lognormal", 1.0, laplace(stats.lognorm(sigma, scale=np.exp(-0.5 * sigma**2)).pdf, HAZARD))


def test_inverse_gaussian() -> None:
    check("inverse_gaussian", 1.5, laplace(stats.invgauss(mu=1.5, scale=1.0 / 1.5).pdf, HAZARD))


def check(law: str, variance: float, survival: np.ndarray) -> None:
    intent = {"annual_churn": 0.3, "frailty": {"law": law, "variance": variance}}
    file = cohort_file({"intent": intent, "contracts": {"term_weight": {"1": 1.0}}}, MONTHS)
    check_survival(alive(follow(file)), survival)


def test_beta() -> None:
    alpha, beta = 0.7, 1.2
    mean = digamma(alpha + beta) - digamma(beta)
    survival = np.exp(betaln(alpha, beta + HAZARD / mean) - betaln(alpha, beta))
    intent = {"annual_churn": 0.3, "frailty": {"law": "beta", "alpha": alpha, "beta": beta}}
    file = cohort_file({"intent": intent, "contracts": {"term_weight": {"1": 1.0}}}, MONTHS)
    check_survival(alive(follow(file)), survival)


def test_frailty_keeps_to_the_account_over_annual_contracts() -> None:
    # the same Z acts in every year: (1 + v Lambda)^(-1/v), not its first year's drop again and again
    intent = {"annual_churn": 0.3, "frailty": {"law": "gamma", "variance": 1.0}}
    file = cohort_file({"intent": intent, "contracts": {"term_weight": {"12": 1.0}}}, 49)
    counts = alive(follow(file))
    years = -np.log(0.7) * (np.arange(50) // 12)
    check_survival(counts, 1.0 / (1.0 + years))

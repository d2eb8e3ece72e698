"""Tables of frailty against the laws that they stand for, by quadrature: no luck is involved."""

import numpy as np
import pytest
from scipy.special import betaln, digamma, ndtr

from churnsim.compile import hazards
from churnsim.engine import acquisition
from churnsim.engine.acquisition import SCORE_LIMIT
from tests.compile.small import compiled, scenario
from tests.engine.python import callable_from_python

log_frailty = callable_from_python(acquisition.log_frailty)

CASES = [("gamma", (v, 0.0)) for v in (0.05, 0.5, 1.0, 4.0)]
CASES += [("lognormal", (v, 0.0)) for v in (0.1, 1.0, 3.0)]
CASES += [("inverse_gaussian", (v, 0.0)) for v in (0.1, 1.0, 3.0)]
CASES += [("beta", p) for p in ((0.7, 1.2), (0.67, 3.8), (2.0, 2.0))]

EDGES = np.linspace(-SCORE_LIMIT, SCORE_LIMIT, 20_001)
WEIGHT = np.diff(ndtr(EDGES))
MIDDLE = 0.5 * (EDGES[1:] + EDGES[:-1])


def read(law: str, parameters: tuple[float, float], survived: float) -> np.ndarray:
    """Z at the middles, as the engine reads it off the table, given survival of a cumulated hazard."""
    table, step = hazards.frailty_table(law, np.array(parameters))
    return np.exp([log_frailty(table, step, survived, score) for score in MIDDLE])


def laplace(law: str, parameters: tuple[float, float], hazard: np.ndarray) -> np.ndarray:
    return hazards.survival(law, np.array([parameters]), hazard[None, :])[0]


@pytest.mark.parametrize(("law", "parameters"), CASES)
def test_new_customers_have_the_law_with_mean_one(law: str, parameters: tuple) -> None:
    z = read(law, parameters, 0.0)
    variance = hazards.frailty_variance(law, np.array(parameters))
    mean = np.sum(WEIGHT * z)
    assert mean == pytest.approx(1.0, abs=1e-3)
    assert np.sum(WEIGHT * z**2) - mean**2 == pytest.approx(variance, rel=6e-3)
    hazard = np.array([0.05, 0.3, 1.0, 3.0])
    found = [np.sum(WEIGHT * np.exp(-z * h)) for h in hazard]
    assert found == pytest.approx(laplace(law, parameters, hazard), rel=1e-3)


@pytest.mark.parametrize(("law", "parameters"), CASES)
@pytest.mark.parametrize("survived", [0.02, 0.4, 2.5])
def test_survivors_have_the_posterior(law: str, parameters: tuple, survived: float) -> None:
    # E[exp(-Z h) | survived] = S(survived + h)/S(survived), between the table's levels too
    z = read(law, parameters, survived)
    hazard = np.array([0.05, 0.5, 2.0])
    found = [np.sum(WEIGHT * np.exp(-z * h)) for h in hazard]
    expected = laplace(law, parameters, survived + hazard) / laplace(law, parameters, np.array([survived]))
    assert found == pytest.approx(expected, rel=2e-3)


def test_survival_of_the_population_in_closed_form() -> None:
    hazard = np.linspace(0.0, 5.0, 11)
    assert laplace("gamma", (2.0, 0.0), hazard) == pytest.approx((1.0 + 2.0 * hazard) ** -0.5)
    alpha, beta = 0.7, 1.2
    renewals = hazard / (digamma(alpha + beta) - digamma(beta))
    expected = np.exp(betaln(alpha, beta + renewals) - betaln(alpha, beta))
    assert laplace("beta", (alpha, beta), hazard) == pytest.approx(expected)


def test_laplace_transforms_without_closed_form() -> None:
    rng = np.random.default_rng(0)
    normal = rng.standard_normal(400_000)
    normal = np.concatenate([normal, -normal])
    hazard = np.array([0.1, 1.0, 4.0])
    for variance in (0.2, 2.0):
        sigma = np.sqrt(np.log1p(variance))
        z = np.exp(sigma * normal - 0.5 * sigma**2)
        found = laplace("lognormal", (variance, 0.0), hazard)
        assert found == pytest.approx([np.exp(-z * h).mean() for h in hazard], rel=2e-3)
        wald = rng.wald(1.0, 1.0 / variance, 800_000)
        found = laplace("inverse_gaussian", (variance, 0.0), hazard)
        assert found == pytest.approx([np.exp(-wald * h).mean() for h in hazard], rel=3e-3)


@pytest.mark.parametrize(
    ("hazard", "months"),
    [([2.0, 2.0, 2.0], 1), ([1.0, 2.0, 2.0], 2), ([1.0, 1.0, 2.0], 3), ([2.0, 1.0, 2.0], 3), ([2.0], 1)],
)
def test_months_until_a_hazard_stays_as_it_is(hazard: list[float], months: int) -> None:
    alone = hazards.months_until_constant(np.array([hazard]))
    among_others = hazards.months_until_constant(np.array([[9.0] * len(hazard), hazard]))
    assert alone.tolist() == [months]
    assert among_others.tolist() == [1, months]


def test_the_engine_reads_no_more_of_a_hazard_than_changes() -> None:
    piecewise = {"kind": "piecewise", "level_from_month": {"0": 2.0, "5": 1.0}}
    for duration, months in (({"kind": "constant"}, 1), (piecewise, 6), ({"kind": "weibull", "shape": 0.7}, None)):
        tables = compiled(scenario(segments__core__intent__duration=duration)).tables
        hazard, until = tables.base_hazard[0, 0, 0], int(tables.segment["hazard_months"][0, 0, 0])
        assert until == (months or len(hazard))
        assert (hazard[until - 1 :] == hazard[-1]).all()
        assert until == 1 or hazard[until - 2] != hazard[-1]

"""Hazards by tenure, renewal lumps and the tables of frailty. Equations: scenario/intent.py, scenario/contracts.py."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from churnsim.compile.values import Values
from churnsim.engine.acquisition import SCORE_LIMIT
from churnsim.scenario.intent import Constant, FittedTable, Frailty, Gompertz, LogLogistic, Piecewise, Weibull

LEVELS = 24
"""Levels of survived hazard in a frailty table."""
POINTS = 193
"""Normal scores of a frailty table: steps of 1/16 from -6 to 6."""
MOST_SURVIVED = 20.0
"""Cumulated hazard of the last level, at the mean frailty."""
BLOCK = 1_024
"""Hazards that are integrated over the frailty at once: what this takes stays in the processor's caches."""
TABLES_KEPT = 1_024
"""Frailty tables, 18 kB each, that are kept for the next draws, points of a sweep or trial values."""


def base_hazard(v: Values, tenures: int) -> np.ndarray:
    """Lambda(n + 1) - Lambda(n) of a segment at Z = 1 and the reference state, (D, tenures); before scrutiny."""
    tau = np.arange(tenures + 1, dtype=np.float64)
    duration = v.node("intent.duration")
    factor = v("intent.hazard_factor")[:, None]
    if isinstance(duration, FittedTable):
        months = sorted(duration.monthly_rate, key=int)
        rates = np.stack([v(f"intent.duration.monthly_rate.{m}") for m in months], axis=1)
        held = rates[:, np.minimum(np.arange(tenures), len(months) - 1)]
        return np.asarray(factor * held)
    first_year = -np.log1p(-v("intent.annual_churn"))[:, None]
    if isinstance(duration, Constant):
        return np.asarray(np.repeat(factor * first_year / 12.0, tenures, axis=1))
    if isinstance(duration, Weibull):
        cumulated = first_year * (tau / 12.0) ** v("intent.duration.shape")[:, None]
    elif isinstance(duration, Gompertz):
        growth = v("intent.duration.monthly_growth")[:, None]
        flat = np.abs(growth) < 1e-12
        safe = np.where(flat, 1.0, growth)
        cumulated = first_year * np.where(flat, tau / 12.0, np.expm1(safe * tau) / np.expm1(safe * 12.0))
    elif isinstance(duration, LogLogistic):
        cumulated = np.log1p(np.expm1(first_year) * (tau / 12.0) ** v("intent.duration.shape")[:, None])
    else:
        assert isinstance(duration, Piecewise)
        starts = sorted(duration.level_from_month, key=int)
        levels = np.stack([v(f"intent.duration.level_from_month.{m}") for m in starts], axis=1)
        piece = np.searchsorted([int(m) for m in starts], np.arange(max(tenures, 12)), side="right") - 1
        monthly = levels[:, piece]
        return np.asarray(factor * first_year * monthly[:, :tenures] / monthly[:, :12].sum(axis=1, keepdims=True))
    return np.asarray(factor * np.diff(cumulated, axis=1))


def months_until_constant(hazard: np.ndarray) -> np.ndarray:
    """Months (D,) of hazards (D, N) until they stay as they are, in the engine's 32 bits; at least 1."""
    narrow = hazard.astype(np.float32)
    differs = narrow != narrow[:, -1:]
    last = hazard.shape[1] - 1 - np.argmax(differs[:, ::-1], axis=1)
    return np.where(differs.any(axis=1), last + 2, 1)


def renewal_lumps(v: Values, terms: list[int], most_renewals: int) -> np.ndarray:
    """Extra base hazard a month in the window of the r-th renewal, (D, K, R), r = 0 being the first."""
    window = v.node("contracts.renewal_window_months")
    out = np.zeros((v.draws, len(terms), most_renewals))
    n = np.arange(1, most_renewals + 1, dtype=np.float64)
    for k, term in enumerate(terms):
        scrutiny = v.node("contracts.scrutiny").get(str(term))
        if scrutiny is None:
            continue
        where = f"contracts.scrutiny.{term}"
        if scrutiny.first_renewal_churn is None:
            first = beta_mean(v("intent.frailty.alpha"), v("intent.frailty.beta"))
        else:
            first = -np.log1p(-v(f"{where}.first_renewal_churn"))
        c = v(f"{where}.duration_exponent")[:, None]
        lumps = first[:, None] * (n**c - (n - 1.0) ** c)
        out[:, k] = v("intent.hazard_factor")[:, None] * lumps / min(window, term)
    return out


def beta_mean(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Mean of -ln(1 - p) for p ~ Beta(alpha, beta)."""
    from scipy.special import digamma

    return np.asarray(digamma(alpha + beta) - digamma(beta))


def frailty_key(v: Values) -> np.ndarray | None:
    """Parameters (D, 2) of the frailty law, or None where Z = 1 in every draw."""
    frailty: Frailty = v.node("intent.frailty")
    if frailty.law == "none":
        return None
    if frailty.law == "beta":
        return np.stack([v("intent.frailty.alpha"), v("intent.frailty.beta")], axis=1)
    variance = v("intent.frailty.variance")
    return np.stack([variance, np.zeros_like(variance)], axis=1)


def frailty_variance(law: str, parameters: np.ndarray) -> float:
    """Variance of Z, which has mean 1."""
    if law == "beta":
        from scipy.special import polygamma

        alpha, beta = parameters
        spread = float(polygamma(1, beta) - polygamma(1, alpha + beta))
        return spread / float(beta_mean(alpha, beta)) ** 2
    return float(parameters[0])


@lru_cache(maxsize=TABLES_KEPT)
def kept_table(law: str, first: float, second: float) -> tuple[np.ndarray, np.ndarray]:
    """`frailty_table` at the parameters (first, second), not to be written to."""
    table, step = frailty_table(law, np.array([first, second]))
    table.flags.writeable = step.flags.writeable = False
    return table, step


def frailty_table(law: str, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln Z (LEVELS, POINTS) at normal scores, given survival of a cumulated hazard Lambda, and (variance, step).

    Level l has Lambda with ln(1 + variance Lambda) = l step. Given survival the law is the prior times exp(-z Lambda).
    Gamma and beta laws stay in their families (closed form); the others are reweighted on a fine grid.
    """
    from scipy.special import betaincinv, gammaincinv, ndtr

    score = np.linspace(-SCORE_LIMIT, SCORE_LIMIT, POINTS)
    below, above = ndtr(score), ndtr(-score)
    variance = frailty_variance(law, parameters)
    step = np.log1p(variance * MOST_SURVIVED) / (LEVELS - 1)
    survived = np.expm1(step * np.arange(LEVELS)) / variance
    if law == "gamma":
        prior = np.maximum(gammaincinv(1.0 / variance, below), 1e-300)
        out = np.log(prior / (1.0 / variance + survived)[:, None])
    elif law == "beta":
        alpha, beta = parameters
        mean = float(beta_mean(alpha, beta))
        # after n = Lambda / mean survived renewals 1 - p ~ Beta(beta + n, alpha)
        # its lower tail is the upper one of Z
        loyal = betaincinv((beta + survived / mean)[:, None], alpha, above)
        out = np.log(np.maximum(-np.log(np.maximum(loyal, 1e-300)), 1e-300) / mean)
    else:
        out = reweighted(law, variance, survived, below)
    return out.astype(np.float32), np.array([variance, step])


def reweighted(law: str, variance: float, hazard: np.ndarray, below: np.ndarray) -> np.ndarray:
    """ln of the quantiles at `below` (n,) of the law prior x exp(-z hazard), (L, n) for hazards (L,), by a grid."""
    if law == "lognormal":
        sigma = np.sqrt(np.log1p(variance))
        fine = np.linspace(-9.0, 9.0, 4_001)
        log_z = sigma * fine - 0.5 * sigma**2
        density = np.exp(-0.5 * fine**2)
    elif law == "inverse_gaussian":
        from scipy import stats

        log_z = np.linspace(np.log(1e-6), np.log(1.0 + 60.0 * np.sqrt(variance) + 60.0 * variance), 4_001)
        density = stats.invgauss.pdf(np.exp(log_z), mu=variance, scale=1.0 / variance) * np.exp(log_z)
    else:
        raise ValueError(f"no frailty law is called {law!r}")
    z, steps = np.exp(log_z), np.diff(log_z)
    cumulated = np.zeros(len(z))
    out = np.empty((len(hazard), len(below)))
    # one by one: all at once would leave the processor's caches, and take longer
    for level, passed in enumerate(hazard):
        weight = density * np.exp(-passed * z)
        np.cumsum(0.5 * (weight[1:] + weight[:-1]) * steps, out=cumulated[1:])
        out[level] = np.interp(below, cumulated / cumulated[-1], log_z)
    return out


def survival(law: str, parameters: np.ndarray | None, hazard: np.ndarray) -> np.ndarray:
    """Population survival E exp(-Z Lambda) in every draw, at cumulated hazards (D, F); parameters as `frailty_key`."""
    if parameters is None:
        return np.asarray(np.exp(-hazard))
    first, second = parameters[:, :1], parameters[:, 1:]
    if law == "beta":
        from scipy.special import betaln

        n = hazard / beta_mean(first, second)
        return np.asarray(np.exp(betaln(first, second + n) - betaln(first, second)))
    v = np.maximum(first, 1e-12)
    if law == "gamma":
        return np.asarray(np.exp(-np.log1p(v * hazard) / v))
    if law == "inverse_gaussian":
        return np.asarray(np.exp((1.0 - np.sqrt(1.0 + 2.0 * v * hazard)) / v))
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    sigma = np.sqrt(np.log1p(v))
    z = np.exp(sigma * nodes - 0.5 * sigma**2)
    cumulated, draw = hazard.reshape(-1), np.repeat(np.arange(len(z)), hazard.shape[1])
    out = np.empty(len(cumulated))
    for start in range(0, len(out), BLOCK):
        part = slice(start, start + BLOCK)
        out[part] = np.exp(-cumulated[part, None] * z[draw[part]]) @ weights
    return np.asarray(out.reshape(hazard.shape) / weights.sum())

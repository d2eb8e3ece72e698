"""One cohort of new accounts, followed month by month, and its agreement with a survival function.

Statistics are z scores at a fixed seed; a right engine fails one with |z| > 4 once in 16,000 seeds.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import tomlkit
import xarray as xr

from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, parse

NEVER = {str(month): 0.0 for month in range(2, 13)}
LIMIT = 4.0


def scenario_file(segments: dict[str, Any], months: int, **tables: Any) -> ScenarioFile:
    """A scenario file that starts in January 2026, so month 1 is a January."""
    head = {"name": "closed form", "as_of": datetime.date(2025, 12, 31), "run": {"horizon_months": months}}
    return parse(tomlkit.dumps(head | tables | {"segments": segments}))


def arrivals_once(mean: float) -> dict[str, Any]:
    """An acquisition table whose accounts all enter in month 1; each pays 1,000."""
    once = {
        "leads_per_month": float(mean),
        "conversion_probability": 1.0,
        "annual_lead_growth": -1.0 + 1e-15,
        "seasonality": NEVER,
    }
    return {"entry_arr_mean": 1000.0, "channels": {"web": once}}


def cohort_file(segment: dict[str, Any], months: int, accounts: float = 10_000.0, **tables: Any) -> ScenarioFile:
    """One segment, `core`, whose accounts enter in month 1 and are followed for `months` months of tenure."""
    acquisition = {"acquisition": arrivals_once(accounts)}
    return scenario_file({"core": acquisition | segment}, months + 1, **tables)


def follow(file: ScenarioFile, replicates: int = 40, seed: int = 1, **options: Any) -> xr.Dataset:
    """Every monthly field of the cohort by replicate; arm, draw and segment are dropped. Month 1 is entry."""
    dataset = simulate(file, replicates=replicates, seed=seed, record="full", threads=1, **options)
    return dataset.isel(arm=0, draw=0, segment=0)


def alive(dataset: xr.Dataset) -> np.ndarray:
    """Accounts (months + 1,) that are active after 0, 1, ... months of tenure."""
    return dataset["accounts_closing_by_month"].sum("replicate").values


def survival_z(counts: np.ndarray, survival: np.ndarray) -> tuple[float, float]:
    """How far counts of survivors are from a survival function, as two z scores.

    Given who is at risk the exits of a month are binomial. First: all exits against those expected, the score of a
    hazard that is wrong by a factor. Second: the sum of squares over the months, which sees a wrong shape.
    """
    at_risk, exits = counts[:-1], -np.diff(counts)
    p = 1.0 - survival[1:] / survival[:-1]
    certain = p <= 1e-12
    assert np.all(exits[certain] == 0.0), "an exit in a month in which none can happen"
    deviation = (exits - at_risk * p)[~certain]
    variance = (at_risk * p * (1.0 - p))[~certain]
    squares = np.sum(deviation**2 / variance)
    return float(deviation.sum() / np.sqrt(variance.sum())), z_of_chi_square(float(squares), len(variance))


def z_of_chi_square(value: float, freedom: int) -> float:
    """Normal score of a chi-square statistic, by Wilson and Hilferty."""
    width = 2.0 / (9.0 * freedom)
    return ((value / freedom) ** (1.0 / 3.0) - (1.0 - width)) / np.sqrt(width)


def check_survival(counts: np.ndarray, survival: np.ndarray, error: float = 0.02) -> None:
    """Assert that counts agree with a survival function, and that they refute a hazard that is wrong by `error`."""
    level, shape = survival_z(counts, survival)
    assert abs(level) < LIMIT
    assert shape < LIMIT
    for factor in (1.0 - error, 1.0 + error):
        assert abs(survival_z(counts, survival**factor)[0]) > LIMIT, "too few accounts to see such an error"


def mean_z(differences: np.ndarray) -> np.ndarray:
    """z of a mean that should be 0, from independent replicates along the first axis."""
    return np.asarray(differences.mean(axis=0) / (differences.std(axis=0, ddof=1) / np.sqrt(len(differences))))

"""Small companies, and what a decision changes in them.

Arms share their luck, so an effect is the mean of paired differences, with the Monte Carlo error of that mean.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import tomlkit
import xarray as xr

from churnsim.metrics.estimates import Estimate, estimate
from churnsim.results.simulation import simulate
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile, override, parse
from churnsim.scenario.hashing import hash_text

LIMIT = 4.0
"""Greatest |z| of a right engine: a wrong alarm once in 16,000 seeds."""

ONCE = {
    "leads_per_month": 300.0,
    "conversion_probability": 1.0,
    "seasonality": {str(month): 0.0 for month in range(2, 13)},
    "annual_lead_growth": -1.0 + 1e-15,
}
"""A channel that brings some 300 accounts in month 1 and nobody afterwards."""
STEADY = {"leads_per_month": 20.0, "conversion_probability": 1.0}
"""A channel that brings some 20 accounts each month."""
SEGMENT = {
    "intent": {"annual_churn": 0.2, "causes": {"need": {"weight": 1.0}}},
    "acquisition": {"entry_arr_mean": 1000.0, "channels": {"web": ONCE}},
    "contracts": {"term_weight": {"1": 1.0}, "billing_months": 1},
}
"""300 accounts of 1,000 each, on monthly contracts, of which a fifth leaves in a year whatever their state."""
COMPANY = {
    "name": "small",
    "as_of": datetime.date(2025, 12, 31),
    "run": {"horizon_months": 25},
    "segments": {"core": SEGMENT},
}
TEAM = {
    "segments": ["core"],
    "posts": {"today": 1},
    "hours_per_month": 100.0,
    "annual_attrition": 0.0,
    "annual_wage_growth": 0.0,
}
"""One CSM who stays; to be put at `teams.csm`."""
DISTRACTION = {"effects": {"engagement": 0.0}, "channel": "csm", "team": "csm", "hours": 1.0}
"""A play that takes an hour and does nothing; to be put at `playbooks.NAME`."""

Metric = str | Callable[[xr.Dataset], xr.DataArray]
Changes = Mapping[str, Any]


def company(**changes: Any) -> ScenarioFile:
    """The small company with values put at dotted paths: company(**{"segments.core.intent.annual_churn": 0.1}).

    A value may be a table, which then replaces what stood there; tables on the way are made.
    """
    return parse(tomlkit.dumps(_changed(COMPANY, changes)))


def segment(**changes: Any) -> dict[str, Any]:
    """The table of the small company's segment with values put at dotted paths, for a second one."""
    return _changed(SEGMENT, changes)


def book(arr: Any, *, tenure: Any = 0, term: Any = 1, segment: Any = 0, products: Any = 1, health: Any = None) -> Book:
    """Existing accounts, one for each entry of `arr`; the other columns are numbers or arrays of that length.

    The next renewal is at the first multiple of the term behind month 0.
    """
    arr = np.asarray(arr, np.float64)
    hashes = np.array([hash_text(f"account {i}") for i in range(len(arr))], np.uint64)
    order = np.argsort(hashes)

    def column(values: Any, dtype: Any = np.int32) -> np.ndarray:
        return np.broadcast_to(np.asarray(values, dtype), arr.shape)[order].copy()

    tenures, terms = column(tenure), column(term)
    return Book(
        account_id=[f"account {i}" for i in order],
        id_hash=hashes[order],
        segment=column(segment),
        start_month=-tenures,
        arr=arr[order],
        term_months=terms,
        renewal_month=terms - tenures % terms,
        products=column(products),
        health=column(np.nan if health is None else health, np.float64),
    )


def run(
    file: ScenarioFile,
    arms: Mapping[str, Changes] | None = None,
    *,
    accounts: Book | None = None,
    replicates: int = 20,
    seed: int = 1,
    record: Any = "summary",
) -> xr.Dataset:
    """Simulate the company beside arms, which are values by dotted path. `accounts` is its book."""
    others = {name: override(file, changes) for name, changes in (arms or {}).items()}
    return simulate(file, arms=others, book=accounts, replicates=replicates, seed=seed, record=record, threads=1)


def effect(file: ScenarioFile, arms: Mapping[str, Changes], metric: Metric, **options: Any) -> dict[str, Estimate]:
    """What each arm changes in a metric, as the mean of paired differences from the base, with clustered error.

    `metric` is a variable, summed over segments and the like at the horizon, or a function of the Dataset with the
    dims arm, draw and replicate. `options` are those of `run`.
    """
    values = measure(run(file, arms, **options), metric)
    return {name: estimate(values.sel(arm=name) - values.sel(arm="base")) for name in arms}


def level(file: ScenarioFile, metric: Metric, **options: Any) -> Estimate:
    """A metric of the company itself."""
    return estimate(measure(run(file, **options), metric).sel(arm="base"))


def measure(dataset: xr.Dataset, metric: Metric) -> xr.DataArray:
    """A metric by arm, draw and replicate."""
    if callable(metric):
        return metric(dataset)
    values = dataset[metric]
    values = values.sel(window="horizon", drop=True) if "window" in values.dims else values
    return values.sum([dim for dim in values.dims if dim not in ("arm", "draw", "replicate")])


def share(name: str, of: str = "accounts_new") -> Metric:
    """The metric of one variable as a share of another."""
    return lambda dataset: measure(dataset, name) / measure(dataset, of)


def z(found: Estimate, expected: float = 0.0) -> float:
    """How far an estimate is from what is expected, in standard errors."""
    if found.mean == expected:
        return 0.0
    return (
        float((found.mean - expected) / found.se)
        if found.se > 0.0
        else float(np.copysign(np.inf, found.mean - expected))
    )


def check(found: Estimate, expected: float, wrong: float) -> None:
    """Assert that an estimate agrees with one number and refutes another."""
    assert abs(z(found, expected)) < LIMIT
    assert abs(z(found, wrong)) > LIMIT


def _changed(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    document = deepcopy(dict(table))
    for path, value in changes.items():
        node, way = document, path.split(".")
        for part in way[:-1]:
            node = node.setdefault(part, {})
        node[way[-1]] = deepcopy(value)
    return document

"""Labels: what was kept of a simulation as an xarray Dataset with names, units and provenance."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from churnsim.engine.ledger import CLOSURE, PAYMENT
from churnsim.results.after_horizon import METRIC_POLICY
from churnsim.results.fields import LINES, WINDOWS, attributes
from churnsim.results.summary import Arrays
from churnsim.results.versions import versions
from churnsim.results.years import CHAINED
from churnsim.scenario.book import Book
from churnsim.scenario.model import DECISIONS, Scenario, leaves

if TYPE_CHECKING:
    import xarray as xr

EXITS = ("closure", "payment")
"""Immediate exits, behind the root causes."""


def label(
    arms: dict[str, Scenario], shape: dict[str, int], kept: Arrays, pooled: Arrays, inputs: Arrays, posts: np.ndarray
) -> xr.Dataset:
    """Dataset of the numbers `kept` of each path, those `pooled` over paths, the sampled inputs and the posts.

    `posts` (A, T, months + 1) begins with month 0 and may go on behind the horizon.
    """
    base = next(iter(arms.values()))
    currency = base.money.currency
    coords: dict[str, Any] = {
        "arm": list(arms),
        "draw": np.arange(shape["draws"]),
        "replicate": np.arange(shape["replicates"]),
        "window": list(WINDOWS),
        "year": np.arange(1, shape["months"] // 12 + 1),
        "month": np.arange(1, shape["months"] + 1),
        "segment": list(base.segments),
        "team": list(base.teams),
        "playbook": list(base.playbooks),
        "cause": [*base.causes, EXITS[CLOSURE], EXITS[PAYMENT]],
        "line": list(LINES),
        "input": list(inputs),
    }
    data: dict[str, Any] = {
        name: (("arm", "draw", "replicate", *_inner(name)), values, attributes(name, currency))
        for name, values in kept.items()
    }
    data |= {name: (("arm", *_inner(name)), values, attributes(name, currency)) for name, values in pooled.items()}
    samples = np.array(list(inputs.values())).reshape(len(inputs), shape["draws"])
    data["inputs"] = (("input", "draw"), samples, attributes("inputs", currency))
    plan = posts[:, :, 1 : shape["months"] + 1].transpose(0, 2, 1).astype(np.int64)
    data["posts"] = (("arm", "month", "team"), plan, attributes("posts", currency))
    import xarray as xr  # half a second that the first simulated month need not wait for

    return xr.Dataset(data, {name: (name, _labels(values)) for name, values in coords.items()})


def _labels(values: Any) -> np.ndarray:
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind in "US" or len(array) == 0 else array


_OF_TEAMS = ("headcount", "ramped_fte", "hours_", "leavers", "salaries", "recruiting", "severance", "process")


def _inner(name: str) -> tuple[str, ...]:
    """Dims of a variable behind arm, draw, replicate."""
    monthly_name = "_by_month" in name
    yearly_name = name.endswith("_by_year")
    stem = name.removesuffix("_by_year").split("_by_month")[0]
    if name == "value_after_horizon":
        return ()
    if name == "salaries_after_horizon":
        return ("team",)
    if name.startswith("total_"):
        return ("month",)
    if stem in CHAINED:
        return ("year",)
    first = ("month",) if monthly_name else ("year",) if yearly_name else ("window",)
    if name.startswith("cohort_"):
        return ("year", "segment")
    if stem in ("contribution", "discounted_contribution", "gross_profit", "npv"):
        return first
    if stem.endswith("_by_cause"):
        # by month the causes are kept by segment too
        return ("month", "segment", "cause") if monthly_name else ("window", "cause")
    if stem == "cost":
        return (*first, "line")
    if stem.startswith("plays_"):
        return (*first, "playbook")
    if stem.startswith(_OF_TEAMS):
        return (*first, "team")
    return (*first, "segment")


def provenance(arms: dict[str, Scenario], text: str, book: Book | None, seed: int, record: str) -> dict[str, Any]:
    """Attributes that say what was run: versions, seed, the file's text, each arm's overrides, hashes."""
    base = next(iter(arms.values()))
    packages = versions()
    return {
        "title": f"churnsim: {base.name}",
        "churnsim_version": packages["churnsim"],
        "created_with": json.dumps(packages),
        "seed": seed,
        "scenario_name": base.name,
        "scenario_text": text,
        "scenario_hash": hashlib.sha256(text.encode()).hexdigest(),
        "arms": json.dumps({name: overrides(base, scenario) for name, scenario in arms.items()}),
        "book_hash": book_hash(book),
        "currency": base.money.currency,
        "horizon_months": base.run.horizon_months,
        "as_of": base.as_of.isoformat(),
        "record": record,
        "metric_policy": METRIC_POLICY,
    }


def overrides(base: Scenario, arm: Scenario) -> dict[str, Any]:
    """What an arm changes, by dotted path, as plain JSON values; what it takes away is null."""
    # arms that were made by replacing some tables have the others in common, of which nothing has changed
    tables = [name for name in Scenario.model_fields if name not in DECISIONS]
    tables = [name for name in tables if getattr(base, name) is not getattr(arm, name)]
    before, after = (dict(leaves({name: getattr(s, name) for name in tables})) for s in (base, arm))
    changed = [path for path in before | after if before.get(path) != after.get(path)]

    def plain(value: Any) -> Any:
        return value.model_dump() if hasattr(value, "model_dump") else value

    return {path: plain(after.get(path)) for path in changed}


def book_hash(book: Book | None) -> str:
    """SHA-256 of the accounts, as hexadecimal digits; ids count by their hash."""
    digest = hashlib.sha256()
    if book is not None:
        for column in (book.id_hash, book.segment, book.start_month, book.arr, book.term_months):
            digest.update(column.tobytes())
        for column in (book.renewal_month, book.products, book.health):
            digest.update(column.tobytes())
    return digest.hexdigest()

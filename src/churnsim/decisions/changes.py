"""What differs between the inputs of two runs: values by dotted path, accounts of the book, settings of the runs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnsim.results.runs import Run
from churnsim.scenario.book import Book
from churnsim.scenario.lines import Path
from churnsim.scenario.model import Scenario
from churnsim.scenario.places import ROOT, Place, step

OF_THE_RUN = (("run", "seed"), ("run", "draws"), ("run", "replicates"), ("book",))
"""Paths that say less than the run itself: seed, sample and accounts are those that were simulated."""
INERT = ("name", "description", "observed", "stated_reasons", "alternatives")
"""Tables that no simulated number depends on."""


@dataclass(frozen=True)
class Change:
    """A value of the scenario that is not the same in both; None where a scenario has none."""

    path: Path
    before: Any
    after: Any

    @property
    def key(self) -> str:
        """The dotted path."""
        return ".".join(self.path)

    @property
    def inert(self) -> bool:
        """Whether no simulated number depends on it."""
        return self.path[0] in INERT


@dataclass(frozen=True)
class BookChange:
    """Accounts of two books, matched by id."""

    accounts_before: int
    accounts_after: int
    arr_before: float
    arr_after: float
    added: int
    arr_added: float
    lost: int
    arr_lost: float
    repriced: int
    """Accounts of another ARR."""
    arr_repriced: float
    """ARR that these have more."""
    otherwise: int
    """Accounts of the same ARR with another segment, start, term, renewal, number of products or health."""

    @property
    def any(self) -> bool:
        """Whether an account differs."""
        return bool(self.added or self.lost or self.repriced or self.otherwise)


@dataclass(frozen=True)
class Setting:
    """Something besides scenario and book that was asked or used: seed, sample, versions, posts, arms."""

    name: str
    before: str
    after: str


def values(scenario: Scenario) -> dict[Path, Any]:
    """Every value of a scenario by its path; a distribution, and a table told by its `kind`, is one value."""
    return dict(_walk(ROOT, document(scenario), ()))


def document(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain values, its arms included."""
    return scenario.model_dump(exclude_none=True)


def changes_between(before: Scenario, after: Scenario) -> tuple[Change, ...]:
    """Values that differ, in the order of the schema and of the names in the file."""
    a, b = values(before), values(after)
    union = mixed(before, after, [path for path in b if path not in a])
    paths = [path for path, _ in _walk(ROOT, union, ()) if path not in OF_THE_RUN]
    return tuple(Change(path, a.get(path), b.get(path)) for path in paths if a.get(path) != b.get(path))


def mixed(before: Scenario, after: Scenario, paths: Iterable[Path]) -> dict[str, Any]:
    """Document of `before` with the values at some paths, or below them, as `after` has them."""
    old, new = document(before), document(after)
    result = deepcopy(old)
    for path in paths:
        # a table that `after` does not have goes as a whole
        known = next((i for i in range(len(path)) if not _has(new, path[: i + 1])), len(path))
        _put(result, path[: known + 1], _get(new, path) if known == len(path) else None)
    ordered: dict[str, Any] = _ordered(result, old, new)
    return ordered


def book_change(a: Run, b: Run, before: Scenario, after: Scenario) -> BookChange:
    """What differs between the books of two runs."""
    one, other = _accounts(a.book, before), _accounts(b.book, after)
    both = one.keys() & other.keys()
    repriced = [account for account in both if one[account][0] != other[account][0]]
    otherwise = [account for account in both if one[account] != other[account] and account not in set(repriced)]

    def arr(accounts: Mapping[str, tuple[Any, ...]], chosen: Iterable[str]) -> float:
        return float(np.sum([accounts[account][0] for account in sorted(chosen)]))

    return BookChange(
        accounts_before=len(one),
        accounts_after=len(other),
        arr_before=arr(one, one),
        arr_after=arr(other, other),
        added=len(other.keys() - both),
        arr_added=arr(other, other.keys() - both),
        lost=len(one.keys() - both),
        arr_lost=arr(one, one.keys() - both),
        repriced=len(repriced),
        arr_repriced=arr(other, repriced) - arr(one, repriced),
        otherwise=len(otherwise),
    )


def book_under(book: Book | None, written: Scenario, scenario: Scenario) -> Book | None:
    """A book written under one scenario, with segments numbered as in another. Raises KeyError where one is missing."""
    if book is None or list(written.segments) == list(scenario.segments):
        return book
    place = {name: i for i, name in enumerate(scenario.segments)}
    used = set(book.segment.tolist())
    renumbered = np.array([place[name] if i in used else -1 for i, name in enumerate(written.segments)], np.int32)
    return dataclasses.replace(book, segment=renumbered[book.segment])


def settings_between(a: Run, b: Run) -> tuple[Setting, ...]:
    """Seed, sample, question, arms and versions that differ."""
    before, after = _settings(a), _settings(b)
    names = before | after
    pairs = [(name, before.get(name, "none"), after.get(name, "none")) for name in names]
    return tuple(Setting(*pair) for pair in pairs if pair[1] != pair[2])


def _settings(run: Run) -> dict[str, str]:
    sizes, attrs = run.dataset.sizes, run.dataset.attrs
    versions: dict[str, str] = json.loads(attrs["created_with"])
    question = {"command": run.command} | {name: _listed(value) for name, value in run.options.items()}
    if run.command != "headcount":
        question["arms"] = _listed(list(run.dataset["arm"].values))
    return (
        question
        | {"seed": str(attrs["seed"]), "draws": f"{sizes['draw']:,}", "replicates": f"{sizes['replicate']:,}"}
        | {f"version of {package}": number for package, number in versions.items()}
    )


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _accounts(book: Book | None, scenario: Scenario) -> dict[str, tuple[Any, ...]]:
    """By id: ARR, then everything else that is said of an account."""
    if book is None:
        return {}
    names = list(scenario.segments)
    health = [None if np.isnan(value) else value for value in book.health.tolist()]
    rest = (book.start_month, book.term_months, book.renewal_month, book.products)
    segments = [names[i] for i in book.segment.tolist()]
    rows = zip(book.arr.tolist(), segments, health, *(column.tolist() for column in rest), strict=True)
    return dict(zip(book.account_id, rows, strict=True))


def _walk(place: Place, node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if place.kind not in ("table", "names"):
        yield path, node
        return
    for key in place.keys(node):
        child, value = place.child(key, node), step(node, key)
        if child is not None and value is not None:
            yield from _walk(child, value, (*path, key))


def _has(node: Any, path: Path) -> bool:
    return _get(node, path) is not None


def _get(node: Any, path: Path) -> Any:
    for part in path:
        node = step(node, part)
    return node


def _ordered(node: Any, old: Any, new: Any) -> Any:
    """A document with the names of every table in an order that agrees with both scenarios."""
    if not all(isinstance(side, dict) for side in (node, old, new)):
        return node
    names = list(old)
    for i, name in enumerate(new):
        if name not in names:
            names.insert(names.index(list(new)[i - 1]) + 1 if i else 0, name)
    return {name: _ordered(node[name], old.get(name), new.get(name)) for name in names if name in node}


def _put(node: dict[str, Any], path: Path, value: Any) -> None:
    """Set a value, or take it away where it is None; tables on the way are made."""
    for part in path[:-1]:
        if value is None and part not in node:
            return
        node = node.setdefault(part, {})
    if value is None:
        node.pop(path[-1], None)
    else:
        node[path[-1]] = deepcopy(value)

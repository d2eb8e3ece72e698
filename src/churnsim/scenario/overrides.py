"""Overrides: values of a scenario changed by dotted path, which is what an arm is.

A path follows the schema and the names of the file: arms change values, never names. A table that is given where the
scenario has a table is walked down to its values; a distribution, a duration shape with its `kind`, and a list are
values, replaced as a whole. Only tables that are data take new keys (`from_month`, `seasonality`, `play_weight` and the
others of FREE_NAMES); an empty table empties them.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from churnsim.scenario.lines import Path
from churnsim.scenario.places import ROOT, Place, leaf_paths, step
from churnsim.scenario.problems import Problem, listing, nearest

FREE_NAMES = frozenset({"from_month", "seasonality", "play_weight", "release_setback", "skill", "by_segment"})
"""Tables of values whose keys an arm may add."""

SHARED = {
    "run": "arms share the horizon, the sample sizes and the luck, or they could not be compared in pairs",
    "name": "arms belong to one scenario",
    "description": "arms belong to one scenario",
    "as_of": "arms share one history",
    "book": "arms share one history and one set of customers",
    "opening": "arms share one history and one set of customers",
    "arms": "an arm has no arms of its own",
    "alternatives": "an arm has no alternatives of its own",
    "observed": "the observed figures describe what happened, whatever is decided",
    "calibration": "all arms have the scales that were fitted to what happened",
    "stated_reasons": "what leavers say is asked after the run, alike in all arms",
    "correlations": "arms share what is not known",
    "money.currency": "amounts of different currencies cannot be compared",
}
"""Dotted paths that an arm must leave alone, and why."""


@dataclasses.dataclass(frozen=True)
class Change:
    """One value to set: where it goes and how the user wrote its key."""

    target: Path
    written: Path
    value: Any


Fault = tuple[Path, Problem]
"""A problem with the key, as the user wrote it, that is to blame."""


def flatten(document: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Change | Fault]:
    """Changes that `values` ask for, and a Fault for each path that does not exist.

    The caller puts each change before it takes the next one, so that later paths see it.
    """
    yield from _Walk(document).steps(ROOT, document, (), (), values)


class _Walk:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def steps(self, place: Place, node: Any, target: Path, written: Path, value: Any) -> Iterator[Change | Fault]:
        if _is_value(place, value):
            if place.kind == "table" or (place.kind == "tagged" and not isinstance(value, dict)):
                keys = listing(place.keys(node))
                yield _fault(written, f"{'.'.join(target)!r} is a table: override one of its keys", keys)
            else:
                yield Change(target, written, value)
            return
        for key, item in value.items():
            found = self.follow(place, node, target, (*written, str(key)), str(key).split("."))
            if isinstance(found[0], Place):
                yield from self.steps(*found, (*written, str(key)), item)
            else:
                yield found

    def follow(
        self, place: Place, node: Any, target: Path, written: Path, parts: list[str]
    ) -> tuple[Place, Any, Path] | Fault:
        """Go on from a place along the parts of one written key."""
        for i, part in enumerate(parts):
            fault = self.missing(place, node, target, parts[i:], written)
            child = place.child(part, node)
            if fault is not None or child is None:
                return fault or _fault(written, "the path does not exist")
            place, node, target = child, step(node, part), (*target, part)
        return place, node, target

    def missing(self, place: Place, node: Any, target: Path, parts: list[str], written: Path) -> Fault | None:
        """Why the path cannot go on with the next part, or None."""
        part, path = parts[0], ".".join((*target, parts[0]))
        if path in SHARED:
            return _fault(written, f"an arm must not change {path!r}: {SHARED[path]}")
        free = place.kind == "names" and bool(target) and target[-1] in FREE_NAMES
        if free or part in place.keys(node):
            return None
        if place.kind in ("quantity", "leaf", "list"):
            return _fault(written, f"{'.'.join(target)!r} is a value in this scenario and has no key {part!r}")
        what = "arms change values, never names" if place.kind == "names" else "no such key"
        message = f"the path does not exist: {'.'.join(target) or 'the file'} has no {part!r} ({what})"
        near = nearest_path(self.document, ".".join((*target, *parts)))
        keys = [key for key in place.keys(node) if ".".join((*target, key)) not in SHARED]
        return _fault(written, message, listing(keys), near)


def _is_value(place: Place, value: Any) -> bool:
    if not isinstance(value, dict) or place.kind in ("quantity", "list", "leaf"):
        return True
    if place.kind == "tagged":
        return "kind" in value
    return not value and place.kind == "names"


def _fault(written: Path, message: str, allowed: str | None = None, near: str | None = None) -> Fault:
    return written, Problem("", None, ".".join(written), message, allowed=allowed, nearest=near)


def nearest_path(document: Mapping[str, Any], path: str) -> str | None:
    """The existing path that is most like one that does not exist."""
    paths = [known for known in leaf_paths(ROOT, document) if not _shared(known)]
    parts = path.split(".")
    # the right word at the first wrong level beats likeness of the whole
    place: Place | None = ROOT
    node: Any = document
    for i, part in enumerate(parts):
        keys = place.keys(node) if place is not None else []
        if part not in keys:
            word = nearest(part, [key for key in keys if not _shared(".".join((*parts[:i], key)))])
            candidate = ".".join((*parts[:i], word, *parts[i + 1 :])) if word else None
            if word:
                return candidate if candidate in paths else ".".join((*parts[:i], word))
            break
        place, node = (place.child(part, node) if place is not None else None), step(node, part)
    close = difflib.get_close_matches(path, paths, n=1, cutoff=0.0)
    return close[0] if close else None


def _shared(path: str) -> bool:
    return any(path == key or path.startswith(f"{key}.") for key in SHARED)


def put(document: dict[str, Any], change: Change) -> None:
    """Set one value in a document, in place; tables on the way are made."""
    node: Any = document
    for part in change.target[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):  # a document that is wrong already, and is told so
            return
    node[change.target[-1]] = change.value


def drop_settled(document: dict[str, Any], uncertain: Mapping[str, Any]) -> None:
    """Leave out correlations of numbers that an override made exact, in place; exact numbers have no ranks."""
    pairs = document.get("correlations", {})
    for name in list(pairs):
        if any(path in uncertain and not _is_distribution(document, path) for path in pairs[name]["between"]):
            del pairs[name]


def _is_distribution(document: Mapping[str, Any], path: str) -> bool:
    node: Any = document
    for part in path.split("."):
        node = step(node, part)
    return isinstance(node, dict)

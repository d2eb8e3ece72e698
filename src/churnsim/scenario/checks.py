"""All that is wrong with a scenario document, in the words of the file rather than of pydantic."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from churnsim.scenario.cross_checks import cross_checks
from churnsim.scenario.distributions import DISTRIBUTIONS
from churnsim.scenario.lines import Path
from churnsim.scenario.model import Scenario
from churnsim.scenario.places import ROOT, Place, step
from churnsim.scenario.problems import Problem, listing, nearest, shown

_WRONG_TYPE = ("_type", "_parsing", "int_from_float", "is_instance_of")


def check(document: dict[str, Any], *, arm: bool = False) -> tuple[Scenario | None, list[Problem]]:
    """The scenario of a document and its problems; files and lines are left to the caller.

    `arm`: the document has been overridden, see `cross_checks`. The scenario is None when a table is wrong
    on its own. Only one without problems may be used.
    """
    scenario = None
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        problems = explain(error, document)
    else:
        problems = [Problem("", None, key, message) for key, message in cross_checks(scenario, arm=arm)]
    return scenario, problems


def explain(error: ValidationError, document: dict[str, Any], root: Place = ROOT) -> list[Problem]:
    """What pydantic found wrong with a document, told in the document's own words; `root` is the place of all of it."""
    problems: dict[Problem, None] = {}  # one error can be told in several branches: keep its first telling
    for detail in error.errors(include_url=False):
        path, parent, parent_node, place, node, quantity = _locate(detail["loc"], document, root)
        if quantity is not None and _no_law(quantity[2]):
            problems[_unknown_law(*quantity)] = None
        else:
            problems[_explain(detail, path, parent, parent_node, place, node)] = None
    return list(problems)


def _locate(
    location: tuple[int | str, ...], document: dict[str, Any], root: Place
) -> tuple[Path, Place | None, Any, Place | None, Any, tuple[Path, Place, dict[str, Any]] | None]:
    """Follow a location of pydantic and leave out the names of union branches.

    Returns the path in the file, the place and value of its table, its own place and value, and the quantity written
    as a table on the way, if there is one.
    """
    path: Path = ()
    parent: Place | None = None
    parent_node: Any = None
    place: Place | None = root
    node: Any = document
    branch_told = False
    quantity = None
    for part in location:
        if place is not None and place.kind in ("quantity", "tagged") and not branch_told:
            branch_told = True
            if place.kind == "quantity" and isinstance(node, dict):
                quantity = path, place, node
            continue
        parent, parent_node, branch_told = place, node, False
        node = step(node, part)
        if isinstance(part, int):
            place = place.item if place is not None else None
        else:
            path = (*path, part)
            place = place.child(part, parent_node) if place is not None else None
    return path, parent, parent_node, place, node, quantity


def _explain(
    error: ErrorDetails, path: Path, parent: Place | None, parent_node: Any, place: Place | None, node: Any
) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    key, found = ".".join(path), shown(node)
    allowed = place.allowed if place is not None else None
    if kind == "extra_forbidden":
        keys = parent.keys(parent_node) if parent is not None else []
        return Problem("", None, key, "unknown key", allowed=listing(keys), nearest=nearest(path[-1], keys))
    if kind == "missing":
        return Problem("", None, key, "is missing", allowed=allowed)
    if kind == "value_error":
        # checks of a single number say what is allowed; checks of a table are sentences of their own
        if place is not None and place.kind == "quantity" and not isinstance(node, dict):
            return Problem("", None, key, "out of range", found, allowed)
        return Problem("", None, key, str(context["error"]))
    if kind in ("literal_error", "enum"):
        words = [word.strip("'") for word in (allowed or "").split(", ")]
        return Problem("", None, key, "is not one of the values known", found, allowed, nearest(str(node), words))
    if kind in ("union_tag_invalid", "union_tag_not_found") and place is not None:
        if place.kind == "quantity":
            return _unknown_law(path, place, node)
        return _unknown_kind(path, place, node)
    if kind == "finite_number":
        return Problem("", None, key, "must be a finite number", found, allowed)
    if kind in ("too_short", "too_long"):
        return Problem("", None, key, _length(context), found)
    if kind.startswith(("greater_than", "less_than")):
        return Problem("", None, key, "out of range", found, allowed)
    if kind.startswith("date") or kind.endswith(_WRONG_TYPE):
        return _wrong_type(key, node, allowed)
    return Problem("", None, key, "is not allowed here", found, allowed)


def _wrong_type(key: str, node: Any, allowed: str | None) -> Problem:
    return Problem("", None, key, "is of the wrong type", _typed(node), allowed)


def _typed(node: Any) -> str:
    names = {
        bool: "true or false",
        str: "a text",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    name = names.get(type(node))
    return f"{shown(node)}, {name}" if name else shown(node)


def _length(context: dict[str, Any]) -> str:
    least, most = context.get("min_length"), context.get("max_length")
    return f"needs at least {least}, found {context.get('actual_length')}" if least else f"takes at most {most}"


def _no_law(table: dict[str, Any]) -> bool:
    return "dist" not in table and not table.keys() & {"low", "mode", "high"}


def _unknown_law(path: Path, place: Place, node: Any) -> Problem:
    """A table stands for a number but does not say which distribution it is."""
    laws = ", ".join(repr(name) for name in DISTRIBUTIONS)
    allowed = f"{place.allowed}: {{ low, mode, high }} or {{ dist, ... }} with dist = {laws}"
    if isinstance(node, dict) and "dist" in node:
        name = node["dist"]
        return Problem(
            "",
            None,
            ".".join((*path, "dist")),
            "unknown distribution",
            shown(name),
            allowed,
            nearest(str(name), DISTRIBUTIONS),
        )
    near = next((match for key in node or () if (match := nearest(key, ["dist"]))), None)
    return Problem("", None, ".".join(path), "is a table without dist", shown(node), allowed, near)


def _unknown_kind(path: Path, place: Place, node: Any) -> Problem:
    key = ".".join((*path, "kind"))
    if not isinstance(node, dict):
        return _wrong_type(".".join(path), node, place.allowed)
    kinds = listing([repr(name) for name in place.choices])
    if "kind" in node:
        name = node["kind"]
        return Problem("", None, key, "unknown kind", shown(name), kinds, nearest(str(name), place.choices))
    near = next((match for word in node if (match := nearest(word, ["kind"]))), None)
    return Problem("", None, key, "is missing", allowed=kinds, nearest=near)

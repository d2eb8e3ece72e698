"""Places of the schema: which keys and values a scenario allows at a dotted path.

Errors and overrides both need the schema at a path of the file. A place is found by walking the types of the models
along the document, because a distribution or a duration shape is told by its content.
"""

from __future__ import annotations

import dataclasses
import datetime
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from churnsim.scenario.distributions import DISTRIBUTIONS, Pert, Table
from churnsim.scenario.model import Scenario
from churnsim.scenario.quantities import Bounds

Kind = Literal["table", "names", "quantity", "tagged", "list", "leaf"]
_WORDS = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text in quotes",
    datetime.date: "a date such as 2026-01-31, without quotes",
}


@dataclasses.dataclass(frozen=True)
class Place:
    """One place: a table of known keys, a table of free names, a quantity, a table told by `kind`, a list or a leaf."""

    kind: Kind
    allowed: str
    """What may stand here, in words."""
    model: type[Table] | None = None
    item: Place | None = None
    """What each name of a table of names, or each item of a list, holds."""
    choices: Mapping[str, type[Table]] = dataclasses.field(default_factory=dict)
    """Models of a tagged table by `kind`."""
    bounds: Bounds | None = None
    """What a quantity allows."""

    def table(self, node: Any) -> type[Table] | None:
        """Model of the table that stands here in the document, None when no table of known keys does."""
        if self.kind == "table":
            return self.model
        if not isinstance(node, dict):
            return None
        if self.kind == "quantity":
            name = node.get("dist")
            return Pert if name is None else DISTRIBUTIONS.get(name) if isinstance(name, str) else None
        name = node.get("kind", "constant")
        return self.choices.get(name) if self.kind == "tagged" and isinstance(name, str) else None

    def keys(self, node: Any) -> list[str]:
        """Valid keys here: of the schema, or the names that the document holds."""
        if self.kind == "names":
            return list(node) if isinstance(node, dict) else []
        model = self.table(node)
        return list(model.model_fields) if model else []

    def child(self, key: str, node: Any) -> Place | None:
        """Place of a key; None when the schema has no such key here."""
        if self.kind == "names":
            return self.item
        model = self.table(node)
        if model is None or key not in model.model_fields:
            return None
        field = model.model_fields[key]
        return _place(field.annotation, field.metadata)


def step(node: Any, key: str | int) -> Any:
    """What the document holds under a key or index, None when nothing does."""
    if isinstance(node, dict):
        return node.get(key)
    return node[key] if isinstance(node, list) and isinstance(key, int) and key < len(node) else None


def place_at(document: Any, path: str) -> Place | None:
    """The place at a dotted path of a document; None when the schema has none there."""
    place: Place | None = ROOT
    for part in path.split("."):
        if place is None:
            return None
        place, document = place.child(part, document), step(document, part)
    return place


def leaf_paths(place: Place, node: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of all values that can be set, whether the document writes them or not."""
    if place.kind in ("table", "names", "tagged"):
        for key in place.keys(node):
            child = place.child(key, node)
            if child is not None:
                yield from leaf_paths(child, step(node, key), f"{path}.{key}" if path else key)
    else:
        yield path


def _place(annotation: Any, metadata: Iterable[Any] = ()) -> Place:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _place(args[0], (*metadata, *args[1:]))
    if origin in (Union, types.UnionType):
        members = [member for member in args if member is not type(None)]
        if len(members) == 1:
            return _place(members[0], metadata)
        models = [get_args(member)[0] if get_origin(member) is Annotated else member for member in members]
        if Pert in models:
            bounds = next(
                (b for m in metadata if isinstance(b := getattr(getattr(m, "func", None), "__self__", None), Bounds)),
                Bounds(),
            )
            return Place("quantity", f"{_number(bounds)}, or a distribution of it", bounds=bounds)
        kinds = {get_args(model.model_fields["kind"].annotation)[0]: model for model in models}
        return Place("tagged", f"a table with kind = {', '.join(map(repr, kinds))}", choices=kinds)
    if origin is dict:
        return Place("names", "a table", item=_place(args[1]))
    if origin is list:
        item = _place(args[0])
        return Place("list", f"a list, each of it {item.allowed}", item=item)
    if origin is Literal:
        return Place("leaf", ", ".join(map(repr, args)))
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return Place("table", "a table", model=annotation)
    return Place("leaf", _WORDS.get(annotation, "a value") + _range(metadata))


def _number(bounds: Bounds) -> str:
    return str(bounds) if str(bounds) == "any number" else f"a number {bounds}"


def _range(metadata: Iterable[Any]) -> str:
    """Bounds of a plain number in words, from the constraints of its field."""
    limits: dict[str, Any] = {}
    for constraint in metadata:
        for part in (constraint, *getattr(constraint, "metadata", ())):
            limits |= {name: getattr(part, name) for name in ("ge", "gt", "le", "lt") if hasattr(part, name)}
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    parts = [f"{word} {limits[name]:,}" for name, word in words.items() if limits.get(name) is not None]
    return " " + " and ".join(parts) if parts else ""


ROOT = _place(Scenario)
"""The place of the whole file."""

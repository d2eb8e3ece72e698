"""What a key of a scenario means, in the words of the schema: the docstrings of the tables' fields.

They are read from the sources when somebody asks, for reading them takes as long as importing the tables.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from churnsim.scenario.distributions import Table
from churnsim.scenario.model import Scenario


def tables(base: type[Table] = Table) -> list[type[Table]]:
    """All tables of a scenario file, of which some are the base of others."""
    mine = [child for child in base.__subclasses__() if child.__module__.startswith("churnsim.scenario.")]
    return [table for child in mine for table in (child, *tables(child))]


@cache
def docstrings(table: type[Table]) -> dict[str, str]:
    """Docstrings of the fields of a table, also of those that it inherits."""
    found: dict[str, str] = {}
    for cls in reversed(table.__mro__):
        if issubclass(cls, Table):
            [definition] = ast.parse(inspect.getsource(cls)).body
            found |= dict(_documented(definition))
    return found


def _documented(definition: ast.stmt) -> Iterator[tuple[str, str]]:
    """Names of the fields of a class that a docstring follows, with it."""
    assert isinstance(definition, ast.ClassDef)
    for field, said in pairwise(definition.body):
        match field, said:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def meaning(scenario: Scenario, path: str) -> str:
    """Docstring of the key at a dotted path, or of the nearest key around it that has one; "" when none has."""
    node: Any = scenario
    said = ""
    for part in path.split("."):
        if isinstance(node, Table) and part in type(node).model_fields:
            said = docstrings(type(node)).get(part, said)
            node = getattr(node, part)
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            break
    return " ".join(said.split())

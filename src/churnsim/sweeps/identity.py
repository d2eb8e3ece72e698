"""What makes the numbers of a point: a hash that is equal exactly where inputs, code and seed are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from churnsim.results.labels import book_hash

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.sweeps.plan import Plan

LAYERS = ("scenario", "compile", "engine", "results", "metrics", "decisions", "sweeps")
"""Packages whose sources a number of a sweep comes from."""
PACKAGES = ("numpy", "numba", "llvmlite", "scipy")
WORDS = ("name", "description")
"""Tables of a scenario that make no number."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 of the sources of LAYERS and of the versions of PACKAGES."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for layer in LAYERS:
        for source in sorted((root / layer).rglob("*.py")):
            digest.update(source.relative_to(root).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    for package in PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()


class Identity:
    """Content hashes of the points of a plan."""

    def __init__(self, plan: Plan, book: Book | None) -> None:
        self.plan = plan
        self.shared = _json(
            {
                "arms": plan.arms,
                "ladder": plan.ladder,
                "book": book_hash(book),
                "draws": plan.draws,
                "replicates": plan.replicates,
                "seed": plan.seed,
                "measures": plan.measures,
                "record": plan.record,
                "code": code_digest(),
            }
        )

    @cached_property
    def _texts(self) -> dict[str, str]:
        """Tables at the top of the base scenario, each as JSON: those that a point leaves alone are told once."""
        told = {key: node for key, node in self.plan.document.items() if key not in WORDS}
        return {key: _json(node) for key, node in told.items()}

    def of(self, point: int) -> bytes:
        """SHA-256 of the scenario of a point, its arms, and everything that all points share (32 bytes)."""
        changed: dict[str, Any] = {}
        for path, value in self.plan.changes(point).items():
            top, *rest = path.split(".")
            changed[top] = _put(changed.get(top, self.plan.document.get(top, {})), rest, value)
        texts = self._texts | {key: _json(node) for key, node in changed.items()}
        digest = hashlib.sha256(self.shared.encode())
        for key, text in texts.items():
            digest.update(f"\0{key}\0{text}".encode())
        return digest.digest()


def _put(node: Any, parts: list[str], value: Any) -> Any:
    """The node with a value at a path below it; what stays as it is is not copied."""
    if not parts:
        return value
    table = node if isinstance(node, Mapping) else {}
    return {**table, parts[0]: _put(table.get(parts[0], {}), parts[1:], value)}


def _json(value: Any) -> str:
    # the order of names is kept: sums run in it
    return json.dumps(value, default=str)

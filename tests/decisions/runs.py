"""Small runs of the rich company, of each kind of command."""

from __future__ import annotations

from typing import Any

from churnsim.decisions.compare import compare
from churnsim.decisions.headcount import headcount
from churnsim.results.runs import Run
from churnsim.results.simulation import simulate
from churnsim.scenario.book import Book
from tests.invariants.rich import rich_book, rich_file

UNSURE = {"segments.core.intent.annual_churn": {"low": 0.1, "mode": 0.2, "high": 0.3}}
"""Makes the rich company's draws differ."""


def run_of(
    values: dict[str, Any] | None = None,
    *,
    command: str = "run",
    seed: int = 1,
    draws: int = 3,
    replicates: int = 2,
    book: Book | None = None,
    posts: tuple[int, ...] = (1, 3),
    record: Any = "summary",
) -> Run:
    """A run of the rich company with values replaced by dotted path."""
    file = rich_file(UNSURE | (values or {}))
    book = rich_book(file) if book is None else book
    size: dict[str, Any] = {"draws": draws, "replicates": replicates, "seed": seed, "book": book}
    if command == "headcount":
        ladder = headcount(file, team="csm", posts=posts, **size)
        return Run(command, {"team": "csm", "posts": list(posts)}, ladder.dataset, book, ladder.second)
    if command == "compare":
        return Run(command, {}, compare(file, **size).dataset, book)
    return Run(command, {}, simulate(file, record=record, **size), book)

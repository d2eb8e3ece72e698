"""What a command shows: tables or JSON on standard output, progress on standard error."""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int, int], None]


class Answer(Protocol):
    """What a command found out."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        ...


A = TypeVar("A", bound=Answer)


def show(
    answer: A,
    tables: Callable[[A, Console], None],
    as_json: bool,
    words: Mapping[str, Any] | None = None,
    **written: pathlib.Path | None,
) -> None:
    """Show an answer as one JSON object or by its `tables`, and say which files were written.

    `words` come first in the object, where the answer itself has none.
    """
    if as_json:
        print_json({**(words or {}), **answer.to_json(), **paths(**written)})
        return
    tables(answer, console())
    say_written(**written)


def paths(**written: pathlib.Path | None) -> dict[str, str | None]:
    """Files by what they hold, for JSON; None where none was asked for."""
    return {name: None if path is None else str(path) for name, path in written.items()}


def say_written(**written: pathlib.Path | None) -> None:
    """Say where files are."""
    for name, path in written.items():
        if path is not None:
            typer.echo(f"{name.capitalize()}: {path}")


def print_json(content: dict[str, Any]) -> None:
    """One object on standard output."""
    print(json.dumps(content, indent=2, allow_nan=False))


def console() -> Console:
    """Where tables go."""
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def progress(task: str) -> Iterator[Progress | None]:
    """A bar on standard error, on a terminal only; says beforehand when the core has to be compiled."""
    announce_compiling()
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        known = bar.add_task(task, total=None)
        yield lambda done, total: bar.update(known, completed=done, total=total)


def announce_compiling() -> None:
    """Say so when the simulation core has to be compiled, which nothing else would explain."""
    from churnsim.engine import needs_compiling

    if needs_compiling():
        typer.echo("Compiling the simulation core (once, up to a minute) ...", err=True)

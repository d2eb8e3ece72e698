"""Tables that fit the terminal: the least important columns go first when it is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Column:
    """A column of cells that are shown as they are, never read as markup."""

    title: str
    cells: Sequence[str]
    rank: int = 0
    """0: always shown; otherwise the highest rank goes first when the terminal is narrow."""
    left: bool = False


def print_table(console: Console, title: str, columns: Iterable[Column], *, marked: int | None = None) -> None:
    """Print the columns that fit, say which do not; row `marked` stands out."""
    shown, hidden = list(columns), list[Column]()
    table = _table(title, shown, marked)
    while _width(table, console) > console.width:
        last = max(shown, key=lambda column: column.rank)
        if last.rank == 0:
            break
        shown.remove(last)
        hidden.append(last)
        table = _table(title, shown, marked)
    console.print(table)
    if hidden:
        names = "; ".join(column.title.replace("\n", " ") for column in reversed(hidden))
        console.print(Text(f"  not shown in {console.width} columns (widen the terminal): {names}", style="dim"))


def _width(table: Table, console: Console) -> int:
    """Characters that the table needs when no cell is cut."""
    return console.measure(table, options=console.options.update(max_width=10_000)).maximum


def _table(title: str, columns: Sequence[Column], marked: int | None) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(escape(column.title), justify="left" if column.left else "right", no_wrap=True)
    for i, row in enumerate(zip(*(column.cells for column in columns), strict=True)):
        table.add_row(*map(escape, row), style="bold green" if i == marked else None)
    return table

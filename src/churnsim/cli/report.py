"""The command report: show a stored run to others."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import Json, Run, check_output, stored_runs
from churnsim.cli.output import print_json

PAGES = (".html", ".htm")
WORKBOOKS = (".xlsx",)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(report))


def report(
    run: Run,
    output: Annotated[
        pathlib.Path | None,
        typer.Option("-o", "--output", metavar="OUT.html", help="Write a page that needs no network."),
    ] = None,
    xlsx: Annotated[
        pathlib.Path | None, typer.Option("--xlsx", metavar="BOARD.xlsx", help="Write a workbook.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a stored run as one offline page, as a workbook, or as both."""
    if output is None and xlsx is None:
        raise wrong_input("report", "nothing to write: say -o report.html or --xlsx BOARD.xlsx")
    check_output(output, PAGES)
    check_output(xlsx, WORKBOOKS)
    (stored,) = stored_runs(run)
    written: dict[str, pathlib.Path] = {}
    if output is not None:
        with _needs("jinja2", "Jinja", "--output"):
            from churnsim.reports.html import write_report

            written["html"] = write_report(stored, output)
    if xlsx is not None:
        with _needs("xlsxwriter", "XlsxWriter", "--xlsx"):
            from churnsim.reports.workbook import write_workbook

            written["xlsx"] = write_workbook(stored, xlsx)
    if as_json:
        print_json({"run": str(run)} | {kind: str(path) for kind, path in written.items()})
        return
    for kind, path in written.items():
        typer.echo(f"{'Report' if kind == 'html' else 'Workbook'}: {path}")


@contextmanager
def _needs(module: str, name: str, option: str) -> Iterator[None]:
    """Say what to install where a library of the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise wrong_input(option, f"needs {name}: pip install 'churnsim[report]'") from None

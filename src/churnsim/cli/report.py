"""The command report: show a stored run to others."""

from __future__ import annotations

import pathlib
from typing import Annotated

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import Json, Run, check_output, stored_runs
from churnsim.cli.output import print_json

WORKBOOKS = (".xlsx",)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(report))


def report(
    run: Run,
    xlsx: Annotated[
        pathlib.Path | None, typer.Option("--xlsx", metavar="BOARD.xlsx", help="Write a workbook.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a stored run as a workbook."""
    if xlsx is None:
        raise wrong_input("report", "nothing to write: say --xlsx BOARD.xlsx")
    check_output(xlsx, WORKBOOKS)
    (stored,) = stored_runs(run)
    try:
        from churnsim.reports.workbook import write_workbook

        write_workbook(stored, xlsx)
    except ModuleNotFoundError as error:
        if error.name != "xlsxwriter":
            raise
        raise wrong_input("--xlsx", "needs XlsxWriter: pip install 'churnsim[report]'") from None
    if as_json:
        print_json({"run": str(run), "xlsx": str(xlsx)})
    else:
        typer.echo(f"Workbook: {xlsx}")

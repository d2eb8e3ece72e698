"""The command report: what a stored run says, as one file to send, print and keep."""

from __future__ import annotations

import pathlib
from typing import Annotated

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import Json, check_output
from churnsim.cli.output import print_json

PAGES = (".html", ".htm")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(report))


def report(
    run: Annotated[
        pathlib.Path,
        typer.Argument(metavar="RUN", help="Results that headcount, compare or run wrote with -o.", show_default=False),
    ],
    output: Annotated[
        pathlib.Path | None, typer.Option("-o", "--output", metavar="OUT.html", help="Write the report as HTML.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a report of a run: one file that opens anywhere and needs no network."""
    if output is None:
        raise wrong_input("--output", "is missing", allowed="a file to write, such as -o report.html")
    check_output(output, PAGES)
    if not run.is_file():
        raise wrong_input(str(run), "is a folder, not a run" if run.is_dir() else "there is no such file")
    if output.resolve() == run.resolve():
        raise wrong_input(str(output), "is the run itself; give the report another name")
    from churnsim.reports.html import write_report
    from churnsim.results.runs import load_run

    write_report(load_run(run), output)
    size = output.stat().st_size
    if as_json:
        print_json({"run": str(run), "report": str(output), "bytes": size})
        return
    typer.echo(f"Report: {output} ({size / 1e6:.1f} MB)")

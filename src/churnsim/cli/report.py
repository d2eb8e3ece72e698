"""The command report: show a stored run, or a sweep, to others."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import FIGURES, Json, check_output, is_sweep, refuse, stored_runs
from churnsim.cli.output import console, print_json

PAGES = (".html", ".htm")
WORKBOOKS = (".xlsx",)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(report))


def report(
    stored: Annotated[
        str,
        typer.Argument(
            metavar="RUN.nc|STORE.zarr",
            help="Results that run, headcount or compare wrote with -o, or the store of a sweep, as a folder or a URL.",
            show_default=False,
        ),
    ],
    output: Annotated[
        pathlib.Path | None,
        typer.Option("-o", "--output", metavar="OUT.html", help="Write a page that needs no network."),
    ] = None,
    xlsx: Annotated[
        pathlib.Path | None,
        typer.Option("--xlsx", metavar="BOARD.xlsx", help="Write a workbook of a run.", show_default=False),
    ] = None,
    figure: Annotated[
        pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Draw the map of a sweep.")
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option("--measure", metavar="NAME", help="What a sweep is read by.  [default: the first it stores]"),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option("--arm", metavar="NAME", help="Map the value of this arm of a sweep, draw its hours."),
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", metavar="NAME", help="Map the difference of --arm from this one.")
    ] = None,
    x: Annotated[str | None, typer.Option("--x", metavar="AXIS", help="Axis of a sweep that is drawn across.")] = None,
    y: Annotated[str | None, typer.Option("--y", metavar="AXIS", help="Axis of a sweep that is drawn up.")] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar="AXIS=VALUE", help="Read the points of a sweep at this value alone; may be repeated."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a sweep; write it, or a stored run, as one offline page; a run as a workbook too."""
    check_output(output, PAGES)
    check_output(xlsx, WORKBOOKS)
    check_output(figure, FIGURES)
    of_sweeps: dict[str, object] = {
        "--figure": figure,
        "--measure": measure,
        "--arm": arm,
        "--against": against,
        "--x": x,
        "--y": y,
        "--at": at or None,
    }
    if is_sweep(stored):
        if xlsx is not None:
            raise wrong_input("--xlsx", "a sweep has no workbook: use -o page.html, --figure or --json")
        if against is not None and arm is None:
            raise wrong_input("--against", "needs --arm, the arm that is held against it")
        drawn = {"x": x, "y": y, "arm": arm, "against": against, "at": _values(at or [])}
        _sweep(stored, output, figure, measure, drawn, as_json)
        return
    refuse(of_sweeps, f"is for the store of a sweep, and {stored} is none")
    _run(pathlib.Path(stored), output, xlsx, as_json)


def _run(run: pathlib.Path, output: pathlib.Path | None, xlsx: pathlib.Path | None, as_json: bool) -> None:
    if output is None and xlsx is None:
        raise wrong_input("report", "nothing to write: say -o report.html or --xlsx BOARD.xlsx")
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
    _say(written)


def _sweep(
    where: str,
    output: pathlib.Path | None,
    figure: pathlib.Path | None,
    measure: str | None,
    drawn: dict[str, Any],
    as_json: bool,
) -> None:
    from churnsim.reports.sections.sweep import Asked
    from churnsim.reports.sweep import print_headline, print_sweep, subject_of, write_page
    from churnsim.reports.sweep_json import to_json
    from churnsim.sweeps.store import open_sweep

    subject = subject_of(open_sweep(where), measure=measure, asked=Asked(**drawn))
    written: dict[str, pathlib.Path] = {}
    if output is not None:
        with _needs("jinja2", "Jinja", "--output"):
            written["html"] = write_page(subject, output)
    if figure is not None:
        from churnsim.reports.sweep_figure import sweep_figure

        written["figure"] = sweep_figure(subject, figure)
    if as_json:
        names: dict[str, Any] = {kind: str(path) for kind, path in written.items()}
        print_json({"sweep": where} | to_json(subject) | names)
        return
    if output is None:
        print_sweep(subject, console())
    else:
        print_headline(subject, console())
    _say(written)


def _values(texts: list[str]) -> dict[str, list[str]]:
    """Values by axis, from AXIS=VALUE."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise wrong_input("--at", "is written AXIS=VALUE, such as churn=1.33", found=repr(text))
        found.setdefault(name.strip(), []).append(value.strip())
    return found


def _say(written: dict[str, pathlib.Path]) -> None:
    names = {"html": "Report", "xlsx": "Workbook", "figure": "Figure"}
    for kind, path in written.items():
        typer.echo(f"{names[kind]}: {path}")


@contextmanager
def _needs(module: str, name: str, option: str) -> Iterator[None]:
    """Say what to install where a library of the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise wrong_input(option, f"needs {name}: pip install 'churnsim[report]'") from None

"""Commands for an auditor: verify and diff."""

from __future__ import annotations

import math
import pathlib
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import FAILED, guarded, wrong_input
from churnsim.cli.options import RUN_HELP, Json, Run, is_sweep, stored_runs
from churnsim.cli.output import announce_compiling, console, print_json, progress, show

if TYPE_CHECKING:
    from churnsim.results.runs import Run as Stored

Before = Annotated[
    str,
    typer.Argument(
        metavar="RUN_A.nc|OLD.zarr", help=f"Before. {RUN_HELP} Or the store of a sweep.", show_default=False
    ),
]
After = Annotated[str, typer.Argument(metavar="RUN_B.nc|NEW.zarr", help="After.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (verify, diff):
        app.command()(guarded(command))


def verify(run: Run, as_json: Json = False) -> None:
    """Run again what a file holds and compare every byte; exit code 1 when something differs."""
    (stored,) = stored_runs(run)
    from churnsim.decisions.pace import paths_of
    from churnsim.decisions.verify import scenario_of
    from churnsim.decisions.verify import verify as verify_run

    scenario_of(stored, str(run))
    _announce("Repeating", stored, paths_of(stored), stored.dataset.sizes["arm"])
    with progress("Repeating") as report:
        result = verify_run(stored, progress=report)
    if as_json:
        print_json(result.to_json() | {"file": str(run)})
    else:
        from churnsim.reports.audit import print_verification

        print_verification(result, console())
    if not result.same:
        raise typer.Exit(FAILED)


def diff(
    before: Before,
    after: After,
    measure: Annotated[
        str | None,
        typer.Option("--measure", metavar="NAME", help="What two sweeps are held against each other by."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what changed between two runs, or two sweeps, and what that did to the results."""
    kinds = [is_sweep(name) for name in (before, after)]
    if all(kinds):
        _sweeps(before, after, measure, as_json)
        return
    if any(kinds):
        raise wrong_input("diff", "a run and a sweep cannot be compared", found=f"{before}, {after}")
    if measure is not None:
        raise wrong_input("--measure", "is for sweeps: two runs are compared by all measures")
    runs = stored_runs(pathlib.Path(before), pathlib.Path(after))
    from churnsim.decisions.diff import Question

    question = Question(runs[0], runs[1], names=(before, after))
    if question.paths:
        count = len(question.steps)
        _announce(f"Simulating the effect of {count} step{'s' * (count > 1)}", runs[0], question.paths, question.arms)
        with progress("Simulating the steps") as report:
            result = question.answer(report)
    else:
        result = question.answer()
    from churnsim.reports.audit import print_diff

    show(result, print_diff, as_json)


def _sweeps(before: str, after: str, measure: str | None, as_json: bool) -> None:
    from churnsim.sweeps.diff import diff_sweeps
    from churnsim.sweeps.store import open_sweep

    result = diff_sweeps(open_sweep(before), open_sweep(after), names=(before, after), measure=measure)
    from churnsim.reports.sweep_diff import print_sweep_diff, sentences

    show(result, print_sweep_diff, as_json, {"sentences": sentences(result)})


def _announce(task: str, run: Stored, paths: int, arms: int) -> None:
    """Say on standard error what is to be simulated and about how long it will take."""
    from churnsim.decisions.pace import seconds_per_path

    announce_compiling()
    seconds = math.ceil(paths * seconds_per_path(run, arms))
    duration = f"{seconds} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    typer.echo(f"{task}: {paths:,} paths, about {duration} ...", err=True)

"""The command sensitivity: what an outcome, or a decision, depends on."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import guarded, unknown, wrong_input
from churnsim.cli.options import (
    FIGURES,
    Json,
    Ladder,
    Seed,
    Team,
    check_output,
    is_run,
    post_range,
    scenario_file,
    stored_runs,
)
from churnsim.cli.output import progress, show

if TYPE_CHECKING:
    from churnsim.results.runs import Run
    from churnsim.scenario.files import ScenarioFile

METHODS = ("tornado", "morris", "sobol", "dependence", "discovery", "switches")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(sensitivity))


def sensitivity(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Scenario file, preset:NAME for a bundled one, or RUN.nc that run, headcount or compare wrote.",
            show_default=False,
        ),
    ],
    method: Annotated[
        str | None,
        typer.Option(
            "--method", metavar="|".join(METHODS), help="How to look.  [default: tornado and switches, the quick ones]"
        ),
    ] = None,
    csm: Ladder = None,
    team: Team = None,
    arm: Annotated[
        str | None,
        typer.Option(
            "--arm",
            help="Arm, or with --csm a number of posts.  [default: the one of highest mean NPV]",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", help="Arm to take the difference from.  [default: with --csm the rung below, else the base]"
        ),
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Look at the arm itself, not at a difference.")] = False,
    measure: Annotated[
        str | None,
        typer.Option("--measure", help="npv, arr, nrr, ..., or any metric.  [default: the NPV that decides]"),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            min=2,
            help="Trajectories (morris, default 40), base sample (sobol, 256), draws (dependence 500, discovery 1000).",
        ),
    ] = None,
    below: Annotated[
        float | None, typer.Option("--below", help="discovery: failing is below this.  [default: 0, of a difference]")
    ] = None,
    above: Annotated[float | None, typer.Option("--above", help="discovery: failing is above this.")] = None,
    figure: Annotated[pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Write a figure.")] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            min=1,
            help="Samples of luck per draw.  [default: tornado and switches 100, morris 8, others 4]",
        ),
    ] = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Show which inputs an outcome or a decision depends on, and where it fails."""
    if method is not None and method not in METHODS:
        raise unknown("--method", "no method is called so", method, METHODS, cutoff=0.4)
    if below is not None and above is not None:
        raise wrong_input("--below", "failing is below or above, not both")
    check_output(figure, FIGURES)
    posts = None if csm is None else post_range(csm)
    if team is not None and posts is None:
        raise wrong_input("--team", "belongs to --csm", allowed="--csm 0..14 --team NAME")
    read, run = _file_or_run(file)
    from churnsim.uncertainty.sensitivity import sensitivity as analyse

    with progress("Simulating") as report:
        answer = analyse(
            read,
            method,  # type: ignore[arg-type]
            samples=samples,
            replicates=replicates,
            threshold=below if above is None else above,
            fails="below" if above is None else "above",
            progress=report,
            measure=measure,
            arm=arm,
            against=against,
            alone=alone,
            posts=posts,
            team=team,
            seed=seed,
            run=run,
        )
    if figure is not None:
        from churnsim.reports.sensitivity_figure import sensitivity_figure

        sensitivity_figure(answer, figure)
    from churnsim.reports.sensitivity import print_sensitivity

    show(answer, print_sensitivity, as_json, figure=figure)


def _file_or_run(name: str) -> tuple[ScenarioFile, Run | None]:
    if not is_run(name):
        return scenario_file(name), None
    (run,) = stored_runs(pathlib.Path(name))
    return run.scenario_file, run

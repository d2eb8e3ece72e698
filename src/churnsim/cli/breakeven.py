"""The command breakeven: what must be true for one arm to be worth as much as another."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import FIGURES, Json, Seed, check_output, is_run, post_range, scenario_file, stored_runs
from churnsim.cli.output import progress, show

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.uncertainty.pairs import Pair

FILE_HELP = "Scenario file, preset:NAME for a bundled one, or RUN.nc that headcount or compare wrote with -o."


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(breakeven))


def breakeven(
    file: Annotated[str, typer.Argument(metavar="FILE", help=FILE_HELP, show_default=False)],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="PATH[=LOW..HIGH]",
            help="Number to move, by dotted path; with * all numbers that match, times one factor. Repeat for more."
            "  [default: uncertain effects of plays, cost and ramp of a CSM, churn]",
        ),
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Move two inputs together, on a grid.")] = False,
    csm: Annotated[str | None, typer.Option("--csm", metavar="A..B", help="Hold B posts against A posts.")] = None,
    team: Annotated[str | None, typer.Option("--team", help="Team of --csm.  [default: the only one]")] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="Arm of the file.  [default: the only one]")] = None,
    against: Annotated[str | None, typer.Option("--against", help="Arm to hold it against.  [default: base]")] = None,
    measure: Annotated[
        str | None,
        typer.Option("--measure", help="What must be equal.  [default: npv, with the value after the horizon if any]"),
    ] = None,
    points: Annotated[int, typer.Option("--points", min=3, max=101, help="Values on the grid of an input.")] = 5,
    figure: Annotated[
        pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Write a figure (.png, .svg, .pdf).")
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws",
            min=1,
            help="Samples of what is not known, at each value.  [default: the file's, else 250; 1 when nothing is"
            " uncertain in any arm]",
        ),
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            min=1,
            help="Samples of luck per draw.  [default: the file's, else 1; 1,000 when nothing is uncertain in any arm]",
        ),
    ] = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Say what must be true for an arm, or a post more, to be worth as much as the other.

    At every value of an input both arms are simulated with the same draws and luck. A stored ladder (RUN.nc) asks about
    its recommended rung and the rung below, with its own book.
    """
    check_output(figure, FIGURES)
    if csm is not None and (arm is not None or against is not None):
        raise wrong_input("--csm", "asks about posts, --arm and --against about arms of the file: give one of them")
    if team is not None and csm is None:
        raise wrong_input("--team", "is for --csm A..B")
    if curve and len(inputs or ()) != 2:
        raise wrong_input("--curve", "needs two inputs", found=str(len(inputs or ())), allowed="--input X --input Y")
    posts = None if csm is None else post_range(csm)
    read, book, pair = _question(file, team, posts, arm, against)
    size = {"draws": draws, "replicates": replicates, "seed": seed}
    from churnsim.uncertainty import breakeven as asked

    with progress("Simulating trial values") as report:
        found: asked.BreakEvens | asked.BreakEvenCurve
        if curve and inputs:
            two = (inputs[0], inputs[1])
            found = asked.breakeven_curve(
                read, pair, two, measure=measure, points=points, book=book, progress=report, **size
            )
        else:
            found = asked.breakeven(
                read, pair, inputs=inputs, measure=measure, points=points, book=book, progress=report, **size
            )
    if figure is not None:
        from churnsim.reports.breakeven_figure import breakeven_figure

        breakeven_figure(found, figure)
    from churnsim.reports.breakeven import print_breakeven, print_breakeven_curve

    if isinstance(found, asked.BreakEvenCurve):
        show(found, print_breakeven_curve, as_json, figure=figure)
    else:
        show(found, print_breakeven, as_json, figure=figure)


def _question(
    file: str, team: str | None, posts: Sequence[int] | None, arm: str | None, against: str | None
) -> tuple[ScenarioFile, Book | None, Pair]:
    """Scenario, book and the two arms."""
    from churnsim.uncertainty.pairs import arms_of_file, rungs

    if not is_run(file):
        read, book, ladder = scenario_file(file), None, None
    else:
        (run,) = stored_runs(pathlib.Path(file))
        read, book = run.scenario_file, run.book
        ladder = run if run.command == "headcount" and arm is None and against is None else None
    if posts is not None:
        return read, book, rungs(read, team, min(posts), max(posts))
    if ladder is not None:
        from churnsim.decisions.headcount import ladder_of

        found = ladder_of(ladder)
        upper = max(found.index, 1)
        return read, book, rungs(read, found.team, found.rungs[upper - 1].posts, found.rungs[upper].posts)
    return read, book, arms_of_file(read, arm, against)

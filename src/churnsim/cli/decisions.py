"""Commands that answer a question: demo, headcount, compare."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import guarded
from churnsim.cli.options import (
    FIGURES,
    NETCDF,
    Draws,
    File,
    Json,
    Output,
    Replicates,
    Seed,
    TargetSe,
    check_folder,
    check_output,
    post_range,
    scenario_file,
)
from churnsim.cli.output import console, paths, print_json, progress, say_written
from churnsim.cli.precision import check_size, in_json, pilot, say_size, size_of

if TYPE_CHECKING:
    from churnsim.decisions.ladder import Ladder
    from churnsim.scenario.book import Book

DEMO_FIGURE = "churnsim-demo.png"
DEMO_DRAWS, DEMO_REPLICATES = 100, 2

Figure = Annotated[
    pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Write a figure of the ladder.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (demo, headcount, compare):
        app.command()(guarded(command))


def demo(
    folder: Annotated[
        pathlib.Path, typer.Option("-o", "--output", metavar="FOLDER", help="Folder that the figure goes to.")
    ] = pathlib.Path(),
    draws: Annotated[int, typer.Option("--draws", min=1, help="Samples of what is not known.")] = DEMO_DRAWS,
    replicates: Annotated[int, typer.Option("--replicates", min=1, help="Samples of luck per draw.")] = DEMO_REPLICATES,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Show a decision: how many CSMs should a bundled mid-market company fund?"""
    check_folder(folder)
    figure = folder / DEMO_FIGURE
    check_output(figure, FIGURES)
    _headcount("preset:midmarket", None, range(15), None, figure, draws, replicates, seed, as_json)
    if not as_json:
        typer.echo("Next: churnsim init my.toml, edit it, then churnsim headcount my.toml")


def headcount(
    file: File,
    team: Annotated[str | None, typer.Option("--team", help="Team to size.  [default: the only one]")] = None,
    csm: Annotated[str, typer.Option("--csm", metavar="A..B", help="Numbers of posts to try, or A,B,C.")] = "0..14",
    output: Output = None,
    figure: Figure = None,
    draws: Draws = None,
    replicates: Replicates = None,
    target_se: TargetSe = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Answer how many CSMs to fund, with what odds, and what would change it."""
    _headcount(file, team, post_range(csm), output, figure, draws, replicates, seed, as_json, target_se)


def compare(
    file: File,
    output: Output = None,
    draws: Draws = None,
    replicates: Replicates = None,
    target_se: TargetSe = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Compare the arms of a scenario with its base, in pairs."""
    check_output(output, NETCDF)
    check_size(draws, replicates, target_se)
    read = scenario_file(file)
    from churnsim.decisions.compare import compare as compare_arms
    from churnsim.scenario.book import resolve_book

    book = resolve_book(read)
    found = pilot(read, target_se, seed=seed, book=book)
    size = size_of(found, draws, replicates)
    with progress("Simulating the arms") as report:
        comparison = compare_arms(read, **size, seed=seed, progress=report, book=book)
    if output is not None:
        from churnsim.results.runs import Run, save_run

        save_run(Run("compare", {}, comparison.dataset, book), output)
    if as_json:
        print_json(comparison.to_json() | in_json(found) | paths(output=output))
        return
    from churnsim.reports.terminal import print_comparison

    print_comparison(comparison, console())
    say_size(found)
    say_written(output=output)


def _headcount(
    file: str,
    team: str | None,
    posts: Sequence[int],
    output: pathlib.Path | None,
    figure: pathlib.Path | None,
    draws: int | None,
    replicates: int | None,
    seed: int | None,
    as_json: bool,
    target_se: float | None = None,
) -> None:
    check_output(output, NETCDF)
    check_output(figure, FIGURES)
    check_size(draws, replicates, target_se)
    read = scenario_file(file)
    from churnsim.decisions.headcount import headcount as climb
    from churnsim.scenario.book import resolve_book

    book = resolve_book(read)
    found = pilot(read, target_se, team=team, posts=posts, seed=seed, book=book)
    size = size_of(found, draws, replicates)
    with progress("Simulating the ladder") as report:
        ladder = climb(read, team=team, posts=posts, **size, seed=seed, progress=report, book=book)
    _save(ladder, book, output, figure)
    if as_json:
        print_json(ladder.to_json() | in_json(found) | paths(output=output, figure=figure))
        return
    from churnsim.reports.terminal import print_ladder

    print_ladder(ladder, console())
    say_size(found)
    say_written(output=output, figure=figure)


def _save(ladder: Ladder, book: Book | None, output: pathlib.Path | None, figure: pathlib.Path | None) -> None:
    if output is not None:
        from churnsim.results.runs import Run, save_run

        question = {"team": ladder.team, "posts": [rung.posts for rung in ladder.rungs]}
        save_run(Run("headcount", question, ladder.dataset, book, ladder.second), output)
    if figure is not None:
        from churnsim.reports.figures import ladder_figure

        ladder_figure(ladder, figure)

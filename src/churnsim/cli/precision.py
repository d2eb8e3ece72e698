"""The command precision: where the spread of a decision comes from, and how much to simulate; and the option
--target-se, by which other commands choose their size."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import (
    FIGURES,
    File,
    Json,
    Ladder,
    Seed,
    TargetSe,
    Team,
    check_output,
    post_range,
    scenario_file,
)
from churnsim.cli.output import console, progress, show

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.uncertainty.precision import Precision


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(precision))


def precision(
    file: File,
    csm: Ladder = None,
    team: Team = None,
    target_se: TargetSe = None,
    figure: Annotated[
        pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Write a figure of it.")
    ] = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Say where the spread of a decision comes from, luck or ignorance, and how much to simulate."""
    check_output(figure, FIGURES)
    check_size(None, None, target_se)
    posts = None if csm is None else post_range(csm)
    read = scenario_file(file)
    from churnsim.uncertainty.precision import precision as split

    with progress("Simulating a pilot") as report:
        found = split(read, team=team, posts=posts, target_se=target_se, seed=seed, progress=report)
    if figure is not None:
        from churnsim.reports.precision_figure import precision_figure

        precision_figure(found, figure)
    from churnsim.reports.precision import print_precision

    show(found, print_precision, as_json, figure=figure)


def check_size(draws: int | None, replicates: int | None, target_se: float | None) -> None:
    """Refuse a size and a target together."""
    if target_se is None:
        return
    if draws is not None or replicates is not None:
        raise wrong_input("--target-se", "chooses draws and replicates: leave --draws and --replicates out")
    if target_se <= 0.0:
        raise wrong_input("--target-se", "must be above 0", found=f"{target_se:g}")


def pilot(
    file: ScenarioFile,
    target_se: float | None,
    *,
    team: str | None = None,
    posts: Iterable[int] | None = None,
    seed: int | None,
    book: Book | None,
) -> Precision | None:
    """The pilot that chooses the size of a run, where a target is given."""
    if target_se is None:
        return None
    from churnsim.uncertainty.precision import precision as split

    with progress("Simulating a pilot") as report:
        return split(file, team=team, posts=posts, target_se=target_se, seed=seed, progress=report, book=book)


def size_of(found: Precision | None, draws: int | None, replicates: int | None) -> dict[str, Any]:
    """Draws and replicates: those of the pilot, else those that were asked for."""
    if found is None or found.size is None:
        return {"draws": draws, "replicates": replicates}
    return {"draws": found.size.draws, "replicates": found.size.replicates}


def in_json(found: Precision | None) -> dict[str, Any]:
    """What the JSON of a sized run adds."""
    return {} if found is None else {"precision": found.to_json()}


def say_size(found: Precision | None) -> None:
    """Print where the spread comes from and why the run has its size."""
    if found is not None:
        from churnsim.reports.precision import print_precision

        typer.echo()
        print_precision(found, console())

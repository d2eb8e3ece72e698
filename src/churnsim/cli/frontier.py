"""The command frontier: people, tooling or acquisition for the same money."""

from __future__ import annotations

import math
import pathlib
from typing import Annotated

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import FIGURES, Draws, File, Json, Replicates, Seed, check_output, scenario_file
from churnsim.cli.output import progress, show

MOST = 1000
"""Budgets that a range is spelt out for."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(frontier))


def frontier(
    file: File,
    budget: Annotated[str, typer.Option("--budget", metavar="A..B", help="Money a year above today's, or one amount.")],
    step: Annotated[
        float | None,
        typer.Option("--step", min=0.0, help="Money between budgets, and of a step of acquisition.  [default: A]"),
    ] = None,
    among: Annotated[
        str | None,
        typer.Option(
            "--among", metavar="NAME,...", help="Alternatives to mix.  [default: the file's, posts of teams, leads]"
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option("--measure", help="What is to be high.  [default: npv, with the value after the horizon if any]"),
    ] = None,
    figure: Annotated[
        pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Write a figure (.png, .svg, .pdf).")
    ] = None,
    draws: Draws = None,
    replicates: Replicates = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Find what more money a year is best spent on: CSMs, leads, or what the file states as [alternatives.NAME].

    A step of posts is one post more at what a post costs; a step of acquisition buys leads at what they cost. All else
    is what the file says that a step costs and does. Every mix is simulated with the same draws and luck as the base.
    """
    check_output(figure, FIGURES)
    low, high = _amounts(budget)
    step = low if step is None else step
    if not step > 0.0:
        raise wrong_input("--step", "must be above 0", found=f"{step:g}")
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > MOST:
        raise wrong_input("--step", "makes too many budgets", found=f"{count:,}", allowed=f"at most {MOST:,}")
    read = scenario_file(file)
    from churnsim.uncertainty.frontier import frontier as find

    with progress("Simulating the mixes") as report:
        found = find(
            read,
            [low + i * step for i in range(count)],
            step=step,
            among=None if among is None else [name.strip() for name in among.split(",")],
            measure=measure,
            draws=draws,
            replicates=replicates,
            seed=seed,
            progress=report,
        )
    if figure is not None:
        from churnsim.reports.frontier_figure import frontier_figure

        frontier_figure(found, figure)
    from churnsim.reports.frontier import print_frontier

    show(found, print_frontier, as_json, figure=figure)


def _amounts(text: str) -> tuple[float, float]:
    left, dots, right = text.replace("_", "").partition("..")
    try:
        low, high = float(left), float(right if dots else left)
    except ValueError:
        low = high = math.nan
    if not (0.0 < low <= high < math.inf):
        raise wrong_input(
            "--budget", "is not an amount or a range of money", found=repr(text), allowed="200000 or 200000..800000"
        )
    return low, high

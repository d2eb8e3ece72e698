"""The command voi: what finding out is worth before deciding, and whether a pilot pays."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import guarded
from churnsim.cli.options import (
    FIGURES,
    Draws,
    Json,
    Ladder,
    Replicates,
    Seed,
    Team,
    check_output,
    is_run,
    post_range,
    refuse,
    scenario_file,
    stored_runs,
)
from churnsim.cli.output import progress, show
from churnsim.scenario.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from churnsim.results.runs import Run
    from churnsim.scenario.files import ScenarioFile
    from churnsim.uncertainty.pilot import Pilot

_PILOT = re.compile(r"(.+?):([\d_]+):(\d+)(?::([\d_]+(?:\.\d+)?))?")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(voi))


def voi(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|RUN.nc",
            help="Scenario file or preset:NAME, whose arms are simulated; or results that run, headcount or compare"
            " wrote with -o, of which nothing is simulated again.",
            show_default=False,
        ),
    ],
    csm: Ladder = None,
    team: Team = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--inputs", metavar="PATH,...", help="Uncertain numbers to value one by one.  [default: all]"),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NAME=PATH,...", help="Numbers to value together.  [default: by table]"),
    ] = None,
    pilot: Annotated[
        str | None,
        typer.Option(
            "--pilot",
            metavar="PLAY:ACCOUNTS:MONTHS[:COST]",
            help="Value a randomised pilot of a playbook, half of its accounts with the play and half without.",
        ),
    ] = None,
    decisions: Annotated[
        float, typer.Option("--decisions", metavar="N", help="Decisions a year that the knowledge serves.")
    ] = 1.0,
    years: Annotated[int, typer.Option("--years", metavar="Y", help="Years that the knowledge serves.")] = 1,
    figure: Annotated[
        pathlib.Path | None, typer.Option("--figure", metavar="OUT.png", help="Write a figure of the values.")
    ] = None,
    draws: Draws = None,
    replicates: Replicates = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Show what finding out is worth before deciding, what is worth measuring, and whether a pilot pays."""
    check_output(figure, FIGURES)
    trial, members = _all(pilot, group)
    source: ScenarioFile | Run
    if is_run(file):
        refuse(
            {"--csm": csm, "--team": team, "--draws": draws, "--replicates": replicates, "--seed": seed},
            "a stored run has its arms, draws and luck: leave it out, or give the scenario file",
        )
        (source,) = stored_runs(pathlib.Path(file))
    else:
        source = scenario_file(file)
    posts = None if csm is None else post_range(csm)
    from churnsim.uncertainty.value_of_information import value_of_information

    with progress("Simulating the arms and the pilot" if trial else "Simulating the arms") as report:
        result = value_of_information(
            source,
            posts=posts,
            team=team,
            inputs=None if inputs is None else _paths(inputs),
            groups=members,
            pilot=trial,
            decisions=decisions,
            years=years,
            draws=draws,
            replicates=replicates,
            seed=seed,
            progress=report,
        )
    if figure is not None:
        from churnsim.reports.voi_figure import information_figure

        information_figure(result, figure)
    from churnsim.reports.voi import print_information, sentence

    show(result, print_information, as_json, {"sentence": sentence(result)}, figure=figure)


def _all(pilot: str | None, group: Sequence[str] | None) -> tuple[Pilot | None, dict[str, list[str]] | None]:
    """Pilot and groups as they are written; all that cannot be read are told at once."""
    problems, trial, members = list[Problem](), None, None if group is None else dict[str, list[str]]()
    if pilot is not None:
        match = _PILOT.fullmatch(pilot.strip())
        if match is None:
            allowed = "PLAY:ACCOUNTS:MONTHS or PLAY:ACCOUNTS:MONTHS:COST, such as renewal:200:6:50_000"
            problems.append(Problem("--pilot", None, "", "is no pilot", found=repr(pilot), allowed=allowed))
        else:
            from churnsim.uncertainty.pilot import Pilot

            trial = Pilot(match[1], int(match[2]), int(match[3]), float(match[4] or 0.0))
    for text in group or ():
        name, sign, paths = text.partition("=")
        found = _paths([paths])
        if not (name.strip() and sign and found):
            allowed = "NAME=PATH,PATH,..., such as churn=segments.core.intent.annual_churn"
            problems.append(Problem("--group", None, "", "is no group", found=repr(text), allowed=allowed))
        elif members is not None:
            members[name.strip()] = found
    if problems:
        raise ScenarioError(problems)
    return trial, members


def _paths(texts: Sequence[str]) -> list[str]:
    return [path.strip() for text in texts for path in text.split(",") if path.strip()]

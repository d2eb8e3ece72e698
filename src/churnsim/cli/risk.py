"""The command risk: what may go wrong under each arm, and which to choose when it is not known which is best."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from churnsim.cli.failures import guarded, unknown, wrong_input
from churnsim.cli.options import (
    FIGURES,
    Draws,
    Json,
    Ladder,
    Replicates,
    Seed,
    check_output,
    is_run,
    post_range,
    refuse,
    rule,
    scenario_file,
    stored_runs,
)
from churnsim.cli.output import progress, show

if TYPE_CHECKING:
    from churnsim.uncertainty.risk import Risk


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(risk))


def risk(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|RUN.nc...",
            help="Scenario file, preset:NAME, or results written with -o; several give a regret matrix.",
            show_default=False,
        ),
    ],
    csm: Ladder = None,
    team: Annotated[
        str | None, typer.Option("--team", help="Team of those posts, and of the price.  [default: the only one]")
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            "--measure", metavar="NAME", help="What to show; the first decides.  [default: npv, then ARR and NRR]"
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="METRIC>X", help="Odds of a metric above (>) or below (<) a value, nrr>1.05."),
    ] = None,
    level: Annotated[float, typer.Option("--cvar", metavar="SHARE", help="Share of cases that CVaR averages.")] = 0.05,
    figure: Annotated[
        pathlib.Path | None,
        typer.Option("--figure", metavar="OUT.png", help="Write a figure of how far each arm may fall."),
    ] = None,
    draws: Draws = None,
    replicates: Replicates = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Show how bad a bad case is, how likely a target, and which arm to choose when nobody knows which is best."""
    check_output(figure, FIGURES)
    if not 0.0 < level < 1.0:
        raise wrong_input("--cvar", "is not a share of the cases", found=str(level), allowed="between 0 and 1: 0.05")
    posts = None if csm is None else post_range(csm)
    stored = [name for name in files if is_run(name)]
    if stored:
        refuse(
            {"--csm": csm, "--draws": draws, "--replicates": replicates, "--seed": seed},
            f"stored results are not simulated again: leave it out for {stored[0]}",
        )
    if len(set(files)) < len(files):
        raise wrong_input("risk", "the same file is given twice", found=", ".join(files))
    if len(files) > 1 and figure is not None:
        raise wrong_input("--figure", "draws one scenario: give one file, or leave it out")
    asked_of = _asked(measure, target, level)
    runs = dict(zip(stored, stored_runs(*map(pathlib.Path, stored)), strict=True))
    read = {name: scenario_file(name) for name in files if name not in runs}
    found: dict[str, Risk] = {}
    from churnsim.uncertainty.risk import risk as simulated
    from churnsim.uncertainty.risk import risk_of_run

    for name in files:
        if name in runs:
            found[name] = risk_of_run(runs[name], team=team, **asked_of)
            continue
        size: dict[str, Any] = {"draws": draws, "replicates": replicates, "seed": seed}
        with progress(f"Simulating {name}" if len(files) > 1 else "Simulating the arms") as report:
            found[name] = simulated(read[name], posts=posts, team=team, **size, progress=report, **asked_of)
    _show(found, figure, as_json)


def _asked(measure: list[str] | None, target: list[str] | None, level: float) -> dict[str, Any]:
    """What is asked of every file, checked."""
    from churnsim.decisions.measures import EVERY
    from churnsim.metrics.catalogue import METRICS

    for name in measure or ():
        if name not in EVERY:
            raise unknown("--measure", "no measure is called so", name, EVERY, cutoff=0.4)
    targets = {text: rule("--target", text, METRICS | EVERY) for text in target or ()}
    return {"measures": measure or (), "targets": targets, "level": level}


def _show(found: dict[str, Risk], figure: pathlib.Path | None, as_json: bool) -> None:
    if len(found) > 1:
        from churnsim.reports.risk import print_scenarios
        from churnsim.reports.risk_words import scenario_sentences
        from churnsim.uncertainty.scenarios import regret_over

        scenarios = regret_over(found)
        show(scenarios, print_scenarios, as_json, {"sentences": scenario_sentences(scenarios)})
        return
    (one,) = found.values()
    if figure is not None:
        from churnsim.reports.risk_figure import risk_figure

        risk_figure(one, figure)
    from churnsim.reports.risk import print_risk
    from churnsim.reports.risk_words import sentences

    show(one, print_risk, as_json, {"sentences": sentences(one)}, figure=figure)

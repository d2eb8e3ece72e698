"""The command calibrate: fit a scenario's baseline scales to the KPIs that the company observes."""

from __future__ import annotations

import pathlib
from typing import Annotated

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import File, Json, Seed, check_output, scenario_file
from churnsim.cli.output import console, paths, print_json, progress
from churnsim.outputs import written_beside

TOML = (".toml",)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(calibrate))


def calibrate(
    file: File,
    output: Annotated[
        pathlib.Path | None,
        typer.Option("-o", "--output", metavar="OUT.toml", help="Write the calibrated scenario."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output if it exists.")] = False,
    draws: Annotated[
        int | None,
        typer.Option("--draws", min=1, help="Samples of what is not known.  [default: 50; 1 when nothing is]"),
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option("--replicates", min=1, help="Samples of luck per draw.  [default: by the size of the book]"),
    ] = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Fit a scenario to the KPIs in its [observed.SEGMENT], and say what they cannot tell."""
    check_output(output, TOML)
    if output is not None and output.exists() and not force:
        raise wrong_input(str(output), "the file exists; --force overwrites it")
    read = scenario_file(file)
    from churnsim.calibration.calibrate import calibrate as fit

    folder = None if output is None else output.parent
    with progress("Calibrating") as report:
        result = fit(read, draws=draws, replicates=replicates, seed=seed, folder=folder, progress=report)
    if output is not None:
        with written_beside(output) as beside:
            beside.write_text(result.file.text, encoding="utf-8")
    if as_json:
        from churnsim.decisions.plain import plain

        print_json(plain(result.content()) | paths(output=output))
        return
    from churnsim.reports.calibration import print_calibration

    print_calibration(result, console())
    if output is None:
        typer.echo("Nothing is written; -o OUT.toml writes the calibrated scenario.")
    else:
        typer.echo(f"Calibrated scenario: {output}")

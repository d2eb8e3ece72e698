"""The command `churnsim`: parses, calls and prints. Whatever is slow to import is imported inside the commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from churnsim.cli import (
    audit,
    breakeven,
    calibration,
    decisions,
    frontier,
    metrics,
    precision,
    report,
    risk,
    scenarios,
    sensitivity,
    simulation,
    sweep,
    voi,
)
from churnsim.cli.failures import FAILED

app = typer.Typer(
    name="churnsim",
    help="Simulate churn, renewal and expansion of subscription customers under limited customer-success capacity.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        import churnsim

        typer.echo(f"churnsim {churnsim.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate churn, renewal and expansion of subscription customers under limited customer-success capacity."""


decisions.add_to(app)
scenarios.add_to(app)
simulation.add_to(app)
metrics.add_to(app)
report.add_to(app)
audit.add_to(app)
calibration.add_to(app)
breakeven.add_to(app)
frontier.add_to(app)
precision.add_to(app)
sensitivity.add_to(app)
risk.add_to(app)
sweep.add_to(app)
voi.add_to(app)


def main() -> None:
    """Entry point of the command."""
    try:
        app()
    except KeyboardInterrupt:  # before a command has begun its work, or while the results of it are shown
        typer.echo("Stopped.", err=True)
        sys.exit(FAILED)

"""The command run: simulate a scenario and show its main results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from churnsim.cli.failures import guarded
from churnsim.cli.options import NETCDF, Draws, File, Json, Output, Replicates, Seed, check_output, scenario_file
from churnsim.cli.output import console, paths, print_json, progress

if TYPE_CHECKING:
    import xarray as xr

Record = Literal["summary", "paths", "moments", "full"]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(run))


def run(
    file: File,
    output: Output = None,
    draws: Draws = None,
    replicates: Replicates = None,
    seed: Seed = None,
    record: Annotated[Record, typer.Option("--record", help="How much to keep of each path.")] = "summary",
    as_json: Json = False,
) -> None:
    """Simulate a scenario and its arms."""
    check_output(output, NETCDF)
    read = scenario_file(file)
    from churnsim.results.simulation import simulate
    from churnsim.scenario.book import resolve_book
    from churnsim.scenario.files import arms

    book = resolve_book(read)
    with progress("Simulating") as report:
        dataset = simulate(
            read,
            arms=arms(read),
            draws=draws,
            replicates=replicates,
            seed=seed,
            record=record,
            progress=report,
            book=book,
        )
    if output is not None:
        from churnsim.results.runs import Run, save_run

        save_run(Run("run", {}, dataset, book), output)
    from churnsim.calibration.comparison import compare_with_observed
    from churnsim.decisions.plain import plain

    size = {
        "draws": dataset.sizes["draw"],
        "replicates": dataset.sizes["replicate"],
        "seed": int(dataset.attrs["seed"]),
    }
    compared = compare_with_observed(read, **size, book=book)
    if as_json:
        observed = {"observed": [plain(one) for one in compared]}
        print_json(_content(dataset) | observed | paths(output=output))
        return
    from churnsim.reports.terminal import print_run

    print_run(dataset, console())
    if output is not None:
        typer.echo(f"Results: {output}")
    from churnsim.reports.calibration import disagreements

    apart = disagreements(compared, file)
    if apart:
        typer.echo(apart, err=True)


def _content(dataset: xr.Dataset) -> dict[str, Any]:
    """Main results by arm, each with its Monte Carlo error."""
    from churnsim.decisions.basis import basis_of
    from churnsim.decisions.measures import measures
    from churnsim.decisions.plain import plain
    from churnsim.metrics.estimates import estimate
    from churnsim.metrics.policy import STANDARD

    values = {name: measure.of(dataset) for name, measure in measures(dataset).items()}
    arms = {
        str(arm): {name: plain(estimate(value.sel(arm=arm, drop=True))) for name, value in values.items()}
        for arm in dataset["arm"].values
    }
    return {
        **basis_of(dataset),
        "metric_policy": STANDARD.stamp,
        "arms": arms,
    }

"""The command metrics: metrics of a stored run under a policy, and why policies differ."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import guarded, unknown, wrong_input
from churnsim.cli.options import Json, Run, rule, stored_runs
from churnsim.cli.output import show
from churnsim.metrics.policy import POLICIES

if TYPE_CHECKING:
    import xarray as xr


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(metrics))


def metrics(
    run: Run,
    policy: Annotated[
        str,
        typer.Option("--policy", metavar="|".join(POLICIES), help="How reactivations, joins and windows count."),
    ] = "standard",
    compare_policies: Annotated[
        bool, typer.Option("--compare-policies", help="Show why NRR and GRR differ between the policies.")
    ] = False,
    year: Annotated[
        int | None, typer.Option("--year", min=1, help="Year of the simulation.  [default: the last full one]")
    ] = None,
    arm: Annotated[str | None, typer.Option("--arm", help="Only this arm.  [default: all]")] = None,
    odds: Annotated[
        list[str] | None,
        typer.Option("--odds", metavar="METRIC>X", help="Odds of a metric above (>) or below (<) a value, nrr>1.05."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show every metric of a run with its error, or why one run's NRR and GRR differ between policies."""
    if policy not in POLICIES:
        raise unknown("--policy", "no metric policy is called so", policy, POLICIES, cutoff=0.4)
    from churnsim.metrics.catalogue import METRICS

    rules = None if odds is None else {text: rule("--odds", text, METRICS) for text in odds}
    dataset = stored_runs(run)[0].dataset
    dataset, year = _arm(dataset, arm), _year(run, dataset, year)
    if compare_policies:
        from churnsim.decisions.policies import compare_policies as compare
        from churnsim.reports.metrics import print_policies

        show(compare(dataset, year), print_policies, as_json)
        return
    from churnsim.decisions.scorecard import scorecard
    from churnsim.reports.metrics import print_scorecard

    show(scorecard(dataset, POLICIES[policy], year, rules), print_scorecard, as_json)


def _arm(dataset: xr.Dataset, arm: str | None) -> xr.Dataset:
    arms = list(map(str, dataset["arm"].values))
    if arm is None:
        return dataset
    if arm not in arms:
        raise unknown("--arm", "the run has no such arm", arm, arms)
    return dataset.sel(arm=[arm])


def _year(run: pathlib.Path, dataset: xr.Dataset, year: int | None) -> int:
    last = dataset.sizes["year"]
    if last == 0:
        months = dataset.attrs["horizon_months"]
        raise wrong_input(str(run), f"the run has {months} months: metrics of a year need at least 12")
    if year is not None and year > last:
        raise wrong_input("--year", "the run has no such year", found=str(year), allowed=f"1 to {last}")
    return year or last

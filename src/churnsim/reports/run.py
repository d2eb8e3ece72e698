"""A simulated Dataset in the terminal."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr
from rich.console import Console

from churnsim.decisions.measures import MEASURES
from churnsim.metrics.capacity import hours_per_month, load
from churnsim.metrics.estimates import estimate, quantile
from churnsim.metrics.retention import gross_revenue_retention, in_year, logo_churn, net_revenue_retention
from churnsim.reports.cells import amount, say
from churnsim.reports.numbers import count_with_error, money, percent_tenths, ratio_with_error, run_size
from churnsim.reports.tables import Column, print_table


def print_run(dataset: xr.Dataset, console: Console) -> None:
    """Each arm's main values with the spread of paths, by segment, and the teams' hours."""
    size = f"{run_size(dataset.sizes['draw'], dataset.sizes['replicate'])}, seed {dataset.attrs['seed']}"
    months = dataset.attrs["horizon_months"]
    for arm in map(str, dataset["arm"].values):
        one = dataset.sel(arm=arm)
        _print_values(one, f"{dataset.attrs['scenario_name']}, arm {arm}: {months} months ({size})", console)
        _print_segments(one, console)
        if dataset.sizes["team"]:
            _print_teams(one, console)
    say(console, "mean ± standard error, clustered by draw; P5, P50, P95: of paths; NRR, GRR, churn: last full year")


def _print_values(one: xr.Dataset, title: str, console: Console) -> None:
    currency = str(one.attrs["currency"])
    rows = [(measure.label, measure.kind, measure.of(one)) for measure in MEASURES.values()]

    def spread(probability: float) -> list[str]:
        values = [(quantile(value, probability).value, kind) for _, kind, value in rows]
        return [money(v, currency) if kind == "money" else percent_tenths(v) for v, kind in values]

    print_table(
        console,
        title,
        [
            Column("", [label for label, _, _ in rows], left=True),
            Column("mean", [amount(estimate(value), kind, currency) for _, kind, value in rows]),
            Column("P5", spread(0.05), 1),
            Column("P50", spread(0.5), 3),
            Column("P95", spread(0.95), 2),
        ],
    )


def _print_segments(one: xr.Dataset, console: Console) -> None:
    currency, segments = str(one.attrs["currency"]), list(map(str, one["segment"].values))

    def column(values: xr.DataArray, kind: str) -> list[str]:
        return [amount(estimate(values.sel(segment=s, drop=True)), kind, currency) for s in segments]

    arr = one[["arr_opening", "arr_closing"]].sel(window="horizon", drop=True)
    print_table(
        console,
        "By segment",
        [
            Column("segment", segments, left=True),
            Column("opening ARR", column(arr["arr_opening"], "money"), 3),
            Column("closing ARR", column(arr["arr_closing"], "money")),
            Column("NRR", column(in_year(net_revenue_retention(one, by_segment=True), "last"), "share")),
            Column("GRR", column(in_year(gross_revenue_retention(one, by_segment=True), "last"), "share"), 1),
            Column("logo churn", column(in_year(logo_churn(one, by_segment=True), "last"), "share"), 2),
        ],
    )


def _print_teams(one: xr.Dataset, console: Console) -> None:
    teams = list(map(str, one["team"].values))

    def each(values: xr.DataArray, show: Callable[[float, float], str]) -> list[str]:
        estimates = [estimate(values.sel(team=team, window="horizon", drop=True)) for team in teams]
        return [show(e.mean, e.se) for e in estimates]

    names = ("demanded", "available", "delivered")
    print_table(
        console,
        "Hours a month",
        [
            Column("team", teams, left=True),
            *(Column(name, each(hours_per_month(one, f"hours_{name}"), count_with_error)) for name in names),
            Column("demanded / available", each(load(one), ratio_with_error)),
        ],
    )

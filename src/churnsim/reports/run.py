"""A simulated Dataset in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import xarray as xr
from rich.console import Console

from churnsim.decisions.measures import EVERY, VALUE, Measure, measures
from churnsim.metrics.capacity import hours_per_month, load
from churnsim.metrics.estimates import Estimate, estimate, quantile
from churnsim.metrics.policy import STANDARD
from churnsim.metrics.retention import (
    gross_revenue_retention,
    in_year,
    logo_churn,
    net_revenue_retention,
    reactivation,
)
from churnsim.reports.cells import amount, say
from churnsim.reports.numbers import count_with_error, money, percent_tenths, ratio_with_error, run_size
from churnsim.reports.tables import Column, print_table

ARM_COLUMNS = {"npv": 0, VALUE: 0, "arr": 0, "nrr": 2, "grr": 3, "cost": 1}
"""Measures of a table of arms, where there are such, with the rank of each column."""


def print_run(dataset: xr.Dataset, console: Console) -> None:
    """The base with the spread of paths, by segment, and its teams' hours; with more arms, a table of all."""
    size = f"{run_size(dataset.sizes['draw'], dataset.sizes['replicate'])}, seed {dataset.attrs['seed']}"
    months = dataset.attrs["horizon_months"]
    arms = list(map(str, dataset["arm"].values))
    base = dataset.sel(arm=arms[0])
    known = measures(dataset)
    _print_values(base, known, f"{dataset.attrs['scenario_name']}, arm {arms[0]}: {months} months ({size})", console)
    _print_segments(base, console)
    if dataset.sizes["team"]:
        _print_teams(base, console)
    if len(arms) > 1:
        values = {name: known[name].of(dataset) for name in ARM_COLUMNS if name in known}
        each = [{name: estimate(value.sel(arm=arm, drop=True)) for name, value in values.items()} for arm in arms]
        print_table(console, "All arms", arm_columns(arms, each, str(dataset.attrs["currency"])))
    say(console, "mean ± standard error, clustered by draw; P5, P50, P95: of paths; NRR, GRR, churn: last full year")
    say(console, f"metric policy: {STANDARD.stamp}")
    if VALUE in known:
        say(console, f"value after horizon: of what follows month {months}, discounted; not in the NPV")


def arm_columns(arms: Sequence[str], values: Sequence[Mapping[str, Estimate]], currency: str) -> list[Column]:
    """Columns of a table of arms, from each arm's estimates by measure."""

    def column(name: str, rank: int) -> Column:
        measure = EVERY[name]
        title = measure.label.replace(" horizon", "\nhorizon")
        return Column(title, [amount(own[name], measure.kind, currency) for own in values], rank)

    return [
        Column("arm", arms, left=True),
        *(column(name, rank) for name, rank in ARM_COLUMNS.items() if name in values[0]),
    ]


def _print_values(one: xr.Dataset, known: Mapping[str, Measure], title: str, console: Console) -> None:
    currency = str(one.attrs["currency"])
    rows = [(measure.label, measure.kind, measure.of(one)) for measure in known.values()]

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

    horizon = one.sel(window="horizon", drop=True)
    columns = [
        Column("segment", segments, left=True),
        Column("opening ARR", column(horizon["arr_opening"], "money"), 3),
        Column("closing ARR", column(horizon["arr_closing"], "money")),
        Column("NRR", column(in_year(net_revenue_retention(one, by_segment=True), "last"), "share")),
        Column("GRR", column(in_year(gross_revenue_retention(one, by_segment=True), "last"), "share"), 1),
        Column("logo churn", column(in_year(logo_churn(one, by_segment=True), "last"), "share"), 2),
    ]
    if horizon["arr_reactivated"].any():
        columns.append(Column("lost ARR won back", column(reactivation(horizon, by_segment=True), "share"), 4))
    print_table(console, "By segment", columns)


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

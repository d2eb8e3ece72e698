"""Values of a path that decisions are about, each by (arm, draw, replicate)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import xarray as xr

from churnsim.metrics.catalogue import METRICS, OF_HORIZON, Kind, Metric
from churnsim.metrics.money import customer_success_cost
from churnsim.metrics.policy import STANDARD
from churnsim.metrics.retention import gross_revenue_retention, in_year, net_revenue_retention


@dataclass(frozen=True)
class Measure:
    """A value with its name for people and what it is measured in."""

    label: str
    kind: Literal["money", "share"]
    of: Callable[[xr.Dataset], xr.DataArray]


MEASURES: dict[str, Measure] = {
    "npv": Measure("NPV", "money", lambda d: d["npv"].sel(window="horizon", drop=True)),
    "npv_first_year": Measure("NPV, 12 months", "money", lambda d: d["npv"].sel(window="first_year", drop=True)),
    "arr": Measure("closing ARR", "money", lambda d: _closing_arr(d, "horizon")),
    "arr_first_year": Measure("ARR, month 12", "money", lambda d: _closing_arr(d, "first_year")),
    "nrr": Measure("NRR, last year", "share", lambda d: in_year(net_revenue_retention(d), "last")),
    "nrr_first_year": Measure("NRR, year 1", "share", lambda d: in_year(net_revenue_retention(d), "first")),
    "grr": Measure("GRR, last year", "share", lambda d: in_year(gross_revenue_retention(d), "last")),
    "grr_first_year": Measure("GRR, year 1", "share", lambda d: in_year(gross_revenue_retention(d), "first")),
    "cost": Measure("CS cost", "money", lambda d: customer_success_cost(d).sel(window="horizon", drop=True)),
}
"""By name. Windows: the horizon, or the first 12 months of it; years: full years of the simulation."""

VALUE, NPV_WITH_VALUE = "value_after_horizon", "npv_with_value_after_horizon"
AFTER_HORIZON: dict[str, Measure] = {
    VALUE: Measure("value after horizon", "money", lambda d: d[VALUE]),
    NPV_WITH_VALUE: Measure("NPV with it", "money", lambda d: MEASURES["npv"].of(d) + d[VALUE]),
}
"""Measures that follow where some arm has a value after the horizon."""

EVERY = MEASURES | AFTER_HORIZON
"""Measures of decisions."""


@dataclass(frozen=True)
class OfHours:
    """Something about the hours of all teams over the horizon, in the place of a measure."""

    label: str
    kind: Literal["share", "count"]
    of: Callable[[xr.Dataset], xr.DataArray]


HOURS: dict[str, OfHours] = {
    "capacity": OfHours("share of hours met", "share", lambda d: _hours(d, "delivered") / _asked(d)),
    "hours": OfHours("hours delivered", "count", lambda d: _hours(d, "delivered")),
}
"""By name: hours delivered of those that plays ask for, and hours delivered."""

OF_SWEEPS: dict[str, Measure | OfHours] = {**EVERY, **HOURS}
"""All that a sweep can keep."""


@dataclass(frozen=True)
class InLastYear:
    """A metric under the standard policy in the last full year, or of the horizon, in the place of a measure."""

    label: str
    kind: Kind
    of: Callable[[xr.Dataset], xr.DataArray]


def _of_metric(name: str, metric: Metric) -> InLastYear:
    by_year = metric.label if name in OF_HORIZON else f"{metric.label}, last year"
    return InLastYear(by_year.strip(), metric.kind, lambda dataset: _in_last_year(dataset, metric))


def _in_last_year(dataset: xr.Dataset, metric: Metric) -> xr.DataArray:
    """A metric under the standard policy in the last full year; masked where the horizon has none."""
    if dataset.sizes["year"] == 0:
        return dataset["npv"].sel(window="horizon", drop=True).where(False)
    return metric.of(dataset, STANDARD, int(dataset["year"].values[-1]))


ANY: dict[str, Measure | InLastYear] = {
    name: _of_metric(name, metric) for name, metric in METRICS.items() if name not in EVERY
} | EVERY
"""All that an outcome can be asked for: measures of decisions and every metric of `churnsim.metrics.catalogue`."""


def measures(dataset: xr.Dataset) -> dict[str, Measure]:
    """Measures that the Dataset has, with labels that hold for its horizon."""
    found = MEASURES | (AFTER_HORIZON if has_value_after_horizon(dataset) else {})
    months = int(dataset.attrs["horizon_months"])
    if months < 12:
        for name, label in (
            ("npv_first_year", f"NPV, first {months} months"),
            ("arr_first_year", f"ARR, month {months}"),
        ):
            found[name] = replace(found[name], label=label)
    return found


def every(dataset: xr.Dataset) -> dict[str, Measure | InLastYear]:
    """Measures and metrics that the Dataset has."""
    return {name: measure for name, measure in ANY.items() if name not in EVERY} | measures(dataset)


def has_value_after_horizon(dataset: xr.Dataset) -> bool:
    """Whether some arm has a value after the horizon."""
    return VALUE in dataset and bool(dataset[VALUE].any())


def decisive_name(dataset: xr.Dataset) -> str:
    """What decides: the net present value, with the value after the horizon where there is one."""
    return NPV_WITH_VALUE if has_value_after_horizon(dataset) else "npv"


def decisive(dataset: xr.Dataset) -> Measure:
    """The measure of that name."""
    return EVERY[decisive_name(dataset)]


def _closing_arr(dataset: xr.Dataset, window: str) -> xr.DataArray:
    return dataset["arr_closing"].sum("segment").sel(window=window, drop=True)


def _hours(dataset: xr.Dataset, what: str) -> xr.DataArray:
    return dataset[f"hours_{what}"].sum("team").sel(window="horizon", drop=True)


def _asked(dataset: xr.Dataset) -> xr.DataArray:
    """Hours demanded; masked where nobody asks."""
    asked = _hours(dataset, "demanded")
    return asked.where(asked > 0.0)

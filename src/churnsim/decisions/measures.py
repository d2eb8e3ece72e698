"""Values of a path that decisions are about, each by (arm, draw, replicate)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import xarray as xr

from churnsim.metrics.money import customer_success_cost
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


def _closing_arr(dataset: xr.Dataset, window: str) -> xr.DataArray:
    return dataset["arr_closing"].sum("segment").sel(window=window, drop=True)

"""Hours that customers' plays ask for, against the hours that teams have."""

from __future__ import annotations

import xarray as xr

from churnsim.metrics.retention import window_months


def hours_per_month(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Mean hours a month of `hours_demanded`, `hours_available` or `hours_delivered`, by team and window."""
    hours = dataset[name] / window_months(dataset)
    return hours.assign_attrs(long_name=name.replace("_", " ") + " per month", units="h")


def load(dataset: xr.Dataset) -> xr.DataArray:
    """Hours demanded over hours available (the practitioners' ratio), by team and window; masked with no hours."""
    available = dataset["hours_available"]
    ratio = dataset["hours_demanded"] / available.where(available > 0.0)
    return ratio.assign_attrs(long_name="hours demanded over hours available", units="1")

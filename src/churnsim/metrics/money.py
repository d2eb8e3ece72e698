"""What customer success costs, and when a stream of money has paid itself back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

CUSTOMER_SUCCESS_LINES = ("salaries", "recruiting", "severance", "plays", "process")
"""Cost lines that are spent on customer success; serving accounts, support, product and selling are not."""


def customer_success_cost(dataset: xr.Dataset) -> xr.DataArray:
    """Cost of customer success, undiscounted, dims (arm, draw, replicate, window)."""
    cost = dataset["cost"].sel(line=list(CUSTOMER_SUCCESS_LINES)).sum("line")
    return cost.assign_attrs(long_name="cost of customer success", units=dataset.attrs["currency"])


def payback_month(discounted_flow: xr.DataArray) -> xr.DataArray:
    """First month from which the cumulated flow stays at or above 0; masked (NaN) if there is none.

    `discounted_flow` has a dimension `month`, numbered from 1 in this order; the result lacks it.
    """
    below = discounted_flow.cumsum("month") < 0.0
    months = discounted_flow.sizes["month"]
    position = xr.DataArray(np.arange(1, months + 1), dims="month")
    # the payback month follows the last month that is still below 0
    last_below = (below * position).max("month")
    payback = (last_below + 1.0).where(last_below < months)
    return payback.assign_attrs(long_name="payback month", units="month")


def present_value(flows: npt.ArrayLike, annual_discount: float, *, in_year: float = 1.0) -> float:
    """Present value of the flows of years 1, 2, ...: sum of flow_y (1 + annual_discount)^-(y - 1 + in_year).

    `in_year` says when in its year a flow comes: 1 at the end, as in tables of yearly benefits; 1/2 in the middle.
    Raises ValueError where a flow or the discount is not finite, the discount is -1 or less, or `in_year` is not in
    0 to 1.
    """
    yearly = np.asarray(flows, dtype=np.float64)
    if yearly.ndim != 1 or not np.isfinite(yearly).all():
        raise ValueError("flows must be one finite number for each year")
    if not (np.isfinite(annual_discount) and annual_discount > -1.0):
        raise ValueError(f"the annual discount must be above -1, found {annual_discount}")
    if not 0.0 <= in_year <= 1.0:
        raise ValueError(f"in_year must be from 0 to 1, found {in_year}")
    return float(yearly @ (1.0 + annual_discount) ** -(np.arange(len(yearly)) + in_year))

"""What customer success costs, and when a stream of money has paid itself back."""

from __future__ import annotations

import numpy as np
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

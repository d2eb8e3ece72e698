"""Stated reasons: what customers say when they leave is not always why they leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr


def stated_reasons(
    dataset: xr.Dataset, confusion: Mapping[str, Mapping[str, Any]], what: Literal["accounts", "arr"] = "accounts"
) -> xr.DataArray:
    """Accounts or ARR lost by the reason that leavers state, dims (arm, draw, replicate, window, reason).

    Parameters
    ----------
    dataset : a simulated Dataset.
    confusion : share of each root cause's leavers that state each reason; the rest of a cause, and a cause without a
        row, keeps its own name. A share that is a distribution in the scenario is read from the Dataset's inputs.
    what : "accounts" or "arr".

    Raises
    ------
    ValueError : a row belongs to no cause, or its shares are below 0 or add up to more than 1.
    """
    lost = dataset[f"{what}_churned_by_cause"]
    causes = [str(cause) for cause in dataset["cause"].values]
    for cause in confusion:
        if cause not in causes:
            raise ValueError(f"no root cause is called {cause!r}; there are {', '.join(causes)}")
    parts: dict[str, xr.DataArray] = {}
    for cause in causes:
        row = {reason: _share(dataset, cause, reason, share) for reason, share in confusion.get(cause, {}).items()}
        rest = 1.0 - sum(row.values(), start=xr.DataArray(0.0))
        if any(float(share.min()) < 0.0 for share in row.values()) or float(rest.min()) < -1e-9:
            raise ValueError(f"the shares of {cause!r} must be from 0 to 1 and add up to no more than 1")
        of_cause = lost.sel(cause=cause, drop=True)
        for reason, share in [(cause, rest.clip(min=0.0)), *row.items()]:
            parts[reason] = parts.get(reason, 0.0) + of_cause * share
    stated = xr.concat(list(parts.values()), "reason").transpose(..., "reason")
    stated = stated.assign_coords(reason=np.array(list(parts), dtype=object))
    name = {"accounts": "accounts", "arr": "ARR"}[what]
    units = dataset.attrs["currency"] if what == "arr" else "accounts"
    return stated.assign_attrs(long_name=f"{name} lost, by stated reason", units=units)


def _share(dataset: xr.Dataset, cause: str, reason: str, share: Any) -> xr.DataArray:
    """A share, by draw where it is not known."""
    if isinstance(share, (int, float)):
        return xr.DataArray(float(share))
    return dataset["inputs"].sel(input=f"stated_reasons.{cause}.{reason}", drop=True)

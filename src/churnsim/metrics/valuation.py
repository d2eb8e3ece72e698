"""What the run says that the company is worth, as a multiple of ARR; dims (arm, draw, replicate).

A multiple is an input of the scenario (`money.after_horizon`: multiple, multiple_per_nrr, multiple_per_growth) or what
a run-off comes to. For scale: +0.5x EV/revenue per point of NRR [P] (L.E.K.).
"""

from __future__ import annotations

import xarray as xr


def implied_multiple(dataset: xr.Dataset) -> xr.DataArray:
    """(NPV of the horizon + value after the horizon) / opening ARR.

    Where the scenario gives no value after the horizon this is the horizon alone, and far below a company's price.
    Masked where the company opens without ARR.
    """
    opening = dataset["arr_opening"].sel(window="horizon", drop=True).sum("segment")
    worth = dataset["npv"].sel(window="horizon", drop=True) + dataset["value_after_horizon"]
    return _named(worth / opening.where(opening > 0.0), "value over opening ARR")


def multiple_at_horizon(dataset: xr.Dataset) -> xr.DataArray:
    """Value after the horizon, as seen from the horizon, over closing ARR less ARR of those who have decided to leave.

    Assumed where the scenario gives a multiple (it is max(0, m + m_N (NRR - 1) + m_G growth) then), implied where it
    runs off. Masked where there is no value after the horizon in any path of the arm, or no such ARR.
    """
    closing, leaving = (
        dataset[name].sel(window="horizon", drop=True).sum("segment") for name in ("arr_closing", "arr_intending")
    )
    staying, value = closing - leaving, dataset["value_after_horizon"]
    ratio = value / discount_to_horizon(dataset) / staying.where(staying > 0.0)
    return _named(ratio.where((value != 0.0).any(("draw", "replicate"))), "value after the horizon over ARR")


def discount_to_horizon(dataset: xr.Dataset) -> xr.DataArray:
    """Discount factor of the horizon, (1 + annual discount)^(-months / 12).

    It is read off the discounted contribution, which of month t is (1 + annual discount)^(-(t - 1/2) / 12) times the
    plain one. Masked where the last month contributes nothing.
    """
    names = ("contribution_by_month", "discounted_contribution_by_month")
    plain, discounted = (dataset[name].isel(month=-1, drop=True) for name in names)
    months = int(dataset.attrs["horizon_months"])
    return (discounted / plain.where(plain != 0.0)) ** (months / (months - 0.5))


def _named(ratio: xr.DataArray, long_name: str) -> xr.DataArray:
    return ratio.assign_attrs(long_name=long_name, units="1")

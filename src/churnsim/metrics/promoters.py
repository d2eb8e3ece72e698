"""Who recommends the company and who advises against it."""

from __future__ import annotations

import xarray as xr


def net_promoter_score(dataset: xr.Dataset, *, by_segment: bool = False) -> xr.DataArray:
    """Share of promoters less share of detractors at the window's end, -1 to 1; masked where there is no account.

    Dims (arm, draw, replicate, window[, segment]). All accounts count, as if each had answered.
    """
    names = ("promoters", "detractors", "accounts_closing")
    promoters, detractors, accounts = (dataset[n] if by_segment else dataset[n].sum("segment") for n in names)
    score = (promoters - detractors) / accounts.where(accounts > 0.0)
    return score.assign_attrs(long_name="net promoter score", units="1")

import numpy as np
import pytest
import xarray as xr

from churnsim.metrics.estimates import estimate
from churnsim.metrics.promoters import net_promoter_score

DIMS = ("arm", "draw", "replicate", "window", "segment")


def company(promoters, detractors, accounts):
    """Values by (replicate, segment) at the end of one window."""

    def variable(values):
        return DIMS, np.asarray(values, dtype=float)[None, None, :, None, :]

    return xr.Dataset(
        {
            "promoters": variable(promoters),
            "detractors": variable(detractors),
            "accounts_closing": variable(accounts),
        },
        coords={"window": ["horizon"], "segment": ["a", "b"]},
    )


def test_promoters_less_detractors_over_all_accounts():
    ds = company([[30, 10]], [[5, 25]], [[50, 150]])
    assert net_promoter_score(ds).item() == pytest.approx(10 / 200), "a ratio of sums, not a mean of 50% and -10%"
    assert net_promoter_score(ds, by_segment=True).squeeze().values == pytest.approx([0.5, -0.1])


def test_no_account_is_masked_and_counted():
    ds = company([[0, 0], [3, 0]], [[0, 0], [1, 0]], [[0, 0], [4, 0]])
    score = net_promoter_score(ds).isel(arm=0, window=0)
    assert estimate(score).masked == 1
    assert estimate(score).mean == pytest.approx(0.5)
    assert np.isnan(net_promoter_score(ds, by_segment=True).sel(segment="b")).all()

"""Values with known truths: normal ignorance by draw, normal luck by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr


def labelled(values: np.ndarray, arms: Sequence[str] | None = None) -> xr.DataArray:
    """Values (arm, draw, replicate), or (draw, replicate) where no arms are named."""
    dims = ("draw", "replicate") if arms is None else ("arm", "draw", "replicate")
    return xr.DataArray(values, dims=dims, coords={} if arms is None else {"arm": list(arms)})


def normal(rng: np.random.Generator, draws: int, replicates: int, mean: float, ignorance: float, luck: float):
    """One arm: mean + ignorance of the draw + luck of the path."""
    return mean + ignorance * rng.standard_normal((draws, 1)) + luck * rng.standard_normal((draws, replicates))


def arms(
    rng: np.random.Generator,
    draws: int,
    replicates: int,
    means: Mapping[str, float],
    ignorance: Mapping[str, float],
    luck: float,
) -> xr.DataArray:
    """Arms whose own ignorance and own luck are independent."""
    return labelled(
        np.stack([normal(rng, draws, replicates, mean, ignorance[name], luck) for name, mean in means.items()]),
        list(means),
    )

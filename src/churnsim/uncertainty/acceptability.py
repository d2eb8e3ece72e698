"""What a CSM may cost: odds that each arm is best over the yearly price of a CSM.

The price moves no customer, so the value of a path is linear in it, and no simulation is repeated:

    value(price) = value without salaries - price x (discounted salaries / price in the run)

Curves of the odds over a price: cost-effectiveness acceptability (van Hout et al. 1994). The arm of the highest mean
value may differ from the arm of the highest odds (Fenwick, Claxton & Sculpher 2001), so both are shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from churnsim.metrics.estimates import Estimate, Share, estimate, share_of_draws
from churnsim.uncertainty.best import standings


@dataclass(frozen=True)
class AtPrice:
    """Arms at one yearly price of a CSM."""

    price: float
    highest: str
    """Arm of the highest mean value."""
    best: dict[str, Share]
    """Share of draws (paths, with a single draw) in which each arm is best."""
    beats: Share | None
    """Share of draws in which the recommended arm beats the base; None where it is the base."""
    gain: Estimate | None
    """What it has more than the base."""


@dataclass(frozen=True)
class Acceptability:
    """Odds over the price of a CSM."""

    recommended: str
    """The arm of the highest mean value at today's price."""
    today: float
    """Mean yearly price of a CSM in the run."""
    highest_from: float
    """Lowest price at which that arm has the highest mean value."""
    highest_to: float
    """Greatest price at which it has; infinite where it costs no more than any other."""
    prices: tuple[AtPrice, ...]


def acceptability(
    free: xr.DataArray,
    posts: xr.DataArray,
    prices: Sequence[float],
    *,
    today: float,
    arms: Sequence[str] | None = None,
    base: str | None = None,
) -> Acceptability:
    """Odds at each price.

    Parameters: `free` values (arm, draw, replicate) were a CSM to cost nothing; `posts` what a unit of the yearly price
    takes off them, of the same dims; `today` the price at which the recommendation is made; `arms` that may be best,
    default: all; `base` the arm that the recommended one is held against.

    Raises ValueError where a price is negative or not finite, or there is none.
    """
    found = [float(price) for price in (today, *prices)]
    if len(found) == 1 or not all(math.isfinite(price) and price >= 0.0 for price in found):
        raise ValueError(f"prices of a CSM must be finite and not negative, one at least; found {list(prices)}")
    rivals = [str(arm) for arm in free["arm"].values] if arms is None else list(arms)
    means = {
        arm: (estimate(free.sel(arm=arm, drop=True)).mean, estimate(posts.sel(arm=arm, drop=True)).mean)
        for arm in rivals
    }
    recommended = max(rivals, key=lambda arm: means[arm][0] - today * means[arm][1])
    at = []
    for price in found[1:]:
        values = free - price * posts
        standing = standings(values.sel(arm=rivals))
        gain = None
        if base is not None and base != recommended:
            gain = values.sel(arm=recommended, drop=True) - values.sel(arm=base, drop=True)
        at.append(
            AtPrice(
                price,
                standing.highest,
                {arm: one.best for arm, one in standing.arms.items()},
                None if gain is None else share_of_draws(gain),
                None if gain is None else estimate(gain),
            )
        )
    return Acceptability(recommended, today, *_range(means, recommended), tuple(at))


def linear_prices(today: float, number: int = 13) -> list[float]:
    """Prices from half to twice today's, evenly."""
    return [float(today * factor) for factor in np.linspace(0.5, 2.0, number)]


def _range(means: dict[str, tuple[float, float]], arm: str) -> tuple[float, float]:
    """Prices between which an arm has the highest of the mean values a - price x b."""
    low, high = 0.0, math.inf
    worth, slope = means[arm]
    for other, (its_worth, its_slope) in means.items():
        if other == arm or its_slope == slope:
            continue
        meet = (worth - its_worth) / (slope - its_slope)
        if its_slope > slope:
            low = max(low, meet)
        else:
            high = min(high, meet)
    return low, high

"""Datasets in the shape that simulations have, with known truths.

Arms are numbers of posts. A path's NPV is luck, shared by all arms, plus the steps up to its rung:

    npv(n) = luck + sum_{i <= n} (gain_i + effect . (inputs - 0.5)) + own

`luck` has one part per draw and one per replicate; `own` is noise of the arm alone. Each step spends SPEND a month for
its first twelve months and earns the rest evenly afterwards, undiscounted. The value after the horizon is 0, or VALUE
and luck of the path, plus what the steps up to the rung add to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from churnsim.results.fields import LINES

SPEND = 1_000.0
VALUE = 500_000.0
BY_PATH = ("arm", "draw", "replicate")
HOURS_PER_POST, DEMAND = 100.0, 450.0


def dataset(
    posts: Mapping[str, int],
    gains: Sequence[float],
    *,
    draws: int = 40,
    replicates: int = 5,
    months: int = 36,
    seed: int = 1,
    luck: tuple[float, float] = (50_000.0, 50_000.0),
    own: float = 500.0,
    effects: Mapping[str, float] | None = None,
    name: str = "fake",
    currency: str = "USD",
    segments: Sequence[str] = ("small", "large"),
    later: Sequence[float] | None = None,
    won_back: float = 0.0,
) -> xr.Dataset:
    """Arms with `posts` by name; `gains[i]` is the mean marginal NPV of post i + 1, `later[i]` what it adds later."""
    rng = np.random.default_rng(seed)
    effects = dict(effects or {})
    arms = list(posts)
    inputs = rng.uniform(size=(len(effects), draws))
    pull = np.array(list(effects.values())) @ (inputs - 0.5) if effects else np.zeros(draws)
    shared = luck[0] * rng.standard_normal((draws, 1)) + luck[1] * rng.standard_normal((draws, replicates))

    flow = np.zeros((len(arms), draws, replicates, months))
    for a, count in enumerate(posts.values()):
        # arms of equal posts are identical, as they are in the engine
        noise = own * np.random.default_rng([seed, count]).standard_normal((draws, replicates))
        total = sum(gains[:count]) + count * pull[:, None] + noise
        early = min(12, months)
        flow[a, :, :, :early] = -SPEND * count
        if months > 12:
            flow[a, :, :, 12:] = ((total + 12 * SPEND * count) / (months - 12))[:, :, None]
        flow[a] += shared[:, :, None] / months

    n = np.array(list(posts.values()), dtype=float)[:, None, None]
    path = np.ones((len(arms), draws, replicates))
    window = np.array([min(12, months), months], dtype=float)
    years, parts = months // 12, len(segments)
    weight = np.arange(1, parts + 1) / np.arange(1, parts + 1).sum()
    jitter = 1.0 + 0.01 * rng.standard_normal((draws, replicates))

    def by_segment(values: np.ndarray, dims: str) -> tuple[tuple[str, ...], np.ndarray]:
        return (*BY_PATH, dims, "segment"), values[..., None] * weight

    kept = np.minimum(0.85 + 0.01 * n, 1.0) * jitter
    of_year = np.ones(years)
    of_window = np.ones(2)
    cost = np.zeros((len(arms), draws, replicates, 2, len(LINES)))
    value = np.zeros((len(arms), draws, replicates))
    if later is not None:
        added = [VALUE + sum(later[:count]) for count in posts.values()]
        value = np.array(added)[:, None, None] + 0.1 * shared
    cost[..., 0], cost[..., 5] = 7_000.0, 9_000.0
    cost[..., 1] = (n[..., None] * SPEND) * window
    hours = (*BY_PATH, "window", "team")
    available = HOURS_PER_POST * n[..., None] * path[..., None] * window
    demanded = DEMAND * path[..., None] * window
    first = flow[..., : min(12, months)].sum(-1)
    return xr.Dataset(
        {
            "arr_opening": by_segment(1e6 * path[..., None] * of_window, "window"),
            "arr_closing": by_segment(1e6 * kept[..., None] * np.array([1.0, 1.2]), "window"),
            "arr_churned": by_segment(1e5 * path[..., None] * of_window, "window"),
            "arr_reactivated": by_segment(1e5 * won_back * path[..., None] * of_window, "window"),
            "cohort_arr_opening": by_segment(1e6 * path[..., None] * of_year, "year"),
            "cohort_arr_now": by_segment(1.1e6 * kept[..., None] * of_year, "year"),
            "cohort_arr_kept": by_segment(1e6 * kept[..., None] * of_year, "year"),
            "cohort_accounts_opening": by_segment(100.0 * path[..., None] * of_year, "year"),
            "cohort_accounts_now": by_segment(90.0 * path[..., None] * of_year, "year"),
            "cost": ((*BY_PATH, "window", "line"), cost),
            "npv": ((*BY_PATH, "window"), np.stack([first, flow.sum(-1)], axis=-1)),
            "value_after_horizon": (BY_PATH, value),
            "discounted_contribution_by_month": ((*BY_PATH, "month"), flow),
            "hours_available": (hours, available[..., None]),
            "hours_demanded": (hours, demanded[..., None]),
            "hours_delivered": (hours, np.minimum(available, demanded)[..., None]),
            "inputs": (("input", "draw"), inputs),
            "posts": (("arm", "month", "team"), np.repeat(n.astype(int), months, axis=1)),
        },
        coords={
            "arm": arms,
            "draw": np.arange(draws),
            "replicate": np.arange(replicates),
            "window": ["first_year", "horizon"],
            "segment": list(segments),
            "team": ["csm"],
            "line": list(LINES),
            "year": np.arange(1, years + 1),
            "month": np.arange(1, months + 1),
            "input": list(effects),
        },
        attrs={
            "scenario_name": name,
            "currency": currency,
            "horizon_months": months,
            "seed": seed,
        },
    )


def ladder_arms(counts: Sequence[int], plan: int) -> tuple[dict[str, int], dict[int, str]]:
    """Arms of a ladder with its base, and the arm of each rung."""
    rungs = {count: f"csm {count}" for count in counts}
    return {"base": plan} | {arm: count for count, arm in rungs.items()}, rungs

"""The headcount ladder: what each rung is worth, and which one to fund.

Rung n funds n posts from month 1. The marginal values of a rung are paired differences from the rung below. The rung of
highest mean NPV is recommended; because it was picked for being highest, it is judged again on fresh seeds. Where some
arm has a value after the horizon, the NPV that decides is the one with this value, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from churnsim.decisions.basis import clusters_of
from churnsim.decisions.drivers import Drivers, drivers_of
from churnsim.decisions.measures import NPV_WITH_VALUE, decisive, measures
from churnsim.decisions.plain import SELDOM, plain
from churnsim.decisions.versus import Versus, versus
from churnsim.metrics.capacity import hours_per_month, load
from churnsim.metrics.estimates import (
    Estimate,
    Quantile,
    Share,
    cluster_means,
    clustered,
    estimate,
    quantile,
    share_of_draws,
)
from churnsim.metrics.money import payback_month
from churnsim.metrics.policy import STANDARD
from churnsim.scenario.model import BASE_ARM


@dataclass(frozen=True)
class Step:
    """What the posts added by a rung bring, against the rung below."""

    added: int
    """Posts more than the rung below."""
    npv: Versus
    """Marginal NPV at the horizon; its odds are those of paying back within it."""
    npv_first_year: Versus
    """Marginal NPV of the first 12 months."""
    spread_low: float
    """5% of the draws have a marginal NPV, as `worth` has it, at or below this."""
    spread_high: float
    """95% of the draws have a marginal NPV, as `worth` has it, at or below this."""
    payback_month: Quantile
    """Month by which half of the draws have paid back for good; NaN when fewer than half do."""
    never: Share
    """Share of draws that do not pay back within the horizon."""
    npv_with_value_after_horizon: Versus | None = field(default=None, metadata=SELDOM)

    @property
    def worth(self) -> Versus:
        """The marginal NPV that decides: with the value after the horizon, where there is one."""
        return self.npv_with_value_after_horizon or self.npv


@dataclass(frozen=True)
class Rung:
    """A number of posts and what it is worth. Money at the horizon unless it says first year."""

    posts: int
    arm: str
    arr: Estimate
    arr_first_year: Estimate
    nrr: Estimate
    nrr_first_year: Estimate
    grr: Estimate
    grr_first_year: Estimate
    cost: Estimate
    npv: Estimate
    npv_against_base: Versus
    hours_demanded: Estimate
    """Hours a month, mean over the horizon; so are the next two."""
    hours_available: Estimate
    hours_delivered: Estimate
    load: Estimate
    """Hours demanded over hours available, the practitioners' ratio."""
    step: Step | None
    """None on the lowest rung."""
    value_after_horizon: Estimate | None = field(default=None, metadata=SELDOM)
    npv_with_value_after_horizon: Estimate | None = field(default=None, metadata=SELDOM)


@dataclass(frozen=True)
class Judged:
    """The recommended rung against its neighbour (the rung below; above, for the lowest) and against the base.

    By the NPV that decides: with the value after the horizon, where there is one.
    """

    seed: int
    neighbour: Versus
    """Always the higher of the two rungs against the lower."""
    base: Versus


@dataclass(frozen=True)
class Ladder:
    """The rungs, lowest first, and the recommendation."""

    scenario: str
    team: str
    currency: str
    horizon_months: int
    draws: int
    replicates: int
    odds_over: str
    """"draws", or "paths" when there is a single draw and odds speak of luck alone."""
    plan: tuple[int, ...]
    """Posts that the base's plan funds, by month."""
    rungs: tuple[Rung, ...]
    recommended: int
    """Posts of the rung of highest mean NPV, with the value after the horizon where there is one."""
    too_short: bool
    """Whether that is the top rung: more posts may be better still."""
    seen: Judged
    """The recommendation as this ladder shows it."""
    fresh: Judged | None
    """The same on fresh seeds, free of the winner's curse."""
    drivers: Drivers
    sets_rule_aside: bool
    """Whether the plan has a hiring rule, which the rungs go without."""
    dataset: xr.Dataset = field(repr=False, compare=False)
    second: xr.Dataset | None = field(repr=False, compare=False, metadata=SELDOM)
    """The Dataset of the look on fresh seeds."""

    @property
    def index(self) -> int:
        """Position of the recommended rung."""
        return next(i for i, rung in enumerate(self.rungs) if rung.posts == self.recommended)

    @property
    def chosen(self) -> Rung:
        """The recommended rung."""
        return self.rungs[self.index]

    @property
    def has_value_after_horizon(self) -> bool:
        """Whether the decision counts a value after the horizon."""
        return self.rungs[0].value_after_horizon is not None

    @property
    def enough_hours(self) -> int | None:
        """Lowest rung whose hours cover the demand: what a headcount from hours alone would fund."""
        return next((rung.posts for rung in self.rungs if rung.load.mean <= 1.0), None)

    @property
    def sentence(self) -> str:
        """How many posts to fund, with what odds, and the two assumptions that would change it most."""
        from churnsim.decisions.words import sentence

        return sentence(self)

    def to_json(self) -> dict[str, Any]:
        """Everything but the Dataset as plain JSON types; what is not defined is null."""
        return {
            "sentence": self.sentence,
            "metric_policy": STANDARD.stamp,
            "enough_hours": self.enough_hours,
            **plain(self),
        }


def neighbours(dataset: xr.Dataset, rungs: Mapping[int, str]) -> tuple[str, str]:
    """Arms of the rung of highest mean NPV and of its neighbour: the rung below, or above for the lowest."""
    npv = decisive(dataset).of(dataset)
    ordered = [rungs[posts] for posts in sorted(rungs)]
    best = int(np.argmax([estimate(npv.sel(arm=arm, drop=True)).mean for arm in ordered]))
    return ordered[best], ordered[best - 1 if best else 1]


def ladder_from(
    dataset: xr.Dataset,
    rungs: Mapping[int, str],
    team: str,
    *,
    fresh: xr.Dataset | None = None,
    sets_rule_aside: bool = False,
) -> Ladder:
    """Read a ladder off a simulated Dataset.

    `rungs` gives the arm of each number of posts, two at least; the Dataset has the arm `base` as well. `fresh` holds
    the base, the recommended arm and its neighbour, simulated with another seed. `sets_rule_aside` as in `Ladder`.
    """
    ordered = sorted(rungs)
    values = {name: measure.of(dataset) for name, measure in measures(dataset).items()}
    hours = {
        f"hours_{name}": hours_per_month(dataset, f"hours_{name}") for name in ("demanded", "available", "delivered")
    }
    hours = {
        name: value.sel(team=team, window="horizon", drop=True)
        for name, value in (hours | {"load": load(dataset)}).items()
    }
    found = tuple(
        Rung(
            posts=posts,
            arm=rungs[posts],
            **{
                name: estimate(value.sel(arm=rungs[posts], drop=True))
                for name, value in (values | hours).items()
                if name != "npv_first_year"
            },
            npv_against_base=versus(values["npv"], rungs[posts], BASE_ARM),
            step=_step(dataset, values, rungs[posts], rungs[ordered[i - 1]], posts - ordered[i - 1]) if i else None,
        )
        for i, posts in enumerate(ordered)
    )
    best, neighbour = neighbours(dataset, rungs)
    recommended = next(posts for posts in ordered if rungs[posts] == best)
    pair = (neighbour, best) if recommended == ordered[0] else (best, neighbour)
    worth = decisive(dataset).of(dataset)
    marginal = worth.sel(arm=pair[0], drop=True) - worth.sel(arm=pair[1], drop=True)
    return Ladder(
        scenario=str(dataset.attrs["scenario_name"]),
        team=team,
        currency=str(dataset.attrs["currency"]),
        horizon_months=int(dataset.attrs["horizon_months"]),
        draws=dataset.sizes["draw"],
        replicates=dataset.sizes["replicate"],
        odds_over=clusters_of(dataset.sizes["draw"]),
        plan=tuple(int(n) for n in dataset["posts"].sel(arm=BASE_ARM, team=team).values),
        rungs=found,
        recommended=recommended,
        too_short=recommended == ordered[-1],
        seen=_judged(dataset, best, pair),
        fresh=None if fresh is None else _judged(fresh, best, pair),
        drivers=drivers_of(clustered(marginal).mean("replicate").values, dataset["inputs"]),
        sets_rule_aside=sets_rule_aside,
        dataset=dataset,
        second=fresh,
    )


def _step(dataset: xr.Dataset, values: Mapping[str, xr.DataArray], arm: str, below: str, added: int) -> Step:
    flow = dataset["discounted_contribution_by_month"]
    # by draw, as the odds are: the payback month of a single path is mostly luck
    months = payback_month(clustered(flow.sel(arm=arm, drop=True) - flow.sel(arm=below, drop=True)))
    worth = values.get(NPV_WITH_VALUE, values["npv"])
    by_draw = cluster_means(worth.sel(arm=arm, drop=True) - worth.sel(arm=below, drop=True))
    return Step(
        added=added,
        npv=versus(values["npv"], arm, below),
        npv_first_year=versus(values["npv_first_year"], arm, below),
        spread_low=float(np.quantile(by_draw, 0.05)),
        spread_high=float(np.quantile(by_draw, 0.95)),
        payback_month=quantile(months.fillna(np.inf), 0.5),
        never=share_of_draws(months.isnull().astype(np.float64), above=0.5),
        npv_with_value_after_horizon=versus(worth, arm, below) if NPV_WITH_VALUE in values else None,
    )


def _judged(dataset: xr.Dataset, best: str, pair: tuple[str, str]) -> Judged:
    npv = decisive(dataset).of(dataset)
    return Judged(int(dataset.attrs["seed"]), versus(npv, *pair), versus(npv, best, BASE_ARM))

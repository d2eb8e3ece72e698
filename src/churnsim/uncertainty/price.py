"""The price of a CSM in a simulated Dataset: what a value would be were CSMs to cost more or less."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr

from churnsim.decisions.inputs import unknown
from churnsim.decisions.measures import decisive, has_value_after_horizon
from churnsim.scenario.distributions import Distribution
from churnsim.scenario.model import BASE_ARM
from churnsim.uncertainty.acceptability import Acceptability, acceptability, linear_prices

if TYPE_CHECKING:
    from churnsim.scenario.model import Scenario


def over_price(
    dataset: xr.Dataset,
    scenario: Scenario | None,
    arms: Sequence[str],
    team: str | None = None,
    prices: Sequence[float] | None = None,
) -> tuple[Acceptability | None, str | None]:
    """Odds of the arms over the yearly price of a CSM of a team, or why there are none, in words.

    Raises InputError for a team that does not exist.
    """
    if scenario is None:
        return None, "the scenario is not given"
    if team is not None and team not in scenario.teams:
        raise unknown("team", team, scenario.teams)
    if team is None:
        if len(scenario.teams) != 1:
            several = f"several teams ({', '.join(scenario.teams)}): say --team" if scenario.teams else "no team"
            return None, f"the scenario has {several}"
        (team,) = scenario.teams
    if len(arms) < 2:
        return None, "there is one arm only"
    path = f"teams.{team}.annual_cost"
    changed = json.loads(dataset.attrs.get("arms", "{}"))
    priced = [arm for arm in arms if any(key == path or key.startswith(f"{path}.") for key in changed.get(arm, {}))]
    if priced:
        return None, f"{path} is not the same in all arms ({', '.join(priced)} change it)"
    if "salaries_discounted" not in dataset:
        return None, "the run was written by an earlier churnsim, without discounted salaries: run it again"
    today = _price(dataset, scenario, team)
    if not float(today.min()) > 0.0:
        return None, f"{path} is 0 in this scenario"
    every = list(dict.fromkeys([BASE_ARM, *arms]))
    free, posts = linear_in_price(dataset.sel(arm=every), team, today)
    mean = float(today.mean())
    if not bool((posts != 0.0).any()):
        return None, f"no arm pays a CSM of the team {team!r}"
    if prices is None:
        prices = linear_prices(mean)
    return acceptability(free, posts, prices, today=mean, arms=arms, base=BASE_ARM), None


def linear_in_price(dataset: xr.Dataset, team: str, price: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """The value that decides were CSMs of a team to cost nothing, and what a unit of their yearly price takes off.

    Both by (arm, draw, replicate); `price` (draw) is that of the run, in money of month 1: wages grow from there.
    """
    salaries = dataset["salaries_discounted"].sel(window="horizon", team=team, drop=True)
    if has_value_after_horizon(dataset):
        salaries = salaries + dataset["salaries_after_horizon"].sel(team=team, drop=True)
    dims = ("arm", "draw", "replicate")
    return (decisive(dataset).of(dataset) + salaries).transpose(*dims), (salaries / price).transpose(*dims)


def _price(dataset: xr.Dataset, scenario: Scenario, team: str) -> xr.DataArray:
    """Yearly price of a CSM by draw."""
    written = scenario.teams[team].annual_cost
    if isinstance(written, Distribution):
        return dataset["inputs"].sel(input=f"teams.{team}.annual_cost", drop=True)
    return xr.full_like(dataset["draw"], float(written), dtype=float)

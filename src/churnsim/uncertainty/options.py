"""Ways to spend money on a scenario: those that its file states, and those that its own costs imply.

A team's posts cost what the file says a post costs, so a step is one post more in every month. Leads cost what the file
says a lead costs: with spend M a year on the channels whose leads cost money, k steps of s a year multiply the leads of
each by

    (1 + k s / M)^(1 / (1 + cost_elasticity))

which is what a cost of n cost_per_lead (n / leads_per_month)^cost_elasticity buys, n being the mean number of leads of
a month. Uncertain numbers stand at their means.
Money is a year's, nominal, on average over the horizon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from churnsim.compile.acquisition import lead_means
from churnsim.compile.values import Values
from churnsim.decisions.inputs import InputError, unknown
from churnsim.scenario.alternatives import Alternative
from churnsim.scenario.distributions import Distribution, central
from churnsim.scenario.model import Scenario
from churnsim.uncertainty.trials import scaled

ACQUISITION = "acquisition"
FIXED_COST = "money.annual_fixed_cost"
Charge = Literal["fixed", "simulated", "revenue"]


@dataclass(frozen=True)
class Option:
    """A way to spend money in steps."""

    name: str
    step_cost: float
    """Money of a step a year."""
    most_steps: int | None
    """Steps that are stated; None where there is no end."""
    charge: Charge
    buys: str
    """What a step buys, in words."""
    values: Callable[[int], Mapping[str, Any]]
    """Values by dotted path after some steps, at least 1."""


def options_of(scenario: Scenario, step: float, among: Iterable[str] | None = None) -> tuple[Option, ...]:
    """Ways to spend money: those of the file, posts of each customer success team, leads in steps of `step` a year.

    `among`: only these, by name. One of the file takes the place of an implied one of its name. Raises InputError.
    """
    known = {team: _posts(scenario, team) for team, t in scenario.teams.items() if not t.department}
    leads = _leads(scenario, step)
    if leads is not None:
        known[ACQUISITION] = leads
    known |= {name: _stated(name, alternative) for name, alternative in scenario.alternatives.items()}
    names = list(known) if among is None else list(dict.fromkeys(among))
    for name in names:
        if name not in known:
            raise unknown("alternative", name, known)
    if not names:
        raise InputError("there is nothing to spend money on: write alternatives into the file, as [alternatives.NAME]")
    return tuple(known[name] for name in names)


def mixed(scenario: Scenario, options: Iterable[Option], steps: Iterable[int]) -> dict[str, Any]:
    """Values by dotted path of a mix, so many steps of each option. Raises InputError where two set the same."""
    values: dict[str, Any] = {}
    setter: dict[str, str] = {}
    charged = 0.0
    for option, count in zip(options, steps, strict=True):
        if not count:
            continue
        for path, value in option.values(count).items():
            if path in values:
                raise InputError(
                    f"the alternatives {setter[path]!r} and {option.name!r} both set {path}: leave one out with --among"
                )
            values[path], setter[path] = value, option.name
        if option.charge == "fixed":
            charged += count * option.step_cost
    if charged:
        today = scenario.money.annual_fixed_cost
        if isinstance(today, Distribution) or FIXED_COST in values:
            raise InputError(
                f"what alternatives cost is added to {FIXED_COST}, which must be an exact number that none of them sets"
            )
        values[FIXED_COST] = today + charged
    return values


def in_words(options: Iterable[Any], steps: Iterable[int]) -> str:
    """E.g. "2 csm + 1 acquisition"; `options` have a name."""
    named = [f"{count} {option.name}" for option, count in zip(options, steps, strict=True) if count]
    return " + ".join(named) or "nothing"


def _stated(name: str, alternative: Alternative) -> Option:
    return Option(
        name,
        alternative.annual_cost,
        alternative.most_steps,
        alternative.charge,
        ", ".join(alternative.values),
        lambda count: {path: steps[count - 1] for path, steps in alternative.values.items()},
    )


def _posts(scenario: Scenario, team: str) -> Option:
    model = scenario.teams[team]
    growth = (1.0 + central(model.annual_wage_growth)) ** (np.arange(scenario.run.horizon_months) / 12.0)
    plan = {"1": model.posts.today} | model.posts.from_month
    return Option(
        team,
        central(model.annual_cost) * float(growth.mean()),
        None,
        "simulated",
        f"one post more of the team {team}",
        lambda count: {f"teams.{team}.posts.from_month.{month}": posts + count for month, posts in plan.items()},
    )


def _leads(scenario: Scenario, step: float) -> Option | None:
    """Leads of all channels that cost money; None where there are none."""
    means = {path: np.array([law.expectation()]) for path, law in scenario.uncertain().items()}
    v = Values(scenario, means, 1)
    months = scenario.run.horizon_months
    spend: dict[str, float] = {}
    for segment, of in scenario.segments.items():
        for channel, source in of.acquisition.channels.items():
            leads = lead_means(v.under(f"segments.{segment}"), channel, months, scenario.as_of.month)[0, 1:]
            if not leads.any():
                continue
            dearer = (leads / central(source.leads_per_month)) ** central(source.cost_elasticity)
            cost = 12.0 / months * float((leads * dearer).sum()) * central(source.cost_per_lead)
            if cost > 0.0:
                spend[f"segments.{segment}.acquisition.channels.{channel}"] = cost
    total = sum(spend.values())
    if not total:
        return None

    def values(count: int) -> dict[str, Any]:
        found = {}
        for path in spend:
            elasticity = float(v(f"{path}.cost_elasticity")[0])
            factor = (1.0 + count * step / total) ** (1.0 / (1.0 + elasticity))
            found[f"{path}.leads_per_month"] = scaled(v.node(f"{path}.leads_per_month"), factor)
        return found

    more = f"leads of {len(spend)} channels for {step / total:.1%} more money than today"
    return Option(ACQUISITION, step, None, "simulated", more, values)

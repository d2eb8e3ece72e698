"""What finding out is worth before a decision among the arms of a scenario, and whether a pilot pays.

Values are per decision: a difference of NPV over the scenario's horizon. `decisions` such decisions are made at the
start of each of `years` years, with the same ignorance and on the same scale; as of today they count

    decisions sum_{t=0}^{years-1} (1 + annual discount)^-t.

Decisions that fall into a pilot wait for its end, so they count less by the time that they wait. Meanwhile the base
goes on: waiting w years costs G(H) - (1 + annual discount)^-w G(H - w), G(h) being what the arm that is best on average
has earned above the base after h of the horizon's H years. A value after the horizon is not lost by waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from churnsim.decisions.basis import Basis, basis_of
from churnsim.decisions.measures import decisive
from churnsim.decisions.plain import SELDOM, plain
from churnsim.metrics.estimates import Array, Estimate
from churnsim.scenario.model import BASE_ARM
from churnsim.uncertainty.information import evpi, evppi, evsi, luck_share, net_benefit_of_sampling, select
from churnsim.uncertainty.inputs import some_input
from churnsim.uncertainty.outcomes import over_draws
from churnsim.uncertainty.pilot import Showing


@dataclass(frozen=True)
class Worth:
    """What finding out some inputs is worth, per decision."""

    name: str
    inputs: tuple[str, ...]
    value: Estimate
    share: float | None
    """Of the value of finding out everything; None where that cannot be told from 0. Shares need not add up."""

    @property
    def clear(self) -> bool:
        """Whether the interval lies above 0."""
        return self.value.low > 0.0

    @property
    def idle(self) -> bool:
        """Whether the knowledge turns the choice in no draw."""
        return self.value.mean == 0.0 and self.value.se == 0.0


@dataclass(frozen=True)
class PilotWorth:
    """What a pilot is worth over all decisions, as of today."""

    showing: Showing
    per_decision: Estimate
    """Expected value of its data per decision (EVSI)."""
    decisions: float
    """Decisions that it serves, as of today."""
    waiting: Estimate
    """What it costs that decisions wait for the pilot."""
    net: Estimate
    """What is left when its cost and the waiting are paid."""


@dataclass(frozen=True)
class ValueOfInformation(Basis):
    """Values of finding out, the largest first."""

    measure: str
    arms: tuple[str, ...]
    best: str
    """The arm that is best on average, which is chosen when nothing is found out."""
    everything: Estimate
    """Value of finding out everything (EVPI), per decision."""
    decisions_a_year: float
    years: int
    annual_discount: float
    decisions: float
    """Decisions over the years as of today."""
    luck_share: float
    """Share of the variance of a path's difference between the two best arms that is luck, which nothing finds out."""
    inputs: tuple[Worth, ...]
    groups: tuple[Worth, ...]
    pilot: PilotWorth | None = field(default=None, metadata=SELDOM)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not defined is null."""
        content: dict[str, Any] = plain(self)
        if "pilot" in content:
            del content["pilot"]["showing"]["data"], content["pilot"]["showing"]["inputs"]
        return content


def information_of(
    dataset: xr.Dataset,
    arms: Sequence[str],
    *,
    inputs: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    showing: Showing | None = None,
    decisions: float = 1.0,
    years: int = 1,
    annual_discount: float = 0.0,
) -> ValueOfInformation:
    """Values of information of a simulated Dataset: a decision among `arms`; see `value_of_information`."""
    measure = decisive(dataset)
    values = measure.of(dataset).transpose("arm", "draw", "replicate").sel(arm=list(arms)).values
    samples = {
        str(name): dataset["inputs"].sel(input=name).values
        for name in dataset["inputs"]["input"].values
        if np.ptp(dataset["inputs"].sel(input=name).values) > 0.0
    }
    some_input(samples)
    everything = evpi(values, samples)
    singles = {name: (name,) for name in select(samples, list(inputs if inputs is not None else samples))}
    best = str(arms[int(values.mean(axis=(1, 2)).argmax())])

    def worth(members: Mapping[str, Sequence[str]]) -> tuple[Worth, ...]:
        found = []
        for name, paths in members.items():
            value = evppi(values, select(samples, list(paths)))
            share = value.mean / everything.mean if everything.low > 0.0 else None
            found.append(Worth(name, tuple(paths), value, share))
        return tuple(sorted(found, key=lambda w: -w.value.mean))

    rate = 1.0 + annual_discount
    return ValueOfInformation(
        **basis_of(dataset),
        measure=measure.label,
        arms=tuple(map(str, arms)),
        best=best,
        everything=everything,
        decisions_a_year=decisions,
        years=years,
        annual_discount=annual_discount,
        decisions=decisions * sum(rate**-t for t in range(years)),
        luck_share=luck_share(values),
        inputs=worth(singles),
        groups=worth(_tables(samples) if groups is None else groups),
        pilot=None if showing is None else _pilot(dataset, values, showing, best, decisions, years, rate),
    )


def _pilot(
    dataset: xr.Dataset, values: Array, showing: Showing, best: str, decisions: float, years: int, rate: float
) -> PilotWorth:
    wait = showing.pilot.months / 12.0
    served = decisions * sum(rate ** -max(t, wait) for t in range(years))
    waiting = np.zeros(dataset.sizes["draw"])
    for t in range(years):
        if t < wait:
            waiting += decisions * rate**-t * _cost_of_waiting(dataset, best, wait - t, rate)
    cost = showing.pilot.cost
    return PilotWorth(
        showing=showing,
        per_decision=evsi(values, showing.data),
        decisions=served,
        waiting=over_draws(waiting),
        net=net_benefit_of_sampling(values, showing.data, cost=cost, decisions=served, waiting=waiting),
    )


def _cost_of_waiting(dataset: xr.Dataset, best: str, wait: float, rate: float) -> Array:
    """What one decision loses, by draw (D,), when it is made `wait` years later; the base goes on meanwhile."""
    flow = dataset["discounted_contribution_by_month"].mean("replicate").transpose("arm", "draw", "month")
    gain = (flow.sel(arm=best) - flow.sel(arm=BASE_ARM)).values
    months = max(0, gain.shape[1] - round(12.0 * wait))
    return np.asarray(gain.sum(axis=1) - rate**-wait * gain[:, :months].sum(axis=1))


def _tables(samples: Mapping[str, Any]) -> dict[str, list[str]]:
    """Inputs by the table of the scenario that they stand in, of one name below the top, where it has several."""
    found: dict[str, list[str]] = {}
    for path in samples:
        found.setdefault(".".join(path.split(".")[:2]), []).append(path)
        found.setdefault(path.split(".")[0], []).append(path)
    several = {name: members for name, members in found.items() if len(members) > 1}
    # a table within which only one other is uncertain is that other
    return {
        n: m
        for n, m in several.items()
        if not any(o != n and o.startswith(f"{n}.") and several[o] == m for o in several)
    }

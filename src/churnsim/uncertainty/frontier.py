"""The frontier of alternatives: the same money on CSMs, leads, tooling or whatever the file states, in steps.

Every mix of steps that the largest budget pays for is simulated, with the same draws and luck as the base. The best mix
of a budget is the one of highest mean gain among those that cost no more. Because it was picked for being highest, it
is simulated again with `fresh_seed(seed)`, and so are the runner-up and all the money on one alternative. What a mix is
said to cost stands beside what it spends in the simulation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import xarray as xr

from churnsim.decisions.basis import Basis
from churnsim.decisions.headcount import fresh_seed
from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.measures import decisive_name, measures
from churnsim.decisions.plain import plain
from churnsim.decisions.progress import Progress, part
from churnsim.metrics.estimates import Estimate, Share, estimate, share_of_draws
from churnsim.metrics.money import CUSTOMER_SUCCESS_LINES
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile, override
from churnsim.scenario.model import BASE_ARM, Scenario
from churnsim.uncertainty.mixes import ROUNDING, Steps, alone_on, mixes_up_to
from churnsim.uncertainty.options import Option, in_words, mixed, options_of

MOST_BUDGETS = 100
AT_ONCE = 15
"""Mixes simulated side by side: only what is spent and gained is kept of them."""
SPENT = (*CUSTOMER_SUCCESS_LINES, "acquisition", "product", "support", "fixed")
"""Lines of cost that are spent by decision; serving accounts and commission on expansion follow from customers."""
APART = 0.15
"""Share of its stated cost by which a mix may spend more or less before it is said to."""


@dataclass(frozen=True)
class Spending:
    """An alternative: what a step costs a year and buys."""

    name: str
    step_cost: float
    most_steps: int | None
    charge: str
    buys: str


@dataclass(frozen=True)
class Mix:
    """So many steps of each alternative."""

    steps: Steps
    stated: float
    """Money a year that the steps are said to cost."""
    forgone: float
    """Part of it that is revenue forgone, which no line of cost shows."""
    gain: Estimate
    """Over the base, paired."""
    odds: Share
    """Share of draws in which it gains; with a single draw, of paths."""
    spends: Estimate
    """Money a year that it spends more than the base in the simulation, nominal, on average over the horizon."""


@dataclass(frozen=True)
class Budget:
    """The best mix for a budget."""

    budget: float
    best: Mix
    """As it was seen when it was picked."""
    fresh: Mix
    """On fresh seeds."""
    runner_up: Mix | None
    """Second highest mean gain, as seen; None where the budget pays for one mix only."""
    lead: Estimate | None
    """Gain of the best over the runner-up, paired, on fresh seeds."""
    alone: tuple[Mix | None, ...]
    """All the money on each alternative alone, as far as its steps go, on fresh seeds; None where it pays for none."""


@dataclass(frozen=True)
class Frontier(Basis):
    """The best mix for each budget."""

    measure: str
    label: str
    alternatives: tuple[Spending, ...]
    budgets: tuple[Budget, ...]
    mixes: tuple[Mix, ...]
    """Every mix, the one without any step first."""

    @property
    def sentence(self) -> str:
        """What the largest budget is best spent on."""
        from churnsim.uncertainty.frontier_words import sentence

        return sentence(self)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not known is null."""
        return {"sentence": self.sentence, **plain(self)}


def frontier(
    file: ScenarioFile,
    budgets: Sequence[float],
    *,
    step: float,
    among: Iterable[str] | None = None,
    measure: str | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    book: Book | None = None,
    progress: Progress | None = None,
) -> Frontier:
    """The best mix of alternatives for each budget, money a year.

    Parameters
    ----------
    budgets : money a year, nominal, on average over the horizon.
    step : money a year of a step of acquisition.
    among : names of the alternatives to mix; default: all, see `churnsim.uncertainty.options`.
    measure : a measure in money of `churnsim.decisions.measures`; default: NPV, with the value after the horizon where
        there is one.

    Raises
    ------
    InputError, ScenarioError : a name, an amount or an alternative is wrong, or there are too many mixes.
    """
    from churnsim.results.design import sample_size
    from churnsim.scenario.book import resolve_book

    levels = _budgets(budgets, step)
    options = options_of(file.scenario, step, among)
    mixes = mixes_up_to(options, levels[-1])
    if len(mixes) == 1:
        cheapest = min(options, key=lambda option: option.step_cost)
        raise InputError(
            f"the largest budget, {levels[-1]:,.0f}, pays for no step: the cheapest is {cheapest.name!r} at"
            f" {cheapest.step_cost:,.0f} a year"
        )
    base = file.scenario
    arms = {mixes[0]: base} | {
        steps: override(file, mixed(base, options, steps), where=f"{file.name} with {in_words(options, steps)}")
        for steps in mixes[1:]
    }
    draws, replicates = sample_size({str(steps): arm for steps, arm in arms.items()}, draws, replicates)
    seed = base.run.seed if seed is None else seed
    if draws * replicates < 2:
        raise InputError("one path tells no error: simulate at least two draws or replicates")
    runs = _Runs(file, arms, measure, draws, replicates, resolve_book(file) if book is None else book)
    share = len(arms) / (len(arms) + 2.0 * len(levels))
    found = {
        steps: _mix(options, steps, effect)
        for steps, effect in runs.effects(mixes, seed, part(progress, 0.0, share)).items()
    }

    picked: dict[float, list[Mix]] = {}
    for budget in levels:
        paid = [mix for mix in found.values() if mix.stated <= budget * (1.0 + ROUNDING)]
        picked[budget] = sorted(paid, key=lambda mix: -mix.gain.mean)[:2]
    alone = {budget: [alone_on(options, i, budget) for i in range(len(options))] for budget in levels}
    again = {mix.steps for two in picked.values() for mix in two} | {
        s for all_on in alone.values() for s in all_on if s
    }
    fresh = runs.effects(sorted(again), fresh_seed(seed), part(progress, share, 1.0))
    return Frontier(
        scenario=base.name,
        currency=base.money.currency,
        horizon_months=base.run.horizon_months,
        seed=seed,
        draws=draws,
        replicates=replicates,
        measure=runs.measure or "",
        label=runs.label,
        alternatives=tuple(Spending(o.name, o.step_cost, o.most_steps, o.charge, o.buys) for o in options),
        budgets=tuple(
            Budget(
                budget=budget,
                best=two[0],
                fresh=_mix(options, two[0].steps, fresh[two[0].steps]),
                runner_up=two[1] if len(two) > 1 else None,
                lead=estimate(fresh[two[0].steps].gain - fresh[two[1].steps].gain) if len(two) > 1 else None,
                alone=tuple(_mix(options, steps, fresh[steps]) if steps else None for steps in alone[budget]),
            )
            for budget, two in picked.items()
        ),
        mixes=tuple(found.values()),
    )


class _Effect(NamedTuple):
    """What a mix changes over the base, by (draw, replicate)."""

    gain: xr.DataArray
    spends: xr.DataArray


class _Runs:
    """Simulations of mixes beside the base."""

    def __init__(
        self,
        file: ScenarioFile,
        arms: Mapping[Steps, Scenario],
        measure: str | None,
        draws: int,
        replicates: int,
        book: Book | None,
    ) -> None:
        self.file, self.arms, self.measure, self.draws, self.replicates = file, arms, measure, draws, replicates
        self.book = book
        self.label = ""

    def effects(self, mixes: Sequence[Steps], seed: int, progress: Progress | None) -> dict[Steps, _Effect]:
        """What each mix changes, with the draws and luck of a seed; some at a time, each time beside the base."""
        from churnsim.results.simulation import simulate

        found: dict[Steps, _Effect] = {}
        for first in range(0, len(mixes), AT_ONCE):
            some = mixes[first : first + AT_ONCE]
            # the mix without a step is the base itself
            names = {steps: "mix " + " ".join(map(str, steps)) if any(steps) else BASE_ARM for steps in some}
            dataset = simulate(
                self.file,
                arms={names[steps]: self.arms[steps] for steps in some},
                draws=self.draws,
                replicates=self.replicates,
                seed=seed,
                book=self.book,
                progress=part(progress, first / len(mixes), (first + len(some)) / len(mixes)),
            )
            value, spent = self._value(dataset), _spent(dataset)
            for steps, name in names.items():
                gain, more = (v.sel(arm=name, drop=True) - v.sel(arm=BASE_ARM, drop=True) for v in (value, spent))
                found[steps] = _Effect(gain, more)
        return found

    def _value(self, dataset: xr.Dataset) -> xr.DataArray:
        known = {name: measure for name, measure in measures(dataset).items() if measure.kind == "money"}
        if self.measure is None:
            self.measure = decisive_name(dataset)
        if self.measure not in known:
            raise unknown("measure in money", self.measure, known)
        self.label = known[self.measure].label
        return known[self.measure].of(dataset)


def _spent(dataset: xr.Dataset) -> xr.DataArray:
    """Money spent a year, nominal, on average over the horizon, by (arm, draw, replicate)."""
    cost = dataset["cost"].sel(line=list(SPENT), window="horizon", drop=True).sum("line")
    return cost * (12.0 / int(dataset.attrs["horizon_months"]))


def _mix(options: Sequence[Option], steps: Steps, effect: _Effect) -> Mix:
    costs = [count * option.step_cost for option, count in zip(options, steps, strict=True)]
    forgone = [cost for option, cost in zip(options, costs, strict=True) if option.charge == "revenue"]
    gain = effect.gain
    return Mix(steps, sum(costs), sum(forgone, 0.0), estimate(gain), share_of_draws(gain), estimate(effect.spends))


def _budgets(budgets: Sequence[float], step: float) -> list[float]:
    levels = sorted(set(budgets))
    if not levels or levels[0] <= 0.0:
        raise InputError(f"budgets must be above 0, found {', '.join(f'{b:,g}' for b in levels) or 'none'}")
    if len(levels) > MOST_BUDGETS:
        raise InputError(f"at most {MOST_BUDGETS} budgets, found {len(levels)}: take larger steps")
    if not step > 0.0:
        raise InputError(f"a step must cost more than 0, found {step:,g}")
    return levels

"""How bad a bad case is, how likely a target, and which arm to choose when it is not known which is best.

Everything is read off one simulated Dataset. What may happen is the spread over all paths; what is not known is that
over draws, luck taken off (`tails`). Errors are clustered by draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import xarray as xr

from churnsim.decisions.basis import Basis, basis_of, clusters_of
from churnsim.decisions.headcount import rungs_of, team_of
from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.measures import EVERY, Measure, decisive_name, measures
from churnsim.decisions.plain import plain
from churnsim.decisions.scorecard import Rule
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.estimates import Share, share_of_draws, share_of_paths
from churnsim.metrics.policy import STANDARD
from churnsim.uncertainty.acceptability import Acceptability
from churnsim.uncertainty.best import Standings, standings
from churnsim.uncertainty.places import Bought, Place, frontier, spending
from churnsim.uncertainty.price import over_price
from churnsim.uncertainty.question import question
from churnsim.uncertainty.resamples import weights
from churnsim.uncertainty.tails import LEVEL, Tails, check_level, tails, why_no_ignorance

if TYPE_CHECKING:
    from churnsim.decisions.progress import Progress
    from churnsim.results.runs import Run
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario

SHOWN = ("arr_first_year", "arr", "nrr")
"""Measures that are shown besides the one that decides."""
WORST_IS_HIGH = ("cost",)
"""Measures of which less is better."""


@dataclass(frozen=True)
class Target:
    """Odds that a metric is above, or below, a value."""

    metric: str
    threshold: float
    above: bool
    odds: dict[str, Share]
    """By arm, share of draws in whose mean the target is met; with a single draw, of paths."""
    odds_of_paths: dict[str, Share]
    """By arm, share of paths in which it is met, luck included."""


@dataclass(frozen=True)
class Risk(Basis):
    """Arms under ignorance and luck."""

    odds_over: str
    """"draws", or "paths" when there is a single draw and odds speak of luck alone."""
    level: float
    """Share of the paths, or draws, that CVaR is the mean of."""
    measure: str
    """The measure that decides: by it arms are best, regretted and on the frontier."""
    labels: dict[str, str]
    """What each measure is called."""
    arms: tuple[str, ...]
    tails: dict[str, dict[str, Tails]]
    """By measure and arm."""
    no_ignorance: str | None
    """Why ignorance alone is not shown."""
    targets: dict[str, Target]
    standings: Standings | None
    """None with a single arm."""
    frontier: tuple[Place, ...]
    """Mean against CVaR."""
    spending: tuple[Bought, ...]
    """Cost of customer success against closing ARR."""
    price: Acceptability | None
    """Odds over the yearly price of a CSM."""
    no_price: str | None
    """Why there is none."""
    values: xr.DataArray = field(repr=False, compare=False)
    """Of the measure that decides, by (arm, draw, replicate)."""

    @property
    def chosen(self) -> str:
        """The arm of the best mean, or the only one."""
        return self.standings.highest if self.standings else self.arms[0]

    def kind(self, measure: str) -> str:
        """ "money" or "share"."""
        return EVERY[measure].kind

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not defined is null."""
        return {"metric_policy": STANDARD.stamp, **plain(self)}


def risk(
    file: ScenarioFile,
    *,
    posts: Iterable[int] | None = None,
    team: str | None = None,
    measures: Sequence[str] = (),
    targets: Mapping[str, Rule] | None = None,
    level: float = LEVEL,
    prices: Sequence[float] | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
) -> Risk:
    """Simulate a scenario and say what may go wrong under each arm.

    `posts`: the arms are these numbers of posts of `team` (default: the only one), each from month 1; left out, they
    are those of the file. The rest as in `risk_of`. Raises InputError.
    """
    from churnsim.results.simulation import simulate

    check_arguments(measures, targets or {}, level)
    if team is not None:
        team_of(file.scenario, team)  # one that does not exist is refused before anything is simulated
    asked = question(file, team=team, posts=posts)
    dataset = simulate(
        file, arms=asked.arms, draws=draws, replicates=replicates, seed=seed, progress=progress, book=book
    )
    return risk_of(
        dataset,
        file.scenario,
        arms=asked.choices,
        team=team,
        measures=measures,
        targets=targets,
        level=level,
        prices=prices,
    )


def risk_of_run(run: Run, *, team: str | None = None, **asked: Any) -> Risk:
    """The same of a stored run, of which nothing is simulated again; the arms of a ladder are its rungs."""
    arms = None
    if run.command == "headcount":
        team = run.options["team"] if team is None else team
        arms = list(rungs_of(run).values())
    return risk_of(run.dataset, run.scenario_file.scenario, arms=arms, team=team, **asked)


def risk_of(
    dataset: xr.Dataset,
    scenario: Scenario | None = None,
    *,
    arms: Sequence[str] | None = None,
    team: str | None = None,
    measures: Sequence[str] = (),
    targets: Mapping[str, Rule] | None = None,
    level: float = LEVEL,
    prices: Sequence[float] | None = None,
) -> Risk:
    """Read risk off a simulated Dataset.

    Parameters: `scenario` that was simulated, for the price of a CSM; `arms` asked about, default: all; `team` whose
    price is varied, default: the only one; `measures` by name (churnsim.decisions.measures), the first of which
    decides, default: NPV, with the value after the horizon where there is one, then SHOWN; `targets` by what they are
    called; `level` of CVaR; `prices` of a CSM, default: half to twice today's. Raises InputError.
    """
    targets = targets or {}
    check_arguments(measures, targets, level)
    known = _measures(dataset, measures)
    decides = next(iter(known))
    asked = list(map(str, dataset["arm"].values)) if arms is None else list(arms)
    values = {name: measure.of(dataset).sel(arm=asked) for name, measure in known.items()}
    draws, replicates = dataset.sizes["draw"], dataset.sizes["replicate"]
    times = weights(draws if draws > 1 else replicates)
    found = {
        name: {
            arm: tails(value.sel(arm=arm, drop=True), level, worst_is_low=name not in WORST_IS_HIGH, times=times)
            for arm in asked
        }
        for name, value in values.items()
    }
    price, no_price = over_price(dataset, scenario, asked, team, prices)
    several = len(asked) > 1
    return Risk(
        **basis_of(dataset),
        odds_over=clusters_of(draws),
        level=level,
        measure=decides,
        labels={name: measure.label for name, measure in known.items()},
        arms=tuple(asked),
        tails={name: {arm: pair[0] for arm, pair in each.items()} for name, each in found.items()},
        no_ignorance=why_no_ignorance(draws, replicates),
        targets={text: _target(dataset, rule, asked) for text, rule in targets.items()},
        standings=standings(values[decides], higher_is_better=decides not in WORST_IS_HIGH) if several else None,
        frontier=frontier(found[decides], decides not in WORST_IS_HIGH) if several else (),
        spending=spending(dataset, asked, times) if several else (),
        price=price,
        no_price=no_price,
        values=values[decides],
    )


def check_arguments(names: Sequence[str], targets: Mapping[str, Rule], level: float) -> None:
    """Raise InputError for a measure or a metric that does not exist, or a level that is none."""
    for name in names:
        if name not in EVERY:
            raise unknown("measure", name, EVERY)
    for rule in targets.values():
        if rule.metric not in METRICS | EVERY:
            raise unknown("metric", rule.metric, METRICS | EVERY)
    try:
        check_level(level)
    except ValueError as error:
        raise InputError(str(error)) from None


def _measures(dataset: xr.Dataset, names: Sequence[str]) -> dict[str, Measure]:
    """Measures that are asked for, the one that decides first; those without a defined value are refused."""
    known = measures(dataset)
    if not names:
        names = [decisive_name(dataset), *SHOWN]
        # an opening without customers, or a horizon below a year, has no retention
        names = [n for n in names if n not in SHOWN[:1] or dataset.attrs["horizon_months"] > 12]
        names = [n for n in names if not n.startswith("nrr") or _defined(known[n], dataset)]
    for name in names:
        if name not in known:
            raise InputError(f"no arm has a value after the horizon, so there is no {EVERY[name].label!r} in this run")
        if not _defined(known[name], dataset):
            raise InputError(f"{EVERY[name].label!r} is not defined in this run: no year has accounts at its start")
    return {name: known[name] for name in dict.fromkeys(names)}


def _defined(measure: Measure, dataset: xr.Dataset) -> bool:
    if measure.kind == "share" and not dataset.sizes["year"]:
        return False
    return bool(measure.of(dataset).notnull().any())


def _target(dataset: xr.Dataset, rule: Rule, arms: Sequence[str]) -> Target:
    if rule.metric in EVERY:
        (measure,) = _measures(dataset, [rule.metric]).values()
        values = measure.of(dataset)
    elif not dataset.sizes["year"]:
        raise InputError(f"the run has {dataset.attrs['horizon_months']} months: metrics of a year need at least 12")
    else:
        values = METRICS[rule.metric].of(dataset, STANDARD, int(dataset.sizes["year"]))
    # a value below its threshold is one above it with the signs turned
    side = 1.0 if rule.above else -1.0
    own = {arm: side * values.sel(arm=arm, drop=True) for arm in arms}
    return Target(
        rule.metric,
        rule.threshold,
        rule.above,
        {arm: share_of_draws(value, side * rule.threshold) for arm, value in own.items()},
        {arm: share_of_paths(value, side * rule.threshold) for arm, value in own.items()},
    )

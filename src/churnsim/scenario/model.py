"""The scenario: everything a simulation is told, in one validated object.

`Scenario.model_validate` checks each table on its own; `cross_checks` then finds what is wrong between tables. Both are
called by `churnsim.scenario.files`, which turns problems into messages with file, line and key.

Defaults of the schema: 0 switches a mechanism off or leaves a cost out, and a factor of 1 changes nothing; every other
number cites the grade of its source: [P] read in a primary source, [S] second-hand, [W] weak (vendor), [J] judgement.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from churnsim.scenario.acquisition import Acquisition
from churnsim.scenario.allocation import Policy
from churnsim.scenario.contracts import Contracts
from churnsim.scenario.correlation import impossible_correlation
from churnsim.scenario.distributions import Distribution, Finite, Table
from churnsim.scenario.engagement import Engagement
from churnsim.scenario.exits import Exits
from churnsim.scenario.expansion import Expansion
from churnsim.scenario.health import Health
from churnsim.scenario.intent import FittedTable, Intent, Piecewise, Reference
from churnsim.scenario.market import Market
from churnsim.scenario.money import Money
from churnsim.scenario.observed import Observed
from churnsim.scenario.onboarding import Onboarding
from churnsim.scenario.playbooks import EffectDecay, Playbook
from churnsim.scenario.run import Run
from churnsim.scenario.team import Team

BASE_ARM = "base"
"""Name of the file without overrides."""


class Segment(Table):
    """A group of customers that behave alike."""

    intent: Intent
    acquisition: Acquisition
    reference: Reference = Reference()
    onboarding: Onboarding = Onboarding()
    engagement: Engagement = Engagement()
    contracts: Contracts = Contracts()
    exits: Exits = Exits()
    expansion: Expansion = Expansion()


class Correlation(Table):
    """Rank correlation (Spearman) of two uncertain numbers."""

    between: Annotated[list[str], Field(min_length=2, max_length=2)]
    """Dotted paths of two uncertain numbers."""
    rank: Annotated[Finite, Field(ge=-1, le=1)]


class Scenario(Table):
    """A company, its customers, its customer success team and the decisions to compare."""

    name: str
    as_of: Annotated[datetime.date, Field(strict=True)]
    """Month 0 ends on this date's month; the simulation's month 1 is the month after it."""
    book: str = "none"
    """Existing accounts: a CSV file beside the scenario, `preset:NAME` for a bundled synthetic book, or `none`."""
    description: str = ""
    run: Run = Run()
    money: Money = Money()
    market: Market = Market()
    health: Health = Health()
    segments: Annotated[dict[str, Segment], Field(min_length=1)]
    teams: dict[str, Team] = Field(default_factory=dict)
    playbooks: dict[str, Playbook] = Field(default_factory=dict)
    effect_decay: EffectDecay = EffectDecay()
    policy: Policy = Policy()
    observed: dict[str, Observed] = Field(default_factory=dict)
    correlations: dict[str, Correlation] = Field(default_factory=dict)
    arms: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Decisions: overrides of the file by dotted path, by the arm's name."""

    @property
    def causes(self) -> tuple[str, ...]:
        """Root causes of all segments, in the order in which they are written."""
        return tuple(dict.fromkeys(name for segment in self.segments.values() for name in segment.intent.causes))

    @property
    def channels(self) -> tuple[str, ...]:
        """Acquisition channels of all segments, in the order in which they are written."""
        return tuple(dict.fromkeys(name for s in self.segments.values() for name in s.acquisition.channels))

    def uncertain(self) -> dict[str, Distribution]:
        """Every number that is a distribution, by its dotted path."""
        return {path: leaf for path, leaf in leaves(self) if isinstance(leaf, Distribution)}

    def rank_correlations(self) -> list[tuple[str, str, float]]:
        """Pairs of uncertain numbers, by dotted path, with their rank correlation."""
        return [(pair.between[0], pair.between[1], pair.rank) for pair in self.correlations.values()]


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk over (dotted path, value) of all leaves; a distribution is a leaf, the arms are not walked."""
    if isinstance(node, Table) and not isinstance(node, Distribution):
        for name in type(node).model_fields:
            if not (isinstance(node, Scenario) and name == "arms"):
                yield from leaves(getattr(node, name), f"{path}.{name}" if path else name)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, node


def extremes(value: Any) -> tuple[float, float]:
    """Least and greatest value of a quantity."""
    return value.support() if isinstance(value, Distribution) else (value, value)


Problem = tuple[str, str]
"""Dotted path of the key at fault, message."""


def cross_checks(scenario: Scenario, *, arm: bool = False) -> list[Problem]:
    """What is wrong between tables that are right each on its own.

    `arm`: the scenario has been overridden, so that the weights of its causes need not sum to 1: mending a cause lowers
    the whole hazard.
    """
    return [
        *_check_names(scenario),
        *_check_segments(scenario),
        *(() if arm else _check_weights(scenario)),
        *_check_month_keys(scenario),
        *_check_teams(scenario),
        *_check_correlations(scenario),
    ]


def _check_names(scenario: Scenario) -> Iterator[Problem]:
    groups: dict[str, Any] = {
        "segments": scenario.segments,
        "teams": scenario.teams,
        "playbooks": scenario.playbooks,
        "arms": scenario.arms,
    }
    groups |= {f"segments.{s}.intent.causes": v.intent.causes for s, v in scenario.segments.items()}
    groups |= {f"segments.{s}.acquisition.channels": v.acquisition.channels for s, v in scenario.segments.items()}
    for where, names in groups.items():
        for name in names:
            if "." in name or not name.strip() or not name.isprintable():
                yield f"{where}.{name}", f"a name needs printable characters and no dot, found {name!r}"
    if scenario.arms.get(BASE_ARM):
        yield f"arms.{BASE_ARM}", "the arm 'base' is the file without overrides: give this arm another name"
    reserved = {"closure", "payment"}
    for name in scenario.causes:
        if name in reserved:
            owner = next(s for s, v in scenario.segments.items() if name in v.intent.causes)
            yield (
                f"segments.{owner}.intent.causes.{name}",
                f"{name!r} is the name of an immediate exit: give this cause another name",
            )


def _check_segments(scenario: Scenario) -> Iterator[Problem]:
    for name, segment in scenario.segments.items():
        where = f"segments.{name}"
        if not segment.intent.causes:
            yield f"{where}.intent.causes", "needs at least one cause"
        drift, rowing = extremes(segment.engagement.monthly_drift), extremes(segment.engagement.monthly_rowing)
        if drift[1] + rowing[1] > 1.0 + 1e-12:
            yield (
                f"{where}.engagement.monthly_rowing",
                f"monthly_drift + monthly_rowing must not exceed 1, their greatest sum is {drift[1] + rowing[1]:g}",
            )
        for term in segment.contracts.scrutiny:
            if term not in segment.contracts.term_weight:
                known = ", ".join(segment.contracts.term_weight)
                yield f"{where}.contracts.scrutiny.{term}", f"no contract has the term {term!r}; terms are {known}"
        for term, scrutiny in segment.contracts.scrutiny.items():
            if scrutiny.first_renewal_churn is None and segment.intent.frailty.law != "beta":
                yield (
                    f"{where}.contracts.scrutiny.{term}.first_renewal_churn",
                    "is missing (only a beta frailty does without)",
                )
        if isinstance(segment.intent.duration, Piecewise) and "0" not in segment.intent.duration.level_from_month:
            yield f"{where}.intent.duration.level_from_month", 'needs a level from month "0" on'
        elif isinstance(segment.intent.duration, Piecewise) and _no_hazard_in_first_year(segment.intent.duration):
            yield (
                f"{where}.intent.duration.level_from_month",
                "must not be 0 throughout the first 12 months, over which annual_churn is shared out",
            )
        if isinstance(segment.intent.duration, FittedTable):
            months = segment.intent.duration.monthly_rate
            if sorted(map(int, filter(str.isdigit, months))) != list(range(1, len(months) + 1)) or not months:
                yield f"{where}.intent.duration.monthly_rate", 'needs the months "1", "2", ... without a gap'
    for name in scenario.observed:
        if name not in scenario.segments:
            yield f"observed.{name}", f"no segment is called {name!r}; segments are {', '.join(scenario.segments)}"


def _no_hazard_in_first_year(duration: Piecewise) -> bool:
    levels = [level for month, level in duration.level_from_month.items() if month.isdigit() and int(month) < 12]
    return all(extremes(level)[1] <= 0.0 for level in levels)


def _check_weights(scenario: Scenario) -> Iterator[Problem]:
    for name, segment in scenario.segments.items():
        weights = [extremes(cause.weight) for cause in segment.intent.causes.values()]
        total = sum(high for _, high in weights)
        if weights and all(low == high for low, high in weights) and abs(total - 1.0) > 1e-6:
            yield f"segments.{name}.intent.causes", f"the weights of the causes must sum to 1, found {total:g}"


def _check_month_keys(scenario: Scenario) -> Iterator[Problem]:
    tables: list[tuple[str, dict[str, Any], int, int]] = []
    for name, segment in scenario.segments.items():
        where = f"segments.{name}"
        tables.append((f"{where}.contracts.term_weight", segment.contracts.term_weight, 1, 600))
        for channel, value in segment.acquisition.channels.items():
            tables.append((f"{where}.acquisition.channels.{channel}.seasonality", value.seasonality, 1, 12))
        if isinstance(segment.intent.duration, Piecewise):
            tables.append(
                (f"{where}.intent.duration.level_from_month", segment.intent.duration.level_from_month, 0, 6000)
            )
    for name, team in scenario.teams.items():
        tables.append((f"teams.{name}.posts.from_month", team.posts.from_month, 1, 600))
    for where, table, low, high in tables:
        for key in table:
            if not key.isdigit() or not low <= int(key) <= high or str(int(key)) != key:
                yield f"{where}.{key}", f"the key must be a whole number from {low} to {high}, found {key!r}"


def _check_teams(scenario: Scenario) -> Iterator[Problem]:
    def unknown(kind: str, name: str, known: Any) -> str:
        return f"no {kind} is called {name!r}; there are {', '.join(known) or 'none'}"

    for name, team in scenario.teams.items():
        for segment in team.segments:
            if segment not in scenario.segments:
                yield f"teams.{name}.segments", unknown("segment", segment, scenario.segments)
    for name, play in scenario.playbooks.items():
        if play.team is not None and play.team not in scenario.teams:
            yield f"playbooks.{name}.team", unknown("team", play.team, scenario.teams)
        for segment in play.trigger.segments or ():
            if segment not in scenario.segments:
                yield f"playbooks.{name}.trigger.segments", unknown("segment", segment, scenario.segments)
            elif play.team in scenario.teams and segment not in scenario.teams[play.team].segments:
                yield (
                    f"playbooks.{name}.trigger.segments",
                    f"the team {play.team!r} does not own the segment {segment!r}",
                )
    for name in scenario.policy.play_weight:
        if name not in scenario.playbooks:
            yield f"policy.play_weight.{name}", unknown("playbook", name, scenario.playbooks)


def _check_correlations(scenario: Scenario) -> Iterator[Problem]:
    uncertain = scenario.uncertain()
    seen: dict[frozenset[str], str] = {}
    fine = True
    for name, pair in scenario.correlations.items():
        for path in pair.between:
            if path not in uncertain:
                fine = False
                known = ", ".join(uncertain) or "none"
                yield f"correlations.{name}.between", f"{path!r} is not an uncertain number; uncertain are {known}"
        key = frozenset(pair.between)
        if len(key) == 1:
            fine = False
            yield f"correlations.{name}.between", "names the same number twice"
        elif key in seen:
            fine = False
            yield f"correlations.{name}", f"states the pair of {seen[key]!r} once more"
        seen[key] = name
    if fine and scenario.correlations:
        message = impossible_correlation(scenario.rank_correlations())
        if message:
            yield "correlations", message

"""The scenario: everything a simulation is told, in one validated object.

`Scenario.model_validate` checks each table on its own; `churnsim.scenario.cross_checks` then finds what is wrong
between tables. `churnsim.scenario.files` calls both and turns problems into messages with file, line and key.

Defaults of the schema: 0 switches a mechanism off or leaves a cost out, and a factor of 1 changes nothing; every other
number cites the grade of its source: [P] read in a primary source, [S] second-hand, [W] weak (vendor), [J] judgement.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field

from churnsim.scenario.acquisition import Acquisition
from churnsim.scenario.advocacy import Advocacy
from churnsim.scenario.allocation import Policy
from churnsim.scenario.alternatives import Alternative
from churnsim.scenario.company import Company
from churnsim.scenario.contracts import Contracts
from churnsim.scenario.distributions import Distribution, Finite, Table
from churnsim.scenario.engagement import Engagement
from churnsim.scenario.exits import Exits
from churnsim.scenario.expansion import Expansion
from churnsim.scenario.expectation import Expectation
from churnsim.scenario.health import Health
from churnsim.scenario.intent import Intent, Reference
from churnsim.scenario.market import Market
from churnsim.scenario.money import Money
from churnsim.scenario.observed import Observed
from churnsim.scenario.onboarding import Onboarding
from churnsim.scenario.opening import Opening
from churnsim.scenario.playbooks import EffectDecay, Playbook
from churnsim.scenario.product import Product
from churnsim.scenario.response import Response
from churnsim.scenario.run import Run
from churnsim.scenario.sponsor import Sponsor
from churnsim.scenario.stated_reasons import StatedReasons
from churnsim.scenario.support import Desk, Support
from churnsim.scenario.team import Team
from churnsim.scenario.win_back import WinBack

BASE_ARM = "base"
"""Name of the file without overrides."""
DECISIONS = ("arms", "alternatives")
"""Tables of what may be decided: overrides of everything else."""
IMMEDIATE_EXITS = ("closure", "payment")
"""Exits that are no root cause; they follow the root causes wherever exits are told apart."""


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
    expectation: Expectation = Expectation()
    sponsor: Sponsor = Sponsor()
    support: Support = Support()
    win_back: WinBack = WinBack()
    advocacy: Advocacy = Advocacy()


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
    opening: dict[str, Opening] = Field(default_factory=dict)
    """Accounts and ARR at month 0 by segment, to which a bundled synthetic book is brought; left out: as it is."""
    description: str = ""
    run: Run = Run()
    money: Money = Money()
    market: Market = Market()
    health: Health = Health()
    company: Company = Company()
    product: Product = Product()
    desk: Desk = Desk()
    segments: Annotated[dict[str, Segment], Field(min_length=1)]
    teams: dict[str, Team] = Field(default_factory=dict)
    playbooks: dict[str, Playbook] = Field(default_factory=dict)
    effect_decay: EffectDecay = EffectDecay()
    policy: Policy = Policy()
    observed: dict[str, Observed] = Field(default_factory=dict)
    calibration: dict[str, dict[str, Response]] = Field(default_factory=dict)
    """What calibrated scales answer in each draw: by the paths of scale and uncertain number."""
    stated_reasons: StatedReasons = Field(default_factory=dict)
    correlations: dict[str, Correlation] = Field(default_factory=dict)
    arms: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Decisions: overrides of the file by dotted path, by the arm's name."""
    alternatives: dict[str, Alternative] = Field(default_factory=dict)
    """What else the same money could buy, by name."""

    @property
    def causes(self) -> tuple[str, ...]:
        """Root causes of all segments, in the order in which they are written."""
        return tuple(dict.fromkeys(name for segment in self.segments.values() for name in segment.intent.causes))

    @property
    def channels(self) -> tuple[str, ...]:
        """Acquisition channels of all segments, in the order in which they are written."""
        return tuple(dict.fromkeys(name for s in self.segments.values() for name in s.acquisition.channels))

    @cached_property
    def _uncertain(self) -> dict[str, Distribution]:
        return {path: leaf for path, leaf in leaves(self) if isinstance(leaf, Distribution)}

    def uncertain(self) -> dict[str, Distribution]:
        """Every number that is a distribution, by its dotted path."""
        return dict(self._uncertain)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """See pydantic, which would hand on to the copy what this scenario has found of itself."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_uncertain", None)
        return copied

    def rank_correlations(self) -> list[tuple[str, str, float]]:
        """Pairs of uncertain numbers, by dotted path, with their rank correlation."""
        return [(pair.between[0], pair.between[1], pair.rank) for pair in self.correlations.values()]


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(Dotted path, value) of all leaves; a distribution is a leaf, what may be decided is not walked."""
    found: list[tuple[str, Any]] = []
    _gather(found, node, path)
    return iter(found)


def _gather(found: list[tuple[str, Any]], node: Any, path: str) -> None:
    """Add the leaves of a node; nested generators would take five times as long."""
    children: Iterable[tuple[str, Any]]
    if isinstance(node, Table) and not isinstance(node, Distribution):
        left_out = DECISIONS if isinstance(node, Scenario) else ()
        children = [(name, getattr(node, name)) for name in node.__pydantic_fields__ if name not in left_out]
    elif isinstance(node, dict):
        children = node.items()
    else:
        found.append((path, node))
        return
    below = f"{path}." if path else ""
    for name, child in children:
        if isinstance(child, (float, str)):  # most of them
            found.append((f"{below}{name}", child))
        else:
            _gather(found, child, f"{below}{name}")

"""Pairs of arms: what a difference is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from churnsim.decisions.headcount import ladder_arms, team_of
from churnsim.decisions.inputs import InputError, unknown
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.files import arms as arms_of
from churnsim.scenario.model import BASE_ARM, Scenario
from churnsim.uncertainty.question import arms_needed


@dataclass(frozen=True)
class Pair:
    """An arm, the arm that it is held against, and the scenarios of both and of the base."""

    arm: str
    against: str
    arms: Mapping[str, Scenario]
    team: str | None = None
    """Team whose posts differ, where that is all."""


def rungs(file: ScenarioFile, team: str | None, fewer: int, more: int) -> Pair:
    """Two rungs of a ladder of headcounts."""
    base = file.scenario
    team = team_of(base, team)
    names, arms = ladder_arms(base, team, (fewer, more))
    return Pair(names[more], names[fewer], arms, team)


def arms_of_file(file: ScenarioFile, arm: str | None = None, against: str | None = None) -> Pair:
    """An arm of the file against another, or against the base; the only arm where none is named."""
    known = arms_of(file)
    others = [name for name in known if name != BASE_ARM]
    if arm is None:
        if not others:
            raise InputError("the scenario has no arms to hold against each other: write one, as [arms.NAME]")
        if len(others) > 1:
            raise InputError(f"the scenario has several arms, say which: {', '.join(others)}")
        arm = others[0]
    against = BASE_ARM if against is None else against
    for name in (arm, against):
        if name not in known:
            raise unknown("arm", name, known)
    if arm == against:
        raise InputError(f"the arm {arm!r} cannot be held against itself")
    return Pair(arm, against, arms_needed(known, against, arm))

"""Small stored runs of the rich company, whose names would be formulas in a spreadsheet that believed them."""

from __future__ import annotations

import functools
from typing import Any

import tomlkit

from churnsim.decisions.compare import compare
from churnsim.decisions.headcount import headcount
from churnsim.results.runs import Run
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, parse
from tests.invariants.rich import changed, rich_book, rich_file

NAME = '=HYPERLINK("x")'
SEGMENTS = {"core": '=HYPERLINK("core")', "large": "@large"}
TEAM, PLAY, ARM = "+csm", "-welcome", "=1+1"
DRAWS, REPLICATES = 8, 2


@functools.cache
def ladder_run(months: int = 26, top: int = 2) -> Run:
    """Three rungs of the team csm."""
    file = rich_file({"run.horizon_months": months})
    book = rich_book(file)
    ladder = headcount(file, team="csm", posts=range(top + 1), draws=DRAWS, replicates=REPLICATES, book=book)
    options = {"team": "csm", "posts": list(range(top + 1))}
    return Run("headcount", options, ladder.dataset, book, ladder.second)


@functools.cache
def plain_run() -> Run:
    """Without arms, a book or a series of paths."""
    file = rich_file({"arms": None})
    return Run("run", {}, simulate(file, draws=2, replicates=2, book=rich_book(file)), None)


def hostile_file() -> ScenarioFile:
    """The rich company with names that begin as formulas do."""
    document = changed({"name": NAME, "description": "\x01bell", "money.currency": "=A1"})
    document["segments"] = {SEGMENTS[name]: part for name, part in document["segments"].items()}
    document["teams"][TEAM] = document["teams"].pop("csm")
    for part in (*document["teams"].values(),):
        part["segments"] = [SEGMENTS[name] for name in part["segments"]]
    document["playbooks"][PLAY] = document["playbooks"].pop("welcome")
    plays: dict[str, dict[str, Any]] = document["playbooks"]
    for play in plays.values():
        if play.get("team") == "csm":
            play["team"] = TEAM
    document["arms"] = {
        ARM: {"teams": {TEAM: {"posts": {"from_month": {"1": 6}}}}},
        "<b>&": {"policy": {"rule": "risk"}},
    }
    return parse(tomlkit.dumps(document))


@functools.cache
def hostile_comparison() -> Run:
    """Arms of that company against its base."""
    comparison = compare(hostile_file(), draws=DRAWS, replicates=REPLICATES)
    return Run("compare", {}, comparison.dataset, None)


@functools.cache
def hostile_ladder() -> Run:
    """Two rungs of its team."""
    ladder = headcount(hostile_file(), team=TEAM, posts=[0, 1], draws=2, replicates=2)
    return Run("headcount", {"team": TEAM, "posts": [0, 1]}, ladder.dataset, None, ladder.second)

"""How many customer success managers to fund: simulate a ladder of headcounts and recommend a rung."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.ladder import Ladder, ladder_from, neighbours
from churnsim.decisions.progress import Progress, part
from churnsim.scenario.model import BASE_ARM

if TYPE_CHECKING:
    import xarray as xr

    from churnsim.results.runs import Run
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario

MOST_POSTS = 1000


def headcount(
    file: ScenarioFile,
    *,
    team: str | None = None,
    posts: Iterable[int],
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
) -> Ladder:
    """Simulate a ladder of headcounts of one team and recommend the rung of highest mean NPV.

    `posts` are the numbers of posts to try, e.g. range(0, 15). The base, the recommended rung and its neighbour are
    then simulated again with `fresh_seed(seed)`, with as many draws and replicates. `book`: existing accounts;
    default: the book that the scenario names. Raises InputError.
    """
    from churnsim.results.simulation import simulate
    from churnsim.scenario.book import resolve_book

    base = file.scenario
    team = team_of(base, team)
    rungs, arms = ladder_arms(base, team, posts)
    book = resolve_book(file) if book is None else book
    share = len(arms) / (len(arms) + 3)
    dataset = simulate(
        file, arms=arms, draws=draws, replicates=replicates, seed=seed, progress=part(progress, 0.0, share), book=book
    )
    again = dict.fromkeys((BASE_ARM, *neighbours(dataset, rungs)))
    fresh = simulate(
        file,
        arms={arm: arms[arm] for arm in again},
        draws=dataset.sizes["draw"],
        replicates=dataset.sizes["replicate"],
        seed=fresh_seed(int(dataset.attrs["seed"])),
        record="paths",
        progress=part(progress, share, 1.0),
        book=book,
    )
    return ladder_from(dataset, rungs, team, fresh=of_paths(fresh), sets_rule_aside=base.teams[team].hiring is not None)


def ladder_arms(scenario: Scenario, team: str, posts: Iterable[int]) -> tuple[dict[int, str], dict[str, Scenario]]:
    """The arm of each number of posts, and all arms with the base first. Raises InputError where it is no ladder."""
    rungs = {count: _rung(team, count) for count in _counts(posts)}
    arms = {BASE_ARM: scenario} | {arm: with_posts(scenario, team, count) for count, arm in rungs.items()}
    return rungs, arms


def of_paths(dataset: xr.Dataset) -> xr.Dataset:
    """What the second look is for: values and series of whole paths, not their parts by segment, team or year."""
    whole = {"arm", "draw", "replicate", "window", "month"}
    parts = [n for n, v in dataset.data_vars.items() if n not in ("inputs", "posts") and not set(v.dims) <= whole]
    return dataset.drop_vars(parts)


def ladder_of(run: Run) -> Ladder:
    """The ladder of a stored run of `headcount`."""
    team = run.options["team"]
    ruled = run.scenario_file.scenario.teams[team].hiring is not None
    return ladder_from(run.dataset, rungs_of(run), team, fresh=run.second, sets_rule_aside=ruled)


def rungs_of(run: Run) -> dict[int, str]:
    """The arm of each number of posts of a stored run of `headcount`."""
    return {posts: _rung(run.options["team"], posts) for posts in run.options["posts"]}


def fresh_seed(seed: int) -> int:
    """Seed of the second look: the first 63 bits of SHA-256 of "churnsim fresh SEED"."""
    digest = hashlib.sha256(f"churnsim fresh {seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def with_posts(scenario: Scenario, team: str, posts: int) -> Scenario:
    """The scenario with a team's plan replaced by a number of posts from month 1, and without its hiring rule.

    Today's staff stay as they are.
    """
    old = scenario.teams[team]
    plan = old.posts.model_copy(update={"from_month": {"1": posts}})
    new = old.model_copy(update={"posts": plan, "hiring": None})
    return scenario.model_copy(update={"teams": scenario.teams | {team: new}})


def team_of(scenario: Scenario, team: str | None) -> str:
    """The named team, or the only one."""
    if team is not None:
        if team not in scenario.teams:
            raise unknown("team", team, scenario.teams)
        return team
    if not scenario.teams:
        raise InputError("the scenario has no team: write one, as [teams.NAME], to ask how many posts to fund")
    if len(scenario.teams) > 1:
        raise InputError(f"the scenario has several teams, say which: {', '.join(scenario.teams)}")
    return next(iter(scenario.teams))


def _rung(team: str, posts: int) -> str:
    return f"{team} {posts}"


def _counts(posts: Iterable[int]) -> list[int]:
    counts = sorted(set(posts))
    for count in counts:
        if not 0 <= count <= MOST_POSTS:
            raise InputError(f"a rung must have from 0 to {MOST_POSTS} posts, found {count}")
    if len(counts) < 2:
        raise InputError(f"a ladder needs at least two rungs, found {counts or 'none'}; try a range such as 0..12")
    return counts

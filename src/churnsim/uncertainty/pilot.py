"""A randomised pilot of one play, simulated by the engine: what it would show in each draw.

The company runs as it is for the pilot's months, but who may get the play is drawn at random (`random_share` of its
trigger). Accounts enter the pilot when the play would be done for them, as a look ahead with the same luck tells in
which everybody may get it. Where everybody may get the play today, half of the pilot's accounts go without it; where
nobody may, half get it; a play that is a trial already stays as it is. Everybody else is treated as today. The groups
are compared as they were drawn, whether the play was delivered or not (intention to treat). A draw shows two
differences between the accounts with the play and those without it:

    accounts   share of the accounts that are still customers at the end
    arr        their ARR at the end over that at the start

The luck of a pilot is not the decision's: it is keyed by the next replicate behind those of the decision's run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.progress import Progress, part
from churnsim.metrics.estimates import Array
from churnsim.scenario.model import BASE_ARM, Scenario

if TYPE_CHECKING:
    from churnsim.compile.levels import Levels
    from churnsim.engine.tables import Tables
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile

BATCH = 32
"""Draws whose tables are made at once."""
LEAST_ACCOUNTS, MOST_MONTHS = 10, 120
LEAST_FOUND = 4
"""Accounts with, and without, the play that a draw must have for its groups to be compared."""


@dataclass(frozen=True)
class Pilot:
    """A randomised trial of a play before the decision."""

    play: str
    accounts: int
    """Accounts that take part, half of them with the play and half without."""
    months: int
    cost: float = 0.0
    """What the pilot costs besides what the company spends anyway."""


@dataclass(frozen=True)
class Showing:
    """What a pilot shows."""

    pilot: Pilot
    data: dict[str, Array] = field(repr=False, compare=False)
    """By draw (draws,): difference between the groups in the share of accounts and of ARR that is kept."""
    with_play: float
    """Accounts that were to have the play, mean over draws."""
    without_play: float
    reached: float
    """Share of the accounts that were to have the play that got it at least once."""
    inputs: dict[str, Array] = field(repr=False, compare=False)
    """Samples (draws,) of what is not known, by dotted path."""


class _Followed(NamedTuple):
    """What is seen of one draw."""

    accounts: float
    arr: float
    with_play: int
    without_play: int
    reached: float


def check_pilot(scenario: Scenario, pilot: Pilot) -> None:
    """Raise InputError for a pilot that cannot be run."""
    if pilot.play not in scenario.playbooks:
        raise unknown("playbook", pilot.play, scenario.playbooks)
    if pilot.accounts < LEAST_ACCOUNTS:
        raise InputError(f"a pilot needs at least {LEAST_ACCOUNTS} accounts, found {pilot.accounts}")
    if not 1 <= pilot.months <= MOST_MONTHS:
        raise InputError(f"a pilot runs from 1 to {MOST_MONTHS} months, found {pilot.months}")
    if not 0.0 <= pilot.cost < float("inf"):
        raise InputError(f"a pilot costs nothing or more, found {pilot.cost:g}")


def run_pilot(
    file: ScenarioFile,
    pilot: Pilot,
    *,
    draws: int,
    replicate: int,
    seed: int,
    book: Book | None,
    levels: Levels | None = None,
    progress: Progress | None = None,
) -> Showing:
    """Run a pilot in the file's scenario once in each draw.

    `levels` are those of the decision's draws, default: plain ones. `replicate` keys the luck: it must not be one of
    the decision's. Raises InputError when the pilot cannot be run or too few accounts are there for it.
    """
    check_pilot(file.scenario, pilot)
    run = file.scenario.run.model_copy(update={"horizon_months": pilot.months})
    base = file.scenario.model_copy(update={"run": run})
    share = base.playbooks[pilot.play].trigger.random_share

    def paths(arm: Scenario, progress: Progress | None) -> Iterator[tuple[_Path, dict[str, Array]]]:
        return _paths(base, arm, file.name, book, seed, levels, draws, replicate, progress)

    ahead = [path for path, _ in paths(_randomised(base, pilot.play, 1.0), part(progress, 0.0, 0.5))]
    place = list(base.playbooks).index(pilot.play)
    meant = [path.reached(place) for path in ahead]
    found = float(np.mean([len(accounts) for accounts in meant]))
    if found < pilot.accounts:
        raise InputError(
            f"{pilot.play!r} would be done for some {found:,.0f} accounts in {pilot.months} months, fewer than the"
            f" {pilot.accounts:,} of the pilot: fewer accounts or more months would do"
        )
    half = pilot.accounts / 2.0 / found
    share = 1.0 - half if share == 1.0 else half if share == 0.0 else share
    seen, samples = list[_Followed](), list[dict[str, Array]]()
    for (path, inputs), accounts in zip(
        paths(_randomised(base, pilot.play, share), part(progress, 0.5, 1.0)), meant, strict=True
    ):
        seen.append(_compare(path, accounts, place, share, pilot.accounts // 2, book))
        samples.append(inputs)
    columns = {name: np.array([getattr(one, name) for one in seen]) for name in _Followed._fields}
    return Showing(
        pilot=pilot,
        data={name: columns[name] for name in ("accounts", "arr")},
        with_play=float(columns["with_play"].mean()),
        without_play=float(columns["without_play"].mean()),
        reached=float(columns["reached"].mean()),
        inputs={path: np.array([inputs[path] for inputs in samples]) for path in samples[0]},
    )


def _randomised(scenario: Scenario, play: str, share: float) -> Scenario:
    """The scenario in which a share of the accounts may get the play."""
    old = scenario.playbooks[play]
    new = old.model_copy(update={"trigger": old.trigger.model_copy(update={"random_share": share})})
    return scenario.model_copy(update={"playbooks": scenario.playbooks | {play: new}})


@dataclass(frozen=True)
class _Path:
    """Events of one path, and who is drawn to have each play."""

    events: np.ndarray
    key: np.uint64
    play_keys: np.ndarray

    def of(self, kind: int) -> np.ndarray:
        return np.asarray(self.events[self.events["kind"] == kind])

    def reached(self, play: int) -> np.ndarray:
        """Accounts (n,) to which a play was delivered, ascending."""
        from churnsim.engine.journal import PLAY

        delivered = self.of(PLAY)
        return np.unique(delivered["who"][delivered["what"] == play])

    def rank(self, play: int, accounts: np.ndarray) -> Array:
        """Uniforms of the accounts: those below the share may get the play."""
        from churnsim.engine.keys import TRIAL, philox_arrays

        return np.asarray(philox_arrays(np.asarray(self.key), accounts, TRIAL, int(self.play_keys[play]))[0])


def _paths(
    base: Scenario,
    arm: Scenario,
    name: str,
    book: Book | None,
    seed: int,
    levels: Levels | None,
    draws: int,
    replicate: int,
    progress: Progress | None,
) -> Iterator[tuple[_Path, dict[str, Array]]]:
    """The arm's path of each draw, with the draw's samples; draws of a batch run side by side."""
    from churnsim.results.score_noise import build_tables
    from churnsim.results.trace import trace

    arms = {BASE_ARM: base} | ({} if arm == base else {"pilot": arm})
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first in range(0, draws, BATCH):
            numbers = np.arange(first, min(first + BATCH, draws))
            compiled = build_tables(arms, book, seed, numbers, name, levels)
            tables: Tables = compiled.tables

            def run(place: int, tables: Tables = tables, first: int = first) -> np.ndarray:
                return trace(tables, seed, place, first + place, replicate).events

            for place, events in enumerate(pool.map(run, range(len(numbers)))):
                inputs = {path: samples[place] for path, samples in compiled.samples.items()}
                key = np.uint64(_path_key()(seed, first + place, replicate))
                yield _Path(events, key, tables.play_key), inputs
            if progress is not None:
                progress(first + len(numbers), draws)


def _compare(path: _Path, meant: np.ndarray, play: int, share: float, half: int, book: Book | None) -> _Followed:
    """Differences between accounts with and without the play, at most `half` of each, drawn at random."""
    rank = path.rank(play, meant)
    order = meant[np.argsort(rank, kind="stable")]
    cut = int((rank < share).sum())
    groups = order[:cut][:half], order[cut:][-half:]
    if min(map(len, groups)) < LEAST_FOUND:
        raise InputError(
            f"in some draw only {min(map(len, groups))} accounts of the pilot are left in a group: take more accounts"
        )
    kept = [_kept(path, group, book) for group in groups]
    return _Followed(
        accounts=kept[0][0] - kept[1][0],
        arr=kept[0][1] - kept[1][1],
        with_play=len(groups[0]),
        without_play=len(groups[1]),
        reached=float(np.isin(groups[0], path.reached(play)).mean()),
    )


def _kept(path: _Path, accounts: np.ndarray, book: Book | None) -> tuple[float, float]:
    """Share of the accounts that stay, and ARR at the end over that at the start or at entry."""
    from churnsim.engine import journal as kinds

    entries = path.of(kinds.ENTRY)
    who, arr = entries["who"], entries["value"]
    if book is not None:
        who, arr = np.concatenate([book.id_hash, who]), np.concatenate([book.arr, arr])
    start = _last(who, arr, accounts)
    changes = path.events[
        np.isin(path.events["kind"], (kinds.UPSELL, kinds.CONTRACTION, kinds.CROSS_SELL, kinds.RENEWAL))
    ]
    end = _last(np.concatenate([accounts, changes["who"]]), np.concatenate([start, changes["value"]]), accounts)
    stays = ~np.isin(accounts, path.of(kinds.EXIT)["who"])
    return float(stays.mean()), float((end * stays).sum() / start.sum())


def _last(who: np.ndarray, values: Array, accounts: np.ndarray) -> Array:
    """The last value of each account."""
    order = np.argsort(who, kind="stable")
    return np.asarray(values[order][np.searchsorted(who[order], accounts, side="right") - 1])


@lru_cache(maxsize=1)
def _path_key() -> Any:
    """The engine's key of a path, callable from Python."""
    import numba

    from churnsim.engine.keys import path_key

    return numba.njit(error_model="numpy")(lambda seed, draw, replicate: path_key(seed, draw, replicate))

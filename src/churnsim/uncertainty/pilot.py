"""A randomised pilot of one play, simulated by the engine: what it would show in each draw.

The company runs as it is for the pilot's months, but who may get the play is drawn at random (`random_share` of its
trigger). Accounts enter the pilot when the play would be done for them, as a look ahead tells in which everybody may
get it; of these, half are to have the play and as many to go without. Where most may get the play today, the controls
alone go without it; otherwise the treated alone get it. The groups are compared as they were drawn, whether the play
was delivered or not (intention to treat). A draw shows two differences between the accounts with the play and those
without it:

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
from typing import TYPE_CHECKING, Any

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
    in_each_group: float
    """Accounts with the play, and as many without, mean over draws."""
    reached: float
    """Share of the accounts that were to have the play that got it at least once."""
    inputs: dict[str, Array] = field(repr=False, compare=False)
    """Samples (draws,) of what is not known, by dotted path."""


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

    place = list(base.playbooks).index(pilot.play)
    engine = _Engine(base, pilot.play, file.name, book, seed, levels, draws, replicate)
    ahead = list(engine.paths(np.ones(draws), part(progress, 0.0, 0.5)))
    drawn = [path.drawn(place, pilot.accounts // 2) for path, _ in ahead]
    found = float(np.mean([len(path.reached(place)) for path, _ in ahead]))
    if found < pilot.accounts or min(len(groups[0]) for groups in drawn) == 0:
        raise InputError(
            f"{pilot.play!r} would be done for some {found:,.0f} accounts in {pilot.months} months, fewer than the"
            f" {pilot.accounts:,} of the pilot: fewer accounts or more months would do"
        )
    everybody = base.playbooks[pilot.play].trigger.random_share >= 0.5
    shares = np.array([path.share(*groups, place, everybody) for (path, _), groups in zip(ahead, drawn, strict=True)])
    seen, reached = list[Array](), list[float]()
    for (path, _), (treated, controls) in zip(engine.paths(shares, part(progress, 0.5, 1.0)), drawn, strict=True):
        seen.append(path.kept(treated, book) - path.kept(controls, book))
        reached.append(float(np.isin(treated, path.reached(place)).mean()))
    return Showing(
        pilot=pilot,
        data=dict(zip(("accounts", "arr"), np.array(seen).T, strict=True)),
        in_each_group=float(np.mean([len(treated) for treated, _ in drawn])),
        reached=float(np.mean(reached)),
        inputs={path: np.array([inputs[path] for _, inputs in ahead]) for path in ahead[0][1]},
    )


@dataclass(frozen=True)
class _Path:
    """Events of one path, and how accounts are drawn to have a play."""

    events: np.ndarray
    key: np.uint64
    play_keys: np.ndarray

    def of(self, *kinds: np.int32) -> np.ndarray:
        return np.asarray(self.events[np.isin(self.events["kind"], kinds)])

    def reached(self, play: int) -> np.ndarray:
        """Accounts (n,) to which a play was delivered, ascending."""
        from churnsim.engine.journal import PLAY

        delivered = self.of(PLAY)
        return np.unique(delivered["who"][delivered["what"] == play])

    def rank(self, accounts: np.ndarray, play: int) -> Array:
        """Uniforms of the accounts: those below the play's random share may get it."""
        from churnsim.engine.keys import TRIAL, philox_arrays

        return np.asarray(philox_arrays(np.asarray(self.key), accounts, TRIAL, int(self.play_keys[play]))[0])

    def share(self, treated: np.ndarray, controls: np.ndarray, play: int, everybody: bool) -> float:
        """Random share at which the controls alone go without the play, or else the treated alone get it."""
        if everybody:
            return float(self.rank(controls, play).min())
        return float(self.rank(treated, play).max()) + 2.0**-33

    def drawn(self, play: int, half: int) -> tuple[np.ndarray, np.ndarray]:
        """Of those reached, the accounts of lowest rank, to have the play, and as many of highest, to go without."""
        meant = self.reached(play)
        half = min(half, len(meant) // 2)
        order = meant[np.argsort(self.rank(meant, play), kind="stable")]
        return order[:half], order[len(order) - half :]

    def kept(self, accounts: np.ndarray, book: Book | None) -> Array:
        """Share of the accounts that stay, and their ARR at the end over that at the start or at entry."""
        from churnsim.engine.journal import CONTRACTION, CROSS_SELL, ENTRY, EXIT, RENEWAL, UPSELL

        entries = self.of(ENTRY)
        who, arr = entries["who"], entries["value"]
        if book is not None:
            who, arr = np.concatenate([book.id_hash, who]), np.concatenate([book.arr, arr])
        start = _last(who, arr, accounts)
        changes = self.of(UPSELL, CONTRACTION, CROSS_SELL, RENEWAL)
        who, arr = np.concatenate([accounts, changes["who"]]), np.concatenate([start, changes["value"]])
        stays = ~np.isin(accounts, self.of(EXIT)["who"])
        return np.array([stays.mean(), (_last(who, arr, accounts) * stays).sum() / start.sum()])


@dataclass(frozen=True)
class _Engine:
    """Paths of the pilot, one a draw, in which a share of the accounts may get the play."""

    base: Scenario
    play: str
    name: str
    book: Book | None
    seed: int
    levels: Levels | None
    draws: int
    replicate: int

    def paths(self, shares: Array, progress: Progress | None) -> Iterator[tuple[_Path, dict[str, Array]]]:
        """Each draw's path with its own of the shares (draws,), and the draw's samples; batches run side by side."""
        from churnsim.results.score_noise import build_tables
        from churnsim.results.trace import trace

        # the arm differs from the base, so that the base's past stays what it was; each draw then gets its own share
        arms = {BASE_ARM: self.base, "pilot": _randomised(self.base, self.play)}
        place = list(self.base.playbooks).index(self.play)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for first in range(0, self.draws, BATCH):
                numbers = np.arange(first, min(first + BATCH, self.draws))
                compiled = build_tables(arms, self.book, self.seed, numbers, self.name, self.levels)
                tables: Tables = compiled.tables
                tables.play["random_share"][-1, :, place] = shares[numbers]

                def run(d: int, tables: Tables = tables, first: int = first) -> np.ndarray:
                    return trace(tables, self.seed, d, first + d, self.replicate).events

                for d, events in enumerate(pool.map(run, range(len(numbers)))):
                    key = np.uint64(_path_key()(self.seed, first + d, self.replicate))
                    samples = {path: values[d] for path, values in compiled.samples.items()}
                    yield _Path(events, key, tables.play_key), samples
                if progress is not None:
                    progress(first + len(numbers), self.draws)


def _randomised(scenario: Scenario, play: str) -> Scenario:
    """The scenario with the play as a trial."""
    old = scenario.playbooks[play]
    new = old.model_copy(update={"trigger": old.trigger.model_copy(update={"random_share": 0.5})})
    return scenario.model_copy(update={"playbooks": scenario.playbooks | {play: new}})


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

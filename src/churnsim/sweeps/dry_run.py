"""How large a sweep is and how long it takes, before it is begun: from its sizes and a short measured pilot."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from churnsim.results import memory
from churnsim.results.labels import EXITS
from churnsim.scenario.book import resolve_book
from churnsim.sweeps.identity import Identity
from churnsim.sweeps.places import location
from churnsim.sweeps.plan import Plan
from churnsim.sweeps.seal import HASH_BYTES, made_by
from churnsim.sweeps.store import exists, open_store
from churnsim.sweeps.unit import Check, go_on, simulated

PILOTS = 3
"""Points that the pilot simulates, the first, the middle one and the last."""
PILOT_DRAWS = 16


@dataclass(frozen=True)
class Estimate:
    """Size of a sweep, and its time on this machine."""

    dimensions: dict[str, int]
    points: int
    stored: int
    """Points that the store has already, seals compared and numbers not."""
    arms: int
    draws: int
    replicates: int
    account_months: float | None
    """Accounts of the book x months x paths to simulate, newcomers not counted; None without a book."""
    bytes_on_disk: int
    bytes_in_memory: int
    """Results of one point while it is simulated, in each process."""
    seconds: float
    """From the pilot."""
    workers: int | None
    cores: int

    @property
    def paths(self) -> int:
        """Paths of all points."""
        return self.points * self.arms * self.draws * self.replicates

    def to_json(self) -> dict[str, Any]:
        """All of it by name."""
        return asdict(self) | {"paths": self.paths}

    def lines(self) -> list[str]:
        """The estimate in words."""
        sizes = " x ".join(f"{name} {size}" for name, size in self.dimensions.items())
        arms = f"{self.arms} arm{'s' * (self.arms > 1)}"
        there = f", of which {self.stored:,} are in the store" if self.stored else ""
        where = f"{self.workers} workers" if self.workers else "this process"
        months = "" if self.account_months is None else f"; {self.account_months:.2g} account-months of the book"
        return [
            f"Points    {self.points:,}: {sizes}{there}",
            f"Paths     {self.paths:,}: {arms} x {self.draws} draws x {self.replicates} replicates a point{months}",
            f"On disk   {memory.gigabytes(self.bytes_on_disk)}",
            f"Memory    {memory.gigabytes(self.bytes_in_memory)} of results at a time in each process",
            f"Time      about {duration(self.seconds)} on {where} ({self.cores} cores), from a pilot of "
            f"{min(PILOTS, self.points)} points",
        ]


def estimate(plan: Plan, store: str | None = None, workers: int | None = None, check: Check = go_on) -> Estimate:
    """Count a sweep and time a few points of it, at one draw and at a few. Raises what those points raise.

    `check` is called often, and what it raises ends the pilot.
    """
    cores = os.cpu_count() or 1
    book = resolve_book(plan.file)
    identity = Identity(plan, book)
    stored = 0
    if store is not None and exists(where := location(store)):
        there = open_store(where)
        seals = there.seals() if there.shape == plan.shape else np.zeros((0, 2 * HASH_BYTES), np.uint8)
        stored = sum(bool(s.any()) and made_by(s) == identity.of(i) for i, s in enumerate(seals))
    base = plan.file.scenario
    arms = len(plan.arm_names)
    shape = memory.Shape(
        arms=arms,
        draws=plan.draws,
        replicates=plan.replicates,
        months=base.run.horizon_months,
        segments=len(base.segments),
        teams=len(base.teams),
        playbooks=len(base.playbooks),
        causes=len(base.causes) + len(EXITS),
    )
    values = len(plan.measures) * plan.paths
    todo = plan.points - stored
    # paths of a point share the cores where one process does it, points do where workers do
    at_once = 1 if workers is None else min(workers, cores)
    return Estimate(
        dimensions={d.name: len(d) for d in plan.dimensions},
        points=plan.points,
        stored=stored,
        arms=arms,
        draws=plan.draws,
        replicates=plan.replicates,
        account_months=None if book is None else float(len(book)) * base.run.horizon_months * plan.paths * todo,
        bytes_on_disk=plan.points * (8 * values + 4 + 2 * HASH_BYTES),
        bytes_in_memory=memory.check(shape, plan.record),
        seconds=todo * _seconds(plan, partial(simulated, plan, book, check=check), workers) / at_once,
        workers=workers,
        cores=cores,
    )


def _seconds(plan: Plan, simulate: Callable[..., np.ndarray], workers: int | None) -> float:
    """Seconds of a point by the clock: what it takes whatever its draws, and its draws."""
    points = sorted({0, plan.points // 2, plan.points - 1})
    threads = None if workers is None else 1
    simulate(points[0], 1, 1, threads)  # the first call loads the compiled core, which is not counted
    few, many = 1, min(plan.draws, PILOT_DRAWS)
    once = _timed(lambda: [simulate(p, few, plan.replicates, threads) for p in points]) / len(points)
    if many == few:
        return once
    more = _timed(lambda: [simulate(p, many, plan.replicates, threads) for p in points]) / len(points)
    return once + max(more - once, 0.0) / (many - few) * (plan.draws - few)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def duration(seconds: float) -> str:
    """Seconds in words."""
    for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.2g} seconds" if seconds < 10 else f"{seconds:.0f} seconds"

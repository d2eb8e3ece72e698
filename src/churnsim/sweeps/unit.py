"""A unit of work: one point, simulated and stored by whoever has it to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from churnsim.sweeps.capacity import kept
from churnsim.sweeps.identity import Identity, code_digest
from churnsim.sweeps.lock import holder
from churnsim.sweeps.store import Store, open_store

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.sweeps.plan import Plan

Status = Literal["done", "failed", "stopped"]
Check = Callable[[], None]
"""Called often, wherever a sweep can be left: what it raises ends the sweep."""


class SweepError(RuntimeError):
    """A sweep that could not go on."""


def go_on() -> None:
    """The check that never ends a sweep."""


class Report(NamedTuple):
    """What became of a point: done, failed on its input, or the sweep cannot go on."""

    point: int
    status: Status
    error: str = ""


class Job(NamedTuple):
    """A store with all that is needed to simulate its points."""

    store: Store
    plan: Plan
    book: Book | None
    identity: Identity


def job_of(store: Store) -> Job:
    """The job that a store holds."""
    plan, book = store.plan(), store.book()
    return Job(store, plan, book, Identity(plan, book))


def simulated(
    plan: Plan,
    book: Book | None,
    point: int,
    draws: int = 0,
    replicates: int = 0,
    threads: int | None = None,
    check: Check = go_on,
) -> np.ndarray:
    """Numbers (measures, arms, draws, replicates) of a point; draws and replicates are the plan's by default.

    Raises ScenarioError, InputError, SimulationError, TooLarge or ValueError where the point cannot be simulated.
    """
    from churnsim.results.simulation import simulate

    scenario = plan.scenario(point)
    dataset = simulate(
        dataclasses.replace(plan.file, scenario=scenario, name=plan.label(point)),
        arms=plan.arms_of(point, scenario),
        draws=draws or plan.draws,
        replicates=replicates or plan.replicates,
        seed=plan.seed,
        record=plan.record,
        threads=threads,
        book=book,
        progress=lambda done, total: check(),
    )
    return kept(dataset, plan.measures)


def run_point(where: str, point: int, run: str, code: str, threads: int | None = 1) -> Report:
    """Simulate a point of the store at `where` and write it, while `run` has its lock; never raises.

    `code` is the digest of the sources that the sweep was started with: a worker that has others writes nothing.
    """
    if code != code_digest():
        return Report(point, "stopped", "a worker has another version of churnsim, numpy or numba: install the same")
    try:
        return run_job(_job(where, run), point, run, threads)
    except Exception as error:
        return Report(point, "stopped", _told(error))


def run_job(job: Job, point: int, run: str, threads: int | None, check: Check = go_on) -> Report:
    """As `run_point`, of a job that is at hand. Raises OSError where the point cannot be stored."""
    from churnsim.compile.tables import SimulationError

    index = job.plan.index(point)
    try:
        values = simulated(job.plan, job.book, point, threads=threads, check=check)
    except (ValueError, ArithmeticError, MemoryError, SimulationError) as error:
        return Report(point, "failed", _told(error))
    if holder(job.store.where) != run:
        return Report(point, "stopped", "another sweep has taken over the store")
    job.store.write(index, job.identity.of(point), values)
    return Report(point, "done")


@lru_cache(maxsize=1)
def _job(where: str, run: str) -> Job:
    """The job of a run, read once by each worker."""
    return job_of(open_store(where, read_only=False))


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__

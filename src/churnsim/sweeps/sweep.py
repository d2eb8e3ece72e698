"""A sweep: every point of a plan simulated and stored; what is stored already, and still right, is not done again."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from churnsim.scenario.book import resolve_book
from churnsim.sweeps.executors import Executor, executor
from churnsim.sweeps.identity import Identity
from churnsim.sweeps.lock import locked
from churnsim.sweeps.places import location
from churnsim.sweeps.plan import Plan, read_plan
from churnsim.sweeps.seal import made_by
from churnsim.sweeps.store import (
    Store,
    StoreError,
    create,
    exists,
    incomplete,
    open_store,
    open_sweep,
    remake,
    remove_rests,
)
from churnsim.sweeps.unit import Check, Job, Report, SweepError, go_on

if TYPE_CHECKING:
    import xarray as xr

    from churnsim.scenario.book import Book

Progress = Callable[[int, int], None]
STOPPED_AFTER = "nothing that is stored is lost, the same command goes on from here"


@dataclass
class Tally:
    """What became of the points of a sweep."""

    points: int
    paths: int
    """Simulated paths of a point."""
    found: int = 0
    """In the store before, and right."""
    changed: int = 0
    """In the store before, of other inputs or another version: done again."""
    damaged: int = 0
    """In the store before, but not what had been stored: done again."""
    reused: int = 0
    """Copied from another store."""
    simulated: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    """What failed points died of."""


def sweep(
    plan: str | pathlib.Path | Plan,
    store: str | pathlib.Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    reuse: str | pathlib.Path | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate every point of a plan into a store, and open it; called again, it goes on where it was stopped.

    Parameters
    ----------
    plan : plan file, or one that was read.
    store : folder, or URL that fsspec knows.
    workers : so many processes of this machine; default: this process alone, on all cores.
    dask : address of a running Dask scheduler whose workers reach the store.
    reuse : another store, whose points are copied where inputs, version and seed are the same.
    progress : called as progress(done, total), in points.

    Returns
    -------
    Dataset with `outcome` by (dimensions of the plan, measure, arm, draw, replicate), read as it is used. A point that
    failed is NaN, and its error is in the attribute `failed`, by the numbers of its labels.

    Raises
    ------
    ScenarioError, InputError : the plan or an argument is wrong, or the store is another sweep's.
    SweepError : the sweep could not go on.
    """
    run_sweep(plan if isinstance(plan, Plan) else read_plan(plan), store, workers, dask, reuse, progress)
    return open_sweep(store)


def run_sweep(
    plan: Plan,
    store: str | pathlib.Path,
    workers: int | None = None,
    dask: str | None = None,
    reuse: str | pathlib.Path | None = None,
    progress: Progress | None = None,
    told: Callable[[Tally, int], None] = lambda tally, todo: None,
    check: Check = go_on,
) -> Tally:
    """As `sweep`, and tell what became of the points; `told` takes what is there and
    how many points there are to do, before the work begins; `check` is called often,
    and what it raises ends the sweep."""
    where = location(store)
    book = resolve_book(plan.file)
    identity = Identity(plan, book)
    old = None if reuse is None else open_store(location(reuse))
    tally = Tally(plan.points, plan.paths)
    with _writable(where), locked(where) as run:
        stored = _stored(where, plan, book)
        todo = _to_do(stored, plan, identity, tally, check)
        stored = stored.update(plan, book)
        if old is not None:
            todo = _copied(old, stored, plan, identity, todo, tally, check)
        told(tally, len(todo))
        if progress is not None:
            progress(plan.points - len(todo), plan.points)
        if todo:
            with _goes_on(), executor(workers, dask) as execute:
                check()
                _work(execute, Job(stored, plan, book, identity), todo, run, tally, progress, check)
        else:
            stored.note_failures({})
    return tally


def _stored(where: str, plan: Plan, book: Book | None) -> Store:
    """The store at a location, made where it is not there. Raises StoreError where it cannot hold the plan."""
    if not exists(where):
        return create(where, plan, book)
    if incomplete(where):
        remake(where)
        return create(where, plan, book)
    stored = open_store(where, read_only=False)
    remove_rests(where)
    names = [d.name for d in plan.dimensions]
    has, wants = (
        _described(stored.dims, stored.sizes),
        _described(
            (*names, "measure", "arm", "draw", "replicate"),
            (*plan.shape, len(plan.measures), len(plan.arm_names), plan.draws, plan.replicates),
        ),
    )
    if has != wants:
        raise StoreError(
            f"{where} has {has}, this plan has {wants}: give it a new store, with --reuse {where} to take over the"
            " points that are the same"
        )
    return stored


@contextmanager
def _writable(where: str) -> Iterator[None]:
    """Say what a disk that is full, or a place that is not reached, means for the sweep."""
    try:
        yield
    except OSError as error:
        raise SweepError(f"{where} cannot be written: {error}; {STOPPED_AFTER}") from error


@contextmanager
def _goes_on() -> Iterator[None]:
    """Say, with what ended the work, that it was not for nothing."""
    try:
        yield
    except SweepError as error:
        raise SweepError(f"{error}; {STOPPED_AFTER}") from error


def _described(names: Iterable[str], sizes: Iterable[int]) -> str:
    return ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True))


def _to_do(stored: Store, plan: Plan, identity: Identity, tally: Tally, check: Check) -> list[int]:
    """Points that are not in the store as this plan would make them; what is there in their place is removed."""
    seals = stored.seals()
    todo = []
    for point in range(plan.points):
        check()
        if not seals[point].any():
            todo.append(point)
            continue
        index = plan.index(point)
        if made_by(seals[point]) != identity.of(point):
            tally.changed += 1
        elif stored.values(index, seals[point]) is None:
            tally.damaged += 1
        else:
            tally.found += 1
            continue
        stored.clear(index)
        todo.append(point)
    return todo


def _copied(
    old: Store, stored: Store, plan: Plan, identity: Identity, todo: list[int], tally: Tally, check: Check
) -> list[int]:
    """Copy what another store has of the points to do; return the rest of them."""
    seals = old.seals()
    known = {made_by(seal): i for i, seal in enumerate(seals) if seal.any()}
    rest = []
    for point in todo:
        check()
        wanted = identity.of(point)
        at = known.get(wanted)
        index = None if at is None else tuple(int(i) for i in np.unravel_index(at, old.shape))
        values = None if index is None or at is None else old.values(index, seals[at])
        if values is None:
            rest.append(point)
            continue
        stored.write(plan.index(point), wanted, values)
        tally.reused += 1
    return rest


def _work(
    execute: Executor, job: Job, todo: list[int], run: str, tally: Tally, progress: Progress | None, check: Check
) -> None:
    done = job.plan.points - len(todo)
    try:
        with closing(execute(job, todo, run, check)) as reports:
            for report in reports:
                _count(report, tally)
                done += 1
                if progress is not None:
                    progress(done, job.plan.points)
    finally:
        errors = {",".join(map(str, job.plan.index(p))): e for p, e in sorted(tally.failed.items())}
        job.store.note_failures(errors)


def _count(report: Report, tally: Tally) -> None:
    if report.status == "done":
        tally.simulated += 1
    elif report.status == "failed":
        tally.failed[report.point] = report.error
    else:
        raise SweepError(report.error)

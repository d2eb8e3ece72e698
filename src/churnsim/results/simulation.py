"""Simulate: arms x draws x replicates, side by side in threads, into one labelled Dataset."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from churnsim.compile.tables import Compiled, build
from churnsim.engine import kernel, workspace
from churnsim.engine.ledger import CLOSURE, PAYMENT
from churnsim.engine.simulate import NO_ROOM, NOT_FINITE
from churnsim.results import memory
from churnsim.results.fields import LINES, WINDOWS, attributes
from churnsim.results.moments import Moments
from churnsim.results.summary import Arrays, Ledgers, monthly, path_series, summarise
from churnsim.scenario.book import Book, resolve_book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.files import arms as arms_of
from churnsim.scenario.model import BASE_ARM, Scenario

Progress = Callable[[int, int], None]
UNIT = 4_000_000
"""Account-months of a unit of work, about: a tenth of a second, so that progress and Ctrl-C are prompt."""
TABLE_BYTES = 200_000_000
"""Size of the tables of a batch of draws, about."""
_EXITS = ("closure", "payment")


class SimulationError(RuntimeError):
    """A run met a number that is not finite: a fault of the scenario's extremes, or ours."""


def sample_size(scenario: Scenario, draws: int | None, replicates: int | None) -> tuple[int, int]:
    """Draws and replicates of a run: those that are given, else the file's, else 250 x 4.

    With nothing uncertain it is 1 x 1,000. Where only the replicates are given the draws make up 1,000 paths, but are
    no fewer than 20: a mean over fewer says little of what is not known.
    """
    draws, replicates = draws or scenario.run.draws, replicates or scenario.run.replicates
    if not scenario.uncertain():
        return draws or 1, replicates or 1000
    if draws is None:
        draws = 250 if replicates is None else min(250, max(20, 1000 // replicates))
    return draws, replicates or 4


def simulate(
    file: ScenarioFile,
    *,
    arms: Mapping[str, Scenario] | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    record: memory.Record = "summary",
    threads: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
) -> xr.Dataset:
    """Simulate a scenario and its arms.

    Parameters
    ----------
    file : the scenario as read from a file.
    arms : scenarios by name; default: those of the file. The base arm is put first where it is missing.
    draws, replicates, seed : default: those of the file, see `sample_size`.
    record : what is kept of each path, see `churnsim.results.memory`.
    threads : worker threads; default: all cores. The bytes of the result do not depend on it.
    progress : called from this thread as progress(done, total), in paths.
    book : existing accounts; default: the book that the scenario names.

    Returns
    -------
    Dataset with the dims arm, draw, replicate, window, year, month, segment, team, playbook, cause, line where they
    belong; units in the attributes.

    Raises
    ------
    churnsim.results.memory.TooLarge : the results would not fit into memory.
    SimulationError : a number that is not finite, with its arm, draw and month.
    """
    base = file.scenario
    chosen = {BASE_ARM: base} | dict(arms if arms is not None else arms_of(file))
    for name, count in (("draws", draws), ("replicates", replicates)):
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, found {count}")
    draws, replicates = sample_size(base, draws, replicates)
    seed = base.run.seed if seed is None else seed
    book = resolve_book(file) if book is None else book
    job = _Job(chosen, book, draws, replicates, seed, record)
    job.run(threads or os.cpu_count() or 1, progress or (lambda done, total: None))
    return job.dataset(file)


class _Job:
    """One simulation while it runs."""

    def __init__(
        self, arms: dict[str, Scenario], book: Book | None, draws: int, replicates: int, seed: int, record: str
    ):
        self.arms, self.book, self.seed, self.record = arms, book, seed, record
        self.base = next(iter(arms.values()))
        self.shape = memory.Shape(
            arms=len(arms),
            draws=draws,
            replicates=replicates,
            months=self.base.run.horizon_months,
            segments=len(self.base.segments),
            teams=len(self.base.teams),
            playbooks=len(self.base.playbooks),
            causes=len(self.base.causes) + len(_EXITS),
        )
        memory.check(self.shape, record)
        self.kept: Arrays = {}
        self.inputs: dict[str, list[np.ndarray]] = {path: [] for path in self.base.uncertain()}
        self.posts = np.zeros(0)
        self.moments = Moments(replicates) if record == "moments" else None
        self.local = threading.local()
        self.lock = threading.Lock()
        self.capacity = np.zeros(0, np.int64)
        self.stop = False

    # -- running ---------------------------------------------------------------------------------------------------

    def run(self, threads: int, progress: Progress) -> None:
        """Simulate all paths; results are taken in order, so moments add up in order."""
        total = self.shape.paths()
        done = 0
        pending: deque[tuple[int, int, int, Future[Arrays]]] = deque()
        pool = ThreadPoolExecutor(threads, thread_name_prefix="churnsim")
        try:
            for compiled, d, draw, first, last in self._units():
                pending.append((draw, first, last, pool.submit(self._simulate, compiled, d, draw, first, last)))
                while len(pending) > 2 * threads:
                    done += self._take(*pending.popleft())
                    progress(done, total)
            while pending:
                done += self._take(*pending.popleft())
                progress(done, total)
        except BaseException:
            self.stop = True
            for *_, future in pending:
                future.cancel()
            raise
        finally:
            pool.shutdown(wait=True)

    def _units(self) -> Iterator[tuple[Compiled, int, int, int, int]]:
        """Units of work: tables, draw's place in them, draw, first and last replicate. Sizes depend on the scenario
        only.
        """
        draws, replicates = self.shape["draws"], self.shape["replicates"]
        batch, start = 1, 0
        while start < draws:
            numbers = np.arange(start, min(start + batch, draws))
            compiled = build(self.arms, self.book, self.seed, numbers)
            if start == 0:
                self._prepare(compiled)
                batch = max(1, int(TABLE_BYTES / _bytes(compiled)))
            for path, samples in compiled.samples.items():
                self.inputs[path].append(samples)
            per_replicate = self.shape["arms"] * self.shape["months"] * max(int(self.capacity.sum()), 100)
            size = max(1, min(replicates, UNIT // per_replicate))
            for d, draw in enumerate(numbers):
                for first in range(0, replicates, size):
                    yield compiled, d, int(draw), first, min(first + size, replicates)
            start += len(numbers)

    def _prepare(self, compiled: Compiled) -> None:
        tables = compiled.tables
        self.posts = tables.posts
        expected = (tables.leads * tables.channel["conversion"][..., None]).sum(axis=(3, 4)).max(axis=(0, 1))
        self.capacity = np.diff(tables.book.first) + np.ceil(1.1 * expected + 5.0 * np.sqrt(expected)).astype(np.int64)

    def _workspace(self, tables: Any, grow: bool) -> workspace.Workspace:
        with self.lock:
            mine: np.ndarray | None = getattr(self.local, "capacity", None)
            if grow and mine is not None and np.array_equal(mine, self.capacity):
                self.capacity = self.capacity + self.capacity // 2 + 64
            capacity = self.capacity
        if mine is None or not np.array_equal(mine, capacity):
            posts = int(tables.posts.max(initial=0))
            lag = int(tables.lag_months.max())
            shape = self.shape
            self.local.work = workspace.allocate(
                capacity, shape["teams"], shape["playbooks"], posts, shape["months"], lag
            )
            self.local.capacity = capacity
        work: workspace.Workspace = self.local.work
        return work

    def _simulate(self, compiled: Compiled, d: int, draw: int, first: int, last: int) -> Arrays:
        """Simulate one unit, in a worker thread."""
        shape = self.shape
        paths = (last - first, shape["arms"])
        grow = False
        while not self.stop:
            books = Ledgers.zeros(
                paths, shape["months"], shape["segments"], shape["causes"], shape["teams"], shape["playbooks"]
            )
            status = np.zeros((*paths, 2), np.int64)
            work = self._workspace(compiled.tables, grow)
            replicates = np.arange(first, last, dtype=np.int64)
            kernel()(compiled.tables, work, self.seed, d, draw, replicates, *books, status)
            grow = bool((status[..., 0] == NO_ROOM).any())
            if not grow:
                self._check(status, draw, first)
                return self._reduce(books, compiled.money, d)
        return {}

    def _check(self, status: np.ndarray, draw: int, first: int) -> None:
        bad = np.argwhere(status[..., 0] == NOT_FINITE)
        if len(bad):
            r, a = bad[0]
            raise SimulationError(
                f"a number is not finite in arm {list(self.arms)[a]!r}, draw {draw}, replicate {first + r},"
                f" month {status[r, a, 1]}: look for extreme rates, fractions or price changes"
            )

    def _reduce(self, books: Ledgers, money: Arrays, d: int) -> Arrays:
        out = summarise(books, money, d)
        if self.record == "paths":
            out |= path_series(books, money, d)
        elif self.record == "full":
            out |= monthly(books, money, d)
        elif self.record == "moments":
            out |= {f"moments of {name}": values for name, values in monthly(books, money, d).items()}
        return out

    def _take(self, draw: int, first: int, last: int, future: Future[Arrays]) -> int:
        """Store the results of a unit; return its paths."""
        results = future.result()
        pooled = {name.removeprefix("moments of "): results.pop(name) for name in list(results) if " " in name}
        if self.moments is not None:
            self.moments.add(pooled)
        arms, draws, replicates = (self.shape[k] for k in ("arms", "draws", "replicates"))
        for name, values in results.items():
            if name not in self.kept:
                self.kept[name] = np.full((arms, draws, replicates, *values.shape[2:]), np.nan)
            self.kept[name][:, draw, first:last] = values.swapaxes(0, 1)
        return arms * (last - first)

    # -- labelling -------------------------------------------------------------------------------------------------

    def dataset(self, file: ScenarioFile) -> xr.Dataset:
        """All that was kept, with names, units and provenance."""
        base, shape = self.base, self.shape
        currency = base.money.currency
        causes = (*base.causes, _EXITS[CLOSURE], _EXITS[PAYMENT])
        coords: dict[str, Any] = {
            "arm": list(self.arms),
            "draw": np.arange(shape["draws"]),
            "replicate": np.arange(shape["replicates"]),
            "window": list(WINDOWS),
            "year": np.arange(1, shape["months"] // 12 + 1),
            "month": np.arange(1, shape["months"] + 1),
            "segment": list(base.segments),
            "team": list(base.teams),
            "playbook": list(base.playbooks),
            "cause": list(causes),
            "line": list(LINES),
            "input": list(self.inputs),
        }
        coords = {name: (name, _labels(values)) for name, values in coords.items()}
        data: dict[str, Any] = {}
        for name, values in self.kept.items():
            # at the level `paths` a monthly series is a total, without its last axis
            dims = ("arm", "draw", "replicate", *_inner(name))[: values.ndim]
            data[name] = (dims, values, attributes(name, currency))
        for name, values in (self.moments.result() if self.moments else {}).items():
            data[name] = (("arm", *_inner(name)), values, attributes(name, currency))
        inputs = [np.concatenate(samples) for samples in self.inputs.values()]
        data["inputs"] = (
            ("input", "draw"),
            np.array(inputs).reshape(len(inputs), shape["draws"]),
            attributes("inputs", currency),
        )
        data["posts"] = (
            ("arm", "month", "team"),
            self.posts[:, :, 1:].transpose(0, 2, 1).astype(np.int64),
            attributes("posts", currency),
        )
        return xr.Dataset(data, coords, _provenance(file, self))


def _labels(values: Any) -> np.ndarray:
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind in "US" or len(array) == 0 else array


def _inner(name: str) -> tuple[str, ...]:
    """Dims of a variable behind arm, draw, replicate."""
    monthly_name = "_by_month" in name
    stem = name.split("_by_month")[0]
    first = ("month",) if monthly_name else ("window",)
    if name.startswith("cohort_"):
        return ("year", "segment")
    if stem in ("contribution", "discounted_contribution", "gross_profit", "npv"):
        return first
    if stem.endswith("_by_cause"):
        return (*first, "cause")
    if stem == "cost":
        return (*first, "line")
    if stem.startswith("plays_"):
        return (*first, "playbook")
    if stem.startswith(("headcount", "ramped_fte", "hours_", "leavers", "salaries", "recruiting", "severance")):
        return (*first, "team")
    return (*first, "segment")


def _bytes(compiled: Compiled) -> int:
    arrays = [part for part in compiled.tables if isinstance(part, np.ndarray)] + list(compiled.tables.book)
    return sum(part.nbytes for part in arrays)


def _provenance(file: ScenarioFile, job: _Job) -> dict[str, Any]:
    packages = {name: version(name) for name in ("churnsim", "numpy", "numba", "xarray")}
    book = b"" if job.book is None else job.book.id_hash.tobytes() + job.book.arr.tobytes()
    return {
        "title": f"churnsim: {job.base.name}",
        "churnsim_version": packages["churnsim"],
        "created_with": json.dumps(packages),
        "seed": job.seed,
        "scenario_name": job.base.name,
        "scenario_text": file.text,
        "scenario_hash": hashlib.sha256(file.text.encode()).hexdigest(),
        "book_hash": hashlib.sha256(book).hexdigest(),
        "currency": job.base.money.currency,
        "horizon_months": job.base.run.horizon_months,
        "as_of": job.base.as_of.isoformat(),
        "record": job.record,
    }

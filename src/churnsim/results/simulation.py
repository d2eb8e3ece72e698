"""Simulate: arms x draws x replicates, side by side in threads, into one labelled Dataset."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from churnsim.compile.tables import Compiled, SimulationError, months_of
from churnsim.engine import kernel, workspace
from churnsim.engine.bundle import Bundled
from churnsim.engine.simulate import NO_ROOM, NOT_FINITE, STOPPED
from churnsim.results import memory
from churnsim.results.after_horizon import salaries_after_horizon, value_after_horizon
from churnsim.results.arms import check_arm
from churnsim.results.design import Design, Luck, design
from churnsim.results.labels import EXITS, label, provenance
from churnsim.results.moments import Moments
from churnsim.results.score_noise import build_tables
from churnsim.results.summary import Arrays, Ledgers, monthly, path_series, summarise
from churnsim.scenario.book import Book, resolve_book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.files import arms as arms_of
from churnsim.scenario.model import BASE_ARM, Scenario
from churnsim.scenario.problems import Problem, ScenarioError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

Progress = Callable[[int, int], None]
UNIT = 4_000_000
"""Account-months of a unit of work, about: a tenth of a second, so that progress and Ctrl-C are prompt."""
TABLE_BYTES = 200_000_000
"""Size of the tables of a batch of draws, about."""


def simulate(
    file: ScenarioFile | Scenario,
    *,
    arms: Mapping[str, Scenario] | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    record: memory.Record = "summary",
    threads: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
    levels: Mapping[str, ArrayLike] | None = None,
    luck: Luck = "path",
    markets: int | None = None,
) -> xr.Dataset:
    """Simulate a scenario and its arms.

    Parameters
    ----------
    file : the scenario as read from a file, or a Scenario made from one (its book must not be a file then).
    arms : scenarios by name; default: those of the file. The base arm is put first where it is missing.
    draws, replicates, seed : default: those of the file, see `sample_size`.
    record : what is kept of each path, see `churnsim.results.memory`.
    threads : worker threads; default: all cores. The bytes of the result do not depend on it.
    progress : called from this thread as progress(done, total), in paths.
    book : existing accounts; default: the book that the scenario names.
    levels : probabilities (n,) in (0, 1) by dotted path of uncertain numbers. Draw i, of n, has each number at the
        quantile of its distribution at level i, whatever the rank correlations; those left out are drawn plainly.
    luck : "path": every path has its own; "replicate": replicate r has the same in all draws, so that draws differ by
        what is not known alone.
    markets : so many paths of the market a draw, each crossed with replicates / markets samples of the customers' luck:
        replicate r has market r % markets and luck r // markets. Default: every replicate has a market of its own.

    Returns
    -------
    Dataset with the dims arm, draw, replicate, window, year, month, segment, team, playbook, cause, line where they
    belong; units in the attributes.

    Raises
    ------
    churnsim.results.memory.TooLarge : the results would not fit into memory.
    SimulationError : a number that is not finite, with its arm, draw and month.
    """
    if isinstance(file, Scenario):
        file = ScenarioFile(None, file.name, file.model_dump_json(), {}, file)
        chosen = {BASE_ARM: file.scenario} | dict(arms or {})
    else:
        chosen = {BASE_ARM: file.scenario} | dict(arms if arms is not None else arms_of(file))
    seed = file.scenario.run.seed if seed is None else seed
    if not 0 <= seed < 2**63:
        raise ValueError(f"the seed must be from 0 to 2^63 - 1, found {seed}")
    if chosen[BASE_ARM] != file.scenario:
        raise ValueError("the arm 'base' is the scenario without overrides: give this arm another name")
    for name, arm in chosen.items():
        check_arm(file.scenario, name, arm)
    plan = design(chosen, seed, draws, replicates, levels, luck, markets)
    book = resolve_book(file) if book is None else book
    if book is None and not any(s.acquisition.channels for arm in chosen.values() for s in arm.segments.values()):
        raise ScenarioError(
            [Problem(file.name, None, "book", "there is no book and no channel of leads: no customers")]
        )
    job = _Job(chosen, book, plan, seed, record, file.name)
    threads = threads or os.cpu_count() or 1
    job.run(threads, progress or (lambda done, total: None))
    dataset = label(chosen, job.shape, job.kept, job.pooled(), job.inputs(), job.posts)
    return dataset.assign_attrs(provenance(chosen, file.text, job.book, seed, record))


class _Unit(NamedTuple):
    """What a worker simulates at once: some replicates of a draw, all arms."""

    compiled: Compiled
    tables: Bundled
    d: int
    """The draw's place in the tables."""
    draw: int
    first: int
    last: int


class _Job:
    """One simulation while it runs."""

    def __init__(
        self,
        arms: dict[str, Scenario],
        book: Book | None,
        plan: Design,
        seed: int,
        record: str,
        name: str,
    ):
        self.arms, self.book, self.seed, self.record, self.name = arms, book, seed, record, name
        self.design = plan
        self.base = next(iter(arms.values()))
        self.shape = memory.Shape(
            arms=len(arms),
            draws=plan.draws,
            replicates=plan.replicates,
            months=self.base.run.horizon_months,
            segments=len(self.base.segments),
            teams=len(self.base.teams),
            playbooks=len(self.base.playbooks),
            causes=len(self.base.causes) + len(EXITS),
        )
        memory.check(self.shape, record)
        # those behind the horizon, in which arms run off, give their value after the horizon and nothing else
        self.months = months_of(arms)
        self.kept: Arrays = {}
        self.samples: dict[str, list[np.ndarray]] = {}
        self.posts = np.zeros(0)
        self.moments = Moments(plan.replicates) if record == "moments" else None
        self.local = threading.local()
        self.lock = threading.Lock()
        self.capacity = np.zeros(0, np.int64)
        self.threads = 1
        self.stop = np.zeros(1, np.int64)

    # -- running ---------------------------------------------------------------------------------------------------

    def run(self, threads: int, progress: Progress) -> None:
        """Simulate all paths; results are taken in order, so moments add up in order."""
        total = self.shape.paths()
        done = 0
        pending: deque[tuple[int, int, int, Future[Arrays]]] = deque()
        pool = ThreadPoolExecutor(threads, thread_name_prefix="churnsim")
        try:
            for unit in self._units(threads):
                pending.append((unit.draw, unit.first, unit.last, pool.submit(self._simulate, unit)))
                while len(pending) > 2 * threads:
                    done += self._take(*pending.popleft())
                    progress(done, total)
            while pending:
                done += self._take(*pending.popleft())
                progress(done, total)
        except BaseException:
            # the kernel looks at the flag each month; a thread that still compiles is not waited for
            self.stop[0] = 1
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()

    def _units(self, threads: int) -> Iterator[_Unit]:
        """Units of work, in order."""
        draws, replicates = self.shape["draws"], self.shape["replicates"]
        batch, start = 1, 0
        while start < draws:
            numbers = np.arange(start, min(start + batch, draws))
            compiled = build_tables(self.arms, self.book, self.seed, numbers, self.name, self.design.levels)
            if start == 0:
                accounts = self._prepare(compiled, threads)
                batch = max(1, int(TABLE_BYTES / _bytes(compiled)))
            for path, samples in compiled.samples.items():
                self.samples.setdefault(path, []).append(samples)
            tables = Bundled(compiled.tables)
            per_replicate = self.shape["arms"] * self.months * max(accounts, 100)
            size = max(1, min(replicates, UNIT // per_replicate))
            for d, draw in enumerate(numbers):
                for first in range(0, replicates, size):
                    yield _Unit(compiled, tables, d, int(draw), first, min(first + size, replicates))
            start += len(numbers)

    def _prepare(self, compiled: Compiled, threads: int) -> int:
        """Make room for the book and the expected newcomers; return the number of accounts."""
        tables = compiled.tables
        self.posts = tables.posts
        self.capacity = workspace.room(tables)
        self.threads = threads
        self._check_memory(tables)
        return int(self.capacity.sum())

    def _check_memory(self, tables: Any) -> None:
        """Refuse to hold more accounts than the memory can, before a path starts and whenever one has outgrown it."""
        per_thread = workspace.size(int(self.capacity.sum()), tables)
        memory.check(self.shape, self.record, working=self.threads * per_thread)

    def _workspace(self, tables: Any, grow: bool) -> Bundled:
        with self.lock:
            mine: np.ndarray | None = getattr(self.local, "capacity", None)
            if grow and mine is not None and np.array_equal(mine, self.capacity):
                self.capacity = workspace.more(self.capacity)
                self._check_memory(tables)
            capacity = self.capacity
        if mine is None or not np.array_equal(mine, capacity):
            self.local.work = Bundled(workspace.allocate(capacity, tables))
            self.local.capacity = capacity
        work: Bundled = self.local.work
        return work

    def _simulate(self, unit: _Unit) -> Arrays:
        """Simulate one unit, in a worker thread."""
        shape = self.shape
        paths = (unit.last - unit.first, shape["arms"])
        grow = False
        while not self.stop[0]:
            books = Ledgers.zeros(
                paths, self.months, shape["segments"], shape["causes"], shape["teams"], shape["playbooks"]
            )
            status = np.zeros((*paths, 2), np.int64)
            work = self._workspace(unit.compiled.tables, grow)
            luck, replicates = self.design.luck_of(unit.draw), self.design.numbers(unit.first, unit.last)
            kernel()(unit.tables, work, self.seed, unit.d, luck, replicates, *books, status, self.stop)
            grow = bool((status[..., 0] == NO_ROOM).any())
            if not grow and not (status[..., 0] == STOPPED).any():
                self._check(status, unit.draw, unit.first)
                return self._reduce(books, unit.compiled.money, unit.d)
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
        horizon = self.shape["months"]
        within = books.until(horizon)
        # what overflows is found and named below
        with np.errstate(over="ignore", invalid="ignore"):
            out = summarise(within, money, d)
            ways = [scenario.money.after_horizon for scenario in self.arms.values()]
            out["value_after_horizon"] = value_after_horizon(books, money, d, horizon, ways)
            out["salaries_after_horizon"] = salaries_after_horizon(books, money, d, horizon, ways)
        for name, what in (("contribution_by_month", "money"), ("value_after_horizon", "value after the horizon")):
            bad = np.argwhere(~np.isfinite(out[name]))
            if len(bad):
                _, a, *month = bad[0]
                where = f" in month {month[0] + 1}" if month else ""
                raise SimulationError(f"the {what} of arm {list(self.arms)[a]!r} is not finite{where}")
        if self.record == "paths":
            out |= path_series(within, money, d)
        elif self.record == "full":
            out |= monthly(within, money, d)
        elif self.record == "moments":
            out |= {f"moments of {name}": values for name, values in monthly(within, money, d).items()}
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

    def pooled(self) -> Arrays:
        """What was pooled over paths."""
        return self.moments.result() if self.moments else {}

    def inputs(self) -> Arrays:
        """Samples (D,) of what is not known, by dotted path."""
        return {path: np.concatenate(samples) for path, samples in self.samples.items()}


def _bytes(compiled: Compiled) -> int:
    arrays = [part for part in compiled.tables if isinstance(part, np.ndarray)] + list(compiled.tables.book)
    return sum(part.nbytes for part in arrays)

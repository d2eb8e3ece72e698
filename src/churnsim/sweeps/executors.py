"""Who simulates the points: this process, Dask workers on this machine, or those of a running scheduler.

Each gives a Report for every point that it is handed, in any order. Workers write what they simulate themselves, so
that this process stays small. A worker that is lost has its points done again by another one; a point that has taken
several workers with it is done again alone at the end, and given up when it takes several with it there as well.
"""

from __future__ import annotations

import itertools
import logging
import queue
import signal
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any, Protocol

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.sweeps.identity import code_digest
from churnsim.sweeps.unit import Check, Job, Report, SweepError, run_job, run_point

AHEAD = 4
"""Points handed out ahead of each thread of a worker, so that none waits for this process."""
ANSWER = 20.0
"""Seconds within which a scheduler must answer."""
LOOK = 0.2
"""Seconds between looks at what else happens while no point comes."""
COUNTED = 1.0
"""Seconds for which a count of the workers holds."""
ALONE = 60.0
"""Seconds without any worker after which those of this machine are given up, and others are asked for."""
KILLED = "took several workers with it, also when it ran alone: out of memory?"
LOST = "the Dask scheduler was lost: start it again"

_log = logging.getLogger(__name__)


class Executor(Protocol):
    """Does points of a job."""

    def __call__(self, job: Job, points: Iterable[int], run: str, check: Check) -> Generator[Report, None, None]:
        """Reports of the points as they come."""
        ...


def here(job: Job, points: Iterable[int], run: str, check: Check) -> Generator[Report, None, None]:
    """This process: one point after the other, each on all cores."""
    for point in points:
        yield run_job(job, point, run, threads=None, check=check)


class OnDask:
    """Workers of Dask: `client` is connected to their scheduler; `own` ones are processes of this machine."""

    def __init__(self, client: Any, own: bool) -> None:
        self.client, self.own = client, own
        self._threads, self._counted, self._seen = 0, -COUNTED, time.monotonic()

    def __call__(self, job: Job, points: Iterable[int], run: str, check: Check) -> Generator[Report, None, None]:
        """See `Executor`. Raises SweepError where the scheduler or the last worker is lost."""
        # a worker that dies also takes points with it that did it no harm, so those in question are done one by one
        suspects = []
        for point, report in self._done(job, points, run, check):
            if report is None:
                suspects.append(point)
            else:
                yield report
        for suspect in suspects:
            for point, report in self._done(job, [suspect], run, check):
                yield report or Report(point, "failed", KILLED)

    def _done(
        self, job: Job, points: Iterable[int], run: str, check: Check
    ) -> Generator[tuple[int, Report | None], None, None]:
        """Points with their reports, as they come; None for one that is given up because its workers died."""
        again: deque[int] = deque()
        waiting = itertools.chain(points)
        at_work: dict[Any, int] = {}
        came: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def hand_out() -> None:
            # where workers went away more is in hand than is wanted
            wanted = max(AHEAD * max(self._workers(), 1) - len(at_work), 0)
            new = [again.popleft() for _ in range(min(wanted, len(again)))]
            for point in itertools.chain(new, itertools.islice(waiting, wanted - len(new))):
                future = self.client.submit(run_point, job.store.where, point, run, code_digest(), pure=False)
                at_work[future] = point
                future.add_done_callback(came.put)

        try:
            with _told_when_lost():
                hand_out()
            while at_work:
                check()
                with suppress(queue.Empty):
                    future = came.get(timeout=LOOK)
                    point = at_work.pop(future)
                    with _told_when_lost():
                        report, lost = self._report(future, point)
                    future.release()
                    if lost:
                        again.append(point)
                    else:
                        yield point, report
                with _told_when_lost():
                    hand_out()
        finally:
            # a scheduler that was lost has nothing left to cancel, and says so in many ways
            if at_work and self.client.status == "running":
                with suppress(Exception):
                    self.client.cancel(list(at_work))

    def _report(self, future: Any, point: int) -> tuple[Report | None, bool]:
        """What became of a point, None where it was given up; and whether its worker was lost with the answer."""
        from distributed.scheduler import KilledWorker

        if future.status == "lost":
            return None, True
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                return None, False
            return Report(point, "stopped", str(error) or type(error).__name__), False
        try:
            return Report(*future.result()), False
        except KilledWorker:
            return None, False

    def _workers(self) -> int:
        """Threads of all workers, as they were a moment ago. Raises SweepError where this machine has none any more."""
        now = time.monotonic()
        if now - self._counted < COUNTED:
            return self._threads
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        self._threads, self._counted = int(sum(worker["nthreads"] for worker in workers)), now
        if self._threads:
            self._seen = now
        elif now - self._seen > ALONE:
            if self.own:
                raise SweepError("the workers of this machine ended and no new ones came up: out of memory?")
            _log.warning("No worker is connected to the Dask scheduler: the sweep waits until there is one.")
            self._seen = now
        return self._threads


@contextmanager
def _told_when_lost() -> Iterator[None]:
    """Say in a sentence that the scheduler is gone, whatever it was that noticed."""
    import asyncio
    import concurrent.futures

    from distributed.client import ClosedClientError

    try:
        yield
    except (OSError, concurrent.futures.CancelledError, asyncio.CancelledError, ClosedClientError) as error:
        raise SweepError(LOST) from error


@contextmanager
def executor(workers: int | None = None, dask: str | None = None) -> Iterator[Executor]:
    """The executor that was asked for.

    Raises InputError where a scheduler does not answer, SweepError where workers of this machine do not start.
    """
    if workers is not None and dask is not None:
        raise InputError("workers are started here, or a running scheduler has them: say one of workers and dask")
    if workers is None and dask is None:
        yield here
        return
    with needs("distributed", "dask"):
        from distributed import Client
    if workers is not None and workers < 1:
        raise InputError(f"needs at least 1 worker, found {workers}")
    with _quiet(), _cluster(workers) as address, _connected(Client, dask or address) as client:
        yield OnDask(client, own=dask is None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from writing what goes wrong with its processes: the sweep says what it means."""
    # several of its loggers have a level and a handler of their own
    logs = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


@contextmanager
def _cluster(workers: int | None) -> Iterator[Any]:
    """Processes of this machine, a thread each; None where there is a scheduler already."""
    if workers is None:
        yield None
        return
    from distributed import LocalCluster

    try:
        with _deaf_to_ctrl_c():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
    except (OSError, RuntimeError) as error:
        raise SweepError(
            f"{workers} worker{'s' * (workers > 1)} could not be started on this machine: {_roots(error)}; "
            "use fewer, or none (without --workers this process simulates on all cores)"
        ) from error
    try:
        yield cluster
    finally:
        # all that they wrote is whole; one that is being replaced just now may not close in time
        with suppress(Exception):
            cluster.close()


def _roots(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start processes that leave the key to this one, as a terminal sends it to all of them.

    Threads and processes inherit that from the thread that starts them, and so do the workers that Dask starts later.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # started with the first process, it would open the ears of the thread that starts it
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _connected(client: Any, address: Any) -> Iterator[Any]:
    try:
        made = client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers at {address}: {error}") from None
    try:
        yield made
    finally:
        with suppress(Exception):
            made.close()

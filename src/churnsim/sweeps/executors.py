"""Who simulates the points: this process, Dask workers on this machine, or those of a running scheduler.

Each gives a Report for every point that it is handed, in any order. Workers write what they simulate themselves, so
that this process stays small. A worker that is lost has its points done again by another one; a point that has taken
several workers with it is given up.
"""

from __future__ import annotations

import itertools
import logging
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from churnsim.decisions.inputs import InputError
from churnsim.sweeps.identity import code_digest
from churnsim.sweeps.libraries import needs
from churnsim.sweeps.unit import Job, Report, run_job, run_point

AHEAD = 4
"""Points handed out ahead of each thread of a worker, so that none waits for this process."""
ANSWER = 20.0
"""Seconds within which a scheduler must answer."""


class Executor(Protocol):
    """Does points of a job."""

    def __call__(self, job: Job, points: Iterable[int], run: str) -> Generator[Report, None, None]:
        """Reports of the points as they come."""
        ...


def here(job: Job, points: Iterable[int], run: str) -> Generator[Report, None, None]:
    """This process: one point after the other, each on all cores."""
    for point in points:
        yield run_job(job, point, run, threads=None)


class OnDask:
    """Workers of Dask: `client` is connected to their scheduler."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, job: Job, points: Iterable[int], run: str) -> Generator[Report, None, None]:
        """See `Executor`."""
        from distributed import as_completed

        waiting = iter(points)
        at_work: dict[Any, int] = {}

        def hand_out(count: int) -> list[Any]:
            new = {self._submit(job, point, run): point for point in itertools.islice(waiting, count)}
            at_work.update(new)
            return list(new)

        queue = as_completed(hand_out(AHEAD * max(self._threads(), 1)), loop=self.client.loop)
        try:
            for future in queue:
                yield self._report(future, at_work.pop(future))
                future.release()
                # fewer workers than before have more in hand than is wanted
                for new in hand_out(max(AHEAD * max(self._threads(), 1) - len(at_work), 0)):
                    queue.add(new)
        finally:
            # a scheduler that was lost has nothing left to cancel, and says so in many ways
            with suppress(Exception):
                self.client.cancel(list(at_work))

    def _submit(self, job: Job, point: int, run: str) -> Any:
        return self.client.submit(run_point, job.store.where, point, run, code_digest(), pure=False)

    def _threads(self) -> int:
        return int(sum(worker["nthreads"] for worker in self.client.scheduler_info(n_workers=-1)["workers"].values()))

    def _report(self, future: Any, point: int) -> Report:
        from distributed.scheduler import KilledWorker

        if future.status == "finished":
            return Report(*future.result())
        if future.status in ("cancelled", "lost"):
            return Report(point, "stopped", "the scheduler was lost")
        error = future.exception()
        if isinstance(error, KilledWorker):
            return Report(point, "failed", "took several workers with it: out of memory?")
        return Report(point, "stopped", str(error) or type(error).__name__)


@contextmanager
def executor(workers: int | None = None, dask: str | None = None) -> Iterator[Executor]:
    """The executor that was asked for. Raises InputError where a scheduler does not answer."""
    if workers is not None and dask is not None:
        raise InputError("workers are started here, or a running scheduler has them: say one of workers and dask")
    if workers is None and dask is None:
        yield here
        return
    with needs("distributed", "dask"):
        from distributed import Client
    if workers is not None and workers < 1:
        raise InputError(f"needs at least 1 worker, found {workers}")
    with _cluster(workers) as address, _connected(Client, dask or address) as client:
        yield OnDask(client)


@contextmanager
def _cluster(workers: int | None) -> Iterator[Any]:
    """Processes of this machine, a thread each; None where there is a scheduler already."""
    if workers is None:
        yield None
        return
    from distributed import LocalCluster

    with _deaf_to_ctrl_c():
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    with cluster:
        yield cluster


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start processes that leave the key to this one: a terminal sends it to all of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _connected(client: Any, address: Any) -> Iterator[Any]:
    try:
        made = client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers at {address}: {error}") from None
    with made:
        yield made

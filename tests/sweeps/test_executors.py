"""What executors do with workers that come, go and die, as Dask tells it; and a scheduler that is not there."""

from __future__ import annotations

import socket
import types
from collections.abc import Callable
from typing import Any

import pytest
from distributed.scheduler import KilledWorker

from churnsim.decisions.inputs import InputError
from churnsim.sweeps import executors
from churnsim.sweeps.executors import KILLED, OnDask, executor
from churnsim.sweeps.unit import Report, SweepError, go_on

JOB: Any = types.SimpleNamespace(store=types.SimpleNamespace(where="store.zarr"))


class Future:
    """A future of a point that has ended in one of the ways that Dask knows."""

    def __init__(self, point: int, status: str, error: Exception | None = None) -> None:
        self.point, self.status, self.error = point, status, error

    def add_done_callback(self, call: Callable[[Future], None]) -> None:
        call(self)

    def exception(self) -> Exception | None:
        return self.error

    def result(self) -> tuple[int, str, str]:
        if self.error is not None:
            raise self.error
        return self.point, "done", ""

    def release(self) -> None: ...


class Client:
    """A client of a scheduler whose workers have so many threads, one count after the other, and the last one on."""

    status = "running"

    def __init__(self, threads: list[int], ends: Callable[[int, int], Future]) -> None:
        self.threads, self.ends = threads, ends
        self.submitted: list[int] = []

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        threads = self.threads.pop(0) if len(self.threads) > 1 else self.threads[0]
        return {"workers": {str(i): {"nthreads": 1} for i in range(threads)}}

    def submit(self, function: object, where: str, point: int, *args: object, pure: bool) -> Future:
        self.submitted.append(point)
        return self.ends(point, self.submitted.count(point))

    def cancel(self, futures: list[Future]) -> None: ...


@pytest.fixture(autouse=True)
def always_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "COUNTED", 0.0)
    monkeypatch.setattr(executors, "LOOK", 0.01)


def finished(point: int, time: int) -> Future:
    return Future(point, "finished")


def reports(client: Client, points: int, own: bool = True) -> list[Report]:
    return list(OnDask(client, own)(JOB, range(points), "run", go_on))


def test_fewer_workers_than_before_are_handed_nothing_more() -> None:
    """With eight threads 32 points are in hand, which are more than one thread is given."""
    client = Client([8, 1, 0, 0, 1], finished)
    found = []
    for number, report in enumerate(OnDask(client, True)(JOB, range(100), "run", go_on)):
        found.append(report)
        assert len(client.submitted) == min(max(32, number + executors.AHEAD), 100)
    assert sorted(found) == [Report(point, "done") for point in range(100)]
    assert client.submitted == list(range(100))


def test_an_answer_that_is_lost_with_its_worker_is_asked_for_again() -> None:
    client = Client([2], lambda point, time: Future(point, "lost" if time <= point % 3 else "finished"))
    assert sorted(reports(client, 20)) == [Report(point, "done") for point in range(20)]
    assert [client.submitted.count(point) for point in range(20)] == [1 + point % 3 for point in range(20)]


def killed(point: int) -> Exception:
    return KilledWorker(f"point-{point}", None, 3)


def test_points_whose_workers_died_are_done_again_alone_and_then_given_up() -> None:
    """Point 3 kills its workers; 4 and 5 were in the same one, the answer of 5 on its way."""

    def ends(point: int, time: int) -> Future:
        if point == 3 or (point == 4 and time == 1):
            return Future(point, "error", killed(point))
        return Future(point, "finished", killed(point) if point == 5 and time == 1 else None)

    client = Client([2], ends)
    found = reports(client, 10)
    assert sorted(found) == [Report(p, "failed", KILLED) if p == 3 else Report(p, "done") for p in range(10)]
    assert client.submitted == [*range(10), 3, 4, 5]


def test_a_worker_that_cannot_take_a_point_stops_the_sweep() -> None:
    client = Client([1], lambda point, time: Future(point, "error", ModuleNotFoundError("No module named 'churnsim'")))
    assert reports(client, 1) == [Report(0, "stopped", "No module named 'churnsim'")]


@pytest.mark.parametrize("error", [ConnectionError("refused"), TimeoutError()])
def test_a_scheduler_that_is_lost_is_told(error: Exception) -> None:
    client = Client([1], lambda point, time: Future(point, "finished", error))
    with pytest.raises(SweepError, match="the Dask scheduler was lost: start it again"):
        reports(client, 3)


def test_no_worker_left(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """On this machine there will be none; on a cluster one may come."""
    monkeypatch.setattr(executors, "ALONE", 0.05)

    class Silent(Future):
        def add_done_callback(self, call: Callable[[Future], None]) -> None:
            waiting.append(lambda: call(self))

    waiting: list[Callable[[], None]] = []
    with pytest.raises(SweepError, match="the workers of this machine ended and no new ones came up"):
        reports(Client([0], lambda point, time: Silent(point, "finished")), 3)
    waiting.clear()

    def answered_once_told() -> None:
        while caplog.messages and waiting:
            waiting.pop()()

    found = OnDask(Client([0], lambda p, t: Silent(p, "finished")), False)(JOB, range(3), "run", answered_once_told)
    assert sorted(found) == [Report(point, "done") for point in range(3)]
    assert caplog.messages[0] == "No worker is connected to the Dask scheduler: the sweep waits until there is one."


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "ANSWER", 1.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"), executor(dask=address):
        pass
    with pytest.raises(InputError, match="say one"), executor(workers=1, dask=address):
        pass
    with pytest.raises(InputError, match="at least 1 worker"), executor(workers=0):
        pass

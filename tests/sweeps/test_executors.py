"""The same bytes from Dask, and a scheduler that is not there or goes away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import churnsim as cs
from churnsim.decisions.inputs import InputError
from churnsim.sweeps.executors import executor
from churnsim.sweeps.plan import read_plan
from churnsim.sweeps.store import open_sweep
from churnsim.sweeps.sweep import SweepError, run_sweep
from tests.sweeps.small import PLAN, chunks, environment, run, write

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
TEXT = PLAN.replace("[1.0, 1.2, 1.5]", str([1.0 + i / 100 for i in range(20)]))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def cluster(folder: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and a worker, each a process of its own, as on a real cluster."""
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment(), "cwd": folder}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    scheduler = subprocess.Popen([*command, "--no-dashboard"], **quiet)  # type: ignore[call-overload]
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "2", "--no-dashboard"]
    worker = subprocess.Popen([*command, "--no-nanny"], **quiet)  # type: ignore[call-overload]
    try:
        yield address, scheduler
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()


def test_workers_of_this_machine_give_the_same_bytes(tmp_path: Path) -> None:
    plan = write(tmp_path)
    cs.sweep(plan, tmp_path / "here.zarr")
    done = run(tmp_path, "--workers", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert chunks(tmp_path / "store.zarr") == chunks(tmp_path / "here.zarr")


def test_a_running_scheduler_and_its_loss(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, TEXT))
    run_sweep(plan, tmp_path / "here.zarr")
    with cluster(tmp_path, free_port()) as (address, scheduler):
        run_sweep(plan, tmp_path / "store.zarr", dask=address)
        assert chunks(tmp_path / "store.zarr") == chunks(tmp_path / "here.zarr")
        shutil.rmtree(tmp_path / "store.zarr")

        def lose(done: int, total: int) -> None:
            if done == 10:
                scheduler.kill()

        start = time.monotonic()
        with pytest.raises(SweepError, match="goes on from here"):
            run_sweep(plan, tmp_path / "store.zarr", dask=address, progress=lose)
        assert time.monotonic() - start < 100.0
    there = int((open_sweep(tmp_path / "store.zarr")["seal"] != 0).any("byte").sum())
    assert 10 <= there < 40
    tally = run_sweep(plan, tmp_path / "store.zarr")
    assert tally.found >= there
    assert chunks(tmp_path / "store.zarr") == chunks(tmp_path / "here.zarr")


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("churnsim.sweeps.executors.ANSWER", 1.0)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"), executor(dask=address):
        pass
    with pytest.raises(InputError, match="say one"), executor(workers=1, dask=address):
        pass
    with pytest.raises(InputError, match="at least 1 worker"), executor(workers=0):
        pass

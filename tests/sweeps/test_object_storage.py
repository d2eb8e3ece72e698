"""Stores that are no folder: S3 as a local server plays it, and the memory of fsspec."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
import s3fs
from moto.server import ThreadedMotoServer

import churnsim as cs
from churnsim.sweeps import lock
from churnsim.sweeps.lock import locked
from churnsim.sweeps.plan import read_plan
from churnsim.sweeps.store import StoreError, open_sweep
from churnsim.sweeps.sweep import run_sweep
from tests.sweeps.small import PLAN, same, write

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket that is reached as on a cluster: by the settings of the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setattr(lock, "SETTLE", 0.01)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = fsspec.filesystem("s3")
    if fs.exists("sweeps"):
        fs.rm("sweeps", recursive=True)
    fs.mkdir("sweeps")
    return "s3://sweeps/churn/store.zarr"


def test_object_storage_holds_the_same_sweep(bucket: str, tmp_path: Path) -> None:
    plan = write(tmp_path)
    here = cs.sweep(plan, tmp_path / "store.zarr")

    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise Enough

    with pytest.raises(Enough):
        cs.sweep(plan, bucket, progress=stop)
    assert int((open_sweep(bucket)["seal"] != 0).any("byte").sum()) == 3
    tally = run_sweep(read_plan(plan), bucket)
    assert (tally.found, tally.simulated) == (3, 3)
    assert same(open_sweep(bucket), here)
    fs = fsspec.filesystem("s3")
    assert lock.LOCK not in [name.rsplit("/", 1)[-1] for name in fs.ls("sweeps/churn/store.zarr", refresh=True)]
    # damage is found there too
    fs.pipe_file("sweeps/churn/store.zarr/outcome/c/1/0/0/0/0/0", b"short")
    tally = run_sweep(read_plan(plan), bucket)
    assert (tally.found, tally.damaged, tally.simulated) == (5, 1, 1)
    assert same(open_sweep(bucket), here)
    # and what changed is taken away, not left under a new label
    write(tmp_path, PLAN.replace("11_000.0", "12_000.0"))
    assert run_sweep(read_plan(plan), bucket).changed == 3


def test_a_lock_with_a_heartbeat(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "BEAT", 0.05)
    monkeypatch.setattr(lock, "STALE", 0.5)
    with locked(bucket) as run:
        time.sleep(0.8)
        with pytest.raises(StoreError, match="another sweep is writing"), locked(bucket):
            pass
        assert lock.holder(bucket) == run
    assert lock.holder(bucket) is None
    # one whose owner is gone is free after a while
    fs, path = lock.file_system(f"{bucket}/{lock.LOCK}")
    fs.pipe_file(path, lock._content("gone"))
    with pytest.raises(StoreError), locked(bucket):
        pass
    time.sleep(0.6)
    with locked(bucket) as run:
        assert lock.holder(bucket) == run


def test_of_two_that_break_a_stale_lock_one_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "SETTLE", 0.3)
    both, outcomes = threading.Barrier(2), []

    def take() -> None:
        both.wait()
        try:
            with locked("memory://stale.zarr") as run:
                outcomes.append(run)
                time.sleep(1.0)
        except StoreError:
            outcomes.append(None)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(run is not None for run in outcomes) == 1


def test_a_store_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "SETTLE", 0.0)
    plan = write(tmp_path)
    assert same(cs.sweep(plan, "memory://store.zarr"), cs.sweep(plan, tmp_path / "store.zarr"))
    assert run_sweep(read_plan(plan), "memory://store.zarr").found == 6

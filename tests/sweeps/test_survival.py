"""What a sweep survives: being stopped between any two writes, full disks, damage, killed processes, another sweep."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr.storage

from churnsim.sweeps import identity, lock, store
from churnsim.sweeps.lock import locked
from churnsim.sweeps.plan import read_plan
from churnsim.sweeps.store import StoreError, open_sweep
from churnsim.sweeps.sweep import SweepError, Tally, run_sweep
from tests.sweeps.small import (
    FEW,
    SWEEP,
    check_equal,
    check_nothing_is_wrong,
    chunks,
    environment,
    run,
    undisturbed,
    write,
)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return undisturbed(tmp_path_factory.mktemp("few"), FEW)


def again(folder: Path) -> Tally:
    return run_sweep(read_plan(folder / "plans.toml"), folder / "store.zarr")


class Stop(BaseException):
    """A process that ends, as far as its store is concerned."""


def no_space() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("fault", "step"), [(Stop, 1), (no_space, 5)])
def test_stopped_at_any_write(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[], BaseException], step: int
) -> None:
    """Whichever write or removal is the last one that gets through, the sweep goes on from there to the same end."""
    right = open_sweep(few / "store.zarr").load()
    write(tmp_path, FEW)
    left, told = 0, set()
    originals = {name: getattr(zarr.storage.LocalStore, name) for name in ("set", "delete", "set_if_not_exists")}

    def faulty(name: str) -> Callable[..., object]:
        async def call(self: object, *args: object, **kwargs: object) -> object:
            nonlocal left
            if left == 0:
                raise fault()
            left -= 1
            return await originals[name](self, *args, **kwargs)

        return call

    for last in range(0, 200, step):
        shutil.rmtree(tmp_path / "store.zarr", ignore_errors=True)
        left = last
        with monkeypatch.context() as patched:
            for name in originals:
                patched.setattr(zarr.storage.LocalStore, name, faulty(name))
            try:
                again(tmp_path)
            except Stop:
                pass
            except SweepError as error:
                told.add("No space left" in str(error))
            else:
                break
        check_nothing_is_wrong(tmp_path, right)
        again(tmp_path)
        check_equal(tmp_path, few)
    assert 15 < last < 199, "writes of a sweep"
    assert False not in told


def test_a_disk_that_fills_up_in_the_middle_of_a_chunk(few: Path, tmp_path: Path) -> None:
    """The operating system cuts every file at a length that a chunk does not fit into."""
    text = FEW.replace("draws = 3", "draws = 500")
    undisturbed(tmp_path, text)
    right = (tmp_path / "store.zarr").rename(tmp_path / "right.zarr")
    assert max(map(len, chunks(right).values())) > 30_000

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, resource.RLIM_INFINITY))

    done = subprocess.run(
        SWEEP, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300, preexec_fn=small_files
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "the same command goes on from here" in done.stderr
    assert "Traceback" not in done.stderr
    assert open_sweep(tmp_path / "store.zarr")["outcome"].isnull().all()
    assert again(tmp_path).simulated == 2
    assert chunks(tmp_path / "store.zarr") == chunks(right)


def damaged_copies(right: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Copies of a store, in each of which one file of one point is damaged in another way."""
    bites: dict[str, Callable[[bytes], bytes]] = {
        "cut short": lambda b: b[: len(b) // 2],
        "empty": lambda b: b"",
        "a bit": lambda b: b[:9] + bytes([b[9] ^ 1]) + b[10:],
        "zeros": lambda b: bytes(len(b)),
    }
    for place in ("outcome/c/1/0/0/0/0/0", "seal/c/1/0/0"):
        for how, bite in bites.items():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(right, folder)
            file = folder / "store.zarr" / place
            file.write_bytes(bite(file.read_bytes()))
            yield f"{place} {how}", folder


def test_damage_is_found_and_mended(few: Path, tmp_path: Path) -> None:
    for name, folder in damaged_copies(few, tmp_path / "copy"):
        tally = again(folder)
        assert (tally.found, tally.simulated) == (1, 1), name
        check_equal(folder, few)


def test_numbers_of_another_point_are_found(few: Path, tmp_path: Path) -> None:
    """A chunk with a right checksum in the wrong place."""
    folder = tmp_path / "copy"
    shutil.copytree(few, folder)
    parts = folder / "store.zarr" / "outcome" / "c"
    shutil.copy(parts / "0/0/0/0/0/0", parts / "1/0/0/0/0/0")
    tally = again(folder)
    assert (tally.found, tally.damaged, tally.simulated) == (1, 1, 1)
    check_equal(folder, few)


def test_points_of_another_version_are_done_again(few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(few, folder)
    for module in ("identity", "unit", "store", "executors"):
        monkeypatch.setattr(f"churnsim.sweeps.{module}.code_digest", lambda: "another")
    tally = again(folder)
    assert (tally.found, tally.changed, tally.simulated) == (0, 2, 2)
    assert open_sweep(folder / "store.zarr").attrs["code"] == "another"
    monkeypatch.undo()
    assert again(folder).changed == 2
    check_equal(folder, few)


def test_the_digest_of_the_code_sees_every_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = Path(identity.__file__).parents[1]
    copy = tmp_path / "churnsim"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(identity, "__file__", str(copy / "sweeps" / "identity.py"))
    seen = {identity.code_digest.__wrapped__()}
    assert seen == {identity.code_digest()}
    for source in ("engine/month.py", "compile/tables.py", "metrics/money.py", "decisions/headcount.py"):
        with (copy / source).open("a") as file:
            file.write("\n")
        seen.add(identity.code_digest.__wrapped__())
    assert len(seen) == 5


def test_a_store_of_another_layout_or_of_others_is_refused(few: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(few, folder)
    root = folder / "store.zarr" / "zarr.json"
    entry = json.loads(root.read_text())
    entry["attributes"][store.MARK] = 2
    root.write_text(json.dumps(entry))
    before = chunks(folder / "store.zarr")
    with pytest.raises(StoreError, match="in layout 2, this version knows layout 1"):
        again(folder)
    assert chunks(folder / "store.zarr") == before
    shutil.rmtree(folder / "store.zarr")
    (folder / "store.zarr").mkdir()
    (folder / "store.zarr" / "letters.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds no sweep"):
        again(folder)
    assert (folder / "store.zarr" / "letters.txt").read_text() == "mine"
    shutil.rmtree(folder / "store.zarr")
    xr.Dataset({"x": ("y", np.arange(3))}).to_zarr(folder / "store.zarr", consolidated=False)
    with pytest.raises(StoreError, match="holds no sweep of churnsim"):
        again(folder)


def test_the_second_of_two_sweeps_on_a_store_is_refused(few: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(few, folder)
    with locked(str(folder / "store.zarr")):
        with pytest.raises(StoreError, match=f"another sweep is writing .*process {os.getpid()} on"):
            again(folder)
        done = run(folder)
        assert done.returncode == 2
        assert "another sweep is writing" in done.stderr
    assert again(folder).found == 2


def test_what_a_run_left_behind_writes_nothing_into_the_next(few: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(few, folder)
    where = str(folder / "store.zarr")
    from churnsim.sweeps.unit import run_point

    before = chunks(folder / "store.zarr")
    with locked(where):
        report = run_point(where, 0, "the run before", identity.code_digest())
        assert (report.status, report.error) == ("stopped", "another sweep has taken over the store")
        report = run_point(where, 0, "the run before", "another version")
        assert (report.status, "another version" in report.error) == ("stopped", True)
    assert chunks(folder / "store.zarr") == before
    assert lock.holder(where) != "the run before"

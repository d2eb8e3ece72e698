"""Ctrl-C ends a sweep at any moment with one line and exit code 1, and leaves a store that goes on."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from churnsim.sweeps.lock import holder, locked
from tests.sweeps.commands import Forked, command, run
from tests.sweeps.small import MANY, PLAN, check_equal, sealed, undisturbed, write

LINE = "Stopped; nothing that is stored is lost, the same command goes on from here.\n"
LONG = MANY.replace("draws = 20", "draws = 60")
POINTS = 24
SOON = 8.0
"""Seconds; half of them are for a busy machine."""


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return undisturbed(tmp_path_factory.mktemp("right"), LONG)


def until(sweep: Forked, seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120.0
    while not seen() and sweep.running and time.monotonic() < deadline:
        time.sleep(0.002)


def begun(folder: Path) -> Callable[[], bool]:
    """Whether a sweep that starts after this has taken its store."""
    before = holder(str(folder / "store.zarr"))
    return lambda: holder(str(folder / "store.zarr")) != before


def check_stopped(sweep: Forked, line: str = LINE) -> None:
    sweep.press_ctrl_c()
    begin = time.monotonic()
    assert (sweep.wait(), *sweep.told) == (1, "", line)
    assert time.monotonic() - begin < SOON


def stopped_and_gone_on(right: Path, folder: Path, presses: int, seed: int, *options: str) -> None:
    chance = random.Random(seed)
    write(folder, LONG)
    for _ in range(presses):
        if sealed(folder) > POINTS - 8:
            shutil.rmtree(folder / "store.zarr")
        moment, at_work = sealed(folder) + chance.randint(0, 4), begun(folder)
        with command(folder, *options) as sweep:
            until(sweep, at_work)
            until(sweep, lambda moment=moment: sealed(folder) >= moment)
            time.sleep(chance.uniform(0.0, 0.05))
            assert sealed(folder) < POINTS, "too quick for this test"
            check_stopped(sweep)
    assert run(folder, *options)[::2] == (0, "")
    check_equal(folder, right)


def test_in_this_process(right: Path, tmp_path: Path) -> None:
    stopped_and_gone_on(right, tmp_path, 3, 1)


def test_with_workers(right: Path, tmp_path: Path) -> None:
    stopped_and_gone_on(right, tmp_path, 1, 2, "--workers", "1")


@pytest.mark.slow
@pytest.mark.parametrize(("options", "presses"), [((), 60), (("--workers", "2"), 15)])
def test_many_times(right: Path, tmp_path: Path, options: tuple[str, ...], presses: int) -> None:
    stopped_and_gone_on(right, tmp_path, presses, 3, *options)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_within_the_first_point(tmp_path: Path, seconds: float) -> None:
    """One that takes minutes: what is left is a store with nothing in it, which is free."""
    write(tmp_path, PLAN.replace("draws = 3", "draws = 2000").replace("replicates = 2", "replicates = 50"))
    at_work = begun(tmp_path)
    with command(tmp_path) as sweep:
        until(sweep, at_work)
        time.sleep(seconds)
        check_stopped(sweep)
    assert sealed(tmp_path) == 0
    with locked(str(tmp_path / "store.zarr")):
        pass


def test_within_the_pilot_of_a_dry_run(tmp_path: Path) -> None:
    write(tmp_path, PLAN.replace("replicates = 2", "replicates = 50_000"))
    with command(tmp_path, "--dry-run") as sweep:
        until(sweep, (tmp_path / "told.err").exists)
        time.sleep(1.5)
        check_stopped(sweep, "Stopped; no file is left half-written.\n")
    assert not (tmp_path / "store.zarr").exists()

"""Sweeps whose processes are killed at random moments, and that go on to the same end, byte for byte."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from churnsim.sweeps.store import open_sweep
from tests.sweeps.commands import Forked, cluster, command, run
from tests.sweeps.small import FEW, MANY, check_equal, check_nothing_is_wrong, chunks, sealed, undisturbed, write

POINTS = 24
GOES_ON = "nothing that is stored is lost, the same command goes on from here"
LOST = f"the Dask scheduler was lost: start it again; {GOES_ON}\n"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return undisturbed(tmp_path_factory.mktemp("many"), MANY)


def wait_for_a_moment(sweep: Forked, chance: random.Random, least: int = 0) -> None:
    """A random moment of the work: some points on from here."""
    moment = sealed(sweep.folder) + chance.randint(least, 8)
    deadline = time.monotonic() + 120.0
    while sealed(sweep.folder) < moment and sweep.running and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(chance.uniform(0.0, 0.1))


def workers_of(sweep: Forked) -> list[psutil.Process]:
    try:
        children = psutil.Process(sweep.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


def killed_and_resumed(right: Path, folder: Path, kills: int, seed: int, *options: str) -> None:
    """Kill the main process again and again; a sweep that came to its end is begun anew."""
    chance = random.Random(seed)
    write(folder, MANY)
    values = open_sweep(right / "store.zarr").load()
    for _ in range(kills):
        with command(folder, *options) as sweep:
            wait_for_a_moment(sweep, chance)
            sweep.kill()
            assert sweep.wait() in (0, -signal.SIGKILL), sweep.told
        check_nothing_is_wrong(folder, values)
        if sealed(folder) == POINTS:
            shutil.rmtree(folder / "store.zarr")
    assert run(folder, *options)[::2] == (0, "")
    check_equal(folder, right)


def workers_killed(right: Path, folder: Path, rounds: int, seed: int, kills: int = 1) -> None:
    """Kill workers of sweeps, which each time end as if nothing had been."""
    chance = random.Random(seed)
    write(folder, MANY)
    for number in range(rounds):
        with command(folder, "--workers", "2") as sweep:
            for _ in range(kills):
                wait_for_a_moment(sweep, chance, least=1)
                for worker in chance.sample(found := workers_of(sweep), min(1, len(found))):
                    worker.kill()
            assert (sweep.wait(), sweep.told[1]) == (0, ""), (number, sweep.told)
        check_equal(folder, right)
        shutil.rmtree(folder / "store.zarr")


def schedulers_killed(right: Path, folder: Path, kills: int, seed: int, least: int = 0) -> None:
    """Kill the schedulers of a cluster one after the other; the sweep each time says so, and ends."""
    chance = random.Random(seed)
    write(folder, MANY)
    values = open_sweep(right / "store.zarr").load()
    lost = 0
    for number in range(kills):
        with cluster(folder) as (address, scheduler), command(folder, "--dask", address) as sweep:
            wait_for_a_moment(sweep, chance, least)
            scheduler.kill()
            code = sweep.wait(60.0)
            out, err = sweep.told
        if code == 2:
            assert err.startswith(f"no Dask scheduler answers at {address}"), (number, err)
        elif code == 1:
            assert (out, err) == ("", LOST), number
            lost += 1
        else:
            assert code == 0, (number, err)
        check_nothing_is_wrong(folder, values)
        if sealed(folder) == POINTS:
            shutil.rmtree(folder / "store.zarr")
    assert lost >= kills // 2
    with cluster(folder) as (address, scheduler):
        assert run(folder, "--dask", address)[::2] == (0, "")
    check_equal(folder, right)


def test_the_main_process_is_killed(many: Path, tmp_path: Path) -> None:
    killed_and_resumed(many, tmp_path, 5, 1)


def test_a_killed_worker_costs_its_points_only(many: Path, tmp_path: Path) -> None:
    workers_killed(many, tmp_path, 1, 2)


def test_the_scheduler_is_killed(many: Path, tmp_path: Path) -> None:
    schedulers_killed(many, tmp_path, 2, 1, least=1)


def test_a_point_that_kills_its_workers_is_given_up(tmp_path: Path) -> None:
    """Three workers, two points, one of which ends its process each time: the other one is done."""
    undisturbed(tmp_path, FEW)
    right = chunks((tmp_path / "store.zarr").rename(tmp_path / "right.zarr"))
    deadly = """
import os
from churnsim.sweeps import unit
from churnsim.sweeps.unit import simulated as real
def simulated(plan, book, point, real=real, **how):
    return os._exit(1) if point == 0 else real(plan, book, point, **how)
if real.__module__ == unit.__name__:
    unit.simulated = simulated
"""
    (tmp_path / "deadly.py").write_text(deadly, encoding="utf-8")
    config = {"distributed.worker.preload": [str(tmp_path / "deadly.py")], "distributed.scheduler.allowed-failures": 0}
    with command(tmp_path, "--workers", "3", config=config) as sweep:
        assert sweep.wait() == 1
        out, err = sweep.told
    assert err == ""
    assert "store.zarr: 1 of 2 points, 1 simulated now.\n1 failed:\n" in out
    assert "price 9000: took several workers with it, also when it ran alone: out of memory?" in out
    there = chunks(tmp_path / "store.zarr")
    assert there == {place: data for place, data in right.items() if "/c/1/" in place}
    assert list(open_sweep(tmp_path / "store.zarr").attrs["failed"]) == ["0,0"]
    # once it is harmless, it is done like any other
    assert run(tmp_path)[::2] == (0, "")
    assert chunks(tmp_path / "store.zarr") == right


def test_workers_that_do_not_start_are_told(tmp_path: Path) -> None:
    write(tmp_path, FEW)
    (tmp_path / "deadly.py").write_text("import os; os._exit(1)", encoding="utf-8")
    with command(tmp_path, "--workers", "2", config={"distributed.worker.preload": [str(tmp_path / "deadly.py")]}) as s:
        assert s.wait() == 1
        out, err = s.told
    assert out == ""
    assert err.startswith("2 workers could not be started on this machine: ")
    assert f"use fewer, or none (without --workers this process simulates on all cores); {GOES_ON}\n" in err
    assert err.count("\n") == 1
    assert run(tmp_path)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_the_main_process_is_killed_many_times(many: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    killed_and_resumed(many, tmp_path, 15 if options else 60, 3, *options)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [1, 3])
def test_workers_are_killed_many_times(many: Path, tmp_path: Path, kills: int) -> None:
    workers_killed(many, tmp_path, 15, 3, kills)


@pytest.mark.slow
def test_the_scheduler_is_killed_many_times(many: Path, tmp_path: Path) -> None:
    schedulers_killed(many, tmp_path, 25, 3)

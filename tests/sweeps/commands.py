"""The command sweep, and Dask, in processes that are killed: forked from one that has loaded everything already."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.sweeps.small import environment

SWEEP = ("sweep", "plans.toml", "-o", "store.zarr")


class Forked:
    """A command in a group of its own, which writes into files of its folder."""

    def __init__(self, name: str, folder: Path, target: Callable[..., None], *args: object) -> None:
        self.name, self.folder = name, folder
        self.process: ForkServerProcess = _server().Process(target=_in_group, args=(name, folder, target, args))
        self.process.start()
        assert self.process.pid is not None
        self.pid: int = self.process.pid

    @property
    def running(self) -> bool:
        return self.process.is_alive()

    def press_ctrl_c(self) -> None:
        """As a terminal does it: to all processes of the group."""
        os.killpg(self.pid, signal.SIGINT)

    def wait(self, seconds: float = 300.0) -> int:
        """Exit code; what does not end in time fails the test."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"still running after {seconds:.0f} s: {self.told!r}"
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()

    @property
    def told(self) -> tuple[str, str]:
        """What it wrote so far on standard output and on standard error."""
        out, err = ((self.folder / f"{self.name}.{end}").read_text(encoding="utf-8") for end in ("out", "err"))
        return out, err


@contextmanager
def forked(name: str, folder: Path, target: Callable[..., None], *args: object) -> Iterator[Forked]:
    """Start a command, and leave nothing of it running."""
    started = Forked(name, folder, target, *args)
    try:
        yield started
    finally:
        started.kill()
        started.process.join()


@contextmanager
def command(folder: Path, *options: str, config: Mapping[str, Any] | None = None) -> Iterator[Forked]:
    """The command of the small plan with more options, under a configuration of Dask."""
    with forked("told", folder, _churnsim, (*SWEEP, *options), dict(config or {})) as started:
        yield started


def run(folder: Path, *options: str) -> tuple[int, str, str]:
    """The command to its end: exit code, standard output, standard error."""
    with command(folder, *options) as started:
        return started.wait(), *started.told


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, Forked]]:
    """A scheduler and a worker of two threads, each a process of its own, as on a real cluster; and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    worker = (address, "--nthreads", "2", "--no-nanny", "--no-dashboard")
    with (
        forked("scheduler", folder, _dask, "dask_scheduler", scheduler) as process,
        forked("worker", folder, _dask, "dask_worker", worker),
    ):
        yield address, process


def _server() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.sweeps.loaded"])
    before = dict(os.environ)
    os.environ.update(environment())
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return context


def _in_group(name: str, folder: Path, target: Callable[..., None], args: tuple[object, ...]) -> None:
    os.setsid()
    os.chdir(folder)
    for number, end in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{name}.{end}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC), number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    target(*args)


def _churnsim(arguments: tuple[str, ...], config: dict[str, Any]) -> None:
    import dask

    from churnsim.cli.app import main

    dask.config.set(config)
    sys.argv = ["churnsim", *arguments]
    main()


def _dask(name: str, arguments: tuple[str, ...]) -> None:
    from importlib import import_module

    import_module(f"distributed.cli.{name}").main(arguments)

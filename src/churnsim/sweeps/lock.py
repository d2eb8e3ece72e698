"""One sweep at a time on a store.

On a folder the lock is the operating system's (flock): it dies with the process. Elsewhere it is an object with a
heartbeat, and is free once that has stopped for STALE seconds. The lock holds a name of the run, and a worker writes a
point only while the lock holds the name of its run, so that what a killed run left behind writes nothing more.
"""

from __future__ import annotations

import json
import os
import pathlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from churnsim.sweeps.places import file_system, is_folder
from churnsim.sweeps.store import LOCK, StoreError

BEAT = 10.0
"""Seconds between heartbeats."""
STALE = 60.0
"""Seconds without a heartbeat after which a lock is free."""
SETTLE = 0.5
"""Seconds after which, of two that broke a stale lock at once, the one that wrote last has it."""


@contextmanager
def locked(where: str) -> Iterator[str]:
    """Hold the lock of a store; gives the name of the run. Raises StoreError where another sweep has it."""
    run = uuid.uuid4().hex
    with _folder_lock(where, run) if is_folder(where) else _object_lock(where, run):
        yield run


def holder(where: str) -> str | None:
    """Name of the run that has, or last had, the lock of a store."""
    return _read(where).get("run")


@contextmanager
def _folder_lock(where: str, run: str) -> Iterator[None]:
    import fcntl

    folder = pathlib.Path(where)
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(where) from None
        file.truncate(0)
        file.write(_content(run))
        file.flush()
        yield


@contextmanager
def _object_lock(where: str, run: str) -> Iterator[None]:
    fs, path = file_system(f"{where.rstrip('/')}/{LOCK}")
    found = _read(where)
    if found and time.time() - float(found.get("beat", 0.0)) < STALE:
        raise _taken(where)
    fs.pipe_file(path, _content(run))
    time.sleep(SETTLE)
    if holder(where) != run:
        raise _taken(where)
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            with suppress(OSError):
                if holder(where) != run:
                    return
                fs.pipe_file(path, _content(run))

    thread = threading.Thread(target=beat, name="churnsim-lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with suppress(OSError):
            if holder(where) == run:
                fs.rm_file(path)


def _content(run: str) -> bytes:
    owner = {"run": run, "host": socket.gethostname(), "pid": os.getpid(), "beat": time.time()}
    return json.dumps(owner).encode()


def _read(where: str) -> dict[str, Any]:
    fs, path = file_system(f"{where.rstrip('/')}/{LOCK}")
    try:
        found = json.loads(fs.cat_file(path))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _taken(where: str) -> StoreError:
    owner = _read(where)
    who = f"process {owner['pid']} on {owner['host']}" if {"pid", "host"} <= set(owner) else "another process"
    return StoreError(f"another sweep is writing {where}: {who}; wait for it, or give this one another store")

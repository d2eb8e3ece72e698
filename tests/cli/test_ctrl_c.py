"""Ctrl-C ends a command at once, with one line and exit code 1, and leaves no file half-written."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the key is another one there")

LINE = "Stopped; no file is left half-written."
RUN = [sys.executable, "-m", "churnsim", "run", "preset:midmarket"]
SOON = 5.0
"""Seconds; a busy machine needs some of them to take a process down."""

STOPPED_WHILE_A_WORKER_IS_BUSY = """
import concurrent.futures, sys, time
import typer
from churnsim.cli.failures import guarded

def command(as_json: bool = False) -> None:
    # a worker that nothing stops, as one that compiles
    concurrent.futures.ThreadPoolExecutor(1).submit(time.sleep, 60)
    raise KeyboardInterrupt

app = typer.Typer()
app.command()(guarded(command))
app()
"""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_worker_that_cannot_be_stopped_is_not_waited_for(as_json):
    args = [sys.executable, "-c", STOPPED_WHILE_A_WORKER_IS_BUSY, *(["--as-json"] if as_json else [])]
    done = subprocess.run(args, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (1, f"{LINE}\n")
    assert done.stdout == "" if not as_json else json.loads(done.stdout)["error"] == LINE


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux says so when the other end is closed
        return ""


def _until_under_way(terminal: int) -> None:
    """Read the progress bar until it can tell the time that remains, which takes finished paths."""
    told, deadline = "", time.monotonic() + 120.0
    while not re.search(r"\d:\d\d:\d\d", told):
        assert time.monotonic() < deadline, told[-500:]
        more = _read(terminal)
        assert more, told
        told += more


def _default_ctrl_c() -> None:
    # a shell may have started the tests with the signal ignored, which children inherit
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_run_is_stopped_in_its_middle(tmp_path):
    """A run of minutes under a terminal, stopped once its bar shows progress."""
    import pty

    warm = [*RUN, "--draws", "1", "--replicates", "1"]
    subprocess.run(warm, check=True, capture_output=True, timeout=300)
    (tmp_path / "out.nc").write_text("old")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*RUN, "--draws", "2000", "--replicates", "20", "-o", "out.nc"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=tmp_path,
        env=os.environ | {"TERM": "xterm"},
        preexec_fn=_default_ctrl_c,
    ) as run:
        watchdog = threading.Timer(120.0, run.kill)
        watchdog.start()
        os.close(theirs)
        _until_under_way(ours)
        run.send_signal(signal.SIGINT)
        begin = time.monotonic()
        told = "".join(iter(lambda: _read(ours), ""))
        assert run.wait() == 1
        assert time.monotonic() - begin < SOON
        watchdog.cancel()
        os.close(ours)
        assert LINE in told
        assert "Traceback" not in told
        assert run.stdout is not None
        assert run.stdout.read() == b""
    assert os.listdir(tmp_path) == ["out.nc"]
    assert (tmp_path / "out.nc").read_text() == "old"


def test_a_run_is_stopped_while_it_compiles(tmp_path):
    cache, folder = tmp_path / "cache", tmp_path / "folder"
    folder.mkdir()
    with subprocess.Popen(
        [*RUN, "-o", "out.nc"],
        stderr=subprocess.PIPE,
        cwd=folder,
        env=os.environ | {"CHURNSIM_CACHE_DIR": str(cache)},
        text=True,
        preexec_fn=_default_ctrl_c,
    ) as run:
        assert run.stderr is not None
        assert run.stderr.readline().startswith("Compiling the simulation core")
        time.sleep(4.0)  # into the compiler, which takes 20 s
        assert run.poll() is None
        run.send_signal(signal.SIGINT)
        begin = time.monotonic()
        assert run.wait(timeout=60) == 1
        assert time.monotonic() - begin < SOON
        assert run.stderr.read() == f"{LINE}\n"
    assert os.listdir(folder) == []
    assert not list(cache.rglob("*.nbc"))

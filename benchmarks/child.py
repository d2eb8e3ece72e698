"""Measurements that need a fresh process: started with this Python, each prints one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run_module(module: str, *args: str, cache: Path | None = None) -> dict[str, Any]:
    """What `python -m module args` prints; `cache` is the folder of its compiled kernels."""
    environment = dict(os.environ)
    if cache is not None:
        environment["CHURNSIM_CACHE_DIR"] = str(cache)
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def wall_time(*args: str) -> float:
    """Seconds from the start to the end of `python args`."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *args], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def peak_memory() -> int:
    """Bytes that this process held at most.

    Linux hands the peak of the parent on to `getrusage` of a child; VmHWM starts afresh with the program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

"""From the start of the process to the first simulated result. Run as a module, in a process of its own.

The argument is the time at which the process was started. The same small simulation runs twice; what the first takes
longer than the second is compiling, or loading what was compiled before.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.child import run_module, wall_time
from benchmarks.timing import Spread, interleaved

COMMANDS = {
    "python": ("-c", "pass"),
    "import": ("-c", "import churnsim"),
    "help": ("-m", "churnsim", "--help"),
}


def first_result(started: float) -> dict[str, float]:
    """Seconds to the first path and to the labelled result, of compiling or loading, and of the simulation itself."""
    import churnsim
    from churnsim.results.simulation import simulate

    file = churnsim.example("midmarket")
    ready = time.time()
    times, simulated = [], []
    for _ in range(2):
        begin = time.perf_counter()
        simulate(file, arms={}, draws=1, replicates=1, progress=lambda done, total: simulated.append(time.time()))
        times.append(time.perf_counter() - begin)
    return {
        "to_first_path": simulated[0] - started,
        "to_first_result": ready - started + times[0],
        "kernel": times[0] - times[1],
        "simulation": times[1],
    }


def measure_start(cold: bool, repeats: int) -> dict[str, Any]:
    """Cold and cached start, `import churnsim` and `churnsim --help`, in seconds; `cold` compiles everything anew."""

    def start(cache: Path | None) -> dict[str, float]:
        return run_module("benchmarks.start", repr(time.time()), cache=cache)

    found: dict[str, Any] = {"cold": None}
    if cold:
        with tempfile.TemporaryDirectory() as folder:
            found["cold"] = start(Path(folder))
            starts = [start(Path(folder)) for _ in range(repeats)]
    else:
        starts = [start(None) for _ in range(repeats)]
    found["cached"] = {name: Spread.of([one[name] for one in starts]) for name in starts[0]}
    walls = interleaved({name: lambda c=command: wall_time(*c) for name, command in COMMANDS.items()}, repeats)
    return found | {name: Spread.of(values) for name, values in walls.items()}


if __name__ == "__main__":
    print(json.dumps(first_result(float(sys.argv[1]))))

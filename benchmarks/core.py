"""The benchmark of the core: `python -m benchmarks.core [--json] [--quick]`.

Sections: the engine alone, its peers on a common model, how it grows with the number of accounts, the ladder job,
starting, what pairing buys. The report goes to stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.child import run_module
from benchmarks.engine import measure_engine
from benchmarks.machine import machine
from benchmarks.pairing import measure_pairing
from benchmarks.scale import measure_scale
from benchmarks.side_by_side import measure_peers
from benchmarks.start import measure_start
from benchmarks.table import render
from benchmarks.timing import Spread

SECTIONS = ("engine", "peers", "scale", "ladder", "start", "pairing")


def measure(quick: bool, wanted: Sequence[str] = SECTIONS) -> dict[str, Any]:
    """The wanted sections. `quick` shows that they run; its numbers mean nothing."""
    about = machine()
    repeats = 2 if quick else 7
    arms = {200: 3, 2_000: 3} if quick else {200: 15, 2_000: 15, 200_000: 15}
    work = 2e5 if quick else 4e6
    size = (4, 1) if quick else (250, 4)
    sections: dict[str, Callable[[], Any]] = {
        "ladder": lambda: _ladder(*size),
        "start": lambda: measure_start(cold=not quick, repeats=repeats),
        "pairing": lambda: measure_pairing(200 if quick else 2_000, *((10, 2) if quick else size)),
        "peers": lambda: measure_peers(200 if quick else 2_000, 0.05 if quick else 1.0, repeats),
        "scale": lambda: measure_scale([1_000, 2_000] if quick else [10**k for k in (4, 5, 6, 7)]),
        "engine": lambda: {
            "main": measure_engine(arms, work, repeats),
            "whole": measure_engine(arms, work, repeats, whole=True),
        },
    }
    report: dict[str, Any] = {"quick": quick, "repeats": repeats, "machine": about}
    for name, section in sections.items():
        if name not in wanted:
            continue
        start = time.perf_counter()
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        report[name] = section()
        print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    return report


def _ladder(draws: int, replicates: int) -> Any:
    """The ladder job in a process that finds the kernel compiled, since compiling takes more memory than the job."""
    module = "benchmarks.ladder"
    run_module(module, "--draws", "1", "--replicates", "1")
    return run_module(module, "--draws", str(draws), "--replicates", str(replicates))


def plain(value: Any) -> Any:
    """The report with spreads as objects, for JSON."""
    if isinstance(value, Spread):
        return value._asdict()
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.core", description="Measure churnsim on this machine.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--quick", action="store_true", help="much reduced, to see that everything runs")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections; default: all")
    options = parser.parse_args()
    report = measure(options.quick, options.only)
    print(json.dumps(plain(report)) if options.json else render(report))


if __name__ == "__main__":
    main()

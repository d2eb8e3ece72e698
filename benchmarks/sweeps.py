"""Sweeps: overhead of a point, one worker and two, and what 10,000 scenarios take.

The job is 10,000 scenarios of 500 accounts over 36 months, 100 paths each. Parts of it are run: two numbers of points,
to see that time is linear in points, and all 10,000 points of a small company, to see what the main process holds of so
many. Each case runs in a process of its own, so that its peak memory is that of the case.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import peak_memory, run_module
from benchmarks.company import write_company
from benchmarks.machine import machine
from churnsim.decisions.measures import EVERY
from churnsim.results.simulation import simulate
from churnsim.scenario.book import resolve_book
from churnsim.scenario.files import override
from churnsim.sweeps.identity import Identity
from churnsim.sweeps.lock import locked
from churnsim.sweeps.plan import Plan, read_plan
from churnsim.sweeps.store import create
from churnsim.sweeps.sweep import Tally, run_sweep
from churnsim.sweeps.unit import Job, run_job, simulated

JOB, ACCOUNTS, MONTHS = 10_000, 500, 36
DRAWS, REPLICATES = 25, 4
"""100 paths a point."""
SMALL = 100
"""Accounts of the size of the small company, which begins without a book and of which a point is one path."""
PARTS, QUICK_PARTS = (50, 100), (2, 4)
POINTS, QUICK_POINTS = 300, 4
"""Points by which the overhead is measured."""
QUICK_JOB = 20


def plan_of(folder: Path, points: int, accounts: int, draws: int, replicates: int) -> Plan:
    """A plan of so many scenarios of a company: churn of every segment times 0.5 to 2, price rises from 0 to 10%.

    Points of one path have no book: they are there to be quick.
    """
    scenario = write_company(folder, accounts, with_book=draws * replicates > 1)
    rises = max(n for n in range(1, math.isqrt(points) + 1) if points % n == 0)
    factors, uplifts = np.linspace(0.5, 2.0, points // rises), np.linspace(0.0, 0.1, rises)
    path = folder / "plans.toml"
    path.write_text(
        f'scenario = "{scenario.name}"\ndraws = {draws}\nreplicates = {replicates}\nmeasures = ["npv", "arr", "nrr"]\n'
        f'[axes.churn]\npath = "segments.*.intent.annual_churn"\nfactors = {factors.tolist()}\n'
        f'[axes.price_rise]\npath = "segments.*.contracts.price_uplift"\nvalues = {uplifts.tolist()}\n',
        encoding="utf-8",
    )
    return read_plan(path)


def overhead(points: int) -> dict[str, Any]:
    """Time of a point in a sweep, and of a loop by hand over the same scenarios, turn by turn; medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = plan_of(folder, points, SMALL, 1, 1)
        book = resolve_book(plan.file)
        where = str(folder / "store.zarr")
        swept, by_hand = [], []
        with locked(where) as run:
            task = Job(create(where, plan, book), plan, book, Identity(plan, book))
            simulated(plan, book, 0)  # compiles or loads
            for point in range(points):
                swept.append(_timed(lambda p=point: run_job(task, p, run, None)))
                by_hand.append(_timed(lambda p=point: _by_hand(plan, p)))
            stored = int(task.store.seals().any(axis=1).sum())
        if stored != points:
            raise RuntimeError(f"{points} points were to be stored, {stored} were")
    ms = 1e3 * np.array([swept, by_hand])
    low, middle, high = np.quantile(ms[0] - ms[1], [0.25, 0.5, 0.75])
    return {
        "points": points,
        "ms_in_sweep": float(np.median(ms[0])),
        "ms_by_hand": float(np.median(ms[1])),
        "ms_overhead": float(middle),
        "ms_overhead_quartiles": [float(low), float(high)],
    }


def _by_hand(plan: Plan, point: int) -> list[np.ndarray]:
    """What a loop without a sweep does: change the scenario, simulate it, read the measures."""
    scenario = override(plan.file, plan.changes(point))
    dataset = simulate(
        scenario, arms={}, draws=plan.draws, replicates=plan.replicates, seed=plan.seed, record=plan.record
    )
    return [EVERY[name].of(dataset).values for name in plan.measures]


def job(points: int, workers: int, accounts: int, draws: int, replicates: int) -> dict[str, Any]:
    """Time of a sweep by workers of this machine, and peak memory of the main process."""
    with tempfile.TemporaryDirectory() as name:
        plan = plan_of(Path(name), points, accounts, draws, replicates)
        before = peak_memory()
        moments: list[tuple[int, float]] = []
        started = time.perf_counter()
        tally = run_sweep(
            plan, Path(name) / "store.zarr", workers, progress=lambda n, _: moments.append((n, time.perf_counter()))
        )
        wall = time.perf_counter() - started
        _whole(tally, points)
        stored = sum(f.stat().st_size for f in (Path(name) / "store.zarr").rglob("*") if f.is_file())
    # the first reports wait for the workers to start and to load the compiled core
    working = moments[workers:] if len(moments) > 2 * workers else moments
    (first, began), (last, ended) = working[0], working[-1]
    return {
        "accounts": accounts,
        "months": plan.file.scenario.run.horizon_months,
        "points": points,
        "paths_per_point": plan.paths,
        "workers": workers,
        "seconds": wall,
        "seconds_per_point": (ended - began) / (last - first),
        "peak_bytes": peak_memory(),
        "bytes_before": before,
        "bytes_stored": stored,
    }


def measure(quick: bool) -> dict[str, Any]:
    """All cases, each in a process of its own."""
    few, many = QUICK_PARTS if quick else PARTS
    shape = ["--accounts", str(ACCOUNTS), "--draws", str(DRAWS), "--replicates", str(REPLICATES)]
    small = ["--accounts", str(SMALL), "--draws", "1", "--replicates", "1"]

    def part(points: int, workers: int, size: list[str]) -> dict[str, Any]:
        return run_module("benchmarks.sweeps", "--points", str(points), "--workers", str(workers), *size)

    quickly = ["--quick"] if quick else []
    return {
        "overhead": run_module("benchmarks.sweeps", "--overhead", *quickly),
        "one_worker": part(few, 1, shape),
        "two_workers": part(few, 2, shape),
        "twice_the_points": part(many, 2, shape),
        "all_points_small": part(QUICK_JOB if quick else JOB, 2, small),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The measurements in words."""
    over, one, two, twice, whole = (
        found[k] for k in ("overhead", "one_worker", "two_workers", "twice_the_points", "all_points_small")
    )
    low, high = over["ms_overhead_quartiles"]
    hours = JOB * twice["seconds_per_point"] / 3600.0
    shape = f"{one['accounts']} accounts x {one['months']} months x {one['paths_per_point']} paths"
    return [
        f"Overhead of a point: {over['ms_overhead']:.1f} ms (quartiles {low:.1f} and {high:.1f}):"
        f" {over['ms_in_sweep']:.1f} ms in a sweep, {over['ms_by_hand']:.1f} ms in a loop by hand;"
        f" {over['points']} points of one path of a small company without a book",
        f"Points of {shape}:",
        *(
            f"  {p['points']:>6,} points, {p['workers']} worker{'s' * (p['workers'] > 1)}: {p['seconds']:.1f} s in all,"
            f" {p['seconds_per_point'] * 1e3:.1f} ms a point once started,"
            f" main process at most {p['peak_bytes'] / 1e6:,.0f} MB"
            for p in (one, two, twice)
        ),
        f"From 1 to 2 workers: {one['seconds_per_point'] / two['seconds_per_point']:.2f} times the points a second",
        f"Extrapolated from {twice['points']:,} points: {JOB:,} take {hours:.2f} hours with 2 workers and"
        f" {twice['bytes_stored'] / twice['points'] * JOB / 1e6:,.0f} MB on disk",
        f"{whole['points']:,} points of one path of a small company, 2 workers: {whole['seconds']:.0f} s,"
        f" main process at most {whole['peak_bytes'] / 1e6:,.0f} MB ({whole['bytes_before'] / 1e6:,.0f} MB before)",
    ]


def _whole(tally: Tally, points: int) -> None:
    if tally.simulated != points:
        raise RuntimeError(f"{points} points were to be simulated, {tally.simulated} were: {tally.failed}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few points; shows that everything runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    case = parser.add_argument_group("one case alone, as JSON")
    case.add_argument("--overhead", action="store_true")
    case.add_argument("--points", type=int)
    case.add_argument("--workers", type=int, default=2)
    case.add_argument("--accounts", type=int, default=ACCOUNTS)
    case.add_argument("--draws", type=int, default=DRAWS)
    case.add_argument("--replicates", type=int, default=REPLICATES)
    options = parser.parse_args()
    if options.overhead:
        print(json.dumps(overhead(QUICK_POINTS if options.quick else POINTS)))
        return
    if options.points is not None:
        shape = options.accounts, options.draws, options.replicates
        print(json.dumps(job(options.points, options.workers, *shape)))
        return
    about = machine()
    found = measure(options.quick)
    if options.json:
        print(json.dumps({"machine": about, "sweeps": found}))
        return
    print(f"{about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, load before {about['load_before']}")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()

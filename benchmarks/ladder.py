"""The ladder job through the public API: 2,000 accounts, 36 months, 15 rungs. Run as a module, in a process of its own.

The share of the tables is measured twice: of the wall time, during which other threads simulate, and of the processor
time, which is the share of the work.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from typing import Any

from benchmarks.child import peak_memory
from benchmarks.company import company
from churnsim.decisions.headcount import with_posts
from churnsim.results import simulation
from churnsim.scenario.model import BASE_ARM

ACCOUNTS = 2_000
POSTS = range(15)
TODAY = 8
"""Posts of the base, which is one of the 15 rungs."""


class Stopwatch:
    """A function that adds up the wall time and the processor time of its calls."""

    def __init__(self, function: Any):
        self.function = function
        self.wall = self.processor = 0.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        wall, processor = time.perf_counter(), time.thread_time()
        try:
            return self.function(*args, **kwargs)
        finally:
            self.wall += time.perf_counter() - wall
            self.processor += time.thread_time() - processor


def account_months(dataset: Any, annual_cost_to_serve: float) -> float:
    """Closing accounts summed over months, read off the summary.

    The cost to serve counts the mean of a month's opening and closing accounts; sums over months differ from those of
    the closing accounts by half of what the book has grown.
    """
    whole = dataset.sel(window="horizon")
    mean = float(whole["cost"].sel(line="cost_to_serve").sum()) * 12.0 / annual_cost_to_serve
    return mean + float((whole["accounts_closing"] - whole["accounts_opening"]).sum()) / 2.0


def measure(draws: int, replicates: int) -> dict[str, Any]:
    """Wall time, memory and shares of the job."""
    file, book = company(ACCOUNTS)
    base = with_posts(file.scenario, "csm", TODAY)
    arms = {BASE_ARM: base} | {f"csm {n}": with_posts(base, "csm", n) for n in POSTS if n != TODAY}
    file = dataclasses.replace(file, scenario=base)
    simulation.simulate(file, arms=arms, draws=1, replicates=1, book=book)  # compiles or loads
    before = peak_memory()
    tables = Stopwatch(simulation.build_tables)
    simulation.build_tables = tables  # type: ignore[assignment]
    wall, processor = time.perf_counter(), time.process_time()
    dataset = simulation.simulate(file, arms=arms, draws=draws, replicates=replicates, book=book)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    done = account_months(dataset, float(base.money.annual_cost_to_serve))
    return {
        "accounts": ACCOUNTS,
        "months": base.run.horizon_months,
        "arms": len(arms),
        "draws": draws,
        "replicates": replicates,
        "account_months": done,
        "seconds": wall,
        "ns_per_account_month": wall / done * 1e9,
        "busy_cores": processor / wall,
        "tables_share_of_wall": tables.wall / wall,
        "tables_share_of_processor": tables.processor / processor,
        "peak_bytes": peak_memory(),
        "bytes_before": before,
        "result_bytes": int(dataset.nbytes),
    }


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=250)
    parser.add_argument("--replicates", type=int, default=4)
    options = parser.parse_args()
    print(json.dumps(measure(options.draws, options.replicates)))


if __name__ == "__main__":
    main()

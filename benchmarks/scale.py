"""How speed and memory of the core grow with the number of accounts: `python -m benchmarks.scale --accounts N`.

One arm on one core, in a process of its own. The workspace is what a worker holds besides the tables, which workers
share: its bytes are the growth of resident memory from before it is allocated to after the runs, per account at the
month with the most. The first run, which touches the memory for the first time, is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import run_module
from benchmarks.company import company
from benchmarks.engine import SEED, Batch
from churnsim.compile.tables import build
from churnsim.engine import ledger
from churnsim.results import memory

MONTHS = 24
"""Horizon: the initial draws of the book weigh more than over 60 months."""
LEAST = 100_000
"""Accounts from which on memory is reported: a small workspace lies in memory that was there before."""
BYTES = 1_200
"""Bytes an account, about, of everything that a run needs: sizes that do not fit are left out."""


def measure_scale(sizes: list[int]) -> list[dict[str, Any]]:
    """One row per number of accounts that fits into half of the memory, and per model."""
    room = memory.SHARE * memory.available()
    rows = []
    for accounts in sizes:
        if accounts * BYTES < room:
            both = {
                model: run_module("benchmarks.scale", "--accounts", str(accounts), *(["--whole"] * (model == "whole")))
                for model in ("main", "whole")
            }
            rows.append({"accounts": accounts, "months": MONTHS, **both})
    return rows


def _resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _measure(accounts: int, whole: bool, repeats: int) -> dict[str, float | None]:
    file, book = company(accounts, whole, MONTHS)
    tables = build({"base": file.scenario}, book, SEED, np.arange(1)).tables
    small, small_book = company(200, whole, MONTHS)
    Batch(build({"base": small.scenario}, small_book, SEED, np.arange(1)).tables, small.scenario, 1, 0).run()
    before = _resident()
    batch = Batch(tables, file.scenario, 1, 0)
    times = []
    for _ in range(repeats + 1):
        batch.clear()
        start = time.perf_counter()
        batch.run()
        times.append(time.perf_counter() - start)
    most = batch.books.flows[..., ledger.ACCOUNTS_CLOSING].sum(axis=-1).max()
    return {
        "ns": float(np.median(times[1:]) / batch.account_months() * 1e9),
        "bytes": float((_resident() - before) / most) if accounts >= LEAST else None,
        "tables_bytes": sum(part.nbytes for part in tables.book if isinstance(part, np.ndarray)) / accounts,
    }


def main() -> None:
    """Measure one size and print JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="Measure one size of the core.")
    parser.add_argument("--accounts", type=int, required=True)
    parser.add_argument("--whole", action="store_true", help="every mechanism of the model")
    options = parser.parse_args()
    repeats = max(1, min(5, round(1e6 / options.accounts)))
    print(json.dumps(_measure(options.accounts, options.whole, repeats)))


if __name__ == "__main__":
    main()

"""The engine alone: nanoseconds per account-month of the kernel, without tables, summaries and Datasets.

An account-month is an account at the end of a month. Arms of a batch are the same scenario, so that they take the same
work. With T1 the time of a path of one arm and TA that of a batch of A arms, which share the book's initial draws,

    initial draws = (A T1 - TA) / (A - 1).

On all cores each core has a thread, a workspace and replicates of its own; the time is that of the slowest thread.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from benchmarks.company import company
from benchmarks.machine import cores
from benchmarks.timing import Spread, interleaved
from churnsim.compile.tables import build
from churnsim.engine import kernel, ledger, workspace
from churnsim.engine.bundle import Bundled
from churnsim.engine.simulate import DONE
from churnsim.results.labels import EXITS
from churnsim.results.summary import Ledgers
from churnsim.scenario.model import Scenario

SEED = 7
MONTHS = 60
"""Horizon."""


class Batch:
    """Some replicates of some equal arms of the company, ready to run in one thread; `first` is its first replicate."""

    def __init__(self, tables: Any, scenario: Scenario, replicates: int, first: int):
        arms = tables.segment.shape[0]
        shape = {
            "months": scenario.run.horizon_months,
            "segments": len(scenario.segments),
            "causes": len(scenario.causes) + len(EXITS),
            "teams": len(scenario.teams),
            "plays": len(scenario.playbooks),
        }
        self.tables = Bundled(tables)
        self.replicates = np.tile(np.arange(first, first + replicates, dtype=np.int64)[:, None], 2)
        self.books = Ledgers.zeros((replicates, arms), **shape)
        self.status = np.zeros((replicates, arms, 2), np.int64)
        self.stop = np.zeros(1, np.int64)
        self.work = Bundled(workspace.allocate(workspace.room(tables), tables))

    def clear(self) -> None:
        """Set the ledgers to zero, as the kernel wants them."""
        for book in self.books:
            book.fill(0.0)

    def run(self) -> None:
        """Simulate."""
        kernel()(self.tables, self.work, SEED, 0, 0, self.replicates, *self.books, self.status, self.stop)

    def account_months(self) -> float:
        """Closing accounts summed over months, of all paths of the last run."""
        if (self.status[..., 0] != DONE).any():
            raise RuntimeError(f"a path of the benchmark did not end well: status {self.status[..., 0].max()}")
        return float(self.books.flows[..., ledger.ACCOUNTS_CLOSING].sum())


class Case:
    """A number of accounts and of arms, on a number of threads."""

    def __init__(self, tables: Any, scenario: Scenario, replicates: int, threads: int):
        self.arms = tables.segment.shape[0]
        self.replicates, self.threads = replicates, threads
        self.batches = [Batch(tables, scenario, replicates, replicates * k) for k in range(threads)]
        self.account_months = 0.0

    def measure(self) -> float:
        """Nanoseconds per account-month of one run, wall time."""
        for batch in self.batches:
            batch.clear()
        gate = threading.Barrier(self.threads + 1)
        workers = [threading.Thread(target=self._work, args=(batch, gate)) for batch in self.batches]
        for worker in workers:
            worker.start()
        gate.wait()
        start = time.perf_counter()
        for worker in workers:
            worker.join()
        elapsed = time.perf_counter() - start
        self.account_months = sum(batch.account_months() for batch in self.batches)
        return elapsed / self.account_months * 1e9

    @staticmethod
    def _work(batch: Batch, gate: threading.Barrier) -> None:
        gate.wait()
        batch.run()

    def per_path(self) -> float:
        """Account-months of one path of one arm."""
        return self.account_months / (self.threads * self.replicates * self.arms)


def measure_engine(sizes: dict[int, int], work: float, repeats: int, *, whole: bool = False) -> list[dict[str, Any]]:
    """One row per number of accounts in `sizes`, which gives the arms of its batch; the `whole` model if asked for.

    `work`: account-months of a run in one thread, about; at least one replicate.
    """
    cases: dict[str, Case] = {}
    rows = []
    many = cores()
    for accounts, arms in sizes.items():
        file, book = company(accounts, whole, MONTHS)
        scenario = file.scenario
        for count in (1, arms):
            tables = build({f"arm {a}": scenario for a in range(count)}, book, SEED, np.arange(1)).tables
            replicates = max(1, round(work / (accounts * scenario.run.horizon_months * count)))
            for threads in (1, many):
                cases[f"{accounts} {count} {threads}"] = Case(tables, scenario, replicates, threads)
    times = interleaved({name: case.measure for name, case in cases.items()}, repeats)
    for accounts, arms in sizes.items():
        one, batch = times[f"{accounts} 1 1"], times[f"{accounts} {arms} 1"]
        initial = [(x - y) * arms / (arms - 1) for x, y in zip(one, batch, strict=True)]
        rows.append(
            {
                "accounts": accounts,
                "months": MONTHS,
                "arms": arms,
                "threads": many,
                "ns_one_arm_one_core": Spread.of(one),
                "ns_one_arm_all_cores": Spread.of(times[f"{accounts} 1 {many}"]),
                "ns_batch_one_core": Spread.of(batch),
                "ns_batch_all_cores": Spread.of(times[f"{accounts} {arms} {many}"]),
                "ns_initial_draws": Spread.of(initial),
                "ns_per_account_initial_draws": Spread.of(
                    [x * cases[f"{accounts} 1 1"].per_path() / accounts for x in initial]
                ),
                "account_months_per_path": cases[f"{accounts} 1 1"].per_path(),
                **_workload(cases[f"{accounts} 1 1"], scenario),
            }
        )
    return rows


def _workload(case: Case, scenario: Any) -> dict[str, float]:
    """What the accounts of a run went through, per account-month."""
    books = case.batches[0].books
    account_months = case.batches[0].account_months()
    flows, teams = books.flows, books.teams
    delivered = books.plays[..., ledger.DELIVERED].sum(axis=(0, 1, 2))
    csm = np.array([play.channel == "csm" for play in scenario.playbooks.values()])
    return {
        "csm_deliveries": float(delivered[csm].sum() / account_months),
        "digital_deliveries": float(delivered[~csm].sum() / account_months),
        "hours_demanded_over_available": float(
            teams[..., ledger.HOURS_DEMANDED].sum() / teams[..., ledger.HOURS_AVAILABLE].sum()
        ),
        "arrivals": float(flows[..., ledger.ACCOUNTS_NEW].sum() / account_months),
        "exits": float(books.churn[..., 1].sum() / account_months),
        "growth": float(
            flows[:, :, -1, :, ledger.ACCOUNTS_CLOSING].sum() / flows[:, :, 0, :, ledger.ACCOUNTS_OPENING].sum()
        ),
    }

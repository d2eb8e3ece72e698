"""The engine and its peers on the common model: first they agree, then they are timed, side by side on one core.

Agreement: z = difference of the means over replicates / combined standard error, of exits and plays delivered in all
months and of closing ARR at the end. A peer that does not agree is not timed: the measurement stops.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from benchmarks.common import ARR, COLUMNS, EXITS, PLAYS, Accounts, Common, Model, common
from benchmarks.engine import Batch
from benchmarks.peers import c_peer, numpy_batch, numpy_one, simpy_peer
from benchmarks.timing import Spread, interleaved
from churnsim.compile.tables import build
from churnsim.engine import ledger

SEED = 11
GREATEST_Z = 4.0


class Peer(NamedTuple):
    """A way to compute the common model."""

    label: str
    simulate: Callable[[Model, Accounts, int, int], np.ndarray]
    """Ledger (replicates, months, 3) of model, accounts, replicates, seed."""
    version: Callable[[], str]
    agreeing: int
    """Replicates in which it must agree."""
    timed: int
    """Replicates of a timed run."""


ENGINE = "engine"
PEERS = {
    "c": Peer("C", c_peer.simulate, c_peer.version, 2_000, 200),
    "numpy_batch": Peer("NumPy, replicates in batches", numpy_batch.simulate, lambda: _of("numpy"), 1_024, 64),
    "numpy_one": Peer("NumPy, one replicate at a time", numpy_one.simulate, lambda: _of("numpy"), 256, 16),
    "simpy": Peer("SimPy, a timeout per account", simpy_peer.simulate, lambda: _of("simpy"), 24, 1),
}
ENGINE_REPLICATES = (2_000, 200)
"""As `agreeing` and `timed` of a peer."""


def _of(package: str) -> str:
    return f"{package} {version(package)}"


class Engine:
    """The engine's kernel on tables of the common model that are ready, for some replicates."""

    def __init__(self, case: Common, replicates: int):
        scenario = case.file.scenario
        tables = build({"base": scenario}, case.book, SEED, np.arange(1)).tables
        self.batch = Batch(tables, scenario, replicates, 0)

    def run(self) -> None:
        """Simulate."""
        self.batch.clear()
        self.batch.run()

    def ledger(self) -> np.ndarray:
        """Ledger (replicates, months, 3) of the last run, as a peer writes it."""
        self.batch.account_months()  # raises where a path did not end well
        books = self.batch.books
        columns = {
            EXITS: books.churn[:, 0, ..., 1].sum(axis=(2, 3)),
            ARR: books.flows[:, 0, ..., ledger.ARR_CLOSING].sum(axis=2),
            PLAYS: books.plays[:, 0, ..., ledger.DELIVERED].sum(axis=2),
        }
        return np.stack([columns[k] for k in range(len(columns))], axis=-1)


def outcomes(found: np.ndarray) -> np.ndarray:
    """Exits, closing ARR at the end and plays delivered (3, replicates) of a ledger (replicates, months, 3)."""
    return np.stack([found[:, :, EXITS].sum(axis=1), found[:, -1, ARR], found[:, :, PLAYS].sum(axis=1)])


def z_values(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """z of the difference of two ledgers' mean outcomes, by outcome."""
    a, b = outcomes(one), outcomes(other)
    error = np.sqrt(a.var(axis=1, ddof=1) / a.shape[1] + b.var(axis=1, ddof=1) / b.shape[1])
    difference = a.mean(axis=1) - b.mean(axis=1)
    z = np.where(difference == 0.0, 0.0, difference / np.maximum(error, 1e-300))
    return dict(zip(COLUMNS, z.tolist(), strict=True))


def account_months(found: np.ndarray, accounts: int) -> float:
    """Closing accounts summed over months and replicates of a ledger of a closed book."""
    return float((accounts - found[:, :, EXITS].cumsum(axis=1)).sum())


def present() -> tuple[dict[str, Peer], dict[str, str]]:
    """Peers that there are on this machine; of the others a word on why not."""
    try:
        c_peer.library()
    except c_peer.NoCompiler as reason:
        return {name: peer for name, peer in PEERS.items() if name != "c"}, {"c": str(reason)}
    return PEERS, {}


def measure_peers(accounts: int, share: float, repeats: int) -> dict[str, Any]:
    """Agreement and times at a number of accounts; `share` of the usual replicates."""

    def some(replicates: int, least: int) -> int:
        return max(least, round(replicates * share))

    case = common(accounts)
    peers, missing = present()
    engine = Engine(case, some(ENGINE_REPLICATES[0], 100))
    engine.run()
    reference = engine.ledger()
    rows = [_row(ENGINE, "churnsim's engine", _of("churnsim"), reference, None)]
    for name, peer in peers.items():
        found = peer.simulate(case.model, case.accounts, some(peer.agreeing, 12), SEED)
        z = z_values(found, reference)
        if max(map(abs, z.values())) >= GREATEST_Z:
            raise RuntimeError(f"{peer.label} does not agree with the engine on the common model: z {z}")
        rows.append(_row(name, peer.label, peer.version(), found, z))
    times = interleaved(_cases(case, peers, some), repeats)
    for row in rows:
        own = times[row["peer"]]
        row["ns"] = Spread.of(own)
        row["ratio"] = Spread.of([x / y for x, y in zip(own, times[ENGINE], strict=True)])
    return {"accounts": accounts, "months": case.model.months, "peers": rows, "missing": missing}


def _row(name: str, label: str, version: str, found: np.ndarray, z: dict[str, float] | None) -> dict[str, Any]:
    means = dict(zip(COLUMNS, outcomes(found).mean(axis=1).tolist(), strict=True))
    return {"peer": name, "label": label, "version": version, "replicates": len(found), "means": means, "z": z}


def _cases(case: Common, peers: dict[str, Peer], some: Callable[[int, int], int]) -> dict[str, Callable[[], float]]:
    """Measurements in nanoseconds per account-month, by peer."""
    accounts = len(case.accounts)
    engine = Engine(case, some(ENGINE_REPLICATES[1], 2))

    def time_engine() -> float:
        start = time.perf_counter()
        engine.run()
        elapsed = time.perf_counter() - start
        return elapsed / account_months(engine.ledger(), accounts) * 1e9

    def time_peer(peer: Peer, replicates: int) -> float:
        start = time.perf_counter()
        found = peer.simulate(case.model, case.accounts, replicates, SEED)
        elapsed = time.perf_counter() - start
        return elapsed / account_months(found, accounts) * 1e9

    return {ENGINE: time_engine} | {
        name: lambda peer=peer: time_peer(peer, some(peer.timed, 1)) for name, peer in peers.items()
    }

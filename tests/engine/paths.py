"""Paths run one at a time by the engine's own kernel, with their accounts at the end in reach."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnsim.compile.tables import Compiled, build
from churnsim.engine import kernel, workspace
from churnsim.engine.accounts import TENURE, TERM, TO_RENEWAL
from churnsim.engine.bundle import Bundled
from churnsim.engine.simulate import DONE
from churnsim.results.summary import Ledgers
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.model import BASE_ARM, Scenario


class Accounts(NamedTuple):
    """Accounts of all segments at the end of a path, sorted by id."""

    ids: np.ndarray  # (n,) uint64
    segment: np.ndarray  # (n,)
    reals: np.ndarray  # (rows, n), see churnsim.engine.accounts
    whole: np.ndarray  # (rows, n)


class Path(NamedTuple):
    """Ledgers of one arm's path, without the axes of replicates and arms, and the accounts at its end."""

    ledgers: Ledgers
    accounts: Accounts
    status: int


class Runner:
    """A scenario's tables for draw 0 of one arm, and memory to run its paths in."""

    def __init__(self, file: ScenarioFile, book: Book | None = None, seed: int = 1, capacity: int = 20_000):
        base = file.scenario
        self.base, self.seed = base, seed
        self.compiled: Compiled = build({BASE_ARM: base}, book, seed, np.arange(1))
        tables = self.compiled.tables
        room = np.diff(tables.book.first) + capacity
        self.work = workspace.allocate(room, tables, keeps_start=True)

    def run(self, replicate: int, expect: int = DONE) -> Path:
        """Run the path of one replicate."""
        ledgers = empty_ledgers(self.base)
        status = np.zeros((1, 1, 2), np.int64)
        kernel()(
            Bundled(self.compiled.tables),
            Bundled(self.work),
            self.seed,
            0,
            0,
            np.array([[replicate, replicate]]),
            *ledgers,
            status,
            np.zeros(1, np.int64),
        )
        assert status[0, 0, 0] == expect
        return Path(Ledgers(*(part[0, 0] for part in ledgers)), self._accounts(), int(status[0, 0, 0]))

    def _accounts(self) -> Accounts:
        work = self.work
        columns = [np.arange(low, low + n) for low, n in zip(work.offset[:-1], work.count, strict=True)]
        segment = np.repeat(np.arange(len(columns)), work.count)
        at = np.concatenate(columns)
        order = np.argsort(work.ids[at])
        at = at[order]
        return Accounts(work.ids[at], segment[order], work.reals[:, at], work.whole[:, at])


def empty_ledgers(base: Scenario) -> Ledgers:
    """Ledgers of one path of one arm."""
    sizes = (len(base.segments), len(base.causes) + 2, len(base.teams), len(base.playbooks))
    return Ledgers.zeros((1, 1), base.run.horizon_months, *sizes)


def exported(accounts: Accounts, terms: np.ndarray, arr_row: int) -> Book:
    """The book of a company that sees of its accounts id, segment, start, ARR, term and renewal date, and no more."""
    n = len(accounts.ids)
    return Book(
        account_id=[str(i) for i in accounts.ids],
        id_hash=accounts.ids,
        segment=accounts.segment.astype(np.int32),
        start_month=-accounts.whole[TENURE],
        arr=accounts.reals[arr_row].astype(np.float64),
        term_months=terms[accounts.whole[TERM]].astype(np.int32),
        renewal_month=accounts.whole[TO_RENEWAL],
        products=np.ones(n, np.int32),
        health=np.full(n, np.nan),
    )

"""One path with every event written down."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnsim.compile.tables import SimulationError
from churnsim.engine import kernel, workspace
from churnsim.engine.bundle import Bundled
from churnsim.engine.simulate import DONE, NO_ROOM
from churnsim.engine.tables import Tables
from churnsim.results import memory
from churnsim.results.summary import Ledgers


class Journal(NamedTuple):
    """Events and ledgers of one path."""

    events: np.ndarray
    """Records (n,) with the fields month, kind, who, what, value, see `churnsim.engine.journal`; in order of time."""
    ledger: dict[str, np.ndarray]
    """flows (M, S, FLOW), churn (M, S, causes, 2), teams (M, T, TEAMS), plays (M, P, PLAYS), cohorts (Y, S, COHORT)."""


def trace(tables: Tables, seed: int, d: int, draw: int, replicate: int, watch: int = 0) -> Journal:
    """Journal of the last arm of `tables`, whose place `d` holds the draw."""
    capacity = workspace.more(workspace.room(tables))
    arms, _, segments, causes = tables.cause.shape
    months = tables.quality.shape[2] - 1
    records = 64 * int(capacity.sum())
    while True:
        work = workspace.allocate(capacity, tables, journal=records, watch=watch)
        books = Ledgers.zeros((1, arms), months, segments, causes + 2, tables.team.shape[2], tables.play.shape[2])
        status = np.zeros((1, arms, 2), np.int64)
        replicates = np.array([[replicate, replicate]], np.int64)
        kernel()(Bundled(tables), Bundled(work), seed, d, draw, replicates, *books, status, np.zeros(1, np.int64))
        if (status[..., 0] == NO_ROOM).any():
            capacity = workspace.more(capacity)
            if workspace.size(int(capacity.sum()), tables) > memory.SHARE * memory.available():
                raise memory.TooLarge("the accounts of this path outgrow the memory: look for a slip in the leads")
        elif work.noted[0] > records:
            records = int(work.noted[0])
        else:
            break
    if (status[..., 0] != DONE).any():
        raise SimulationError(f"a number is not finite in month {status[0, -1, 1]}: look for extreme rates")
    events = work.journal[work.opened[0] : work.noted[0]].copy()
    return Journal(events, {name: part[0, -1] for name, part in books._asdict().items()})

"""The memory of a worker: where rows begin, and a single arm in the book's own columns."""

import os
from pathlib import Path

import numpy as np
import pytest

from churnsim.compile.tables import build
from churnsim.engine import kernel, workspace
from churnsim.engine.arrivals import MANY
from churnsim.engine.bundle import Bundled
from churnsim.engine.simulate import DONE
from churnsim.engine.tables import Tables
from churnsim.results.summary import Ledgers
from churnsim.scenario.model import BASE_ARM
from tests.invariants.rich import rich_book, rich_file

LINE = 64
"""Bytes of a cache line."""
STATM = Path("/proc/self/statm")


def tables_of_one_arm() -> Tables:
    file = rich_file()
    return build({BASE_ARM: file.scenario}, rich_book(file), 3, np.arange(1)).tables


def ledgers(tables: Tables, keeps_start: bool, spare: int = 0) -> Ledgers:
    """Ledgers of three replicates in one workspace, with so much more room in each segment."""
    base = rich_file().scenario
    work = workspace.allocate(workspace.room(tables) + spare, tables, keeps_start=keeps_start)
    assert np.shares_memory(work.reals, work.start_reals) != keeps_start
    sizes = (len(base.segments), len(base.causes) + 2, len(base.teams), len(base.playbooks))
    books = Ledgers.zeros((3, 1), base.run.horizon_months, *sizes)
    status = np.zeros((3, 1, 2), np.int64)
    replicates = np.tile(np.arange(3)[:, None], 2)
    kernel()(Bundled(tables), Bundled(work), 3, 0, 0, replicates, *books, status, np.zeros(1, np.int64))
    assert (status[..., 0] == DONE).all()
    return books


def test_a_single_arm_runs_in_the_books_own_columns() -> None:
    tables = tables_of_one_arm()
    for apart, together in zip(ledgers(tables, True), ledgers(tables, False), strict=True):
        assert apart.tobytes() == together.tobytes()
        assert apart.any()


def test_arrivals_of_one_month_are_those_that_are_drawn_with_others() -> None:
    tables = tables_of_one_arm()
    assert workspace.room(tables).sum() < MANY // 2
    for some, one in zip(ledgers(tables, False), ledgers(tables, False, MANY), strict=True):
        assert one.tobytes() == some.tobytes()


def test_rows_begin_at_cache_lines() -> None:
    tables = tables_of_one_arm()
    work = workspace.allocate(workspace.room(tables), tables)
    for rows in (work.reals, work.fresh, work.words):
        assert rows.ctypes.data % LINE == 0
        assert rows.strides[0] % LINE == 0
    # those of 16 bits begin at a whole or half one, which a vector of them fills
    assert work.whole.ctypes.data % LINE == 0
    assert work.whole.strides[0] % (LINE // 2) == 0
    assert (work.offset[:-1] * 4 % LINE == 0).all()
    # an odd number of lines, so that the same column of many rows is spread over a cache
    assert work.reals.strides[0] // LINE % 2 == 1


@pytest.mark.skipif(not STATM.exists(), reason="asks Linux what is in memory")
def test_unused_room_costs_no_memory() -> None:
    def resident() -> int:
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = resident()
    rows = workspace.zeros((64, 1 << 20), np.float32)
    rows[:, :1000] = 1.0
    # 256 MB, of which 64 x 4 kB are touched
    assert resident() - before < 8 << 20
    assert rows.sum() == 64_000.0

"""Recording levels and their size: estimated, and refused before anything is allocated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from churnsim.engine import ledger
from churnsim.results.fields import LINES, WINDOWS
from churnsim.results.summary import AT_END, AT_START, PATH_SERIES, SUMMED, TEAM_SERIES, TEAM_SUMS
from churnsim.results.years import CHAINED, IN_SEGMENT

Record = Literal["summary", "paths", "moments", "full"]
LEVELS: tuple[str, ...] = get_args(Record)
SHARE = 0.5
"""Share of the machine's memory that results may take."""


class TooLarge(ValueError):
    """The results would not fit into memory."""


class Shape(dict[str, int]):
    """Sizes of a simulation: arms, draws, replicates, months of the horizon, segments, teams, playbooks, causes."""

    def paths(self) -> int:
        """Paths: arms x draws x replicates."""
        return self["arms"] * self["draws"] * self["replicates"]


def values_per_path(shape: Shape, record: str) -> int:
    """Float64 values that a level keeps of one path (`moments` keeps none beyond the summary)."""
    m, s, t, p, c = (shape[k] for k in ("months", "segments", "teams", "playbooks", "causes"))
    windows = len(WINDOWS)
    # besides: churn of ARR and accounts, revenue, account-months, health; gross profit, contribution, net present value
    in_segment = len(AT_START) + len(AT_END) + len(SUMMED) + 5
    in_window = in_segment * s + 2 * c + len(LINES) + 3 + (len(TEAM_SUMS) + 1) * t + len(ledger.PLAYS) * p
    in_year = (len(ledger.COHORT) + IN_SEGMENT) * s + len(LINES) + 1 + len(CHAINED)
    # two series of contribution by month, the value after the horizon and the salaries in it
    summary = windows * in_window + (m // 12) * in_year + 2 * m + 1 + t
    by_segment = len(ledger.FLOW) + 3 + 2 * c
    monthly = m * (by_segment * s + len(LINES) + len(ledger.TEAMS) * t + len(ledger.PLAYS) * p)
    if record == "paths":
        return summary + m * (len(PATH_SERIES) + len(TEAM_SERIES))
    if record == "full":
        return summary + monthly
    return summary


def estimate(shape: Shape, record: str) -> int:
    """Bytes of the results."""
    size = 8 * values_per_path(shape, record) * shape.paths()
    if record == "moments":
        # running sums for mean, within and between, and the three results
        size += 8 * 8 * (values_per_path(shape, "full") - values_per_path(shape, "summary")) * shape["arms"]
    return size


def available() -> int:
    """Bytes of memory of this machine, or of the container that it runs in."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdigit() else whole


def check(shape: Shape, record: str, limit: int | None = None, working: int = 0) -> int:
    """Return the estimate in bytes; raise `TooLarge` when it exceeds `limit` (default: half of the memory).

    `working` is the state of all accounts in all threads, which is refused in the same way.
    """
    if record not in LEVELS:
        raise ValueError(f"no recording level is called {record!r}; levels are {', '.join(LEVELS)}")
    limit = int(SHARE * available()) if limit is None else limit
    size = estimate(shape, record)
    if working > limit:
        raise TooLarge(
            f"the accounts of this run would take {gigabytes(working)}; allowed are {gigabytes(limit)}:"
            " look for a slip in the leads, the referrals or the book, or use fewer threads"
        )
    if size + working > limit:
        smaller = [level for level in LEVELS if estimate(shape, level) <= limit]
        hint = f"the level {smaller[0]!r} would fit" if smaller else "fewer draws, replicates or arms would fit"
        raise TooLarge(
            f"this run would keep {gigabytes(size)} ({shape['arms']} arms x {shape['draws']} draws x"
            f" {shape['replicates']} replicates at the level {record!r}); allowed are {gigabytes(limit)}: {hint}"
        )
    return size


def gigabytes(size: int) -> str:
    """Bytes in words."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"

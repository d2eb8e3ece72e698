"""Memory of one worker: the state of all accounts and the scratch arrays of a month. Made once, used for every path."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from churnsim.engine.accounts import rows as accounts_rows
from churnsim.engine.jit import inline
from churnsim.engine.journal import JOURNAL
from churnsim.engine.tables import Tables
from churnsim.engine.vectors import LANES, list_flagged


class Workspace(NamedTuple):
    """Arrays that a path overwrites. `start` holds the book as it stands at month 0, shared by all arms of a path; a
    single arm runs in it."""

    offset: np.ndarray  # (S + 1,) int64: columns of segment s are offset[s] .. offset[s + 1]
    count: np.ndarray  # (S,) int64: accounts in them, from the left
    reach: np.ndarray  # (S,) int64: end of the columns that a path has used or emptied
    reals: np.ndarray  # (rows, capacity) float32
    whole: np.ndarray  # (rows, capacity) int16
    ids: np.ndarray  # (capacity,) uint64
    start_reals: np.ndarray
    start_whole: np.ndarray
    start_ids: np.ndarray
    keeps_start: np.ndarray  # (1,) int64: 0 where the start is the state itself
    hazard: np.ndarray  # (TILE,) float32
    base: np.ndarray  # (TILE,) float32
    flag: np.ndarray  # (TILE,) int32
    stage: np.ndarray  # (capacity,) int16: an account's stage (playbooks.ONBOARDING), then its cell of priorities
    chosen: np.ndarray  # (TILE + LANES, at least) int32: columns with an event
    leavers: np.ndarray  # (capacity,) int32
    newcomers: np.ndarray  # (capacity,) uint64: ids of the month's arrivals
    coming: np.ndarray  # (capacity + late,) int32: their columns in the arrays of arrivals
    arrival_id: np.ndarray  # (capacity + late,) uint64: those who come in some month, by segment, month and channel
    arrival_word: np.ndarray  # (capacity + late,) uint64: word of the lead
    arrival_misfit: np.ndarray  # (capacity + late,) float32
    arrival_gap: np.ndarray  # (capacity + late,) float32
    arrival_first: np.ndarray  # (S, M + 1, H + 1) int64: first column of a month and channel
    late: np.ndarray  # (1,) int64: first column behind them, for a month's arrivals that do not come by leads
    arrivals_of: np.ndarray  # (1,) int64: arm whose arrivals they are, -1 for none yet
    leads: np.ndarray  # (S, M + 1, H) int64
    cohort: np.ndarray  # (quarters,) float64: factor of each quarter in which accounts of the book came, of one segment
    first_quarter: np.ndarray  # (1,) int64
    new_owner: np.ndarray  # (T, capacity) int16: owners of newcomers
    fresh: np.ndarray  # (FRESH, capacity + late) float32: what arrivals, or a tile of the book, bring with them
    conversion: np.ndarray  # (4, CHUNK) int32: whether leads may convert
    lead_words: np.ndarray  # (4, CHUNK) uint64
    candidate: np.ndarray  # (capacity x plays,) int32: columns of candidates for scarce hours, group by group
    key: np.ndarray  # (capacity x plays,) int32: bits of their priorities
    group: np.ndarray  # (plays x S, 5) int64: table of groups, see allocation
    group_seconds: np.ndarray  # (plays x S,) int64: seconds of one delivery
    group_key: np.ndarray  # (plays x S,) uint64: key of the play
    pick: np.ndarray  # (capacity x plays,) int64: those at the edge or below it, as selection.pack has them
    pick_key: np.ndarray  # (capacity x plays,) uint64
    edge: np.ndarray  # (capacity x plays,) int64: candidates among whom the hours run out
    edge_key: np.ndarray  # (capacity x plays,) uint64
    taken: np.ndarray  # (capacity x plays,) int64: those of them who are served
    served: np.ndarray  # (capacity x plays,) int32: columns of those who are served, group by group
    words: np.ndarray  # (2, capacity) uint64: who and ordinal of dense batches of blocks, which two words replace
    drawn: np.ndarray  # (capacity,) float32: thresholds, or strengths, of such a batch
    some: np.ndarray  # (capacity,) int32: columns of one event of many, or of those whose intent a play clears
    spare: np.ndarray  # (capacity,) int32: a second such list, or buckets of a tile of the book
    owner_draws: np.ndarray  # (8, OWNERS) float64: uniforms that say who owns an account
    owner_record: np.ndarray  # (2, OWNERS) float64: post of the last record, 1 where there may be another
    histogram: np.ndarray  # (BINS,) int64
    seconds: np.ndarray  # (T,) int64: what each team can deliver in the month
    filled_since: np.ndarray  # (T, posts) int32: month in which the post was filled, VACANT while it is not
    vacant_until: np.ndarray  # (T, posts) int32: month in which a vacant post is filled
    attrition_left: np.ndarray  # (T, posts) float64
    departures: np.ndarray  # (T, posts) int32
    lost: np.ndarray  # (T, posts) int32: 1 where the post lost its CSM this month
    funded: np.ndarray  # (T,) int32: posts funded in the running month
    hired: np.ndarray  # (T, 2) int32: posts added by the hiring rule, months of overload running
    overload: np.ndarray  # (T,) float64: hours demanded over available in the month before, less 1, at least 0
    reactive: np.ndarray  # (T,) float64: hours that the month's incidents take
    market: np.ndarray  # (M + 1,) float64
    incident_first: np.ndarray  # (S + 1,) int64: accounts with incidents, by segment
    referral: np.ndarray  # (capacity,) uint64: leads that promoters brought this month, by segment
    referral_first: np.ndarray  # (S + 1,) int64
    detractors: np.ndarray  # (S,) int64: at the end of the month before
    recent_leavers: np.ndarray  # (S,) float64: leavers, fading
    heard_by: np.ndarray  # (S,) int64: accounts at the end of the month before
    back_head: np.ndarray  # (S, M + 1) int32: first of the accounts that come back in a month, -1 for none
    back_next: np.ndarray  # (pool,) int32: the next of them
    back_who: np.ndarray  # (pool,) uint64
    back_state: np.ndarray  # (5, pool) float32: ARR, frailty, misfit, room, gap
    back_products: np.ndarray  # (pool,) int32
    back_count: np.ndarray  # (1,) int64
    journal: np.ndarray  # (n,) JOURNAL: empty where no journal is kept
    noted: np.ndarray  # (1,) int64: events so far
    opened: np.ndarray  # (1,) int64: events before the running path
    watch: np.ndarray  # (1,) int64: month at whose end every account's health is noted


TILE = 4096
"""Accounts that go through a whole step of the month together: their state fits into the cache that cores share."""
AT_ONCE = TILE // 4
"""Accounts whose draws are made together: few, for draws take memory, and so that those whom a play reaches stand
within one tile, where effects can work on all of it."""
LINE = 16
"""Numbers of 32 bits in a cache line."""
LARGE = 1 << 18
"""Bytes of an array above which unused room costs no memory."""
OWNERS = 256
"""Accounts whose owners are drawn at once."""
BINS = 512
"""Bins of one level of the selection by priority."""
FRESH = 18
"""Rows of what an account brings with it, named in acquisition."""
CHUNK = 512
"""Blocks of leads whose conversion is drawn at once."""


@inline()
def span(work, s):
    """Columns [low, high) of segment `s`."""
    low = work.offset[s]
    return low, low + work.count[s]


@inline()
def padded(low, high):
    """End of the columns [low, high) of one segment, rounded up to whole vectors.

    A pass without sums may run up to there: what it writes behind the last account is never read, and the scalar rest
    of a loop, which costs as much as some hundred accounts, never runs.
    """
    return low + (high - low + LANES - 1) // LANES * LANES


@inline()
def flagged(work, low, high, wanted, out):
    """Write the columns of the tile [low, high) whose flag shares a bit with `wanted` to `out`; return how many."""
    return list_flagged(work.flag, high - low, wanted, low, out)


def size(accounts: int, tables: Tables) -> int:
    """Bytes of a workspace at most, about. Mostly a run touches half of it or less, and the rest takes no memory."""
    extra = int(tables.extra[0])
    playbooks = tables.play.shape[2]
    reals, whole = accounts_rows(tables.team.shape[2], playbooks, int(tables.lag_months.max()), extra)
    state = (4 * reals + 2 * whole + 8) * min(tables.segment.shape[0], 2)
    return accounts * (state + 76 + 4 * FRESH + 52 * max(playbooks, 1) + 68 * extra)


def room(tables: Tables) -> np.ndarray:
    """Accounts (S,) for which there should be room: the book and more newcomers than are expected."""
    expected = (tables.leads * tables.channel["conversion"][..., None]).sum(axis=(3, 4)).max(axis=(0, 1))
    accounts = np.diff(tables.book.first) + np.ceil(1.2 * expected + 5.0 * np.sqrt(expected)).astype(np.int64)
    return np.asarray(accounts)


def more(capacity: np.ndarray) -> np.ndarray:
    """The next room to try where `capacity` did not suffice."""
    return capacity + capacity // 2 + 64


def lines(columns):
    """Columns rounded up to whole cache lines."""
    return (columns + LINE - 1) // LINE * LINE


def _pages(size: int) -> np.ndarray:
    """Zeros that take memory page by page, small pages: what is not touched costs nothing."""
    own = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    try:
        pages = mmap.mmap(-1, size, **own)
    except OSError as error:
        raise MemoryError(f"no room for {size:,} bytes") from error
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with suppress(OSError):
            pages.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(pages, np.uint8)


def zeros(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """Zeros that begin at a cache line: a vector that lies across two lines takes twice the time to load.

    Large arrays take memory page by page, as accounts come: there is room for many more of them than there mostly are,
    and the huge pages that NumPy asks for would fill it.
    """
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    line = LINE * 4
    raw = _pages(size + line) if size > LARGE else np.zeros(size + line, np.uint8)
    first = -raw.ctypes.data % line
    return raw[first : first + size].view(dtype).reshape(shape)


def allocate(
    capacity: np.ndarray, tables: Tables, *, journal: int = 0, watch: int = 0, keeps_start: bool = False
) -> Workspace:
    """Workspace for `capacity` (S,) accounts by segment, with a journal of so many records.

    `keeps_start`: month 0 can still be read after a run; with several arms it can anyway.
    """
    teams, playbooks, extra = tables.team.shape[2], tables.play.shape[2], int(tables.extra[0])
    months = tables.quality.shape[2] - 1
    posts = int(max(tables.posts.max(initial=0), tables.team["hire_most"].max(initial=0)))
    lag_months = int(tables.lag_months.max())
    # spare columns after each segment are room for whole vectors; each segment begins at a cache line
    offset = np.concatenate(([0], np.cumsum(lines(capacity + LANES + LINE)))).astype(np.int64)
    # rows that lie an odd number of lines apart are spread over the sets of a cache
    n = int(offset[-1]) + LINE * (int(offset[-1]) // LINE % 2 == 0)
    segments = len(capacity)
    reals, whole = accounts_rows(teams, playbooks, lag_months, extra)
    pool, groups = n * max(playbooks, 1), max(playbooks, 1) * segments
    optional = n * extra
    # those of a month who do not come by leads
    late = 2 * LANES + int(lines(n // 4)) * extra
    channels = tables.channel.shape[3]
    quarter = tables.book.quarter if tables.book.quarter.size else tables.quarter[:1]
    # a single arm begins in the book's own columns
    copies = 1 if tables.segment.shape[0] == 1 and not keeps_start else 2
    state, *others = [
        (zeros((reals, n), np.float32), zeros((whole, n), np.int16), zeros(n, np.uint64)) for _ in range(copies)
    ]
    start = others[0] if others else state
    return Workspace(
        offset=offset,
        count=zeros(segments, np.int64),
        reach=zeros(segments, np.int64),
        reals=state[0],
        whole=state[1],
        ids=state[2],
        start_reals=start[0],
        start_whole=start[1],
        start_ids=start[2],
        keeps_start=np.full(1, copies - 1, np.int64),
        hazard=zeros(TILE, np.float32),
        base=zeros(TILE, np.float32),
        flag=zeros(TILE, np.int32),
        stage=zeros(n, np.int16),
        chosen=zeros(max(TILE, CHUNK) + LANES, np.int32),
        leavers=zeros(n, np.int32),
        newcomers=zeros(n, np.uint64),
        coming=zeros(n + late, np.int32),
        arrival_id=zeros(n + late, np.uint64),
        arrival_word=zeros(n + late, np.uint64),
        arrival_misfit=zeros(n + late, np.float32),
        arrival_gap=zeros(n + late, np.float32),
        arrival_first=zeros((segments, months + 1, channels + 1), np.int64),
        late=zeros(1, np.int64),
        arrivals_of=np.full(1, -1, np.int64),
        leads=zeros((segments, months + 1, channels), np.int64),
        cohort=zeros(int(np.ptp(quarter)) + 1, np.float64),
        first_quarter=np.full(1, quarter.min(), np.int64),
        new_owner=zeros((teams, n), np.int16),
        fresh=zeros((FRESH, n + late), np.float32),
        conversion=zeros((4, CHUNK), np.int32),
        lead_words=zeros((4, CHUNK), np.uint64),
        candidate=zeros(pool, np.int32),
        key=zeros(pool, np.int32),
        group=zeros((groups, 5), np.int64),
        group_seconds=zeros(groups, np.int64),
        group_key=zeros(groups, np.uint64),
        pick=zeros(pool, np.int64),
        pick_key=zeros(pool, np.uint64),
        edge=zeros(pool + 1, np.int64),
        edge_key=zeros(pool + 1, np.uint64),
        taken=zeros(pool + 1, np.int64),
        served=zeros(pool, np.int32),
        words=zeros((2, n), np.uint64),
        drawn=zeros(n, np.float32),
        some=zeros(n, np.int32),
        spare=zeros(n, np.int32),
        owner_draws=zeros((8, OWNERS), np.float64),
        owner_record=zeros((2, OWNERS), np.float64),
        histogram=zeros(BINS, np.int64),
        seconds=zeros(teams, np.int64),
        filled_since=zeros((teams, posts), np.int32),
        vacant_until=zeros((teams, posts), np.int32),
        attrition_left=zeros((teams, posts), np.float64),
        departures=zeros((teams, posts), np.int32),
        lost=zeros((teams, posts), np.int32),
        funded=zeros(teams, np.int32),
        hired=zeros((teams, 2), np.int32),
        overload=zeros(teams, np.float64),
        reactive=zeros(teams, np.float64),
        market=zeros(months + 1, np.float64),
        incident_first=zeros(segments + 1, np.int64),
        referral=zeros(optional, np.uint64),
        referral_first=zeros(segments + 1, np.int64),
        detractors=zeros(segments, np.int64),
        recent_leavers=zeros(segments, np.float64),
        heard_by=zeros(segments, np.int64),
        back_head=zeros((segments, months + 1), np.int32),
        back_next=zeros(optional, np.int32),
        back_who=zeros(optional, np.uint64),
        back_state=zeros((5, optional), np.float32),
        back_products=zeros(optional, np.int32),
        back_count=zeros(1, np.int64),
        journal=zeros(journal, JOURNAL),
        noted=zeros(1, np.int64),
        opened=zeros(1, np.int64),
        watch=np.full(1, watch, np.int64),
    )

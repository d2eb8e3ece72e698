"""Allocation of scarce hours against sorting all candidates and serving each that fits."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnsim.engine import allocation, selection
from churnsim.engine.keys import TIE, philox_arrays
from churnsim.engine.vectors import LANES
from churnsim.engine.workspace import BINS
from tests.engine.python import callable_from_python

select = callable_from_python(allocation.select)
write_keys = callable_from_python(allocation.write_keys)
run_out = callable_from_python(selection.run_out)
MONTH, KEY = 7, np.uint64(0x0123_4567_89AB_CDEF)


def naive(priority: np.ndarray, play: np.ndarray, seconds: np.ndarray, hours: int, ids: np.ndarray) -> tuple[set, int]:
    """Sort by priority, then by the keyed tie word, highest first; serve each candidate that still fits."""
    play_keys = np.arange(len(seconds), dtype=np.uint64)
    tie = [
        philox_arrays(KEY, ids[c : c + 1], TIE, int(play_keys[play[c]]) << 16 | MONTH)[0, 0] for c in range(len(ids))
    ]
    served, left = set(), hours
    for c in sorted(range(len(ids)), key=lambda c: (priority[c], tie[c]), reverse=True):
        if seconds[play[c]] <= left:
            left -= int(seconds[play[c]])
            served.add((c, int(play[c])))
    return served, left


def quick(priority: np.ndarray, play: np.ndarray, seconds: np.ndarray, hours: int, ids: np.ndarray) -> tuple[set, int]:
    """The same by the engine; also asserts that nobody is served twice."""
    groups = len(seconds)
    room = len(ids) + LANES
    columns, keys = np.zeros(groups * room, np.int32), np.zeros(groups * room, np.int32)
    group = np.zeros((groups, 5), np.int64)
    for g in range(groups):
        own = np.flatnonzero(play == g)
        first, last = g * room, g * room + len(own)
        columns[first:last] = own
        keys[first:last] = priority[own].astype(np.float32).view(np.int32)
        group[g, [allocation.FIRST, allocation.LAST]] = first, last
    words = [np.zeros(groups * room, dtype) for dtype in (np.int64, np.uint64, np.int64, np.uint64, np.int64)]
    served = np.zeros(groups * room, np.int32)
    left = select(
        columns,
        keys,
        group,
        seconds.astype(np.int64),
        np.arange(groups, dtype=np.uint64),
        np.int64(hours),
        np.zeros(BINS, np.int64),
        *words,
        np.zeros(room, np.int32),
        np.zeros(room, np.int32),
        ids,
        MONTH,
        KEY,
        served,
    )
    pairs = [
        (int(c), g) for g in range(groups) for c in served[group[g, allocation.FIRST] : group[g, allocation.SERVED]]
    ]
    assert len(set(pairs)) == len(pairs)
    return set(pairs), int(left)


def ids_of(n: int) -> np.ndarray:
    return np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)


@st.composite
def instances(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    n = draw(st.integers(1, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seconds = np.array(draw(st.lists(st.integers(1, 40_000), min_size=1, max_size=4)), np.int64)
    play = rng.integers(0, len(seconds), n)
    kind = draw(st.sampled_from(["few levels", "all alike", "continuous", "wide", "close"]))
    if kind == "few levels":
        priority = rng.choice([0.0, 0.25, 1.0, 7.0], n)
    elif kind == "all alike":
        priority = np.full(n, rng.choice([0.0, 1.0]))
    elif kind == "continuous":
        priority = rng.uniform(0, 1, n)
    elif kind == "wide":
        priority = np.exp(rng.normal(0, 15, n))
    else:
        priority = 1.0 + rng.integers(0, 30, n) * 2.0**-23
    demand = int(seconds[play].sum())
    hours = draw(st.one_of(st.just(0), st.just(demand), st.integers(0, demand), st.integers(0, demand + 100_000)))
    return priority.astype(np.float32), play, seconds, hours


@given(instances())
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_it_serves_whom_a_full_sort_serves(instance: tuple) -> None:
    priority, play, seconds, hours = instance
    ids = ids_of(len(play))
    assert quick(priority, play, seconds, hours, ids) == naive(priority, play, seconds, hours, ids)


@pytest.mark.parametrize("n", [5_000, 20_000])
def test_many_candidates(n: int) -> None:
    rng = np.random.default_rng(n)
    seconds = np.array([900, 3600, 9000, 14_401])
    play = rng.integers(0, 4, n)
    priority = np.exp(rng.normal(8, 1, n)).round(rng.integers(-2, 1)).astype(np.float32)
    hours = int(seconds[play].sum() * 0.37)
    assert quick(priority, play, seconds, hours, ids_of(n)) == naive(priority, play, seconds, hours, ids_of(n))


def test_one_that_no_longer_fits_is_skipped_and_the_scan_goes_on() -> None:
    priority = np.array([5.0, 4.0, 3.0, 2.0], np.float32)
    play, seconds = np.array([0, 1, 2, 2]), np.array([60, 100, 30])
    assert quick(priority, play, seconds, 95, ids_of(4)) == ({(0, 0), (2, 2)}, 5)


def test_ties_break_by_a_lot_that_does_not_favour_a_place() -> None:
    n, served = 40, np.zeros(40)
    for trial in range(500):
        ids = ids_of(n) ^ np.uint64(trial * 7919)
        pairs, _ = quick(np.ones(n, np.float32), np.zeros(n, int), np.array([10]), 100, ids)
        served[[c for c, _ in pairs]] += 1
    # each is served in a quarter of the trials; 40 binomials
    z = (served - 125.0) / np.sqrt(500 * 0.25 * 0.75)
    assert served.sum() == 500 * 10
    assert np.abs(z).max() < 4.5


def test_a_priority_that_is_no_number_stands_below_all() -> None:
    arr = np.array([np.nan, -np.nan, np.inf, 0.0, 5.0], np.float32)
    keys = np.full(5, -1, np.int32)
    cells = np.zeros(5, np.int32)
    listed = np.zeros(5, np.float32)
    write_keys(keys, np.arange(5, dtype=np.int32), np.ones(1), 1.0, 3600, cells, arr, listed)
    assert list(keys[[0, 1, 3]]) == [0, 0, 0]
    assert 0 < keys[4] < keys[2] == np.float32(np.inf).view(np.int32)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=200),
    st.integers(0, 320),
)
def test_the_bin_in_which_the_seconds_run_out(bins: list[int], seconds: int) -> None:
    edge, above = len(bins) - 1, 0
    while edge >= 0 and above + bins[edge] <= seconds:
        above += bins[edge]
        edge -= 1
    assert run_out(np.array(bins, np.int64), np.int64(seconds)) == (edge, above)

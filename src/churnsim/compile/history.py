"""What the past says of existing accounts: the posteriors that follow from the base arm's mean path.

Given its month of first value an account follows the mean path, so its cumulated hazard at the last contract start is
known up to its frailty. Survival to that day weighs the buckets by E exp(-Z Lambda) (Bayes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from churnsim.compile import past_plays
from churnsim.compile.hazards import frailty_key, survival
from churnsim.compile.lines import GROUPS, Buckets, Classes, Lines, buckets, sort_out
from churnsim.compile.mean_path import Arm, Deliver, Path, walk
from churnsim.compile.values import Values
from churnsim.engine.tables import Book as BookTables
from churnsim.scenario.book import Book
from churnsim.scenario.model import Scenario


class Past(NamedTuple):
    """The base arm in some draws, or at the expected values."""

    arm: Arm
    values: Values


def no_book(scenario: Scenario, draws: int) -> BookTables:
    """Tables of an empty book."""
    whole, small = np.zeros(0, np.int32), np.zeros((draws, 1, 1, 1), np.float32)
    plays = np.zeros((1, len(scenario.playbooks), 1, 1), np.float32)
    return BookTables(
        first=np.zeros(len(scenario.segments) + 1, np.int64), ids=np.zeros(0, np.uint64), arr=np.zeros(0, np.float32),
        tenure=whole, term=whole, renewal=whole, renewals=whole, quarter=np.zeros(0, np.int64),
        health=np.zeros(0, np.float32), class_of=whole, line=whole, first_month=whole,
        bucket_share=np.ones((draws, 1, 1)), past_hazard=np.zeros((draws, 1, 1)), multiplier=small, engagement=small,
        adoption=small, rescue=small, shield=np.zeros((draws, 1, 1), np.float32),
        lift=np.zeros((draws, 1, 1), np.float32), uplift=np.zeros((draws, 1)), play_rate=plays, play_chance=plays,
        play_count=plays,
    )  # fmt: skip


def prior(path: Path, classes: Classes, edges: Buckets) -> np.ndarray:
    """Prior share (D, J, F) of the buckets, from the clock of first value."""
    tenure, line = classes.tenure[:, None], classes.line[:, None]
    before = path.not_yet[:, np.clip(edges.first[:-1] - 1, 0, tenure), line]
    after = path.not_yet[:, np.minimum(edges.last, tenure), line]
    never = path.not_yet[:, np.minimum(edges.last[-1], tenure), line]
    out = np.concatenate((before - after, never), axis=2)
    at_entry = never[:, :, 0] < 0.0
    out[at_entry] = 0.0
    out[at_entry, 0] = 1.0
    return out


def posterior(past: Past, path: Path, lines: Lines, classes: Classes, edges: Buckets) -> np.ndarray:
    """Share (D, J, F) of the buckets given survival to the contract start, cumulated."""
    share = prior(path, classes, edges)
    for s, (name, segment) in enumerate(past.values.scenario.segments.items()):
        mine = np.flatnonzero(lines.segment[classes.line] == s)
        if len(mine) == 0:
            continue
        parameters = frailty_key(past.values.under(f"segments.{name}"))
        hazard = path.hazard[:, mine]
        alive = survival(segment.intent.frailty.law, parameters, hazard.reshape(len(hazard), -1))
        share[:, mine] *= alive.reshape(hazard.shape)
    cumulative = np.cumsum(share, axis=2)
    return np.ascontiguousarray(cumulative / cumulative[:, :, -1:])


def groups_of(scenario: Scenario, past: Past) -> int:
    """Groups by ARR: more than one where plays or their priority tell sizes apart."""
    by_arr = past.arm["arr_exponent"] != 0.0 and any(play.channel == "csm" for play in scenario.playbooks.values())
    ranges = [play.trigger.arr for play in scenario.playbooks.values()]
    return GROUPS if by_arr or any(ends.min is not None or ends.max is not None for ends in ranges) else 1


_last: list[tuple[Scenario, Book, past_plays.Deliveries]] = []


def once(scenario: Scenario, book: Book, compute: Callable[[], past_plays.Deliveries]) -> past_plays.Deliveries:
    """Deliveries of the past, computed for the first batch of draws and kept for the others."""
    found = next((kept for base, accounts, kept in _last if base is scenario and accounts is book), None)
    if found is None:
        found = compute()
        _last[:] = [(scenario, book, found)]
    return found


def recall(scenario: Scenario, book: Book, past: Past, expected: Past, terms: list[int]) -> BookTables:
    """Tables of the book under the base arm: `past` of the draws, `expected` at the expected values."""
    order = np.lexsort((book.id_hash, book.segment))
    tenure = -book.start_month.astype(np.int64)
    term = np.searchsorted(terms, book.term_months)
    since = np.maximum(tenure - (book.term_months - book.renewal_month), 0)
    lines, classes, class_of = sort_out(book, term, since, terms, groups_of(scenario, expected))
    tenures = int(tenure.max(initial=0)) + 1
    medians = [expected.values(f"segments.{s}.onboarding.median_months_to_first_value") for s in scenario.segments]
    edges = buckets(tenures, float(np.max(medians)))

    def look(past: Past, deliver: Deliver) -> tuple[Path, np.ndarray]:
        path = walk(past.arm, lines, classes, edges, tenures, deliver)
        return path, posterior(past, path, lines, classes, edges)

    def composition(deliver: Deliver) -> np.ndarray:
        return np.diff(look(expected, deliver)[1][0], axis=1, prepend=0.0)

    lag = scenario.health.lag_months
    plays = once(
        scenario,
        book,
        lambda: past_plays.expected(expected.arm, lines, classes, edges, tenures, lag, composition),
    )
    path, share = look(past, plays.month)
    year_month = scenario.as_of.year * 12 + scenario.as_of.month - 1
    count = len(scenario.segments)
    return BookTables(
        first=np.searchsorted(book.segment[order], np.arange(count + 1)).astype(np.int64),
        ids=book.id_hash[order],
        arr=book.arr[order].astype(np.float32),
        tenure=tenure[order].astype(np.int32),
        term=term[order].astype(np.int32),
        renewal=book.renewal_month[order].astype(np.int32),
        renewals=np.rint(since / book.term_months)[order].astype(np.int32),
        quarter=((year_month - tenure) // 3)[order].astype(np.int64),
        health=book.health[order].astype(np.float32),
        class_of=class_of[order].astype(np.int32),
        line=classes.line[class_of][order].astype(np.int32),
        first_month=edges.first.astype(np.int32),
        bucket_share=share,
        past_hazard=path.hazard,
        multiplier=path.multiplier,
        engagement=path.engagement,
        adoption=path.adoption,
        rescue=path.rescue,
        shield=path.shield,
        lift=path.lift,
        uplift=path.uplift,
        play_rate=plays.rate,
        play_chance=plays.chance,
        play_count=plays.so_far,
    )

"""What the past says of existing accounts: the posteriors that follow from the base arm's mean path.

Given its month of first value and whether it is a misfit an account follows the mean path, so its cumulated hazard at
the last contract start is known up to its frailty. Survival to that day weighs the buckets by E exp(-Z Lambda) (Bayes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from churnsim.compile import past_hours
from churnsim.compile.company import handover
from churnsim.compile.hazards import frailty_key, survival
from churnsim.compile.lines import GROUPS, Arm, Buckets, Classes, Lines, buckets, sort_out
from churnsim.compile.mean_path import Path, walk
from churnsim.compile.past_misfits import arr_scores, frailty_misfit, misfit_share, survival_by_kind
from churnsim.compile.past_plays import Deliveries, Diary, ever_delivered
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
        health=np.zeros(0, np.float32), class_of=whole, line=whole, first_month=whole, misfit=whole,
        to_value=np.zeros((draws, 1, 1)), bucket_share=np.ones((draws, 1, 1)), past_hazard=np.zeros((draws, 1, 1)),
        multiplier=small, engagement=small, adoption=small, rescue=small, absent=small,
        shield=np.zeros((draws, 1, 1), np.float32), lift=np.zeros((draws, 1, 1), np.float32),
        gap=np.zeros((draws, 1, 1), np.float32), room=np.ones((draws, 1, 1), np.float32), uplift=np.zeros((draws, 1)),
        play_rate=plays, play_chance=plays, play_count=plays, play_ever=plays, products=whole,
        arr_score=np.zeros(0, np.float32), arr_tie=np.zeros((draws, len(scenario.segments))),
        misfit_odds=np.zeros((draws, 0, 0)),
    )  # fmt: skip


def prior(path: Path, classes: Classes, edges: Buckets, misfits: np.ndarray) -> np.ndarray:
    """Prior share (D, J, F) of the buckets, from the clock of first value and the share (D, J) of misfits."""
    tenure, line = classes.tenure[:, None], classes.line[:, None]
    parts = []
    for kind in range(edges.kinds):
        not_yet = path.not_yet[..., kind]
        before = not_yet[:, np.clip(edges.first[: len(edges.last)] - 1, 0, tenure), line]
        after = not_yet[:, np.minimum(edges.last, tenure), line]
        never = not_yet[:, np.minimum(edges.last[-1], tenure), line]
        part = np.concatenate((before - after, never), axis=2)
        at_entry = never[:, :, 0] < 0.0
        part[at_entry] = 0.0
        part[at_entry, 0] = 1.0
        parts.append(part)
    if edges.kinds == 1:
        return parts[0]
    return np.concatenate((parts[0] * (1.0 - misfits[:, :, None]), parts[1] * misfits[:, :, None]), axis=2)


def posterior(past: Past, path: Path, lines: Lines, classes: Classes, edges: Buckets) -> tuple[np.ndarray, np.ndarray]:
    """Share (D, J, F) of the buckets given survival to the contract start, cumulated; and the odds that tie misfits.

    The latter: the share of misfits among all who would have survived the bucket's hazard; (D, 0, 0) where nothing ties
    misfits to frailty or ARR.
    """
    misfits, tied = misfit_share(past.arm), frailty_misfit(past.arm)
    ties = edges.kinds == 2 and any(past.arm["segment"][name].any() for name in ("copula_31", "copula_32"))
    share = prior(path, classes, edges, misfits[:, lines.segment[classes.line]])
    odds = np.zeros(share.shape if ties else (len(share), 0, 0))
    for s, (name, segment) in enumerate(past.values.scenario.segments.items()):
        mine = np.flatnonzero(lines.segment[classes.line] == s)
        if len(mine) == 0:
            continue
        law = segment.intent.frailty.law
        parameters = frailty_key(past.values.under(f"segments.{name}"))
        hazard = path.hazard[:, mine].reshape(len(share), -1)
        if ties and parameters is not None:
            right, wrong = survival_by_kind(law, parameters, hazard, misfits[:, s], tied[:, s])
            mixed = misfits[:, s, None] * wrong
            whole = mixed + (1.0 - misfits[:, s, None]) * right
            mixed = np.divide(mixed, whole, out=np.zeros_like(whole), where=whole > 0.0)
            odds[:, mine] = mixed.reshape(len(share), len(mine), -1)
            alive = np.where(np.resize(edges.misfit, hazard.shape[1]) == 1, wrong, right)
        else:
            alive = survival(law, parameters, hazard)
        share[:, mine] *= alive.reshape(len(share), len(mine), -1)
    # where nobody survives as far as floats tell, those with the least hazard are left
    lost = ~share.any(axis=2)
    share[lost] = path.hazard[lost] == path.hazard[lost].min(axis=1, keepdims=True)
    cumulative = np.cumsum(share, axis=2)
    return np.ascontiguousarray(cumulative / cumulative[:, :, -1:]), odds


def median_months(v: Values) -> np.ndarray:
    """Median months (D,) to first value in a segment, at which `v` is rooted."""
    delay = 1.0 + v("onboarding.handover_delay") * (1.0 - handover(v))
    return np.asarray(v("onboarding.median_months_to_first_value") * delay)


def groups_of(scenario: Scenario, past: Past) -> int:
    """Groups by ARR: more than one where plays or their priority tell sizes apart."""
    by_arr = past.arm["arr_exponent"] != 0.0 and any(play.channel != "digital" for play in scenario.playbooks.values())
    ranges = [play.trigger.arr for play in scenario.playbooks.values()]
    return GROUPS if by_arr or any(ends.min is not None or ends.max is not None for ends in ranges) else 1


def counts_products(scenario: Scenario) -> bool:
    """Whether some cause of churn answers to the number of products."""
    causes = (cause for segment in scenario.segments.values() for cause in segment.intent.causes.values())
    return any(cause.products != 0.0 for cause in causes)


NOT_LOOKED_AT = ("leads", "market", "closed_from", "telemetry_from", "term_share")
"""Tables of an arm that say nothing of the past."""
COSTS = ("monthly_cost", "wage_growth", "recruiting_cost", "severance_cost", "process_cost")
"""Fields of TEAM that say nothing of it."""


def looked_at(arm: Arm) -> Arm:
    """The tables of an arm that the past may look at; there are no others in what is returned."""
    team = arm["team"]
    kept = [name for name in team.dtype.names or () if name not in COSTS]
    return {name: table for name, table in arm.items() if name not in NOT_LOOKED_AT} | {"team": team[kept]}


def content(past: Past, *parts: NamedTuple) -> bytes:
    """Hash of all that the past is made of besides the book: tables, frailty, and who shares a past."""
    digest = hashlib.sha256()

    def add(name: str, array: np.ndarray) -> None:
        if array.dtype.names is not None:  # the bytes between fields are anything
            for field in array.dtype.names:
                add(f"{name} {field}", array[field])
        else:
            digest.update(f"{name} {array.dtype.str} {array.shape}\0".encode() + array.tobytes())

    for name, table in past.arm.items():
        add(name, np.asarray(table))
    for name, segment in past.values.scenario.segments.items():
        parameters = frailty_key(past.values.under(f"segments.{name}"))
        add(f"{name} {segment.intent.frailty.law}", np.zeros(0) if parameters is None else parameters)
    for part in parts:
        for name, value in part._asdict().items():
            for one in value if isinstance(value, list) else [value]:
                add(name, np.asarray(one))
    return digest.digest()


def months_last(made: Deliveries) -> Deliveries:
    """The same with months next to each other in memory, as the engine looks back on them."""

    def last(row: np.ndarray) -> np.ndarray:
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(row, 0, -1)), -1, 0)

    return made._replace(rate=last(made.rate), chance=last(made.chance), so_far=last(made.so_far))


_last: list[tuple[Book, bytes, int, Deliveries]] = []


def once(book: Book, made_of: bytes, lag: int, compute: Callable[[], Deliveries]) -> Deliveries:
    """Deliveries of the past, kept for other draws and for scenarios that differ in nothing that made it."""
    for known, *key, kept in _last:
        if known is book and key == [made_of, lag]:
            return kept
    found = compute()
    _last[:] = [(book, made_of, lag, found)]
    return found


def recall(scenario: Scenario, book: Book, past: Past, expected: Past, terms: list[int]) -> BookTables:
    """Tables of the book under the base arm: `past` of the draws, `expected` at the expected values."""
    expected = expected._replace(arm=looked_at(expected.arm))
    order = np.lexsort((book.id_hash, book.segment))
    tenure = -book.start_month.astype(np.int64)
    term = np.searchsorted(terms, book.term_months)
    since = np.maximum(tenure - (book.term_months - book.renewal_month), 0)
    groups = groups_of(scenario, expected)
    lines, classes, class_of = sort_out(book, term, since, terms, groups, counts_products(scenario))
    tenures = int(tenure.max(initial=0)) + 1
    kinds = 2 if misfit_share(expected.arm).any() else 1
    medians = [median_months(expected.values.under(f"segments.{name}")) for name in scenario.segments]
    edges = buckets(tenures, float(np.max(medians)), kinds)

    def look(past: Past, made: Deliveries | Diary, answered: float) -> tuple[Path, np.ndarray, np.ndarray]:
        path = walk(past.arm, lines, classes, edges, tenures, made.month, answered)
        return path, *posterior(past, path, lines, classes, edges)

    def composition(diary: Diary) -> np.ndarray:
        return np.diff(look(expected, diary, diary.made.answered)[1][0], axis=1, prepend=0.0)

    lag = scenario.health.lag_months
    plays = once(
        book,
        content(expected, lines, classes, edges),
        lag,
        lambda: months_last(past_hours.expected(expected.arm, lines, classes, edges, tenures, lag, composition)),
    )
    path, share, odds = look(past, plays, plays.answered)
    arr_score, arr_tie = arr_scores(book, past.arm["segment"]["entry_sigma"])
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
        misfit=edges.misfit.astype(np.int32),
        to_value=np.ascontiguousarray(path.to_value[:, classes.tenure, classes.line][:, :, edges.misfit]),
        bucket_share=share,
        past_hazard=path.hazard,
        multiplier=path.multiplier,
        engagement=path.engagement,
        adoption=path.adoption,
        rescue=path.rescue,
        absent=path.absent,
        shield=path.shield,
        lift=path.lift,
        gap=path.gap,
        room=path.room,
        uplift=path.uplift,
        play_rate=np.moveaxis(plays.rate, 0, -1),
        play_chance=np.moveaxis(plays.chance, 0, -1),
        play_count=np.moveaxis(plays.so_far, 0, -1),
        play_ever=ever_delivered(np.moveaxis(plays.chance, 0, -1)),
        products=book.products[order].astype(np.int32),
        arr_score=arr_score[order].astype(np.float32),
        arr_tie=arr_tie,
        misfit_odds=odds,
    )

"""Existing accounts: the state at month 0 of accounts that entered in the past (MODEL: existing accounts).

What the past says: the account survived to its last contract start, so its month of first value, whether it is a
misfit, and its frailty come from their posterior given the hazard cumulated by then (prior x exp(-z Lambda)). Since the
contract start the intent clock has run silently, so an account may begin with the decision to leave taken. The past is
that of the base arm, along its mean path with the plays that its team and channels have delivered on average, and the
same in every arm. Whether a sponsor is there does not tell of the past, nor the past of it.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ARR,
    ARR_ANNIVERSARY,
    CONTRACTION_LEFT,
    FIRST_VALUE_LEFT,
    INTENT,
    INTENT_LEFT,
    NEVER,
    RENEWALS,
    SINCE_TOUCH,
    TENURE,
    TERM,
    TO_RENEWAL,
    UNTOUCHED,
    UPSELL_LEFT,
    delivery_months,
    owners,
)
from churnsim.engine.acquisition import (
    FRESH_CONTRACTION,
    FRESH_FIRST_VALUE,
    FRESH_INTENT,
    FRESH_UPSELL,
    cohort_factor,
    draw_fresh,
)
from churnsim.engine.exits import leaves_at_once
from churnsim.engine.jit import inline, jit
from churnsim.engine.past_plays import remember_play
from churnsim.engine.past_state import PAST_BUCKET, PAST_MILESTONES, PAST_SPONSOR, draw_pasts, recall
from churnsim.engine.team import own, owned
from churnsim.engine.vectors import copy, set_row, whole_vectors
from churnsim.engine.workspace import AT_ONCE, span


@jit()
def open_book(tables, work, d, key):
    """Write the book's accounts as they stand at the end of month 0, under the base arm (arm 0)."""
    book = tables.book
    work.arrivals_of[0] = -1
    for s in range(work.count.shape[0]):
        work.count[s] = book.first[s + 1] - book.first[s]
        volatility = tables.segment[0, d, s].cohort_volatility
        for q in range(work.cohort.shape[0]):
            work.cohort[q] = cohort_factor(volatility, key, tables.segment_key[s], work.first_quarter[0] + q)
        for first in range(0, work.count[s], AT_ONCE):
            n = min(work.count[s] - first, AT_ONCE)
            open_tile(tables, work, d, s, work.offset[s] + first, book.first[s] + first, n, key)
        for t in range(tables.team.shape[2]):
            if owned(tables, 0, d, t, s):
                low, high = span(work, s)
                rows = work.start_whole[owners(tables) + t, low:high]
                own(work, rows, work.start_ids[low:high], tables.team_key[t], tables.posts[0, t, 0], key)


@inline()
def open_tile(tables, work, d, s, low, first, n, key):
    """Write `n` accounts of segment `s`, from `first` on in the book, to the columns from `low` on."""
    book, seg = tables.book, tables.segment[0, d, s]
    # in a copy there is room behind them for whole vectors
    copy(book.ids[first:], work.arrival_id[:n])
    # what no mechanism asks for is not drawn
    frail = tables.frailty_row[0, d, s] >= 0
    draw_fresh(tables, work, np.int64(0), n, key, entries=frail, exits=leaves_at_once(seg))
    lay_out(tables, work, low, first, n)
    if book.bucket_share.shape[2] > 1 or book.absent.shape[1] > 0 or seg.milestones > 1:
        draw_pasts(
            work.fresh[PAST_BUCKET, : whole_vectors(n)],
            work.fresh[PAST_SPONSOR, : whole_vectors(n)],
            work.fresh[PAST_MILESTONES, : whole_vectors(n)],
            work.arrival_id[: whole_vectors(n)],
            key,
        )
    recall(tables, work, d, s, low, first, n, key)
    # a book of accounts that are all new has no month in which a play could have come
    if book.play_rate.shape[3] > 1:
        for p in range(tables.play.shape[2]):
            remember_play(tables, work, d, p, low, first, n, key)


@jit()
def lay_out(tables, work, low, first, n):
    """Let the `n` accounts from column `low` on begin as those who enter do, row by row, with what the book says.

    They stand from `first` on in the book.
    """
    reals, whole, fresh, book = work.start_reals, work.start_whole, work.fresh, tables.book
    high = low + n
    for row in range(reals.shape[0]):
        set_row(reals[row, low:high], np.float32(0.0))
    for row in range(whole.shape[0]):
        set_row(whole[row, low:high], np.int16(0))
    for p in range(tables.play.shape[2]):
        set_row(whole[delivery_months(tables, whole) + p, low:high], np.int16(-NEVER))
    set_row(whole[INTENT, low:high], np.int16(-1))
    set_row(whole[SINCE_TOUCH, low:high], UNTOUCHED)
    copy(fresh[FRESH_INTENT], reals[INTENT_LEFT, low:high])
    copy(fresh[FRESH_FIRST_VALUE], reals[FIRST_VALUE_LEFT, low:high])
    copy(fresh[FRESH_UPSELL], reals[UPSELL_LEFT, low:high])
    copy(fresh[FRESH_CONTRACTION], reals[CONTRACTION_LEFT, low:high])
    copy(book.ids[first:], work.start_ids[low:high])
    copy(book.tenure[first:], whole[TENURE, low:high])
    copy(book.term[first:], whole[TERM, low:high])
    copy(book.renewal[first:], whole[TO_RENEWAL, low:high])
    copy(book.renewals[first:], whole[RENEWALS, low:high])
    copy(book.arr[first:], reals[ARR, low:high])
    copy(book.arr[first:], reals[ARR_ANNIVERSARY, low:high])

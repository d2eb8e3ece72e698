"""When plays reached existing accounts last, and how often by then (see history)."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ARR,
    NEVER,
    SINCE_TOUCH,
    TENURE,
    delivery_counts,
    delivery_months,
)
from churnsim.engine.jit import jit
from churnsim.engine.keys import HISTORY, block, uniform
from churnsim.engine.vectors import whole_vectors


@jit()
def draw_memories(words, ids, play_key, key):
    """Words that say when a play reached accounts last."""
    for c in range(ids.shape[0]):
        words[c] = block(key, ids[c], HISTORY, (play_key << np.uint64(16)) | np.uint64(0xFFFF))[0]


@jit()
def remember_play(tables, work, d, p, low, first, n, key):
    """Say when play `p` reached each of `n` accounts last, from the expected deliveries, and how often by then.

    The accounts stand from `first` on in the book and from `low` on in the state, their buckets in `work.spare`.
    P(last delivery j months ago) is that of a delivery then, times that of none in the months that the cadence allows
    since.
    """
    book = tables.book
    reals, whole = work.start_reals, work.start_whole
    number, last = whole[delivery_counts(tables, whole) + p], whole[delivery_months(tables, whole) + p]
    play = tables.play[0, d, p]
    # a play by CSMs is itself a touch
    spacing = max(play.cadence, play.touch_min if play.touches else 1, 1)
    words = work.words[0]
    draw_memories(words[: whole_vectors(n)], work.arrival_id[: whole_vectors(n)], tables.play_key[p], key)
    for c in range(n):
        i = low + c
        if reals[ARR, i] < play.arr_min or reals[ARR, i] > play.arr_max:
            continue
        if last[i] == NEVER:
            continue
        line, bucket, tenure = book.line[first + c], work.spare[c], whole[TENURE, i]
        rate, chance = book.play_rate[p, line, bucket], book.play_chance[p, line, bucket]
        u = uniform(words[c])
        if u >= book.play_ever[p, line, bucket, tenure]:
            continue
        reached, since = 0.0, 1.0
        for ago in range(1, tenure + 1):
            if ago > spacing:
                since *= 1.0 - chance[np.uint32(tenure - ago + spacing)]
            reached += since * rate[np.uint32(tenure - ago)]
            if u < reached:
                # delivered in month 1 - ago, whose end made it one month old
                last[i] = 1 - ago
                number[i] = max(int(book.play_count[p, line, bucket, tenure] + 0.5), 1)
                if play.touches:
                    whole[SINCE_TOUCH, i] = min(whole[SINCE_TOUCH, i], ago)
                break

"""Plays: who is eligible, and what a delivery does. Equations and sources: scenario/playbooks.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ENGAGEMENT,
    FIRST_VALUE,
    FIRST_VALUE_LEFT,
    INTENT,
    INTENT_LEFT,
    LIFT,
    N_INTENT,
    SCORE,
    SHIELD,
    SINCE_TOUCH,
    TENURE,
    TO_RENEWAL,
)
from churnsim.engine.clocks import INTENT_LANE, threshold
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import PLAY, block, uniform

OPEN = 2_000_000_000
"""Stands for an open end of a range of months."""
STALLED_AFTER = np.int32(3)
"""Completed months without first value after which an account is stalled (90 days)."""
_ONE = np.float32(1.0)


@jit()
def write_stages(out, first_value, tenure, to_renewal, window):
    """Stage of each account: 0 onboarding, 1 stalled, 2 growth, 3 renewal window; onboarding outranks the window."""
    for i in range(out.shape[0]):
        before = np.int32(1) if tenure[i] >= STALLED_AFTER else np.int32(0)
        after = np.int32(3) if to_renewal[i] <= window else np.int32(2)
        out[i] = after if first_value[i] != np.float32(0.0) else before


@jit()
def match_stage(flag, stage, last, stages, latest):
    """flag = 1 for accounts in one of the `stages` whose last delivery was in or before the month `latest`."""
    for i in range(flag.shape[0]):
        flag[i] = (stages >> stage[i]) & np.int32(1) if last[i] <= latest else np.int32(0)


@jit()
def keep(flag, values, least, most):
    """Keep flags of accounts whose value lies in the range."""
    for i in range(flag.shape[0]):
        flag[i] = flag[i] if (values[i] >= least) & (values[i] <= most) else np.int32(0)


@jit()
def match(flag, stage, reals, whole, low, high, play, last_row, month):
    """flag = 1 where the accounts [low, high) are eligible for the play; an open range costs nothing."""
    match_stage(flag, stage, whole[last_row, low:high], play.stages, np.int32(month - max(play.cadence, 1)))
    if play.score_min > -np.inf or play.score_max < np.inf:
        keep(flag, reals[SCORE, low:high], play.score_min, play.score_max)
    if play.arr_min > -np.inf or play.arr_max < np.inf:
        keep(flag, reals[ARR, low:high], play.arr_min, play.arr_max)
    if play.renewal_min > -OPEN or play.renewal_max < OPEN:
        keep(flag, whole[TO_RENEWAL, low:high], play.renewal_min, play.renewal_max)
    if play.tenure_min > -OPEN or play.tenure_max < OPEN:
        keep(flag, whole[TENURE, low:high], play.tenure_min, play.tenure_max)
    if play.touch_min > -OPEN or play.touch_max < OPEN:
        keep(flag, whole[SINCE_TOUCH, low:high], play.touch_min, play.touch_max)


@jit()
def collect(flag, chosen, low, wanted):
    """Append the columns of flags of the value `wanted` to `chosen`, without branches; return how many."""
    count = 0
    for i in range(flag.shape[0]):
        chosen[count] = np.int32(low + i)
        count += np.int32(flag[i] == wanted)
    return count


@jit()
def draw_words(first, second, key):
    """Replace who and ordinal of each play by its words for success and rescue."""
    for c in range(first.shape[0]):
        w0, w1, _, _ = block(key, first[c], PLAY, second[c])
        first[c] = w0
        second[c] = w1


@jit()
def draw_luck(success, rescue, columns, kinds, deliveries, ids, play_keys, key):
    """Words for success and rescue of the next delivery of play `kinds[c]` to account `columns[c]`."""
    # the gathers stand in a loop of their own, so that the arithmetic vectorises
    for c in range(success.shape[0]):
        i = columns[c]
        p = kinds[c]
        success[c] = ids[i]
        rescue[c] = (play_keys[p] << np.uint64(16)) | np.uint64(deliveries[p, i] + 1)
    draw_words(success, rescue, key)


@inline()
def deliver(reals, whole, i, p, plays, play, strengths, success_word, rescue_word, who, key, month):
    """Deliver play `p` to account `i`; return whether it succeeded."""
    first_row = whole.shape[0] - 2 * plays
    repeats = whole[first_row + p, i]
    whole[first_row + p, i] = repeats + 1
    whole[first_row + plays + p, i] = month
    if play.team >= 0:
        whole[SINCE_TOUCH, i] = 0
    if uniform(success_word) >= play.success:
        return False
    strength = strengths[min(repeats, strengths.shape[0] - 1)]
    if reals[FIRST_VALUE, i] != 0.0:
        a = reals[ADOPTION, i]
        reals[ADOPTION, i] = max(a + strength * play.adoption * (_ONE - a), np.float32(0.0))
    else:
        reals[FIRST_VALUE_LEFT, i] -= strength * play.first_value
    g = reals[ENGAGEMENT, i]
    reals[ENGAGEMENT, i] = max(g + strength * play.engagement * (_ONE - g), np.float32(0.0))
    if play.shield != 0.0:
        reals[SHIELD, i] = stronger(reals[SHIELD, i], strength * play.shield)
    if play.lift != 0.0:
        reals[LIFT, i] = stronger(reals[LIFT, i], strength * play.lift)
    if whole[INTENT, i] >= 0 and uniform(rescue_word) < play.rescue * strength:
        whole[INTENT, i] = -1
        # clocks of states begin anew: what is left of the old threshold is dropped
        reals[INTENT_LEFT, i] = threshold(key, who, whole[N_INTENT, i], INTENT_LANE)
    return True


@inline()
def stronger(remaining, new):
    """A repeat does not pile up: of what remains and what is new the stronger holds, be it good or harm."""
    return new if abs(new) >= abs(remaining) else remaining

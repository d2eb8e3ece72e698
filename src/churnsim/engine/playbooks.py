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
    MISFIT,
    N_INTENT,
    ROOM,
    SCORE,
    SHIELD,
    SINCE_TOUCH,
    SPONSOR,
    TENURE,
    TO_RENEWAL,
    TREATED,
)
from churnsim.engine.clocks import INTENT_LANE, threshold
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import PLAY as PLAY_RECORD
from churnsim.engine.journal import RESCUE, SPONSOR_BACK, note
from churnsim.engine.keys import PLAY, block, uniform
from churnsim.engine.sponsor import change_sponsor

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
def keep_treated(flag, treated, p):
    """Keep flags of accounts in the treated group of play `p`."""
    for i in range(flag.shape[0]):
        flag[i] = flag[i] & (treated[i] >> np.int32(p))


@jit()
def match(flag, stage, reals, whole, low, high, play, p, last_row, month):
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
    if play.sponsor_wanted >= 0:
        wanted = np.float32(play.sponsor_wanted)
        keep(flag, reals[SPONSOR, low:high], wanted, wanted)
    if play.random_share < 1.0:
        keep_treated(flag, whole[TREATED, low:high], p)


@jit()
def draw_words(first, second, key):
    """Replace who and ordinal of each play by its words for success and rescue."""
    for c in range(first.shape[0]):
        w0, w1, _, _ = block(key, first[c], PLAY, second[c])
        first[c] = w0
        second[c] = w1


@inline()
def play_ordinal(play_key, deliveries):
    """Ordinal of a delivery to an account that has had so many of the play."""
    return (play_key << np.uint64(16)) | np.uint64(deliveries + 1)


@jit()
def draw_luck(success, rescue, columns, kinds, deliveries, ids, play_keys, key):
    """Words for success and rescue of the next delivery of play `kinds[c]` to account `columns[c]`."""
    # the gathers stand in a loop of their own, so that the arithmetic vectorises
    for c in range(success.shape[0]):
        i = columns[c]
        p = kinds[c]
        success[c] = ids[i]
        rescue[c] = play_ordinal(play_keys[p], deliveries[p, i])
    draw_words(success, rescue, key)


@inline()
def strength_of(tables, a, d, p, s, reals, i, repeats):
    """Strength of a delivery relative to the stated effects: repeats, segment, skill, misfit, health."""
    strengths = tables.strength[a, d, p]
    strength = strengths[min(repeats, strengths.shape[0] - 1)] * tables.factor[a, d, p, s]
    if tables.extra[0] == 1:
        play = tables.play[a, d, p]
        weight = tables.segment[a, d, s].adoption_weight
        health = weight * reals[ADOPTION, i] + (_ONE - weight) * reals[ENGAGEMENT, i]
        strength *= _ONE + reals[MISFIT, i] * (play.misfit - _ONE)
        strength *= play.health_0 + (play.health_1 - play.health_0) * health
    return strength


@inline()
def deliver(tables, work, a, d, s, i, p, success_word, rescue_word, share, month, key):
    """Deliver play `p` to account `i` of segment `s`; return whether it succeeded.

    `share`: what short hours leave of it, 1 in full; it scales effects, and the odds of those that are yes or no.
    """
    reals, whole = work.reals, work.whole
    play = tables.play[a, d, p]
    plays = tables.play.shape[2]
    first_row = whole.shape[0] - 2 * plays
    repeats = whole[first_row + p, i]
    whole[first_row + p, i] = repeats + 1
    whole[first_row + plays + p, i] = month
    if play.touches:
        whole[SINCE_TOUCH, i] = 0
    won = uniform(success_word) < play.success
    note(work, month, PLAY_RECORD, work.ids[i], p, 1.0 if won else 0.0)
    if not won:
        return False
    seg = tables.segment[a, d, s]
    odds = strength_of(tables, a, d, p, s, reals, i, repeats) * share
    strength = odds
    if reals[FIRST_VALUE, i] != 0.0:
        reals[ADOPTION, i] = fill(reals[ADOPTION, i], strength * play.adoption)
    else:
        reals[FIRST_VALUE_LEFT, i] -= strength * play.first_value * np.float32(seg.milestones)
    reals[ENGAGEMENT, i] = fill(reals[ENGAGEMENT, i], strength * play.engagement)
    if play.shield != 0.0:
        reals[SHIELD, i] = stronger(reals[SHIELD, i], strength * play.shield)
    if play.lift != 0.0:
        reals[LIFT, i] = stronger(reals[LIFT, i], strength * play.lift)
    if play.ceiling != 0.0:
        raise_ceiling(seg, reals, i, strength * play.ceiling)
    if whole[INTENT, i] >= 0 and uniform(rescue_word) < play.rescue * odds:
        whole[INTENT, i] = -1
        # clocks of states begin anew: what is left of the old threshold is dropped
        reals[INTENT_LEFT, i] = threshold(key, work.ids[i], whole[N_INTENT, i], INTENT_LANE)
        note(work, month, RESCUE, work.ids[i], p, 0.0)
    if play.sponsor > 0.0 and reals[SPONSOR, i] == 0.0:
        words = block(key, work.ids[i], PLAY, play_ordinal(tables.play_key[p], repeats))
        if uniform(words[2]) < play.sponsor * odds:
            change_sponsor(reals, whole, i, work.ids[i], key, _ONE)
            note(work, month, SPONSOR_BACK, work.ids[i], p, 0.0)
    return True


@inline()
def fill(level, share):
    """A level in [0, 1] that closes a share of its gap to 1, or loses as much of it where the share is negative."""
    return min(max(level + share * (_ONE - level), np.float32(0.0)), _ONE)


@jit()
def raise_ceiling(seg, reals, i, share):
    """Let a sticky feature take a share of the room above the account's ceiling."""
    bare = _ONE - seg.adoption_ceiling * (_ONE - (_ONE - seg.misfit_ceiling) * reals[MISFIT, i])
    if bare > np.float32(0.0):
        reals[ROOM, i] = (_ONE - fill(_ONE - bare * reals[ROOM, i], share)) / bare


@inline()
def stronger(remaining, new):
    """A repeat does not pile up: of what remains and what is new the stronger holds, be it good or harm."""
    return new if abs(new) >= abs(remaining) else remaining

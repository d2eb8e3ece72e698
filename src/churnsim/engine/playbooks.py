"""Plays: who is eligible, and what a delivery does. Equations and sources: scenario/playbooks.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ENGAGEMENT,
    INTENT,
    INTENT_LEFT,
    MISFIT,
    N_INTENT,
    N_SPONSOR,
    SCORE,
    SINCE_TOUCH,
    TENURE,
    TO_RENEWAL,
    delivery_counts,
    delivery_months,
)
from churnsim.engine.clocks import INTENT_LANE, threshold
from churnsim.engine.effects import raise_ceiling, take_effect
from churnsim.engine.health import health_of
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import PLAY as PLAY_RECORD
from churnsim.engine.journal import RESCUE, SPONSOR_BACK, note
from churnsim.engine.keys import CLOCKS, PLAY, block, uniform
from churnsim.engine.onboarding import REACHED
from churnsim.engine.sponsor import bring_sponsor
from churnsim.engine.vectors import list_marked, whole_vectors

OPEN = 2_000_000_000
"""Stands for an open end of a range of months."""
STALLED_AFTER = np.int32(3)
"""Completed months without first value after which an account is stalled (90 days)."""
ONBOARDING, STALLED, GROWTH, IN_WINDOW = np.int32(1), np.int32(2), np.int32(4), np.int32(8)
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@jit()
def write_stages(out, first_value_left, tenure, to_renewal, window):
    """Stage of each account as a bit: onboarding, stalled, growth, renewal window; onboarding outranks the window."""
    for i in range(out.shape[0]):
        before = STALLED if tenure[i] >= STALLED_AFTER else ONBOARDING
        after = IN_WINDOW if to_renewal[i] <= window else GROWTH
        out[i] = after if first_value_left[i] == REACHED else before


@jit()
def match_stage(flag, stage, last, stages, latest):
    """flag = 1 for accounts in one of the `stages` whose last delivery was in or before the month `latest`."""
    for i in range(flag.shape[0]):
        flag[i] = np.int32(((stages & stage[i]) != 0) & (last[i] <= latest))


@jit()
def keep(flag, values, least, most):
    """Keep flags of accounts whose value lies in the range."""
    for i in range(flag.shape[0]):
        flag[i] = flag[i] if (values[i] >= least) & (values[i] <= most) else np.int32(0)


@jit()
def keep_sponsors(flag, changes, wanted):
    """Keep flags of accounts with a sponsor (`wanted` 1), or of those without (0)."""
    for i in range(flag.shape[0]):
        flag[i] = flag[i] if (changes[i] & 1) != wanted else np.int32(0)


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
    if play.sponsor_wanted >= 0:
        keep_sponsors(flag, whole[N_SPONSOR, low:high], np.int32(play.sponsor_wanted))


@jit()
def draw_words(first, second, key):
    """Replace who and ordinal of each delivery by its words for success and rescue."""
    for c in range(first.shape[0]):
        w0, w1, _, _ = block(key, first[c], PLAY, second[c])
        first[c] = w0
        second[c] = w1


@inline()
def play_ordinal(play_key, deliveries):
    """Ordinal of a delivery to an account that has had so many of the play."""
    return (play_key << np.uint64(16)) | np.uint64(deliveries + 1)


@jit()
def draw_luck(work, columns, deliveries, play_key, key):
    """Words for success and rescue of the next delivery of a play to the accounts `columns`, to `work.words`."""
    # the gathers stand in a loop of their own, so that the arithmetic vectorises
    who, ordinal, ids = work.words[0], work.words[1], work.ids
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        who[c] = ids[i]
        ordinal[c] = play_ordinal(play_key, deliveries[i])
    n = whole_vectors(columns.shape[0])
    draw_words(who[:n], ordinal[:n], key)


@jit()
def weigh(strength, columns, deliveries, by_repeat, factor):
    """Strength of a delivery relative to the stated effects: how often it came before, times what all have alike."""
    last = np.int32(by_repeat.shape[0] - 1)
    for c in range(strength.shape[0]):
        strength[c] = by_repeat[np.uint32(min(deliveries[np.uint32(columns[c])], last))] * factor


@jit()
def vary_with_misfit(strength, columns, misfit, of_misfits):
    """Let misfits get `of_misfits` of the strength."""
    change = of_misfits - _ONE
    for c in range(strength.shape[0]):
        strength[c] *= _ONE + np.float32(misfit[np.uint32(columns[c])]) * change


@jit()
def vary_with_health(strength, columns, adoption, engagement, weight, lowest, highest):
    """Let the strength vary from `lowest` at health 0 to `highest` at health 1."""
    slope = highest - lowest
    for c in range(strength.shape[0]):
        i = np.uint32(columns[c])
        strength[c] *= lowest + slope * health_of(adoption[i], engagement[i], weight)


@jit()
def count_successes(strength, success, odds):
    """Leave strength to the deliveries that succeed, by their words; return how many they are."""
    successes = 0
    for c in range(strength.shape[0]):
        wins = uniform(success[c]) < odds
        strength[c] *= np.float32(wins)
        successes += np.int64(wins)
    return successes


@jit()
def find_rescued(columns, strength, rescue, odds, intent, lucky, rescued):
    """Write the columns of those whose intent is cleared, by their words, to `rescued`; return how many.

    `lucky`: scratch.
    """
    n = strength.shape[0]
    for c in range(n):
        lucky[c] = np.int32(uniform(rescue[c]) < odds * strength[c])
    # few are lucky, whether they want to leave or not
    found = list_marked(lucky, columns, n, np.int32(1), rescued)
    cleared = 0
    for c in range(found):
        i = np.uint32(rescued[c])
        rescued[cleared] = i
        cleared += np.int64(intent[i] >= 0)
    return cleared


@inline()
def deliver(tables, work, a, d, p, s, columns, share, month, key):
    """Deliver play `p` to the accounts `columns` of segment `s`; return how many deliveries succeeded.

    `share`: what short hours leave of each, 1 in full; it scales effects, and the odds of those that are yes or no.
    """
    reals, whole = work.reals, work.whole
    play, seg = tables.play[a, d, p], tables.segment[a, d, s]
    number, last = whole[delivery_counts(tables, whole) + p], whole[delivery_months(tables, whole) + p]
    n = columns.shape[0]
    strength, success, rescue = work.drawn[:n], work.words[0, :n], work.words[1, :n]
    draw_luck(work, columns, number, tables.play_key[p], key)
    weigh(strength, columns, number, tables.strength[a, d, p], tables.factor[a, d, p, s] * share)
    if play.misfit != _ONE:
        vary_with_misfit(strength, columns, whole[MISFIT], play.misfit)
    if play.health_0 != _ONE or play.health_1 != _ONE:
        weight, lowest, highest = seg.adoption_weight, play.health_0, play.health_1
        vary_with_health(strength, columns, reals[ADOPTION], reals[ENGAGEMENT], weight, lowest, highest)
    remember(columns, number, last, whole[SINCE_TOUCH], play.touches, np.int32(month))
    successes = count_successes(strength, success, play.success)
    take_effect(reals, columns, strength, play, seg.milestones, work.base)
    cleared = 0
    if play.rescue > 0.0:
        cleared = find_rescued(columns, strength, rescue, play.rescue, whole[INTENT], work.flag, work.some)
    if work.journal.shape[0] > 0:
        for c in range(n):
            won = uniform(success[c]) < play.success
            note(work, month, PLAY_RECORD, work.ids[columns[c]], p, 1.0 if won else 0.0)
    for c in range(cleared):
        clear_intent(work, work.some[c], p, month, key)
    if play.ceiling != _ZERO or play.sponsor > 0.0:
        for c in range(n):
            if uniform(success[c]) < play.success:
                if play.ceiling != _ZERO:
                    raise_ceiling(seg, reals, whole[MISFIT], columns[c], strength[c] * play.ceiling)
                win_sponsor(tables, work, columns[c], p, play.sponsor * strength[c], month, key)
    return successes


@jit()
def remember(columns, deliveries, last, since_touch, touches, month):
    """Write down that a play reaches the accounts `columns` in this month."""
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        deliveries[i] += np.int32(1)
        last[i] = month
    if touches:
        for c in range(columns.shape[0]):
            since_touch[np.uint32(columns[c])] = 0


@jit()
def clear_intent(work, i, p, month, key):
    """Play `p` talks account `i` out of leaving; what is left of the old threshold is dropped."""
    work.whole[INTENT, i] = -1
    work.reals[INTENT_LEFT, i] = threshold(key, work.ids[i], CLOCKS, work.whole[N_INTENT, i], INTENT_LANE)
    note(work, month, RESCUE, work.ids[i], p, 0.0)


@jit()
def win_sponsor(tables, work, i, p, odds, month, key):
    """A delivery of play `p` that succeeded may bring account `i` a sponsor, if it has none."""
    if (work.whole[N_SPONSOR, i] & 1) == 0:
        return
    number = work.whole[delivery_counts(tables, work.whole) + p, i]
    words = block(key, work.ids[i], PLAY, play_ordinal(tables.play_key[p], number - 1))
    if uniform(words[2]) < odds:
        bring_sponsor(work.reals, work.whole, i, work.ids[i], key)
        note(work, month, SPONSOR_BACK, work.ids[i], p, 0.0)

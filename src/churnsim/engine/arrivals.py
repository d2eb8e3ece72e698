"""Who arrives: leads, their conversion, referrals, returns. Equations and sources: scenario/acquisition.py.

Which leads convert, and what each brings with it, depends on the path's luck and on how an arm acquires, not on what
happens to its accounts. So the arrivals of many months are drawn before the first, once for all arms of a path that
acquire alike, to the columns of `work.arrival_*` and `work.fresh`. Two things happen month by month: what detractors
say turns some of these leads away, and promoters and former customers bring others, who stand in columns of their own
behind them.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.acquisition import FRESH_NOISE, draw_fresh
from churnsim.engine.advocacy import word_of_mouth
from churnsim.engine.arithmetic import normal32
from churnsim.engine.health import NOISE_MONTHS, draw_noise
from churnsim.engine.jit import apart, inline, jit
from churnsim.engine.keys import ENTRY, LEAD, LEAD_COUNT, block, combine, uniform
from churnsim.engine.market import centred
from churnsim.engine.tables import NO_MISFIT
from churnsim.engine.vectors import LANES, list_flagged, whole_vectors
from churnsim.engine.workspace import padded

PIECE = 256.0
"""Largest mean that one uniform turns into a count."""
MANY = 1 << 16
"""Room for accounts from which on the arrivals of a month alone are drawn ahead."""


@jit()
def poisson(mean, u):
    """Poisson count at `u` by inverse CDF, for a mean up to PIECE."""
    p = math.exp(-mean)
    reached = p
    count = 0
    while u > reached and count < 2000:
        count += 1
        p *= mean / count
        reached += p
    return count


@apart()
def score_misfits(scores, ids, copula_31, copula_32, copula_33, key):
    """Normal scores of the misfit of leads: the greater, the wronger the customer."""
    for c in range(scores.shape[0]):
        words = block(key, ids[c], ENTRY, 0)
        score = copula_31 * normal32(words[0]) + copula_32 * normal32(words[1])
        scores[c] = score + copula_33 * normal32(words[2])


@jit()
def count_leads(tables, a, d, s, h, key, month, market_factor):
    """Leads of a segment and channel in a month."""
    mean = tables.leads[a, d, s, h, month] * market_factor
    if mean <= 0.0:
        return 0
    # a large mean is a sum of pieces, each with a word of its own, so that no exponential underflows
    count = 0
    piece = 0
    while mean > 0.0:
        words = block(key, tables.channel_key[s, h], LEAD_COUNT, (piece // 4) * 65536 + month)
        count += poisson(min(mean, PIECE), uniform(words[piece % 4]))
        mean -= PIECE
        piece += 1
    return count


@jit()
def lead_id(channel_key, month, k):
    """Identity of the k-th lead of a segment and channel in a month."""
    return combine(combine(channel_key, np.uint64(month)), np.uint64(k))


@inline()
def lead_ordinal(month, n):
    """Ordinal of the n-th block of a month's leads."""
    return (np.uint64(month) << np.uint64(32)) | np.uint64(n)


@jit()
def draw_conversions(flag0, flag1, flag2, flag3, word0, word1, word2, word3, least, key, channel_key, month, first):
    """Words of leads 4 (first + c) + l of a segment, channel and month; flag l of c = 1 where that lead may convert."""
    for c in range(flag0.shape[0]):
        w0, w1, w2, w3 = block(key, channel_key, LEAD, lead_ordinal(month, first + c))
        word0[c], word1[c], word2[c], word3[c] = w0, w1, w2, w3
        flag0[c] = np.int32(w0 < least)
        flag1[c] = np.int32(w1 < least)
        flag2[c] = np.int32(w2 < least)
        flag3[c] = np.int32(w3 < least)


@jit()
def convert(tables, work, a, d, s, h, leads, n, key, month):
    """Append the leads that convert, where nobody speaks ill, to the first `n` columns; return how many there are then.

    -1: no room. A misfit has its own probability, which screening lowers.
    """
    channel_key = tables.channel_key[s, h]
    channel = tables.channel[a, d, s, h]
    flags, words = work.conversion, work.lead_words
    chunk = flags.shape[1]
    screens = channel.misfit_cut < NO_MISFIT
    likely = max(channel.conversion, channel.conversion_misfit) if screens else channel.conversion
    start = n
    for first in range(0, leads, 4 * chunk):
        here = min(leads - first, 4 * chunk)
        drawn = whole_vectors((here + 3) // 4)
        draw_conversions(
            flags[0, :drawn],
            flags[1, :drawn],
            flags[2, :drawn],
            flags[3, :drawn],
            words[0, :drawn],
            words[1, :drawn],
            words[2, :drawn],
            words[3, :drawn],
            cutoff(likely),
            key,
            channel_key,
            month,
            first // 4,
        )
        for lane in range(4):
            found = list_flagged(flags[lane], (here - lane + 3) // 4, np.int32(1), 0, work.chosen)
            if n + found + LANES > work.offset[work.count.shape[0]]:
                return -1
            for c in range(found):
                b = work.chosen[c]
                work.arrival_id[n] = lead_id(channel_key, month, first + 4 * b + lane)
                work.arrival_word[n] = words[lane, b]
                work.arrival_misfit[n] = 0.0
                work.arrival_gap[n] = channel.gap
                n += 1
    if screens:
        n = screen(tables, work, a, d, s, channel, start, n, key)
    return n


@jit()
def tell_misfits(tables, work, a, d, s, misfit_cut, first, last, key):
    """Tell the misfits among the arrivals in the columns [first, last)."""
    seg = tables.segment[a, d, s]
    scores = work.drawn[: whole_vectors(last - first)]
    ids = work.arrival_id[first : first + whole_vectors(last - first)]
    score_misfits(scores, ids, seg.copula_31, seg.copula_32, seg.copula_33, key)
    for c in range(last - first):
        work.arrival_misfit[first + c] = np.float32(scores[c] > misfit_cut)


@inline()
def converts(work, column, least, least_misfit):
    """Whether the lead in a column converts: its word lies below that of its kind."""
    return work.arrival_word[column] < (least_misfit if work.arrival_misfit[column] > np.float32(0.0) else least)


@jit()
def screen(tables, work, a, d, s, channel, first, last, key):
    """Tell the misfits in the columns [first, last); keep those who convert, in front, and return where they end."""
    tell_misfits(tables, work, a, d, s, channel.misfit_cut, first, last, key)
    least, least_misfit = cutoff(channel.conversion), cutoff(channel.conversion_misfit)
    kept = first
    for column in range(first, last):
        stays = converts(work, column, least, least_misfit)
        work.arrival_id[kept] = work.arrival_id[column]
        work.arrival_word[kept] = work.arrival_word[column]
        work.arrival_gap[kept] = work.arrival_gap[column]
        work.arrival_misfit[kept] = work.arrival_misfit[column]
        kept += np.int64(stays)
    return kept


@jit()
def draw_arrival_noise(tables, work, first, last, month, key):
    """Draw the score noise that arrivals of a month, or of others with the same block, begin with."""
    if tables.observes[0] == 0:
        return
    fresh, end = work.fresh, first + whole_vectors(last - first)
    draw_noise(
        fresh[FRESH_NOISE, first:end],
        fresh[FRESH_NOISE + 1, first:end],
        fresh[FRESH_NOISE + 2, first:end],
        fresh[FRESH_NOISE + 3, first:end],
        work.arrival_id[first:end],
        key,
        (month - 1) // NOISE_MONTHS,
    )


@jit()
def draw_arrivals(tables, work, a, d, first, last, key):
    """Draw the arrivals by leads of the months `first` to `last`. False: no room."""
    market = tables.market[a, d]
    channels = tables.channel.shape[3]
    n = np.int64(0)
    for s in range(work.count.shape[0]):
        start = n
        for month in range(first, last + 1):
            factor = math.exp(centred(market.lead_loading, work.market[month], market.volatility))
            for h in range(channels):
                leads = count_leads(tables, a, d, s, h, key, month, factor)
                work.leads[s, month, h] = leads
                work.arrival_first[s, month, h] = n
                n = convert(tables, work, a, d, s, h, leads, n, key, month)
                if n < 0:
                    return False
            work.arrival_first[s, month, channels] = n
        draw_fresh(tables, work, start, n, key, entries=True, exits=True)
        for month in range(first, last + 1, NOISE_MONTHS):
            until = min(month + NOISE_MONTHS - 1, last)
            begin, end = work.arrival_first[s, month, 0], work.arrival_first[s, until, channels]
            draw_arrival_noise(tables, work, begin, end, month, key)
        # whole vectors of the next segment begin behind those of this one
        n = padded(np.int64(0), n)
    work.late[0] = n
    return True


@inline()
def draw_arrivals_ahead(tables, work, a, d, month, key):
    """Draw the arrivals by leads that are not there yet at the beginning of a month. False: no room.

    Those of all months at once, for all arms that acquire alike; where there is one arm, those of a few months, and
    where it has room for many accounts, whose arrivals of one month fill whole vectors, those of one: they are memory.
    """
    months = tables.leads.shape[4] - 1
    ahead = months if tables.segment.shape[0] > 1 else NOISE_MONTHS if work.ids.shape[0] < MANY else 1
    if (month - 1) % ahead > 0 or (month == 1 and work.arrivals_of[0] == tables.acquires_like[a]):
        return True
    work.arrivals_of[0] = -1
    if not draw_arrivals(tables, work, a, d, month, min(month + ahead - 1, months), key):
        return False
    work.arrivals_of[0] = tables.acquires_like[a]
    return True


@jit()
def list_leads(tables, work, a, d, s, month, heard, flow):
    """List the columns of the leads that convert in a month in `work.coming`; return how many."""
    n = 0
    for h in range(tables.channel.shape[3]):
        channel = tables.channel[a, d, s, h]
        leads = work.leads[s, month, h]
        flow[book.LEADS] += leads
        flow[book.ACQUISITION_COST] += lead_cost(channel, leads)
        least, least_misfit = cutoff(channel.conversion * heard), cutoff(channel.conversion_misfit * heard)
        for column in range(work.arrival_first[s, month, h], work.arrival_first[s, month, h + 1]):
            work.coming[n] = column
            n += np.int64(heard >= 1.0 or converts(work, column, least, least_misfit))
    return n


@jit()
def list_referrals(tables, work, a, d, s, heard, n, key):
    """Append the referred leads that convert to the first `n` of `work.coming`; return how many there are then.

    -1: no room.
    """
    seg = tables.segment[a, d, s]
    first = work.late[0]
    last = first
    for r in range(work.referral_first[s], work.referral_first[s + 1]):
        who = work.referral[r]
        if uniform(block(key, who, LEAD, 0)[0]) >= seg.referral_conversion * heard:
            continue
        if last + LANES >= work.arrival_id.shape[0]:
            return -1
        work.arrival_id[last] = who
        work.arrival_misfit[last] = 0.0
        work.arrival_gap[last] = seg.referral_gap
        last += 1
    if seg.referral_misfit_cut < NO_MISFIT:
        tell_misfits(tables, work, a, d, s, seg.referral_misfit_cut, first, last, key)
    for column in range(first, last):
        work.coming[n] = column
        n += 1
    return n


@jit()
def list_returns(work, s, month, n, first):
    """Append those who come back this month to the first `n` of `work.coming`, in columns from `first` on.

    Return how many there are then, -1: no room.
    """
    back = work.back_head[s, month]
    column = first
    while back >= 0:
        if column + LANES >= work.arrival_id.shape[0]:
            return -1
        work.arrival_id[column] = work.back_who[back]
        work.arrival_misfit[column] = 0.0
        work.arrival_gap[column] = 0.0
        work.coming[n] = column
        column += 1
        n += 1
        back = work.back_next[back]
    return n


@inline()
def list_arrivals(tables, work, a, d, s, month, key, flow):
    """Step 1: list the arrivals of a month in `work.coming`: leads, referrals, returns.

    Return how many arrive by leads, by leads and referrals, and in all; -1: no room.
    """
    heard = word_of_mouth(tables, work, a, d, s)
    by_leads = list_leads(tables, work, a, d, s, month, heard, flow)
    if tables.extra[0] == 0:
        return by_leads, by_leads, by_leads
    new = list_referrals(tables, work, a, d, s, heard, by_leads, key)
    if new < 0:
        return by_leads, by_leads, new
    late = work.late[0]
    coming = list_returns(work, s, month, new, late + new - by_leads)
    if coming > by_leads:
        last = late + coming - by_leads
        draw_fresh(tables, work, late, last, key, entries=True, exits=True)
        draw_arrival_noise(tables, work, late, last, month, key)
    return by_leads, new, coming


@jit()
def lead_cost(channel, leads):
    """Cost of a month's leads: the price of a lead rises with their number."""
    if channel.cost_elasticity == 0.0 or leads == 0:
        return leads * channel.cost_per_lead
    return leads * channel.cost_per_lead * (leads / channel.reference_leads) ** channel.cost_elasticity


@inline()
def cutoff(probability):
    """Least word that does not convert: a lead converts when its word, a uniform of 32 bits, lies below."""
    return np.uint64(math.ceil(probability * 4294967296.0))

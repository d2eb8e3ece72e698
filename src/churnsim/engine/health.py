"""Latent health and the observed score. Equation and source: scenario/health.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ADOPTION, BIAS, ENGAGEMENT, FRAILTY, NOISE, SCORE, past_health
from churnsim.engine.arithmetic import bits_of_float, float_from_bits, log32, normal32
from churnsim.engine.jit import apart, inline, jit
from churnsim.engine.journal import HEALTH, note
from churnsim.engine.keys import SCORE_NOISE, block
from churnsim.engine.vectors import total, whole_vectors
from churnsim.engine.workspace import TILE, padded, span

NOISE_MONTHS = 4
"""Months whose score noise comes from one block."""
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@inline()
def health_of(adoption, engagement, weight):
    """Latent health H = w a + (1 - w) g."""
    return weight * adoption + (_ONE - weight) * engagement


@jit()
def latent_health(out, adoption, engagement, weight):
    """Latent health of many accounts."""
    for i in range(out.shape[0]):
        out[i] = health_of(adoption[i], engagement[i], weight)


@apart()
def normal_of_words(values):
    """Turn words, held as the bits of floats, into standard normal numbers."""
    for i in range(values.shape[0]):
        values[i] = normal32(bits_of_float(values[i]))


@apart()
def draw_noise(noise0, noise1, noise2, noise3, ids, key, quad):
    """Standard normal noise of the four months 4 quad + 1 .. 4 quad + 4, one block an account."""
    # words first: they come in lanes of 64 bits, twice as wide as what the quantile needs
    for i in range(ids.shape[0]):
        w0, w1, w2, w3 = block(key, ids[i], SCORE_NOISE, quad)
        noise0[i] = float_from_bits(np.int32(w0))
        noise1[i] = float_from_bits(np.int32(w1))
        noise2[i] = float_from_bits(np.int32(w2))
        noise3[i] = float_from_bits(np.int32(w3))
    normal_of_words(noise0)
    normal_of_words(noise1)
    normal_of_words(noise2)
    normal_of_words(noise3)


@jit()
def observe(score, health, noise, sd):
    """Observed score: past health with noise, clipped to [0, 1]."""
    for i in range(score.shape[0]):
        score[i] = min(max(health[i] + sd * noise[i], _ZERO), _ONE)


@jit()
def observe_with_bias(score, health, noise, bias, sd):
    """The same with what the score shows of each account beside its health."""
    for i in range(score.shape[0]):
        score[i] = min(max(health[i] + bias[i] + sd * noise[i], _ZERO), _ONE)


@jit()
def set_biases(seg, bias, frailty):
    """Turn the normal scores of accounts' bias into what the score shows of them beside health."""
    for i in range(bias.shape[0]):
        bias[i] = seg.bias_sd * bias[i] - seg.frailty_loading * log32(frailty[i])


@inline()
def set_biases_of(work, seg, columns):
    """The same for the accounts `columns`, side by side in scratch arrays."""
    bias, frailty, n = work.hazard, work.base, columns.shape[0]
    for first in range(0, n, TILE):
        some = columns[first : first + TILE]
        for c in range(some.shape[0]):
            i = np.uint32(some[c])
            bias[c], frailty[c] = work.reals[BIAS, i], work.reals[FRAILTY, i]
        set_biases(seg, bias[: whole_vectors(some.shape[0])], frailty[: whole_vectors(some.shape[0])])
        for c in range(some.shape[0]):
            work.reals[BIAS, np.uint32(some[c])] = bias[c]


@jit()
def observe_mean(score, health):
    """Before there is telemetry every account has the segment's mean."""
    mean = np.float32(total(health) / max(health.shape[0], 1))
    for i in range(score.shape[0]):
        score[i] = min(max(mean, _ZERO), _ONE)


@inline()
def health_rows(tables, work, a, month):
    """Rows of the month's health, and of the health that the score sees.

    With the greatest lag of all arms they are the same row, which the month's health takes over once it is seen.
    """
    past = past_health(tables)
    kept = work.reals.shape[0] - past
    return past + month % kept, past + (month - tables.lag_months[a] + kept) % kept


@inline()
def remember_health(tables, work, a, d, s, low, high, month):
    """Write the health of the accounts [low, high) to the row of the month."""
    now, _ = health_rows(tables, work, a, month)
    reals, weight = work.reals, tables.segment[a, d, s].adoption_weight
    latent_health(reals[now, low:high], reals[ADOPTION, low:high], reals[ENGAGEMENT, low:high], weight)


@inline()
def score_without_telemetry(tables, work, a, d, s, month):
    """Step 6 before there is telemetry: the same score for a whole segment; `score` goes on with its health."""
    _, then = health_rows(tables, work, a, month)
    low, high = span(work, s)
    if tables.lag_months[a] == 0:
        remember_health(tables, work, a, d, s, low, high, month)
    observe_mean(work.reals[SCORE, low:high], work.reals[then, low:high])


@inline()
def score(tables, work, a, d, s, low, high, month, key):
    """Step 6: health, and the score that the team sees of it."""
    _, then = health_rows(tables, work, a, month)
    noise = NOISE + (month - 1) % NOISE_MONTHS
    reals = work.reals
    seg = tables.segment[a, d, s]
    end = padded(low, high)
    if tables.lag_months[a] == 0:
        remember_health(tables, work, a, d, s, low, end, month)
    if (month - 1) % NOISE_MONTHS == 0 and seg.score_noise > _ZERO:
        draw_noise(
            reals[NOISE, low:end],
            reals[NOISE + 1, low:end],
            reals[NOISE + 2, low:end],
            reals[NOISE + 3, low:end],
            work.ids[low:end],
            key,
            (month - 1) // NOISE_MONTHS,
        )
    if month >= tables.telemetry_from[a]:
        if tables.extra[0] == 0:
            observe(reals[SCORE, low:end], reals[then, low:end], reals[noise, low:end], seg.score_noise)
        else:
            observe_with_bias(
                reals[SCORE, low:end],
                reals[then, low:end],
                reals[noise, low:end],
                reals[BIAS, low:end],
                seg.score_noise,
            )
    if tables.lag_months[a] > 0:
        remember_health(tables, work, a, d, s, low, end, month)


@jit()
def note_health(tables, work, a, d, s, low, high, month):
    """Write down what everybody's score would say without noise."""
    seg = tables.segment[a, d, s]
    reals = work.reals
    for i in range(low, high):
        health = health_of(reals[ADOPTION, i], reals[ENGAGEMENT, i], seg.adoption_weight)
        if tables.extra[0] == 1:
            health += reals[BIAS, i]
        note(work, month, HEALTH, work.ids[i], 0, health)

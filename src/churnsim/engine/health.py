"""Latent health and the observed score. Equation and source: scenario/health.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.arithmetic import bits_of_float, float_from_bits, log32, normal32
from churnsim.engine.jit import inline, jit
from churnsim.engine.keys import SCORE_NOISE, block
from churnsim.engine.vectors import total

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


@jit()
def normal_of_words(values):
    """Turn words, held as the bits of floats, into standard normal numbers."""
    for i in range(values.shape[0]):
        values[i] = normal32(bits_of_float(values[i]))


@jit()
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
def observe_with_bias(score, health, noise, bias, frailty, sd, bias_sd, loading):
    """The same with a bias of the account's own and a loading on what makes it frail."""
    for i in range(score.shape[0]):
        seen = health[i] + bias_sd * bias[i] - loading * log32(frailty[i])
        score[i] = min(max(seen + sd * noise[i], _ZERO), _ONE)


@jit()
def observe_mean(score, health):
    """Before there is telemetry every account has the segment's mean."""
    mean = np.float32(total(health) / max(health.shape[0], 1))
    for i in range(score.shape[0]):
        score[i] = min(max(mean, _ZERO), _ONE)

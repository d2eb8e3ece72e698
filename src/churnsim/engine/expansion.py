"""Upsell, cross-sell and contraction: counting clocks. Equations and sources: scenario/expansion.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.arithmetic import exp32, fma
from churnsim.engine.jit import jit
from churnsim.engine.onboarding import reached

_ZERO = np.float32(0.0)


@jit()
def advance_upsell(left, adoption, engagement, first_value_left, lift, constant, b_adoption, b_engagement):
    """Use up thresholds by exp(constant + b . state + lift) after first value."""
    for i in range(left.shape[0]):
        rate = exp32(fma(b_adoption, adoption[i], fma(b_engagement, engagement[i], constant + lift[i])))
        left[i] = fma(-rate, reached(first_value_left[i]), left[i])


@jit()
def advance_cross_sell(
    left, adoption, engagement, first_value_left, lift, products, constant, b_adoption, b_engagement, most
):
    """The same for cross-sell, as long as there is a product to sell."""
    for i in range(left.shape[0]):
        rate = exp32(fma(b_adoption, adoption[i], fma(b_engagement, engagement[i], constant + lift[i])))
        # a choice between two numbers, not between two assignments: the loop vectorises
        open_to_more = reached(first_value_left[i]) if products[i] < most else _ZERO
        left[i] = fma(-rate, open_to_more, left[i])


@jit()
def advance_contraction(left, adoption, engagement, first_value_left, constant, b_adoption, b_engagement):
    """Use up thresholds by exp(constant + b . state) after first value."""
    for i in range(left.shape[0]):
        rate = exp32(fma(b_adoption, adoption[i], fma(b_engagement, engagement[i], constant)))
        left[i] = fma(-rate, reached(first_value_left[i]), left[i])

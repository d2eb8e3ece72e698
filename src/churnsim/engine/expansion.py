"""Upsell and contraction: counting clocks. Equations and sources: scenario/expansion.py."""

from __future__ import annotations

from churnsim.engine.arithmetic import exp32
from churnsim.engine.jit import jit


@jit()
def advance_upsell(left, adoption, engagement, first_value, lift, constant, b_adoption, b_engagement):
    """Use up thresholds by exp(constant + b . state + lift) after first value."""
    for i in range(left.shape[0]):
        rate = exp32(constant + b_adoption * adoption[i] + b_engagement * engagement[i] + lift[i])
        left[i] -= rate * first_value[i]


@jit()
def advance_contraction(left, adoption, engagement, first_value, constant, b_adoption, b_engagement):
    """Use up thresholds by exp(constant + b . state) after first value."""
    for i in range(left.shape[0]):
        left[i] -= exp32(constant + b_adoption * adoption[i] + b_engagement * engagement[i]) * first_value[i]

"""Intent to leave: the hazard, its clock and its root cause. Equations and sources: scenario/intent.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.arithmetic import exp32, fma
from churnsim.engine.jit import inline, jit

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@jit()
def add_cause(
    out, adoption, engagement, first_value, uplift, log_weight, b_adoption, b_engagement, b_no_value, b_uplift
):
    """Add w exp(eta) of one root cause to `out`."""
    constant = log_weight + b_no_value
    for i in range(out.shape[0]):
        eta = fma(b_adoption, adoption[i], fma(b_engagement, engagement[i], constant))
        out[i] += exp32(fma(b_uplift, uplift[i], fma(-b_no_value, first_value[i], eta)))


@jit()
def sum_of_causes(out, adoption, engagement, first_value, uplift, causes, constant):
    """out = sum_c w_c exp(b_c . (state - reference)); `constant`: weight of causes that do not answer to the state."""
    for i in range(out.shape[0]):
        out[i] = constant
    for c in range(causes.shape[0]):
        cause = causes[c]
        if cause.answers:
            add_cause(
                out,
                adoption,
                engagement,
                first_value,
                uplift,
                cause.log_weight,
                cause.adoption,
                cause.engagement,
                cause.no_first_value,
                cause.uplift,
            )


@jit()
def gather(out, table, index):
    """out[i] = table[index[i]], the last entry holding on."""
    last = np.int32(table.shape[0] - 1)
    for i in range(out.shape[0]):
        out[i] = table[min(index[i], last)]


@jit()
def add_scrutiny(base, scrutiny, to_renewal, window):
    """Add the renewal lump of accounts in their renewal window."""
    for i in range(base.shape[0]):
        base[i] += scrutiny[i] if to_renewal[i] <= window else _ZERO


@jit()
def advance_intent(left, base, frailty, causes, shield, shift):
    """Use up the threshold of intent by base Z sum exp(shift - shield)."""
    for i in range(left.shape[0]):
        left[i] -= base[i] * frailty[i] * causes[i] * exp32(shift - shield[i])


@inline()
def term(cause, adoption, engagement, first_value, uplift):
    """w exp(eta) of one cause for one account."""
    if cause.answers == 0:
        return np.float64(cause.weight)
    eta = cause.log_weight + cause.adoption * adoption + cause.engagement * engagement
    eta += cause.no_first_value * (_ONE - first_value) + cause.uplift * uplift
    return np.float64(exp32(eta))


@inline()
def root_cause(causes, adoption, engagement, first_value, uplift, u):
    """Root cause of a firing, in proportion to the terms of the sum."""
    whole = 0.0
    for c in range(causes.shape[0]):
        whole += term(causes[c], adoption, engagement, first_value, uplift)
    reached = 0.0
    for c in range(causes.shape[0]):
        reached += term(causes[c], adoption, engagement, first_value, uplift)
        if u * whole < reached:
            return c
    return causes.shape[0] - 1

"""Intent to leave: the hazard, its clock and its root cause. Equations and sources: scenario/intent.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE_LEFT, GAP, MISFIT, N_SPONSOR, PRODUCTS, UPLIFT
from churnsim.engine.arithmetic import exp32, fma
from churnsim.engine.jit import inline, jit
from churnsim.engine.onboarding import reached
from churnsim.engine.sponsor import absent
from churnsim.engine.vectors import set_row

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@jit()
def add_cause(
    out, adoption, engagement, first_value_left, uplift, log_weight, b_adoption, b_engagement, b_no_value, b_uplift
):
    """Add w exp(eta) of one root cause to `out`."""
    constant = log_weight + b_no_value
    for i in range(out.shape[0]):
        eta = fma(b_adoption, adoption[i], fma(b_engagement, engagement[i], constant))
        out[i] += exp32(fma(b_uplift, uplift[i], fma(-b_no_value, reached(first_value_left[i]), eta)))


@jit()
def add_wide_cause(
    out,
    adoption,
    engagement,
    first_value_left,
    uplift,
    sponsor_changes,
    misfit,
    products,
    gap,
    protection,
    constant,
    cause,
):
    """Add w exp(eta) of one root cause that answers to the optional state as well."""
    constant = constant + cause.no_first_value - cause.products
    b_absent, b_misfit, b_products, b_gap = cause.no_sponsor, cause.misfit, cause.products, cause.expectation_gap
    b_adoption, b_engagement, b_no_value, b_uplift = (
        cause.adoption,
        cause.engagement,
        cause.no_first_value,
        cause.uplift,
    )
    for i in range(out.shape[0]):
        eta = fma(b_adoption, adoption[i], fma(b_engagement, engagement[i], constant))
        eta = fma(b_uplift, uplift[i], fma(-b_no_value, reached(first_value_left[i]), eta))
        alone = absent(sponsor_changes[i]) * fma(-protection, adoption[i], _ONE)
        eta = fma(b_absent, alone, fma(b_misfit, np.float32(misfit[i]), eta))
        eta = fma(b_products, np.float32(products[i]), fma(b_gap, gap[i], eta))
        out[i] += exp32(eta)


@inline()
def sum_of_causes(tables, work, a, d, s, low, high, out):
    """sum_c w_c exp(b_c . (state - reference)) to `out`; constants are causes that do not answer to the state."""
    seg = tables.segment[a, d, s]
    reals = work.reals
    for i in range(out.shape[0]):
        out[i] = seg.constant_weight
    causes = tables.cause[a, d, s]
    for c in range(causes.shape[0]):
        cause = causes[c]
        if cause.answers and not cause.extra:
            add_cause(
                out,
                reals[ADOPTION, low:high],
                reals[ENGAGEMENT, low:high],
                reals[FIRST_VALUE_LEFT, low:high],
                reals[UPLIFT, low:high],
                cause.log_weight,
                cause.adoption,
                cause.engagement,
                cause.no_first_value,
                cause.uplift,
            )
        elif cause.answers:
            add_wide_cause(
                out,
                reals[ADOPTION, low:high],
                reals[ENGAGEMENT, low:high],
                reals[FIRST_VALUE_LEFT, low:high],
                reals[UPLIFT, low:high],
                work.whole[N_SPONSOR, low:high],
                work.whole[MISFIT, low:high],
                work.whole[PRODUCTS, low:high],
                reals[GAP, low:high],
                seg.sponsor_protection,
                cause.log_weight,
                cause,
            )


@jit()
def gather(out, table, index, place):
    """out[i] = table[index[i]], the last entry holding on; `place`: scratch of whole numbers."""
    if table.shape[0] == 1:
        set_row(out, table[0])
        return
    last = np.uint32(table.shape[0] - 1)
    # the limit in a loop of its own, which vectorises; without a sign, since what stands behind the last account may be
    # anything
    for i in range(out.shape[0]):
        place[i] = min(np.uint32(index[i]), last)
    for i in range(out.shape[0]):
        out[i] = table[np.uint32(place[i])]


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
def state_of(tables, seg, reals, whole, i):
    """What causes answer to: a, g, no first value, uplift, no sponsor, misfit, products - 1, expectation gap."""
    if tables.extra[0] == 0:
        return (
            reals[ADOPTION, i],
            reals[ENGAGEMENT, i],
            _ONE - reached(reals[FIRST_VALUE_LEFT, i]),
            reals[UPLIFT, i],
            _ZERO,
            _ZERO,
            _ZERO,
            _ZERO,
        )
    return (
        reals[ADOPTION, i],
        reals[ENGAGEMENT, i],
        _ONE - reached(reals[FIRST_VALUE_LEFT, i]),
        reals[UPLIFT, i],
        absent(whole[N_SPONSOR, i]) * (_ONE - seg.sponsor_protection * reals[ADOPTION, i]),
        np.float32(whole[MISFIT, i]),
        np.float32(whole[PRODUCTS, i] - 1),
        reals[GAP, i],
    )


@inline()
def term(cause, state):
    """w exp(eta) of one cause for one account in a state as `state_of` gives it."""
    if cause.answers == 0:
        return np.float64(cause.weight)
    eta = cause.log_weight + cause.adoption * state[0] + cause.engagement * state[1]
    eta += cause.no_first_value * state[2] + cause.uplift * state[3]
    if cause.extra:
        eta += cause.no_sponsor * state[4] + cause.misfit * state[5]
        eta += cause.products * state[6] + cause.expectation_gap * state[7]
    return np.float64(exp32(eta))


@inline()
def root_cause(causes, state, reach):
    """Root cause of a firing, in proportion to the terms of the sum: the one in which they pass `reach`."""
    reached = 0.0
    for c in range(causes.shape[0] - 1):
        reached += term(causes[c], state)
        if reach < reached:
            return c
    return causes.shape[0] - 1


@inline()
def sum_of_terms(causes, state):
    """Sum of the terms of all causes."""
    whole = 0.0
    for c in range(causes.shape[0]):
        whole += term(causes[c], state)
    return whole

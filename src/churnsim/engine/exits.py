"""Immediate exits: closure and unpaid bills, scheduled at entry, since no state moves their hazards.

Equations and sources: scenario/exits.py. A clock of constant hazard h passes its threshold E in the ceil(E/h)-th month;
of two exits in one month the first is the one with the least crossing fraction.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.accounts import NEVER
from churnsim.engine.jit import inline, jit
from churnsim.engine.ledger import CLOSURE, PAYMENT


@inline()
def leaves_at_once(seg):
    """Whether accounts of a segment close down or leave bills unpaid."""
    return seg.closure_rate + seg.payment_lump > 0.0


@jit()
def crossing(threshold, hazard):
    """Number of the step (1, 2, ...) in which `threshold` is passed, and the fraction of that step."""
    if hazard <= 0.0 or threshold > hazard * 1e6:
        return np.int64(NEVER), 1.0
    step = max(np.int64(math.ceil(threshold / hazard)), 1)
    return step, threshold / hazard - (step - 1)


@jit()
def first_exit(entry_month, now, e_closure, e_payment, closure_rate, payment_lump, billing_months, grace_months):
    """Month and kind of the first immediate exit of an account that is alive after month `now`."""
    step, closure_fraction = crossing(e_closure, closure_rate)
    closure_month = now + step
    step, payment_fraction = crossing(e_payment, payment_lump)
    payment_month = np.int64(NEVER)
    if step < NEVER:
        # bills that are due before `now` but whose grace still runs are as open as those to come
        passed = np.int64(np.uint32(max(now - grace_months - entry_month, 0)) // np.uint32(billing_months))
        payment_month = entry_month + (passed + step) * billing_months + grace_months
    if payment_month < closure_month or (payment_month == closure_month and payment_fraction < closure_fraction):
        return np.int32(min(payment_month, NEVER)), np.int32(PAYMENT)
    return np.int32(min(closure_month, NEVER)), np.int32(CLOSURE)

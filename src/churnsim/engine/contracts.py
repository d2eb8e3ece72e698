"""Contracts: the renewal and its price. Equations and sources: scenario/contracts.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ARR, RENEWALS, SCRUTINY, TENURE, TERM, TO_RENEWAL, UPLIFT
from churnsim.engine.jit import inline, jit

_CENTURY = np.int32(1200)
_ZERO = np.float32(0.0)


@inline()
def monthly_scrutiny(scrutiny, term, renewals):
    """Extra base hazard in the window of the next renewal; the last lump of the table holds on."""
    # an index without a sign needs no look at what lies before the first entry
    return scrutiny[np.uint32(term), np.uint32(min(renewals, scrutiny.shape[1] - 1))]


@inline()
def years(months):
    """Whole years in a number of months, which may lie before entry; divides without a sign, which is much quicker."""
    return np.uint32(months + _CENTURY) // np.uint32(12)


@jit()
def renew_all(reals, whole, columns, terms, scrutiny):
    """Begin the next contract of the accounts `columns`."""
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        term = np.uint32(whole[TERM, i])
        renewals = whole[RENEWALS, i] + np.int32(1)
        whole[RENEWALS, i] = renewals
        # ageing at the month's end takes one off
        whole[TO_RENEWAL, i] = terms[term] + 1
        reals[SCRUTINY, i] = monthly_scrutiny(scrutiny, term, renewals)


@jit()
def raise_prices(reals, whole, columns, terms, uplift):
    """Raise prices with the next contract; return the ARR that this adds.

    This month completes tenure + 1 months; short contracts see a price change once a year only.
    """
    added = 0.0
    for c in range(columns.shape[0]):
        i = np.uint32(columns[c])
        completed = whole[TENURE, i] + 1
        rises = uplift if years(completed) != years(completed - terms[np.uint32(whole[TERM, i])]) else _ZERO
        before = reals[ARR, i]
        after = before + before * rises
        reals[ARR, i] = after
        reals[UPLIFT, i] += rises
        added += np.float64(after) - np.float64(before)
    return added

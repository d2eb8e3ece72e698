"""Sponsors: a state clock that lets them leave and come back. Equations and source: scenario/sponsor.py."""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, N_SPONSOR, SPONSOR_LEFT
from churnsim.engine.clocks import draw_next, threshold
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import SPONSOR_BACK, SPONSOR_GONE, note
from churnsim.engine.keys import SPONSOR as SPONSOR_PURPOSE
from churnsim.engine.workspace import flagged, padded

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@inline()
def absent(changes):
    """1 without a sponsor, 0 with one, by the changes so far: there is one when they are even."""
    return np.float32(changes & 1)


@jit()
def wait_for_sponsors(flag, left, changes, departure, back):
    """Use up thresholds by the hazard of the present state; flag = 1 where the state changes."""
    for i in range(left.shape[0]):
        left[i] -= back if (changes[i] & 1) != 0 else departure
        flag[i] = np.int32(left[i] <= _ZERO)


@inline()
def bring_sponsor(reals, whole, i, who, key):
    """Let account `i`, which has none, have a sponsor; the clock of the next departure starts at 0."""
    whole[N_SPONSOR, i] += 1
    reals[SPONSOR_LEFT, i] = threshold(key, who, SPONSOR_PURPOSE, whole[N_SPONSOR, i], 0)


@inline()
def advance_sponsors(tables, work, a, d, s, low, high, month, key):
    """Step 3: sponsors of the accounts [low, high) of a segment leave and return."""
    seg = tables.segment[a, d, s]
    reals, whole = work.reals, work.whole
    end = padded(low, high)
    wait_for_sponsors(
        work.flag[: end - low],
        reals[SPONSOR_LEFT, low:end],
        whole[N_SPONSOR, low:end],
        seg.sponsor_departure,
        seg.sponsor_return,
    )
    n = flagged(work, low, high, np.int32(1), work.chosen)
    draw_next(work, work.chosen[:n], whole[N_SPONSOR], key, SPONSOR_PURPOSE, 0)
    for c in range(n):
        i = np.uint32(work.chosen[c])
        present = (whole[N_SPONSOR, i] & 1) == 0
        whole[N_SPONSOR, i] += 1
        reals[SPONSOR_LEFT, i] = work.drawn[c]
        if present:
            reals[ENGAGEMENT, i] *= _ONE - seg.sponsor_loss * (_ONE - seg.sponsor_protection * reals[ADOPTION, i])
            note(work, month, SPONSOR_GONE, work.ids[i], -1, 0.0)
        else:
            note(work, month, SPONSOR_BACK, work.ids[i], -1, 0.0)

"""What a delivery does to an account's state. Equations and sources: scenario/playbooks.py.

Where many of the accounts of a stretch get a play, it works on the whole stretch, at strength 0 on those between: that
vectorises. Where few do, it works on them one by one. Both give the same bytes, since strength 0 changes nothing.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE_LEFT, LIFT, ROOM, SHIELD
from churnsim.engine.jit import apart, inline, jit
from churnsim.engine.onboarding import reached
from churnsim.engine.vectors import range_of, set_row
from churnsim.engine.workspace import padded

FEW = 32
"""So many accounts are worked on one by one."""
SPARSE = 12
"""Accounts of a stretch for each one that gets the play, up to which the whole stretch is quicker."""
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@inline()
def fill(level, share):
    """A level in [0, 1] that closes a share of its gap to 1, or loses as much of it where the share is negative."""
    return min(max(level + share * (_ONE - level), _ZERO), _ONE)


@inline()
def stronger(remaining, new):
    """A repeat does not pile up: of what remains and what is new the stronger holds, be it good or harm."""
    return new if abs(new) >= abs(remaining) else remaining


@inline()
def take_effect(reals, columns, strength, play, milestones, scratch):
    """Let a play work on `columns` at the `strength` of each, effect by effect, without branches on accounts.

    `scratch` (TILE,) float32.
    """
    if columns.shape[0] <= FEW or not work_on_stretch(reals, columns, strength, play, milestones, scratch):
        work_on(reals, 0, reals.shape[1], columns, strength, play, milestones)


@jit()
def spread(strength, columns, low, out):
    """Write strengths to the places of their columns, the first place being that of `low`, and 0 to the others."""
    set_row(out, _ZERO)
    for c in range(strength.shape[0]):
        out[np.uint32(columns[c] - low)] = strength[c]


@apart()
def work_on_stretch(reals, columns, strength, play, milestones, scratch):
    """The effects on the stretch in which `columns` stand; False, and nothing is done, where it is too long."""
    first, last = range_of(columns)
    low = np.int64(first)
    end = padded(low, np.int64(last) + 1)
    if end - low > min(SPARSE * columns.shape[0], scratch.shape[0]):
        return False
    spread(strength, columns, low, scratch[: end - low])
    work_on(reals, low, end, None, scratch[: end - low], play, milestones)
    return True


@inline()
def work_on(reals, low, end, columns, strength, play, milestones):
    """The effects on `columns`, or with None on each, of the accounts `low` to `end`."""
    # rows are cut one by one: of a cut matrix nobody knows that its rows are dense, and no loop over them vectorises
    if play.adoption != _ZERO:
        fill_adoption(columns, strength, play.adoption, reals[ADOPTION, low:end], reals[FIRST_VALUE_LEFT, low:end])
    if play.first_value != _ZERO:
        hasten(columns, strength, play.first_value * np.float32(milestones), reals[FIRST_VALUE_LEFT, low:end])
    if play.engagement != _ZERO:
        fill_engagement(columns, strength, play.engagement, reals[ENGAGEMENT, low:end])
    if play.shield != _ZERO:
        strengthen(columns, strength, play.shield, reals[SHIELD, low:end])
    if play.lift != _ZERO:
        strengthen(columns, strength, play.lift, reals[LIFT, low:end])


@inline()
def place(columns, c):
    """Column of strength `c`. Which of the two is known when a kernel is compiled: loops over all columns vectorise."""
    if columns is None:
        return c
    return np.uint32(columns[c])


@jit()
def fill_adoption(columns, strength, effect, adoption, first_value_left):
    """Adoption closes a share of its gap to 1, after first value."""
    for c in range(strength.shape[0]):
        i = place(columns, c)
        adoption[i] = fill(adoption[i], strength[c] * reached(first_value_left[i]) * effect)


@jit()
def fill_engagement(columns, strength, effect, engagement):
    """Engagement closes a share of its gap to 1."""
    for c in range(strength.shape[0]):
        i = place(columns, c)
        engagement[i] = fill(engagement[i], strength[c] * effect)


@jit()
def hasten(columns, strength, effect, first_value_left):
    """The clock to first value moves on; after it there is nothing to move."""
    for c in range(strength.shape[0]):
        first_value_left[place(columns, c)] -= strength[c] * effect


@jit()
def strengthen(columns, strength, effect, remaining):
    """A shield or a lift is renewed where the new one is the stronger."""
    for c in range(strength.shape[0]):
        i = place(columns, c)
        remaining[i] = stronger(remaining[i], strength[c] * effect)


@jit()
def raise_ceiling(seg, reals, misfit, i, share):
    """Let a sticky feature take a share of the room above the account's ceiling."""
    bare = _ONE - seg.adoption_ceiling * (_ONE - (_ONE - seg.misfit_ceiling) * np.float32(misfit[i]))
    if bare > _ZERO:
        reals[ROOM, i] = (_ONE - fill(_ONE - bare * reals[ROOM, i], share)) / bare

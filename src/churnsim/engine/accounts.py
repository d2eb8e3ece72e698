"""State of the accounts: two tables of rows, one column an account, segments contiguous.

A row is a plain contiguous array, so that a pass over a segment vectorises; a mechanism that needs more state adds a
row. `reals` (float32) holds the rows below, then rows of past health, one for each month of the score's lag and one at
least, used in turn; `whole` (int16) holds its rows, then one row of owners per team (a post, -1 for none) and two rows
per playbook (deliveries so far, month of the last one: -NEVER before the first, NEVER outside the play's treated
group). Rows that a scenario does not need are not there, and what another row says has none. What a month reads of a
large company comes from memory, so a row is no wider than it must be.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import inline, jit

# rows of `reals`
ADOPTION = 0
ENGAGEMENT = 1
FIRST_VALUE_LEFT = 2
"""What is left of the threshold of the clock to first value, -inf after it."""
ARR = 3
FRAILTY = 4
"""Frailty Z times the factor of the entry cohort."""
INTENT_LEFT = 5
"""What is left of the threshold of a clock: it fires when the cumulated hazard has used it up."""
UPSELL_LEFT = 6
CONTRACTION_LEFT = 7
SHIELD = 8
LIFT = 9
UPLIFT = 10
"""Remembered price uplift, fading."""
SCRUTINY = 11
"""Extra base hazard per month of the renewal window."""
ARR_ANNIVERSARY = 12
"""ARR at the last anniversary of the simulation, 0 for accounts that entered since."""
SCORE = 13
NOISE = 14
"""Four rows: score noise of the running block of four months."""
REALS = 18
"""Rows that are always there."""

# optional rows of `reals`, there when `tables.extra` is 1
ROOM = 18
"""Share of the room above the ceiling of adoption that sticky features have left."""
SPONSOR_LEFT = 19
GAP = 20
"""Expectation gap."""
ENTRY_ARR = 21
"""ARR at entry, or at month 0: the wallet is a multiple of it."""
CROSS_SELL_LEFT = 22
INCIDENT_LEFT = 23
REFERRAL_LEFT = 24
BIAS = 25
"""What the score shows beside health: the account's own bias, less the loading on its frailty.

In the book's start, which all arms share, the normal score of the own bias."""
OPTIONAL_REALS = 8

# rows of `whole`
TENURE = 0
"""Completed months since entry."""
TO_RENEWAL = 1
"""Months until the contract ends, this one included: 1 in the month of its end."""
TERM = 2
"""Position of the contract's term in the table of terms."""
RENEWALS = 3
INTENT = 4
"""Root cause of the silent intent to leave, -1 without intent."""
SINCE_TOUCH = 5
EXIT = 6
"""Twice the month of the immediate exit that comes first, and 1 more if it is an unpaid bill and no closure."""
N_INTENT = 7
N_UPSELL = 8
N_CONTRACTION = 9
WHOLE = 10
"""Rows that are always there."""

# optional rows of `whole`
PRODUCTS = 10
MISFIT = 11
"""1 for the wrong customer."""
N_SPONSOR = 12
"""Changes of the sponsor so far: there is one when they are even."""
N_CROSS_SELL = 13
N_INCIDENT = 14
N_REFERRAL = 15
OPTIONAL_WHOLE = 6

# rows that are 0 when an account enters; it writes the others, but for those of owners and plays, itself
CLEARED_REALS = (ADOPTION, SHIELD, LIFT, UPLIFT, ARR_ANNIVERSARY, NOISE, NOISE + 1, NOISE + 2, NOISE + 3)
CLEARED_WHOLE = (TENURE, RENEWALS, N_INTENT, N_UPSELL, N_CONTRACTION)
CLEARED_OPTIONAL = (N_SPONSOR, N_CROSS_SELL, N_INCIDENT, N_REFERRAL)

NEVER = np.int16(32_000)
"""A month, or twice a month, that does not come."""
UNTOUCHED = np.int16(600)
"""Months since touch of an account that was never touched."""
MOST_EVER = 30_000
"""Firings of one clock of an account, all months taken together, that it may reach at most by several in one month: 16
bits still hold one more in each month that follows."""


def rows(teams: int, playbooks: int, lag_months: int, extra: int) -> tuple[int, int]:
    """Number of rows of `reals` and of `whole`."""
    return REALS + extra * OPTIONAL_REALS + max(lag_months, 1), WHOLE + extra * OPTIONAL_WHOLE + teams + 2 * playbooks


@inline()
def past_health(tables):
    """First of the rows of past health."""
    return REALS + tables.extra[0] * OPTIONAL_REALS


@inline()
def owners(tables):
    """First of the rows of owners."""
    return WHOLE + tables.extra[0] * OPTIONAL_WHOLE


@inline()
def delivery_counts(tables, whole):
    """First of the rows of deliveries so far, one a playbook."""
    return whole.shape[0] - 2 * tables.play.shape[2]


@inline()
def delivery_months(tables, whole):
    """First of the rows of the month of the last delivery, one a playbook."""
    return whole.shape[0] - tables.play.shape[2]


@jit()
def move(reals, whole, ids, source, target):
    """Copy one account over another."""
    for row in range(reals.shape[0]):
        reals[row, target] = reals[row, source]
    for row in range(whole.shape[0]):
        whole[row, target] = whole[row, source]
    ids[target] = ids[source]

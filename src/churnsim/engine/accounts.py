"""State of the accounts: two tables of rows, one column an account, segments contiguous.

A row is a plain contiguous array, so that a pass over a segment vectorises; a mechanism that needs more state adds a
row. `reals` (float32) holds the rows below, then `lag_months` + 1 rows of past health, used in turn; `whole` (int16)
holds its rows, then one row of owners per team (a post, -1 for none) and two rows per playbook (deliveries so far,
month of the last one: -NEVER before the first, NEVER outside the play's treated group). Rows that a scenario does not
need are not there. What a month reads of a large company comes from memory, so a row is no wider than it must be.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.jit import inline, jit

# rows of `reals`
ADOPTION = 0
ENGAGEMENT = 1
FIRST_VALUE = 2
"""1 after first value, 0 before it."""
ARR = 3
FRAILTY = 4
"""Frailty Z times the factor of the entry cohort."""
INTENT_LEFT = 5
"""What is left of the threshold of a clock: it fires when the cumulated hazard has used it up."""
FIRST_VALUE_LEFT = 6
UPSELL_LEFT = 7
CONTRACTION_LEFT = 8
SHIELD = 9
LIFT = 10
UPLIFT = 11
"""Remembered price uplift, fading."""
SCRUTINY = 12
"""Extra base hazard per month of the renewal window."""
ARR_ANNIVERSARY = 13
"""ARR at the last anniversary of the simulation, 0 for accounts that entered since."""
SCORE = 14
NOISE = 15
"""Four rows: score noise of the running block of four months."""
REALS = 19
"""Rows that are always there."""

# optional rows of `reals`, there when `tables.extra` is 1
ROOM = 19
"""Share of the room above the ceiling of adoption that sticky features have left."""
SPONSOR = 20
"""1 with a sponsor, 0 without."""
SPONSOR_LEFT = 21
MISFIT = 22
"""1 for the wrong customer."""
GAP = 23
"""Expectation gap."""
ENTRY_ARR = 24
"""ARR at entry, or at month 0: the wallet is a multiple of it."""
CROSS_SELL_LEFT = 25
INCIDENT_LEFT = 26
REFERRAL_LEFT = 27
BIAS = 28
"""What the score shows beside health: the account's own bias, less the loading on its frailty.

In the book's start, which all arms share, the normal score of the own bias."""
OPTIONAL_REALS = 10

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
EXIT_MONTH = 6
"""Month of the immediate exit that comes first."""
EXIT_KIND = 7
"""0: closure, 1: payment."""
N_INTENT = 8
N_UPSELL = 9
N_CONTRACTION = 10
WHOLE = 11
"""Rows that are always there."""

# optional rows of `whole`
PRODUCTS = 11
N_SPONSOR = 12
N_CROSS_SELL = 13
N_INCIDENT = 14
N_REFERRAL = 15
OPTIONAL_WHOLE = 5

# rows that are 0 when an account enters; it writes the others, but for those of owners and plays, itself
CLEARED_REALS = (ADOPTION, SHIELD, LIFT, UPLIFT, ARR_ANNIVERSARY, NOISE, NOISE + 1, NOISE + 2, NOISE + 3)
CLEARED_WHOLE = (TENURE, RENEWALS, N_INTENT, N_UPSELL, N_CONTRACTION)
CLEARED_OPTIONAL = (N_SPONSOR, N_CROSS_SELL, N_INCIDENT, N_REFERRAL)

NEVER = np.int16(32_000)
"""A month that does not come."""
UNTOUCHED = np.int16(600)
"""Months since touch of an account that was never touched."""
MOST_EVER = 30_000
"""Firings of one clock of an account, all months taken together, that it may reach at most by several in one month: 16
bits still hold one more in each month that follows."""


def rows(teams: int, playbooks: int, lag_months: int, extra: int) -> tuple[int, int]:
    """Number of rows of `reals` and of `whole`."""
    return REALS + extra * OPTIONAL_REALS + lag_months + 1, WHOLE + extra * OPTIONAL_WHOLE + teams + 2 * playbooks


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

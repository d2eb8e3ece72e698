"""Immediate exits: a business that closes, a bill that stays unpaid. No state moves them: both are known at entry."""

from __future__ import annotations

import math

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.margin import Margin

CLOSURE, PAYMENT = "closure", "payment"
NO_MONTH = 2_000_000
"""A month that does not come."""


def crossing(what: str, account: Account, threshold: float, hazard: float, margin: Margin) -> tuple[int, float] | None:
    """Step 1, 2, ... in which a constant hazard has used up the threshold, and the fraction of that step."""
    if hazard <= 0.0 or threshold > 1e6 * hazard:
        return None
    margin.step(what, account.who, threshold / hazard)
    step = max(math.ceil(threshold / hazard), 1)
    return step, threshold / hazard - (step - 1)


def schedule(account: Account, entered: int, now: int, margin: Margin) -> None:
    """Note the month and kind of the first immediate exit of an account that is alive after month `now`."""
    segment, luck = account.segment, account.luck
    e_closure = luck.exponential(purposes.EXITS, account.who, 0, 0)
    e_payment = luck.exponential(purposes.EXITS, account.who, 0, 1)
    closure = crossing(CLOSURE, account, e_closure, segment.closure_hazard, margin)
    payment = crossing(PAYMENT, account, e_payment, segment.payment_lump, margin)
    exits = []
    if closure:
        exits.append((now + closure[0], closure[1], CLOSURE))
    if payment:
        billing = min(segment.own.contracts.billing_months, account.term)
        grace = segment.own.exits.grace_months
        # bills that were due before now but whose grace still runs are as open as those to come
        paid = max((now - grace - entered) // billing, 0)
        exits.append((entered + (paid + payment[0]) * billing + grace, payment[1], PAYMENT))
    if len(exits) == 2 and exits[0][0] == exits[1][0]:
        margin.note("first exit", account.who, exits[0][1] - exits[1][1], 1.0)
    account.exit_month, _, account.exit_kind = min(exits, default=(NO_MONTH, 0.0, CLOSURE))

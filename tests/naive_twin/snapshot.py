"""A start from accounts whose state at month 0 is given as plain data: their history is guarded elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tests.naive_twin.account import Account
from tests.naive_twin.luck import Luck
from tests.naive_twin.segment import Segment

STATE = (
    "arr",
    "frailty",
    "misfit",
    "products",
    "ceiling",
    "adoption",
    "engagement",
    "first_value",
    "sponsor",
    "gap",
    "shield",
    "lift",
    "uplift",
    "intent",
    "tenure",
    "to_renewal",
    "term",
    "renewals",
    "since_touch",
    "exit_month",
    "exit_kind",
    "deliveries",
    "delivered_in",
)
"""Attributes of an account that a snapshot gives by name, besides `who` and `clocks`."""


def restore(state: Mapping[str, Any], segment: Segment, luck: Luck) -> Account:
    """The account of a snapshot. `clocks`: by name, firings so far and what is left of the threshold."""
    account = Account(state["who"], segment, luck)
    for name in STATE:
        setattr(account, name, state[name])
    for name, (firings, left) in state["clocks"].items():
        clock = getattr(account, f"{name}_clock")
        clock.firings, clock.used, clock.limit = firings, 0.0, left
    multiple = segment.own.acquisition.wallet_multiple
    account.wallet = math.inf if multiple is None else multiple * account.arr
    account.health_at_entry = account.score = account.health
    return account

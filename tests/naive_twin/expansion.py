"""Expansion, contraction and renewal: what changes the ARR of an account that stays."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin.account import Account
from tests.naive_twin.clock import Clock, bounded_exp
from tests.naive_twin.journal import CONTRACTION, CROSS_SELL, RENEWAL, UPSELL, Diary
from tests.naive_twin.margin import Margin

MOST_FIRINGS = 1000


def monthly_rate(account: Account, kind: Any, log_factor: float) -> float:
    """Rate of a month after first value: annual_rate/12 exp(c . (state - reference) + log_factor)."""
    if kind.annual_rate == 0.0 or not account.first_value:
        return 0.0
    reference = account.segment.own.reference
    eta = kind.adoption * (account.adoption - reference.adoption)
    eta += kind.engagement * (account.engagement - reference.engagement)
    return float(bounded_exp(math.log(kind.annual_rate / 12.0) + eta + log_factor))


def advance(account: Account, market: float) -> None:
    """Use up the thresholds of expansion and contraction; `market`: log factor on expansion."""
    kinds = account.segment.own.expansion
    account.upsell_clock.used += monthly_rate(account, kinds.upsell, account.lift + market)
    account.contraction_clock.used += monthly_rate(account, kinds.contraction, -market)
    if account.products < kinds.cross_sell.most_products:
        account.cross_sell_clock.used += monthly_rate(account, kinds.cross_sell, account.lift + market)


def firings(clock: Clock, margin: Margin) -> int:
    """How often a counting clock fires this month."""
    n = 0
    while clock.due(margin):
        clock.carry()
        n += 1
        assert n < MOST_FIRINGS, f"{clock.name} fires without end"
    return n


def disappoint(account: Account, margin: Margin) -> None:
    """Expansion that is pushed at low health raises the expectation gap."""
    expectation = account.segment.own.expectation
    if margin.below("pushy", account.who, account.health, expectation.pushy_below_health):
        account.gap += expectation.pushy_gap


def upsell(account: Account, margin: Margin, diary: Diary) -> None:
    """More of the same, as far as the wallet goes."""
    fraction = account.segment.own.expansion.upsell.fraction
    for _ in range(firings(account.upsell_clock, margin)):
        before = account.arr
        account.arr = min(before * (1.0 + fraction), max(account.wallet, before))
        disappoint(account, margin)
        diary.flow(account.segment, "arr_upsell", account.arr - before)
        diary.flow(account.segment, "upsells", 1)
        diary.write(UPSELL, account.who, value=account.arr)


def cross_sell(account: Account, margin: Margin, diary: Diary) -> None:
    """One more product, until the account has them all."""
    kind, clock = account.segment.own.expansion.cross_sell, account.cross_sell_clock
    while account.products < kind.most_products and clock.due(margin):
        before = account.arr
        account.arr += before * kind.fraction
        account.products += 1
        disappoint(account, margin)
        if account.products < kind.most_products:
            clock.carry()
        else:
            clock.restart()
        diary.flow(account.segment, "arr_cross_sell", account.arr - before)
        diary.flow(account.segment, "cross_sells", 1)
        diary.write(CROSS_SELL, account.who, value=account.arr)


def contract(account: Account, margin: Margin, diary: Diary) -> None:
    """Fewer seats, a smaller plan."""
    fraction = account.segment.own.expansion.contraction.fraction
    for _ in range(firings(account.contraction_clock, margin)):
        before = account.arr
        account.arr -= before * fraction
        diary.flow(account.segment, "arr_contraction", before - account.arr)
        diary.flow(account.segment, "contractions", 1)
        diary.write(CONTRACTION, account.who, value=account.arr)


def renew(account: Account, diary: Diary) -> None:
    """Begin the next contract; the price changes once a year at most."""
    account.renewals += 1
    # this month still counts one down
    account.to_renewal = account.term + 1
    completed = account.tenure + 1
    if completed // 12 != (completed - account.term) // 12:
        uplift = account.segment.own.contracts.price_uplift
        before = account.arr
        account.arr *= 1.0 + uplift
        account.uplift += uplift
        diary.flow(account.segment, "arr_price", account.arr - before)
    diary.write(RENEWAL, account.who, value=account.arr)

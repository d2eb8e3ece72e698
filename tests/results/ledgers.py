"""Ledgers and money with made-up numbers, for what is reckoned from them."""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger
from churnsim.results.summary import Arrays, Ledgers

REPLICATES, ARMS, SEGMENTS, CAUSES, TEAMS, PLAYS = 3, 2, 2, 4, 2, 3
FLOWS_IN = (
    ledger.ARR_NEW,
    ledger.ARR_UPSELL,
    ledger.ARR_CROSS_SELL,
    ledger.ARR_PRICE,
    ledger.ARR_REACTIVATED,
)


def ledgers(months: int, seed: int = 1) -> Ledgers:
    """Ledgers of `months` months in which every column holds something and the movements of ARR add up."""
    rng = np.random.default_rng(seed)
    book = Ledgers.zeros((REPLICATES, ARMS), months, SEGMENTS, CAUSES, TEAMS, PLAYS)
    for part in book:
        part[...] = rng.uniform(0.0, 10.0, part.shape)
    flow = book.flows
    arr = np.full(flow.shape[:2] + flow.shape[3:4], 1000.0)
    for month in range(months):
        row = flow[:, :, month]
        row[..., ledger.ARR_OPENING] = arr
        lost = row[..., ledger.ARR_CONTRACTION] + book.churn[:, :, month, ..., 0].sum(axis=-1)
        arr = arr + row[..., FLOWS_IN].sum(axis=-1) - lost
        row[..., ledger.ARR_CLOSING] = arr
    return book


def money(draws: int = 1, **values: float) -> Arrays:
    """Numbers of money (A, draws), the same in each arm; what is not given is 0, but for margin and discount."""
    names = ("annual_cost_to_serve", "expansion_cost_share", "annual_fixed_cost", "product_monthly_cost")
    names += ("desk_annual_cost", "annual_deflection_cost", "multiple", "multiple_per_nrr", "multiple_per_growth")
    known = dict.fromkeys(names, 0.0) | {"gross_margin": 0.8, "annual_discount": 0.1} | values
    return {name: np.full((ARMS, draws), value) for name, value in known.items()}

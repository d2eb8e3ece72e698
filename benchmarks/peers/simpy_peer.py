"""SimPy: a process with a monthly timeout per account, and one for the team.

An account's step at the end of month t drifts on into month t + 1 at once; the team acts between two such steps, so
that one timeout per account and month will do. Python's own random numbers and mathematics.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from benchmarks.common import ARR, EXITS, PLAYS, Accounts, Model


class Company:
    """One replicate: its accounts, its clock, its luck, its ledger."""

    def __init__(self, model: Model, accounts: Accounts, seed: int, ledger: np.ndarray):
        self.model = model
        self.ledger = ledger
        self.random = random.Random(seed)
        self.environment = simpy.Environment()
        self.accounts: dict[Account, None] = {}  # a set that keeps its order
        for state in zip(accounts.arr, accounts.adoption, accounts.engagement, accounts.renewal, strict=True):
            self.accounts[Account(self, *map(float, state))] = None
        self.environment.process(self.deliver())

    def run(self) -> None:
        """Simulate, and write down the ledger's ARR month by month."""
        for month in range(1, self.model.months + 1):
            self.environment.run(until=month + 0.25)
            self.ledger[month - 1, ARR] = sum(account.arr for account in self.accounts)

    def deliver(self) -> Generator[simpy.Event, Any, None]:
        """The team's months: the play for those of the greatest value at risk."""
        m, luck, month = self.model, self.random, 0
        yield self.environment.timeout(0.5)
        while True:
            month += 1
            latest = month - m.cadence
            served = [account for account in self.accounts if account.last_play <= latest]
            if len(served) > m.plays:
                served = heapq.nlargest(m.plays, served, key=Account.priority)
            for account in served:
                account.last_play = month
                if luck.random() < m.success:
                    account.receive()
            self.ledger[month - 1, PLAYS] = len(served)
            yield self.environment.timeout(1.0)


class Account:
    """One account and its process."""

    __slots__ = (
        "adoption",
        "arr",
        "company",
        "engagement",
        "intent",
        "last_play",
        "renewal",
        "shield",
        "to_contraction",
        "to_intent",
        "to_upsell",
    )

    def __init__(self, company: Company, arr: float, adoption: float, engagement: float, renewal: float):
        self.company = company
        self.arr, self.adoption, self.engagement, self.renewal = arr, adoption, engagement, int(renewal)
        self.intent = False
        self.shield = 0.0
        self.last_play = -1_000
        self.to_intent, self.to_upsell, self.to_contraction = (company.random.expovariate(1.0) for _ in range(3))
        company.environment.process(self.live())

    def priority(self) -> float:
        """Value at risk, with health seen in tenths."""
        weight = self.company.model.weight
        health = weight * self.adoption + (1.0 - weight) * self.engagement
        return (1.0 - (min(int(10.0 * health), 9) + 0.5) / 10.0) * self.arr

    def receive(self) -> None:
        """A successful delivery."""
        m, luck = self.company.model, self.company.random
        self.adoption += m.e_adoption * (1.0 - self.adoption)
        self.engagement += m.e_engagement * (1.0 - self.engagement)
        self.shield = max(self.shield, m.e_shield)
        if self.intent and luck.random() < m.e_rescue:
            self.intent = False
            self.to_intent = luck.expovariate(1.0)

    def drift(self) -> None:
        """The month begins: adoption and engagement."""
        m = self.company.model
        a, g = self.adoption, self.engagement
        self.engagement = g - m.drift * g + (m.quiet if self.intent else m.rowing) * a * (1.0 - g)
        self.adoption = a + m.share * (m.ceiling - a)

    def live(self) -> Generator[simpy.Event, Any, None]:
        """The account's months, until it leaves."""
        m, luck, exp = self.company.model, self.company.random, math.exp
        month = 0
        while True:
            self.drift()
            yield self.company.environment.timeout(1.0)
            month += 1
            a, g = self.adoption, self.engagement
            if not self.intent:
                causes = exp(m.adoption_0 + m.adoption_1 * a) + exp(m.engagement_0 + m.engagement_1 * g)
                self.to_intent -= causes * exp(-self.shield)
                self.intent = self.to_intent <= 0.0
            self.to_upsell -= exp(m.upsell_0 + m.upsell_a * a + m.upsell_g * g)
            while self.to_upsell <= 0.0:
                self.arr *= m.upsell_factor
                self.to_upsell += luck.expovariate(1.0)
            self.to_contraction -= exp(m.contraction_0 + m.contraction_a * a + m.contraction_g * g)
            while self.to_contraction <= 0.0:
                self.arr *= m.contraction_factor
                self.to_contraction += luck.expovariate(1.0)
            if self.renewal == month:
                if self.intent:
                    del self.company.accounts[self]
                    self.company.ledger[month - 1, EXITS] += 1.0
                    return
                self.renewal += m.term
            self.shield *= m.shield_decay


def simulate(model: Model, accounts: Accounts, replicates: int, seed: int) -> np.ndarray:
    """Ledger (replicates, months, 3)."""
    ledger = np.zeros((replicates, model.months, 3))
    for r in range(replicates):
        Company(model, accounts, seed * 1_000_003 + r, ledger[r]).run()
    return ledger

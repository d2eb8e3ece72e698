"""Word of mouth: detractors and recent leavers lower conversion."""

from __future__ import annotations

import math

from tests.naive_twin.account import Account
from tests.naive_twin.margin import Margin
from tests.naive_twin.segment import Segment


class WordOfMouth:
    """What a segment's prospects hear at the start of a month."""

    def __init__(self, segment: Segment):
        self.segment = segment
        self.accounts = self.detractors = 0
        self.leavers = 0.0
        """Recent leavers, as far as they are remembered."""

    def factor(self) -> float:
        """Factor on conversion."""
        share = (self.detractors + self.leavers) / max(self.accounts, 1)
        return math.exp(-self.segment.own.advocacy.word_of_mouth * min(1.0, share))

    def forget(self, exits: int) -> None:
        """A month passes, in which so many left."""
        self.leavers = self.leavers * self.segment.memory_fades + exits

    def listen(self, accounts: list[Account], margin: Margin) -> None:
        """Count accounts and detractors at the month's end."""
        own = [account for account in accounts if account.segment is self.segment]
        self.accounts = len(own)
        self.detractors = sum(account.detracts(margin) for account in own)

"""Clocks: an event happens when the cumulated hazard has used up a threshold (MODEL: clocks)."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.naive_twin.margin import Margin


def bounded_exp(x: float) -> float:
    """exp of a log rate; log rates are clipped to [-87, 88]."""
    return math.exp(min(max(x, -87.0), 88.0))


class Clock:
    """One clock of one account: thresholds one after the other, and the hazard so far."""

    def __init__(self, name: str, who: int, thresholds: Callable[[int], float]):
        self.name, self.who, self.thresholds = name, who, thresholds
        self.firings = 0
        self.used = 0.0
        self.limit = thresholds(0)

    def due(self, margin: Margin) -> bool:
        """Whether the threshold is used up."""
        return not margin.below(self.name, self.who, self.used, self.limit)

    def carry(self) -> None:
        """After a firing of a count: the overshoot counts for the next."""
        self.firings += 1
        self.limit += self.thresholds(self.firings)

    def restart(self) -> None:
        """After a firing of a state: the next clock starts at 0."""
        self.firings += 1
        self.reset()

    def reset(self) -> None:
        """Start the present threshold anew."""
        self.used = 0.0
        self.limit = self.thresholds(self.firings)

"""Near ties: how close each decision was.

The engine keeps its state in float32, the twin in float64. Where a comparison that decides an event is closer than what
rounding can move, the two may differ and neither is wrong. Each comparison therefore reports its relative margin, and
those below a tolerance are kept with month and account.

SINGLE bounds what float32 does to a comparison. Adoption and engagement are contractions and stay within some 3e-7;
slopes of log hazards, up to 20 here, turn that into 6e-6 of a hazard; a threshold is used up in some 30 steps of
rounding 6e-8 each; normal scores carry 5e-7, and the quantile tables of frailty 1e-5. EXACT bounds comparisons of
numbers that both keep in float64, which differ by the order of operations only.
"""

from __future__ import annotations

import math

SINGLE = 1e-5
EXACT = 1e-9
EVERYBODY = -1
"""Stands for the account in near ties that concern all of them, such as an order of priority."""


class Margin:
    """Makes comparisons and remembers those that were close."""

    def __init__(self) -> None:
        self.month = 0
        self.comparisons = 0
        self.near: list[tuple[int, int, str, float]] = []
        """Month, account, what was compared, relative margin."""

    def note(self, what: str, who: int, gap: float, scale: float, tolerance: float = SINGLE) -> None:
        """Note a comparison of two numbers that lie `gap` apart, relative to `scale`."""
        self.comparisons += 1
        if abs(gap) <= tolerance * abs(scale):
            self.near.append((self.month, who, what, abs(gap / scale) if scale else 0.0))

    def below(self, what: str, who: int, x: float, limit: float, tolerance: float = SINGLE) -> bool:
        """Whether x < limit."""
        if math.isfinite(limit):
            self.note(what, who, x - limit, max(abs(x), abs(limit)), tolerance)
        return x < limit

    def step(self, what: str, who: int, x: float, tolerance: float = SINGLE) -> None:
        """Note that a whole number is made of x, by rounding up, down, or to a bin."""
        self.note(what, who, x - round(x), max(abs(x), 1.0), tolerance)

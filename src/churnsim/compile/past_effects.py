"""Effects of the plays of the past, in expectation: what is random about a delivery is replaced by its mean.

A delivery of rate q moves engagement by q delta (1 - g), the shield becomes (1 - q) shield + q max(shield, new). Of an
effect that is yes or no a strength below 0 makes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from churnsim.compile.lines import Arm, Buckets, Lines

LARGE = np.float32(1e9)
NAMES = ("adoption", "engagement", "shield", "lift", "first_value", "rescue", "sponsor", "ceiling")
Strength = Sequence[np.ndarray] | np.ndarray
"""By play: (L, F), or (D, L, F) where it varies with the customer."""


class Effects:
    """Effects (D, 1, 1) of the plays that have any, by name: pairs (play, effect)."""

    def __init__(self, arm: Arm, lines: Lines, buckets: Buckets):
        play = arm["play"]
        plays = range(play.shape[1])
        self.success = [self._column(play["success"][:, p]) for p in plays]
        self.of = {
            name: [(p, self._column(play[name][:, p])) for p in plays if play[name][:, p].any()] for name in NAMES
        }
        self.wants_absent = play["sponsor_wanted"][0] == 0
        self.factor: dict[int, np.ndarray] = {}
        self.by_health: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for p in plays:
            own = arm["factor"][:, p, lines.segment][:, :, None]
            if buckets.kinds == 2:
                own = own * np.where(buckets.misfit == 1, self._column(play["misfit"][:, p]), np.float32(1.0))
            if np.any(own != 1.0):
                self.factor[p] = own.astype(np.float32)
            ends = play["health_0"][:, p], play["health_1"][:, p]
            if np.any(ends[0] != 1.0) or np.any(ends[1] != 1.0):
                self.by_health[p] = self._column(ends[0]), self._column(ends[1])

    @staticmethod
    def _column(values: np.ndarray) -> np.ndarray:
        return values.astype(np.float32)[:, None, None]

    def vary(self, strength: np.ndarray, health: np.ndarray) -> Strength:
        """Strength (P, L, F) of deliveries with what varies with segment, misfit and health (D, L, F)."""
        if not self.factor and not self.by_health:
            return strength
        out = list(strength)
        for p, factor in self.factor.items():
            out[p] = out[p] * factor
        for p, (low, high) in self.by_health.items():
            out[p] = out[p] * (low + (high - low) * health)
        return out

    def step(self, name: str, rate: np.ndarray, strength: Strength) -> np.ndarray | float:
        """Expected step (D, L, F) of adoption, engagement or the ceiling, as a share of the room above."""
        step: np.ndarray | float = 0.0
        for p, effect in self.of[name]:
            step = step + (self.success[p] * effect) * (rate[p] * strength[p])
        return step

    def strongest(self, name: str, now: np.ndarray, rate: np.ndarray, strength: Strength) -> np.ndarray:
        """Expected shield or lift after the month's plays.

        The engine keeps the stronger of what remains and what is new; of two expectations that is the greater while
        what remains is a benefit, else the new one.
        """
        for p, effect in self.of[name]:
            # what remains counts while it is above 0; np.where would take ten times as long
            remains = now - (now <= 0.0) * LARGE
            now = now + (self.success[p] * rate[p]) * (np.maximum(remains, effect * strength[p]) - now)
        return now

    def clock(
        self, rate: np.ndarray, strength: Strength, waiting: np.ndarray, milestones: np.ndarray
    ) -> np.ndarray | float:
        """Extra hazard (D, L, kinds) of first value in the next month, from deliveries to those who wait for it.

        `milestones` (D, L, 1). One exponential clock forgets, so what counts is the chance to be still short of it.
        """
        hazard: np.ndarray | float = 0.0
        for p, effect in self.of["first_value"]:
            q = self.success[p] * rate[p][..., waiting]
            moved = effect * strength[p][..., waiting]
            once = -np.log1p(q * np.expm1(-moved))
            hazard = hazard + np.where(milestones > 1.0, q * moved * milestones, once)
        return hazard

    def rescue(self, rate: np.ndarray, strength: Strength) -> np.ndarray:
        """Probability (D, L, F) that an intent is cleared in the month."""
        stays = np.float32(1.0)
        for p, effect in self.of["rescue"]:
            stays = stays * np.maximum(1.0 - (self.success[p] * effect) * (rate[p] * np.maximum(strength[p], 0.0)), 0.0)
        return np.asarray(1.0 - stays)

    def restored(self, rate: np.ndarray, strength: Strength, absent: np.ndarray) -> np.ndarray:
        """Probability (D, L, F) that an account without a sponsor has one again by the month's plays."""
        alone = np.float32(1.0)
        for p, effect in self.of["sponsor"]:
            # plays that look for absent sponsors reach only such accounts
            reach = rate[p] / np.maximum(absent, 1e-6) if self.wants_absent[p] else rate[p]
            odds = np.minimum(effect * np.maximum(strength[p], 0.0), 1.0)
            alone = alone * (1.0 - (self.success[p] * odds) * np.minimum(reach, 1.0))
        return np.asarray(1.0 - alone, np.float32)

"""Plays of the past: what the base arm's team and channels have delivered to an account on average, by tenure.

An account is open to play p in a month with probability x = (trigger holds) x (it is served), and gets it when the
cadence c allows: d(u) = x(u) (1 - d(u - 1) - ... - d(u - c + 1)), exact for independent months. A score trigger holds
with the normal probability of the noise and bias around the mean path's health, a sponsor trigger with the share that
has or lacks one. How short hours are shared out: past_hours.py.

All is computed at the expected values of what is not known, so it does not depend on draws. Left out: that an account's
past of bad luck makes its next play likelier, that leavers, who go quiet, get more rescues, and that a score may load
on frailty or have begun only recently.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnsim.compile.lines import Arm, Buckets, Classes, Lines
from churnsim.compile.teams import RENEWAL_EDGES, TOUCH_EDGES, bins
from churnsim.engine.allocation import SCORE_BINS, STAGES
from churnsim.engine.playbooks import OPEN, STALLED_AFTER

SHARPNESS = 4.0
"""Exponent of the odds of being served; the standard deviation of its logistic is 1.8/4."""


class Deliveries(NamedTuple):
    """Expected deliveries to an account whose ARR lies in the play's range, and that is in its treated group."""

    rate: np.ndarray  # (N, P, L, F) float32: in the month that begins at that tenure
    chance: np.ndarray  # (N, P, L, F) float32: of a delivery in the month when the cadence allows
    so_far: np.ndarray  # (N + 1, P, L, F) float32: up to that tenure
    fits: np.ndarray  # (P, L) float32: share of such accounts
    repeat: np.ndarray  # (P, 1, 1) float32: effect of each delivery relative to the one before
    diluted: np.ndarray  # (P, 1, 1) float32: share of the effects that short hours leave
    answered: float  # share of contacts that the desk answers in time

    def month(self, u: int, health: np.ndarray, absent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deliveries per account, and their strength, (P, L, F) each, in the month that begins at tenure `u`."""
        return self.rate[u] * self.fits[:, :, None], self.diluted * self.repeat ** self.so_far[u]


class Diary:
    """Expected deliveries, written month by month as the mean path at the expected values goes on.

    `threshold` (T,): priority from which teams serve. `diluted` (T,): share of the effects that short hours leave.
    """

    def __init__(
        self,
        arm: Arm,
        lines: Lines,
        buckets: Buckets,
        months: int,
        lag: int,
        threshold: np.ndarray,
        diluted: np.ndarray | None = None,
        answered: float = 1.0,
    ):
        self.arm, self.lines, self.buckets, self.lag, self.threshold = arm, lines, buckets, lag, threshold
        self.play = play = arm["play"][0]
        shape = (len(play), len(lines.segment), len(buckets.first))
        # a play by CSMs is itself a touch
        touch_min = np.where(play["touches"] != 0, play["touch_min"], 1)
        self.spacing = np.maximum(np.maximum(play["cadence"], touch_min), 1)
        fits = [[np.mean((arr >= p["arr_min"]) & (arr <= p["arr_max"])) for arr in lines.arr] for p in play]
        fits = np.array(fits, np.float32).reshape(shape[:2]) * play["random_share"].astype(np.float32)[:, None]
        share = np.append(np.ones(arm["team"].shape[1]) if diluted is None else diluted, 1.0)
        self.made = Deliveries(
            rate=np.zeros((months, *shape), np.float32),
            chance=np.zeros((months, *shape), np.float32),
            so_far=np.zeros((months + 1, *shape), np.float32),
            fits=fits,
            repeat=arm["strength"][0, :, 1, None, None],
            diluted=share[play["team"]].astype(np.float32)[:, None, None],
            answered=answered,
        )
        self.health: list[np.ndarray] = []
        self.priorities = (np.inf, 0.0)

    def month(self, u: int, health: np.ndarray, absent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Write the month that begins at tenure `u`; health and the share without a sponsor (1, L, F) before plays."""
        made = self.made
        self.health.append(health[0])
        seen = self.health[max(u - self.lag, 0)]
        chance = self.eligible(u, seen, absent[0])
        if len(self.play):
            chance = chance * self.served(u, seen)
        before = made.so_far[np.maximum(u - self.spacing + 1, 0), np.arange(len(self.play))]
        made.chance[u] = chance
        made.rate[u] = chance * np.clip(1.0 - (made.so_far[u] - before), 0.0, 1.0)
        made.so_far[u + 1] = made.so_far[u] + made.rate[u]
        return made.month(u, health, absent)

    def stage(self, u: int) -> np.ndarray:
        """Stage (L, F)."""
        before = 1 if u >= STALLED_AFTER else 0
        after = np.where(self.to_renewal(u) <= self.arm["segment"]["window"][0, self.lines.segment], 3, 2)
        return np.where(self.buckets.first <= u + 1, after[:, None], before)

    def to_renewal(self, u: int) -> np.ndarray:
        """Months to renewal (L,), as the engine counts them in the month."""
        return np.asarray(self.lines.months - u % self.lines.months)

    def eligible(self, u: int, seen: np.ndarray, absent: np.ndarray) -> np.ndarray:
        """Probability (P, L, F) that the trigger holds, but for ARR, treated group and the play's own cadence."""
        play = self.play
        out = (play["stages"][:, None, None] >> self.stage(u)) & 1
        holds = self.arm["covers"][:, self.lines.segment] != 0
        left = self.to_renewal(u)
        holds &= (play["renewal_min"][:, None] <= left) & (left <= play["renewal_max"][:, None])
        holds &= ((play["tenure_min"] <= u) & (u <= play["tenure_max"]))[:, None]
        out = (out * holds[:, :, None]).astype(np.float64)
        for p in range(len(play)):
            if np.isfinite(play["score_min"][p]) or np.isfinite(play["score_max"][p]):
                out[p] *= self.in_range(p, seen)
            if play["touch_min"][p] > 1:
                out[p] *= self.untouched(u, int(play["touch_min"][p]) - 1, p)
            if play["touch_max"][p] < OPEN:
                out[p] *= 1.0 - self.untouched(u, int(play["touch_max"][p]), -1)
            if play["sponsor_wanted"][p] >= 0:
                out[p] *= 1.0 - absent if play["sponsor_wanted"][p] else absent
        return np.asarray(out)

    def in_range(self, p: int, seen: np.ndarray) -> np.ndarray:
        """Probability (L, F) that the observed score lies in the play's range."""
        from scipy.special import ndtr

        low, high = float(self.play["score_min"][p]), float(self.play["score_max"][p])
        segment = self.arm["segment"][0, self.lines.segment, None]
        sd = np.maximum(np.hypot(segment["score_noise"], segment["bias_sd"]), 1e-6)
        below = np.zeros_like(seen) if low <= 0.0 else ndtr((low - seen) / sd)
        return np.asarray((1.0 if high >= 1.0 else ndtr((high - seen) / sd)) - below)

    def untouched(self, u: int, months: int, but: int) -> np.ndarray:
        """Probability (L, F) of no touch in the last `months` months, the play `but` left out."""
        touches = (self.play["touches"] != 0) & (np.arange(len(self.play)) != but)
        recent = self.made.rate[max(u - months, 0) : u, touches] * self.made.fits[touches, :, None]
        return np.asarray(np.prod(1.0 - recent, axis=(0, 1)))

    def served(self, u: int, seen: np.ndarray) -> np.ndarray:
        """Probability (P, L, F) that hours are left for the play: odds (priority/threshold)^SHARPNESS."""
        play = self.play
        cell = np.clip(seen, np.maximum(play["score_min"], 0.0)[:, None, None], play["score_max"][:, None, None])
        cell = np.minimum((cell * SCORE_BINS).astype(np.int64), SCORE_BINS - 1) * STAGES + self.stage(u)
        renewal, touch = bins(RENEWAL_EDGES), bins(TOUCH_EDGES)
        cell = cell * (renewal[-1] + 1) + renewal[np.minimum(self.to_renewal(u), len(renewal) - 1)][:, None]
        cell = cell * (touch[-1] + 1) + touch[np.minimum(self.spacing, len(touch) - 1)][:, None, None]
        table = self.arm["priority"]
        value = table[np.arange(len(play))[:, None, None], self.lines.segment[:, None], cell].astype(np.float64)
        value *= np.exp(self.arm["arr_exponent"] * self.lines.log_arr)[:, None]
        value *= (3600.0 / np.maximum(play["seconds"], 1))[:, None, None]
        by_team = play["team"] >= 0
        if by_team.any():
            self.priorities = (
                min(self.priorities[0], value[by_team].min()),
                max(self.priorities[1], value[by_team].max()),
            )
        threshold = np.where(by_team, self.threshold[play["team"]] if len(self.threshold) else 0.0, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = (value / threshold[:, None, None]) ** SHARPNESS
            share = np.where(np.isinf(odds), 1.0, odds / (1.0 + odds))
        return np.where(threshold[:, None, None] > 0.0, share, 1.0)

    def seconds(self, classes: Classes, share: np.ndarray) -> np.ndarray:
        """Seconds (T,) that the book gets in month 1, from the shares (J, F) of the buckets."""
        teams = np.zeros(self.arm["team"].shape[1])
        for p, play in enumerate(self.play):
            if play["team"] >= 0:
                rate = self.made.rate[classes.tenure, p, classes.line] * self.made.fits[p, classes.line, None]
                teams[play["team"]] += play["seconds"] * (classes.accounts @ (rate * share).sum(axis=1))
        return teams

"""Plays of the past: what the base arm's team and channels have delivered to an account on average, by tenure.

An account is open to play p in a month with probability x = (trigger holds) x (it is served), and gets it when the
cadence c allows: d(u) = x(u) (1 - d(u - 1) - ... - d(u - c + 1)), exact for independent months. A score trigger holds
with the normal probability of the noise around the mean path's health. When the hours that the book asks for at month 0
exceed those of today's posts, plays are served by priority above a threshold, with odds (priority/threshold)^4, so that
both are equal: the noise of the score and the ARR within a half spread ln priority by about 0.45, as that logistic
does. The threshold is held throughout the past. Where every priority is the same it comes to an equal share for all.

All is computed at the expected values of what is not known, so it does not depend on draws. Left out: that an account's
past of bad luck makes its next play likelier, and that leavers, who go quiet, get more rescues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from churnsim.compile.lines import Buckets, Classes, Lines
from churnsim.compile.mean_path import Arm
from churnsim.compile.teams import RENEWAL_EDGES, TOUCH_EDGES, bins
from churnsim.engine.allocation import SCORE_BINS, STAGES
from churnsim.engine.playbooks import OPEN, STALLED_AFTER

SHARPNESS = 4.0
"""Exponent of the odds of being served; the standard deviation of its logistic is 1.8/4."""
CLOSE = 0.01
"""Relative difference of hours at which the search for the threshold ends."""
MOST_STEPS = 12


class Deliveries(NamedTuple):
    """Expected deliveries to an account whose ARR lies in the play's range."""

    rate: np.ndarray  # (N, P, L, F) float32: in the month that begins at that tenure
    chance: np.ndarray  # (N, P, L, F) float32: of a delivery in the month when the cadence allows
    so_far: np.ndarray  # (N + 1, P, L, F) float32: up to that tenure
    fits: np.ndarray  # (P, L) float32: share of the accounts with an ARR in range
    repeat: np.ndarray  # (P, 1, 1) float32: effect of each delivery relative to the one before

    def month(self, u: int, health: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Deliveries per account, and their strength, (P, L, F) each, in the month that begins at tenure `u`."""
        return self.rate[u] * self.fits[:, :, None], self.repeat ** self.so_far[u]


class Diary:
    """Expected deliveries, written month by month as the mean path at the expected values goes on."""

    def __init__(self, arm: Arm, lines: Lines, buckets: Buckets, months: int, lag: int, threshold: np.ndarray):
        self.arm, self.lines, self.buckets, self.lag, self.threshold = arm, lines, buckets, lag, threshold
        self.play = play = arm["play"][0]
        shape = (len(play), len(lines.segment), len(buckets.first))
        # a play by a team is itself a touch
        touch_min = np.where(play["team"] >= 0, play["touch_min"], 1)
        self.spacing = np.maximum(np.maximum(play["cadence"], touch_min), 1)
        fits = [[np.mean((arr >= p["arr_min"]) & (arr <= p["arr_max"])) for arr in lines.arr] for p in play]
        self.made = Deliveries(
            rate=np.zeros((months, *shape), np.float32),
            chance=np.zeros((months, *shape), np.float32),
            so_far=np.zeros((months + 1, *shape), np.float32),
            fits=np.array(fits, np.float32).reshape(shape[:2]),
            repeat=arm["strength"][0, :, 1, None, None],
        )
        self.health: list[np.ndarray] = []
        self.priorities = (np.inf, 0.0)

    def month(self, u: int, health: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Write the month that begins at tenure `u`; health (1, L, F) is that of its start."""
        made = self.made
        self.health.append(health[0])
        seen = self.health[max(u - self.lag, 0)]
        chance = self.eligible(u, seen)
        if len(self.play):
            chance = chance * self.served(u, seen)
        before = made.so_far[np.maximum(u - self.spacing + 1, 0), np.arange(len(self.play))]
        made.chance[u] = chance
        made.rate[u] = chance * np.clip(1.0 - (made.so_far[u] - before), 0.0, 1.0)
        made.so_far[u + 1] = made.so_far[u] + made.rate[u]
        return made.month(u, health)

    def stage(self, u: int) -> np.ndarray:
        """Stage (L, F)."""
        before = 1 if u >= STALLED_AFTER else 0
        after = np.where(self.to_renewal(u) <= self.arm["segment"]["window"][0, self.lines.segment], 3, 2)
        return np.where(self.buckets.first <= u + 1, after[:, None], before)

    def to_renewal(self, u: int) -> np.ndarray:
        """Months to renewal (L,), as the engine counts them in the month."""
        return np.asarray(self.lines.months - u % self.lines.months)

    def eligible(self, u: int, seen: np.ndarray) -> np.ndarray:
        """Probability (P, L, F) that the trigger holds, but for ARR and the play's own cadence."""
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
        return np.asarray(out)

    def in_range(self, p: int, seen: np.ndarray) -> np.ndarray:
        """Probability (L, F) that the observed score lies in the play's range."""
        from scipy.special import ndtr

        low, high = float(self.play["score_min"][p]), float(self.play["score_max"][p])
        sd = np.maximum(self.arm["segment"]["score_noise"][0, self.lines.segment, None], 1e-6)
        below = np.zeros_like(seen) if low <= 0.0 else ndtr((low - seen) / sd)
        return np.asarray((1.0 if high >= 1.0 else ndtr((high - seen) / sd)) - below)

    def untouched(self, u: int, months: int, but: int) -> np.ndarray:
        """Probability (L, F) of no delivery by a team in the last `months` months, the play `but` left out."""
        by_team = (self.play["team"] >= 0) & (np.arange(len(self.play)) != but)
        recent = self.made.rate[max(u - months, 0) : u, by_team] * self.made.fits[by_team, :, None]
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


def steady_seconds(arm: Arm) -> np.ndarray:
    """Seconds (T,) a month of today's posts, less those lost on average to vacancies and ramps."""
    team, posts = arm["team"][0], arm["posts"][:, 0]
    leaves = team["attrition_rate"]
    filled = np.maximum(1.0 - leaves * team["ramp_months"] / 2.0, 0.0) / (1.0 + leaves * team["months_to_fill"])
    return np.asarray(3600.0 * posts * team["hours"] * filled)


Look = Callable[[Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]], np.ndarray]
"""From what delivers to the share (J, F) of the buckets, along the mean path at the expected values."""


def expected(
    arm: Arm, lines: Lines, classes: Classes, buckets: Buckets, months: int, lag: int, look: Look
) -> Deliveries:
    """Expected deliveries of the base arm, its tables `arm` at the expected values (D = 1)."""
    limit = steady_seconds(arm)
    threshold = np.where(limit > 0.0, 0.0, np.inf)

    def attempt(threshold: np.ndarray) -> tuple[Diary, np.ndarray]:
        diary = Diary(arm, lines, buckets, months, lag, threshold)
        return diary, diary.seconds(classes, look(diary.month))

    diary, seconds = attempt(threshold)
    short = (seconds > limit) & (limit > 0.0)
    if not short.any():
        return diary.made
    # regula falsi in logarithms, all teams at once; an end that stays loses half its weight. Above the highest
    # priority next to no hours are used.
    low = np.full(len(limit), np.log(max(diary.priorities[0], 1e-12)) - 1.0)
    high = np.full(len(limit), np.log(max(diary.priorities[1], 1e-12)) + 1.0)
    safe = np.where(short, limit, 1.0)
    over, under = np.log(np.where(short, seconds, 1.0) / safe), np.full(len(limit), -SHARPNESS)
    for _ in range(MOST_STEPS):
        middle = low + (high - low) * np.divide(over, over - under, out=np.zeros_like(over), where=short)
        diary, seconds = attempt(np.where(short, np.exp(middle), threshold))
        off = np.log(np.where(short, np.maximum(seconds, 1e-9), 1.0) / safe)
        if np.all(np.abs(off) < CLOSE):
            break
        rises = off > 0.0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        over, under = np.where(rises, off, over / 2.0), np.where(rises, under / 2.0, off)
    return diary.made

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


class Openings:
    """What of the plays depends neither on what was delivered nor on health, by month, play, line and bucket.

    `N` months of tenure; `own` are the plays (Q,) that teams deliver.
    """

    def __init__(self, arm: Arm, lines: Lines, buckets: Buckets, months: int):
        self.arm = arm
        self.play = play = arm["play"][0]
        self.shape = (len(play), len(lines.segment), len(buckets.first))
        # a play by CSMs is itself a touch
        touch_min = np.where(play["touches"] != 0, play["touch_min"], 1)
        self.spacing = np.maximum(np.maximum(play["cadence"], touch_min), 1)
        fits = [[np.mean((arr >= p["arr_min"]) & (arr <= p["arr_max"])) for arr in lines.arr] for p in play]
        self.fits = np.array(fits, np.float32).reshape(self.shape[:2]) * play["random_share"].astype(np.float32)[:, None]
        segment = arm["segment"][0, lines.segment, None]
        self.noise = np.maximum(np.hypot(segment["score_noise"], segment["bias_sd"]), 1e-6)
        """Standard deviation (L, 1) of the score around health."""
        tenure = np.arange(months)
        # as the engine counts them in the month
        left = lines.months - tenure[:, None] % lines.months
        before = np.where(tenure >= STALLED_AFTER, 1, 0)[:, None, None]
        after = np.where(left <= segment["window"][:, 0], 3, 2)[:, :, None]
        stage = np.where(buckets.first <= tenure[:, None, None] + 1, after, before).astype(np.int32)
        self.holds = self._triggered(stage, left, lines)
        """(N, P, L, F): whether stage, coverage, renewal and tenure let the play be."""
        self.own = np.flatnonzero(play["team"] >= 0)
        self.cell = self._cells(stage, left)
        """(N, Q, L, F) int32: cell of the table of priorities, but for the bin of the score."""
        # one after the other, as the engine multiplies
        self.size = np.exp(arm["arr_exponent"] * lines.log_arr)[:, None]
        self.hourly = (3600.0 / np.maximum(play["seconds"], 1))[self.own, None, None]
        self.priority = arm["priority"][self.own[:, None], lines.segment]

    def _triggered(self, stage: np.ndarray, left: np.ndarray, lines: Lines) -> np.ndarray:
        play, tenure = self.play, np.arange(len(stage))[:, None]
        holds = (play["renewal_min"][:, None] <= left[:, None]) & (left[:, None] <= play["renewal_max"][:, None])
        holds &= self.arm["covers"][:, lines.segment] != 0
        holds &= ((play["tenure_min"] <= tenure) & (tenure <= play["tenure_max"]))[:, :, None]
        return holds[..., None] & ((play["stages"][:, None, None] >> stage[:, None]) & 1 != 0)

    def _cells(self, stage: np.ndarray, left: np.ndarray) -> np.ndarray:
        renewal, touch = bins(RENEWAL_EDGES), bins(TOUCH_EDGES)
        cell = stage[:, None] * (renewal[-1] + 1) + renewal[np.minimum(left, len(renewal) - 1)][:, None, :, None]
        spacing = self.spacing[self.own]
        self.score_bin = STAGES * (renewal[-1] + 1) * (touch[-1] + 1)
        return cell * (touch[-1] + 1) + touch[np.minimum(spacing, len(touch) - 1)][:, None, None]


class Diary:
    """Expected deliveries, written month by month as the mean path at the expected values goes on.

    `threshold` (T,): priority from which teams serve. `diluted` (T,): share of the effects that short hours leave.
    """

    def __init__(
        self,
        openings: Openings,
        lag: int,
        threshold: np.ndarray,
        diluted: np.ndarray | None = None,
        answered: float = 1.0,
    ):
        self.openings, self.lag = openings, lag
        self.play, arm = openings.play, openings.arm
        teams, months = arm["team"].shape[1], len(openings.holds)
        self.threshold = threshold[self.play["team"][openings.own], None, None]
        share = np.append(np.ones(teams) if diluted is None else diluted, 1.0)
        self.made = Deliveries(
            rate=np.zeros((months, *openings.shape), np.float32),
            chance=np.zeros((months, *openings.shape), np.float32),
            so_far=np.zeros((months + 1, *openings.shape), np.float32),
            fits=openings.fits,
            repeat=arm["strength"][0, :, 1, None, None],
            diluted=share[self.play["team"]].astype(np.float32)[:, None, None],
            answered=answered,
        )
        self.health: list[np.ndarray] = []
        self.priorities = (np.inf, 0.0)

    def month(self, u: int, health: np.ndarray, absent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Write the month that begins at tenure `u`; health and the share without a sponsor (1, L, F) before plays."""
        made, openings = self.made, self.openings
        self.health.append(health[0])
        seen = self.health[max(u - self.lag, 0)]
        chance = self.eligible(u, seen, absent[0])
        if len(openings.own):
            chance[openings.own] *= self.served(u, seen)
        before = made.so_far[np.maximum(u - openings.spacing + 1, 0), np.arange(len(self.play))]
        made.chance[u] = chance
        made.rate[u] = chance * np.clip(1.0 - (made.so_far[u] - before), 0.0, 1.0)
        made.so_far[u + 1] = made.so_far[u] + made.rate[u]
        return made.month(u, health, absent)

    def eligible(self, u: int, seen: np.ndarray, absent: np.ndarray) -> np.ndarray:
        """Probability (P, L, F) that the trigger holds, but for ARR, treated group and the play's own cadence."""
        play = self.play
        out = self.openings.holds[u].astype(np.float64)
        for p in range(len(play)):
            if np.isfinite(play["score_min"][p]) or np.isfinite(play["score_max"][p]):
                out[p] *= self.in_range(p, seen)
            if play["touch_min"][p] > 1:
                out[p] *= self.untouched(u, int(play["touch_min"][p]) - 1, p)
            if play["touch_max"][p] < OPEN:
                out[p] *= 1.0 - self.untouched(u, int(play["touch_max"][p]), -1)
            if play["sponsor_wanted"][p] >= 0:
                out[p] *= 1.0 - absent if play["sponsor_wanted"][p] else absent
        return out

    def in_range(self, p: int, seen: np.ndarray) -> np.ndarray:
        """Probability (L, F) that the observed score lies in the play's range."""
        from scipy.special import ndtr

        low, high, noise = float(self.play["score_min"][p]), float(self.play["score_max"][p]), self.openings.noise
        below = np.zeros_like(seen) if low <= 0.0 else ndtr((low - seen) / noise)
        return np.asarray((1.0 if high >= 1.0 else ndtr((high - seen) / noise)) - below)

    def untouched(self, u: int, months: int, but: int) -> np.ndarray:
        """Probability (L, F) of no touch in the last `months` months, the play `but` left out."""
        touches = (self.play["touches"] != 0) & (np.arange(len(self.play)) != but)
        recent = self.made.rate[max(u - months, 0) : u, touches] * self.made.fits[touches, :, None]
        return np.asarray(np.prod(1.0 - recent, axis=(0, 1)))

    def served(self, u: int, seen: np.ndarray) -> np.ndarray:
        """Probability (Q, L, F) that hours are left for plays by teams: odds (priority/threshold)^SHARPNESS."""
        openings, play = self.openings, self.play[self.openings.own]
        score = np.clip(seen, np.maximum(play["score_min"], 0.0)[:, None, None], play["score_max"][:, None, None])
        cell = np.minimum((score * SCORE_BINS).astype(np.int32), SCORE_BINS - 1) * openings.score_bin + openings.cell[u]
        value = np.take_along_axis(openings.priority, cell, axis=2).astype(np.float64)
        value *= openings.size
        value *= openings.hourly
        self.priorities = min(self.priorities[0], value.min()), max(self.priorities[1], value.max())
        served = np.ones_like(value)
        short = self.threshold > 0.0
        if short.any():
            with np.errstate(over="ignore"):
                odds = (value / np.where(short, self.threshold, 1.0)) ** SHARPNESS
            np.divide(odds, 1.0 + odds, out=served, where=short & (odds < np.inf))
        return served

    def seconds(self, classes: Classes, share: np.ndarray) -> np.ndarray:
        """Seconds (T,) that the book gets in month 1, from the shares (J, F) of the buckets."""
        teams = np.zeros(self.openings.arm["team"].shape[1])
        for p, play in enumerate(self.play):
            if play["team"] >= 0:
                rate = self.made.rate[classes.tenure, p, classes.line] * self.made.fits[p, classes.line, None]
                teams[play["team"]] += play["seconds"] * (classes.accounts @ (rate * share).sum(axis=1))
        return teams

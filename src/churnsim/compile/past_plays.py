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

ROUNDING = 1e-4
"""More than what sums of deliveries in 32 bits can be off."""


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


def ever_delivered(chance: np.ndarray) -> np.ndarray:
    """Probability (..., N + 1) float32 of any delivery by a tenure, or a bit more, from `chance` (..., N) by month.

    No cadence forbids a first delivery.
    """
    none = np.cumprod(1.0 - chance, axis=-1, dtype=np.float64)
    return np.concatenate((np.zeros_like(none[..., :1]), 1.0 - none + ROUNDING), axis=-1).astype(np.float32)


class Openings(NamedTuple):
    """What of the plays depends neither on health nor on what was delivered; Q of the P plays are those of teams."""

    arm: Arm
    play: np.ndarray  # (P,) PLAY
    fits: np.ndarray  # (P, L) float32: share of accounts whose ARR fits, and that are in the treated group
    spacing: np.ndarray  # (P,): months from one delivery to the next, at least
    noise: np.ndarray  # (L, 1) float32: standard deviation of the score around health
    holds: np.ndarray  # (N, P, L, F) bool: stage, coverage, renewal and tenure let the play be
    of_teams: np.ndarray  # (Q,): plays by CSMs
    priority: np.ndarray  # (Q x L x cells,): a delivery's priority per hour, by the cells of its play and line
    cell: np.ndarray  # (N, Q, L, F) int32: where the least score stands in `priority`
    score_cells: int  # cells from one bin of the score to the next

    @property
    def shape(self) -> tuple[int, int, int]:
        """P, L, F."""
        return self.holds.shape[1], self.holds.shape[2], self.holds.shape[3]


def openings(arm: Arm, lines: Lines, buckets: Buckets, months: int) -> Openings:
    """Openings of the base arm, its tables `arm` at the expected values, over `months` months of tenure."""
    play, segment = arm["play"][0], arm["segment"][0, lines.segment, None]
    fits = [[np.mean((arr >= p["arr_min"]) & (arr <= p["arr_max"])) for arr in lines.arr] for p in play]
    treated = (
        np.array(fits, np.float32).reshape(len(play), len(lines.arr)) * play["random_share"].astype(np.float32)[:, None]
    )
    # a play by CSMs is itself a touch
    spacing = np.maximum(np.maximum(play["cadence"], np.where(play["touches"] != 0, play["touch_min"], 1)), 1)
    tenure = np.arange(months)[:, None, None]
    # as the engine counts them in the month
    to_renewal = lines.months - tenure % lines.months
    after = np.where(to_renewal <= segment["window"][:, 0], 3, 2)[:, 0, :, None]
    stage = np.where(buckets.first <= tenure + 1, after, np.where(tenure >= STALLED_AFTER, 1, 0)).astype(np.int32)
    holds = (play["renewal_min"][:, None] <= to_renewal) & (to_renewal <= play["renewal_max"][:, None])
    holds &= arm["covers"][:, lines.segment] != 0
    holds &= (play["tenure_min"][:, None] <= tenure) & (tenure <= play["tenure_max"][:, None])
    in_stage = (play["stages"][:, None, None] >> stage[:, None]) & 1 != 0

    of_teams = np.flatnonzero(play["team"] >= 0)
    renewal, touch = bins(RENEWAL_EDGES), bins(TOUCH_EDGES)
    renewals, touches = int(renewal[-1]) + 1, int(touch[-1]) + 1
    table = arm["priority"][of_teams[:, None], lines.segment].astype(np.float64)
    table *= np.exp(arm["arr_exponent"] * lines.log_arr)[:, None]
    table *= (3600.0 / np.maximum(play["seconds"], 1))[of_teams, None, None]
    cell = stage[:, None] * renewals + renewal[np.minimum(to_renewal, len(renewal) - 1)][..., None]
    cell = cell * touches + touch[np.minimum(spacing[of_teams], len(touch) - 1)][:, None, None]
    rows = np.arange(table.shape[0] * table.shape[1], dtype=np.int32).reshape(*table.shape[:2], 1) * table.shape[2]
    return Openings(
        arm=arm,
        play=play,
        fits=treated,
        spacing=spacing,
        noise=np.maximum(np.hypot(segment["score_noise"], segment["bias_sd"]), 1e-6),
        holds=holds[..., None] & in_stage,
        of_teams=of_teams,
        priority=table.reshape(-1),
        cell=rows + cell,
        score_cells=STAGES * renewals * touches,
    )


class Diary:
    """Expected deliveries, written month by month as the mean path at the expected values goes on.

    `threshold` (T,): priority from which teams serve. `diluted` (T,): share of the effects that short hours leave.
    """

    def __init__(
        self,
        given: Openings,
        lag: int,
        threshold: np.ndarray,
        diluted: np.ndarray | None = None,
        answered: float = 1.0,
    ):
        self.given, self.play, self.lag = given, given.play, lag
        play, teams, months = given.play, given.arm["team"].shape[1], len(given.holds)
        self.threshold = threshold[play["team"][given.of_teams], None, None]
        share = np.append(np.ones(teams) if diluted is None else diluted, 1.0)
        self.made = Deliveries(
            rate=np.zeros((months, *given.shape), np.float32),
            chance=np.zeros((months, *given.shape), np.float32),
            so_far=np.zeros((months + 1, *given.shape), np.float32),
            fits=given.fits,
            repeat=given.arm["strength"][0, :, 1, None, None],
            diluted=share[play["team"]].astype(np.float32)[:, None, None],
            answered=answered,
        )
        self.health: list[np.ndarray] = []
        self.priorities = (np.inf, 0.0)

    def month(self, u: int, health: np.ndarray, absent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Write the month that begins at tenure `u`; health and the share without a sponsor (1, L, F) before plays."""
        made, given = self.made, self.given
        self.health.append(health[0])
        seen = self.health[max(u - self.lag, 0)]
        chance = self.eligible(u, seen, absent[0])
        if len(given.of_teams):
            chance[given.of_teams] *= self.served(u, seen)
        before = made.so_far[np.maximum(u - given.spacing + 1, 0), np.arange(len(self.play))]
        made.chance[u] = chance
        made.rate[u] = chance * np.clip(1.0 - (made.so_far[u] - before), 0.0, 1.0)
        made.so_far[u + 1] = made.so_far[u] + made.rate[u]
        return made.month(u, health, absent)

    def eligible(self, u: int, seen: np.ndarray, absent: np.ndarray) -> np.ndarray:
        """Probability (P, L, F) that the trigger holds, but for ARR, treated group and the play's own cadence."""
        play = self.play
        out: np.ndarray = self.given.holds[u].astype(np.float64)
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

        low, high, noise = float(self.play["score_min"][p]), float(self.play["score_max"][p]), self.given.noise
        below = np.zeros_like(seen) if low <= 0.0 else ndtr((low - seen) / noise)
        return np.asarray((1.0 if high >= 1.0 else ndtr((high - seen) / noise)) - below)

    def untouched(self, u: int, months: int, but: int) -> np.ndarray:
        """Probability (L, F) of no touch in the last `months` months, the play `but` left out."""
        touches = (self.play["touches"] != 0) & (np.arange(len(self.play)) != but)
        recent = self.made.rate[max(u - months, 0) : u, touches] * self.made.fits[touches, :, None]
        return np.asarray(np.prod(1.0 - recent, axis=(0, 1)))

    def served(self, u: int, seen: np.ndarray) -> np.ndarray:
        """Probability (Q, L, F) that hours are left for plays by CSMs: odds (priority/threshold)^SHARPNESS."""
        given, play = self.given, self.play[self.given.of_teams]
        score = np.clip(seen, np.maximum(play["score_min"], 0.0)[:, None, None], play["score_max"][:, None, None])
        score_bin = np.minimum((score * SCORE_BINS).astype(np.int32), SCORE_BINS - 1)
        priority = given.priority[score_bin * given.score_cells + given.cell[u]]
        self.priorities = min(self.priorities[0], priority.min()), max(self.priorities[1], priority.max())
        out: np.ndarray = np.ones_like(priority)
        short = self.threshold > 0.0
        if short.any():
            with np.errstate(over="ignore"):
                odds = (priority / np.where(short, self.threshold, 1.0)) ** SHARPNESS
            # odds without end: served
            np.divide(odds, 1.0 + odds, out=out, where=short & (odds < np.inf))
        return out

    def seconds(self, classes: Classes, share: np.ndarray) -> np.ndarray:
        """Seconds (T,) that the book gets in month 1, from the shares (J, F) of the buckets."""
        teams = np.zeros(self.given.arm["team"].shape[1])
        for p, play in enumerate(self.play):
            if play["team"] >= 0:
                rate = self.made.rate[classes.tenure, p, classes.line] * self.made.fits[p, classes.line, None]
                teams[play["team"]] += play["seconds"] * (classes.accounts @ (rate * share).sum(axis=1))
        return teams

"""Sponsors, incidents and expectation gaps of the past, in expectation along the mean path.

What is random about an account's own past is replaced by its mean by line and bucket: the share without a sponsor, the
engagement that incidents cost, the gap that pushy sales leave. Left out: that an account without a sponsor has less
engagement than the mean, and that those who stayed had one more often.
"""

from __future__ import annotations

import numpy as np

from churnsim.compile.lines import Arm, Buckets, Classes, Lines

ONE = np.float32(1.0)


def column(segment: np.ndarray, name: str) -> np.ndarray:
    """A number of the lines' segments as (D, L, 1)."""
    return np.asarray(segment[name], np.float32)[:, :, None]


class Sponsors:
    """Share (D, L, F) of accounts without a sponsor; `segment` (D, L) are the lines' records."""

    def __init__(self, segment: np.ndarray, shape: tuple[int, int, int]):
        self.on = bool(segment["sponsor_departure"].any())
        self.leaves = -np.expm1(-column(segment, "sponsor_departure"))
        self.returns = -np.expm1(-column(segment, "sponsor_return"))
        self.loss, self.protection = column(segment, "sponsor_loss"), column(segment, "sponsor_protection")
        self.absent: np.ndarray = np.zeros(shape, np.float32)

    def month(self, a: np.ndarray) -> np.ndarray:
        """Let sponsors leave and return; the share of engagement that stays, at adoption `a`."""
        gone = (ONE - self.absent) * self.leaves
        self.absent = self.absent * (ONE - self.returns) + gone
        return np.asarray(ONE - gone * self.loss * self.harm(a))

    def harm(self, a: np.ndarray) -> np.ndarray:
        """Harm of a missing sponsor that adoption does not avert."""
        return np.asarray(ONE - self.protection * a)


class Incidents:
    """Incidents a month, and what of engagement they leave at the desk's share of contacts answered in time."""

    def __init__(self, arm: Arm, segment: np.ndarray, buckets: Buckets, answered: float):
        self.on = bool(segment["incident_rate"].any())
        quality = np.asarray(arm["quality"][:, 0], np.float32)[:, None, None]
        log_rate = column(segment, "incident_misfit") * buckets.misfit.astype(np.float32)
        log_rate = log_rate + column(segment, "incident_quality_gap") * (ONE - quality)
        self.with_value = column(segment, "incident_rate") * np.exp(log_rate)
        self.without = self.with_value * np.exp(column(segment, "incident_no_first_value"))
        self.loss = column(segment, "incident_loss") * (ONE - column(segment, "first_contact") * np.float32(answered))

    def month(self, reached: np.ndarray) -> np.ndarray:
        """Share (D, L, F) of engagement that stays: incidents are Poisson, each unresolved one takes its loss."""
        return np.asarray(np.exp(-self.loss * np.where(reached, self.with_value, self.without)))


def incidents_of_book(arm: Arm, lines: Lines, classes: Classes, buckets: Buckets, share: np.ndarray) -> np.ndarray:
    """Incidents (S,) of the book in a month at the expected values, from the shares (J, F) of the buckets."""
    segment = arm["segment"][:, lines.segment]
    incidents = Incidents(arm, segment, buckets, 1.0)
    reached = buckets.first <= classes.tenure[:, None]
    rate = np.where(reached, incidents.with_value[0, classes.line], incidents.without[0, classes.line])
    each = classes.accounts * (rate * share).sum(axis=1)
    return np.bincount(lines.segment[classes.line], each, arm["segment"].shape[1])


class Gaps:
    """Expectation gap (D, L, F): the mean one at entry, what pushy sales add, fading."""

    def __init__(self, segment: np.ndarray, shape: tuple[int, int, int]):
        self.on = bool(segment["entry_gap"].any() or segment["pushy_gap"].any())
        self.segment = segment
        self.decay, self.pushy = column(segment, "gap_decay"), column(segment, "pushy_gap")
        self.gap = np.zeros(shape, np.float32) + column(segment, "entry_gap")

    def month(self, a: np.ndarray, g: np.ndarray, lift: np.ndarray, health: np.ndarray, reached: np.ndarray) -> None:
        """Sell and fade, at the state (D, L, F) of the month's end; cross-sell goes on as if products had no limit."""
        if self.pushy.any():
            poor = reached & (health < column(self.segment, "pushy_below_health"))
            self.gap = self.gap + self.pushy * (self.sales(a, g, lift) * poor)
        self.gap = self.gap * self.decay

    def sales(self, a: np.ndarray, g: np.ndarray, lift: np.ndarray) -> np.ndarray:
        """Upsells and cross-sells a month after first value."""
        out = np.zeros_like(a)
        for kind in ("upsell", "cross_sell"):
            slopes = column(self.segment, f"{kind}_adoption"), column(self.segment, f"{kind}_engagement")
            eta = column(self.segment, f"{kind}_constant") + slopes[0] * a + slopes[1] * g + lift
            out += (column(self.segment, f"{kind}_rate") > 0.0) * np.exp(eta)
        return out

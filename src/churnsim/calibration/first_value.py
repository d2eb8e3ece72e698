"""Median months from entry to first value of the new accounts that enter during a simulation.

Accounts that leave first, or are still waiting when the simulation ends, are censored: the share still waiting after
k months is Kaplan & Meier's (1958) product of 1 - reached_k / waiting_k. Between whole months it falls as under a
constant hazard, so that with one milestone, a full handover and no plays the median is the one of the scenario. Error:
jackknife over draws.
"""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import journal as kinds
from churnsim.engine import ledger
from churnsim.results.trace import Journal


def waiting(journal: Journal, months: int, segments: int) -> np.ndarray:
    """Accounts (2, S, months) by months since entry: that were waiting, and that reached first value then."""
    events = journal.events
    # by a lead or a referral; who comes back had an entry before
    entries = events[(events["kind"] == kinds.ENTRY) & (events["what"] < 2)]
    # the newcomers of a month stand in the order of the segments
    new = journal.ledger["flows"][:, :, ledger.ACCOUNTS_NEW].astype(np.int64).ravel()
    segment = np.repeat(np.tile(np.arange(segments), len(new) // segments), new)
    order = np.argsort(entries["who"])
    who, entry, segment = entries["who"][order], entries["month"][order].astype(np.int64), segment[order]
    end, reached = np.full(len(who), months, np.int64), np.zeros(len(who), bool)
    for kind in (kinds.EXIT, kinds.FIRST_VALUE):
        some = events[events["kind"] == kind]
        some = some[np.isin(some["who"], who)]
        # the last record stands first, so that the first of an account is the one that is kept
        place = np.searchsorted(who, some["who"][::-1])
        end[place] = some["month"][::-1]
        reached[place] = kind == kinds.FIRST_VALUE
    out = np.zeros((2, segments, months))
    age = end - entry
    for s in range(segments):
        mine = segment == s
        through = np.bincount(np.maximum(age[mine], 0), minlength=months + 1)
        out[0, s] = through[::-1].cumsum()[::-1][1 : months + 1]
        got = mine & reached & (age > 0)
        out[1, s] = np.bincount(age[got], minlength=months + 1)[1 : months + 1]
    return out


def median(counts: np.ndarray) -> float:
    """Median months (2, months) -> months; NaN when more than half are still waiting at the end, or nobody entered."""
    at_risk, reached = counts
    log_share = 0.0
    for month in range(len(at_risk)):
        if at_risk[month] == 0.0:
            return math.nan
        left = 1.0 - reached[month] / at_risk[month]
        after = log_share + (math.log(left) if left > 0.0 else -math.inf)
        if after <= math.log(0.5):
            step = (math.log(0.5) - log_share) / (after - log_share) if math.isfinite(after) else 0.5
            return month + step
        log_share = after
    return math.nan


def median_with_error(by_draw: np.ndarray) -> tuple[float, float]:
    """Median of all draws (D, 2, months) together, with its jackknife standard error; NaN where it is not known."""
    whole = by_draw.sum(axis=0)
    n = len(by_draw)
    if n < 2:
        return median(whole), math.nan
    without = np.array([median(whole - one) for one in by_draw])
    return median(whole), float(math.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))

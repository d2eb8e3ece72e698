"""Short hours of the past: what of the plays that the book asks for the teams deliver.

When the hours that the book asks for at month 0 exceed those of today's posts, less what incidents take, plays are
served by priority above a threshold, with odds (priority/threshold)^4, so that both are equal: the noise of the score
and the ARR within a half spread ln priority by about 0.45, as that logistic does. Where every priority is the same it
comes to an equal share for all. Under dilution all are served, and effects are scaled by hours over demand. Threshold
and share are held throughout the past, as is the load of the support desk.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from churnsim.compile.lines import Arm, Buckets, Classes, Lines
from churnsim.compile.past_plays import SHARPNESS, Deliveries, Diary, openings
from churnsim.compile.past_state import incidents_of_book

CLOSE = 0.01
"""Relative difference of hours at which the search for the threshold ends."""
MOST_STEPS = 12
Look = Callable[[Diary], np.ndarray]
"""From what is delivered to the share (J, F) of the buckets, along the mean path at the expected values."""


def steady_seconds(arm: Arm) -> np.ndarray:
    """Seconds (T,) a month of today's posts, less those lost on average to vacancies and ramps."""
    team, posts = arm["team"][0], arm["posts"][:, 0]
    leaves = team["attrition_rate"]
    filled = np.maximum(1.0 - leaves * team["ramp_months"] / 2.0, 0.0) / (1.0 + leaves * team["months_to_fill"])
    return np.asarray(3600.0 * posts * team["hours"] * filled)


def answered_in_time(arm: Arm, incidents: np.ndarray) -> float:
    """Share of contacts that the desk answers in time at a month's incidents (S,)."""
    from churnsim.engine import support

    # one number does not warrant compiling
    return float(support.answered_in_time.py_func(incidents.sum(), arm["desk"].view(np.recarray)[0]))


def reactive_seconds(arm: Arm, incidents: np.ndarray) -> np.ndarray:
    """Seconds (T,) that a month's incidents (S,) take from the teams."""
    out = np.zeros(arm["team"].shape[1])
    for s, team in enumerate(arm["desk_team"]):
        if team >= 0:
            out[team] += 3600.0 * incidents[s] * arm["segment"]["reactive_hours"][0, s]
    return out


def expected(
    arm: Arm, lines: Lines, classes: Classes, buckets: Buckets, months: int, lag: int, look: Look
) -> Deliveries:
    """Expected deliveries of the base arm, its tables `arm` at the expected values (D = 1)."""
    limit = steady_seconds(arm)
    threshold = np.where(limit > 0.0, 0.0, np.inf)
    answered = 1.0
    given = openings(arm, lines, buckets, months)

    def attempt(threshold: np.ndarray, diluted: np.ndarray | None = None) -> tuple[Diary, np.ndarray]:
        diary = Diary(given, lag, threshold, diluted, answered)
        return diary, look(diary)

    diary, share = attempt(threshold)
    if arm["segment"]["incident_rate"].any():
        incidents = incidents_of_book(arm, lines, classes, buckets, share)
        answered = answered_in_time(arm, incidents)
        # a second is as good as nothing
        limit = np.where(limit > 0.0, np.maximum(limit - reactive_seconds(arm, incidents), 1.0), 0.0)
        diary, share = attempt(threshold)
    seconds = diary.seconds(classes, share)
    short = (seconds > limit) & (limit > 0.0)
    if not short.any():
        return diary.made
    safe = np.where(short, limit, 1.0)
    if arm["dilutes"]:
        for _ in range(MOST_STEPS):
            before = seconds
            diary, share = attempt(threshold, np.where(short, np.minimum(safe / np.maximum(before, 1e-9), 1.0), 1.0))
            seconds = diary.seconds(classes, share)
            if np.all(np.abs(seconds - before) <= CLOSE * before):
                break
        return diary.made
    # regula falsi in logarithms, all teams at once; an end that stays loses half its weight. Above the highest
    # priority next to no hours are used.
    low = np.full(len(limit), np.log(max(diary.priorities[0], 1e-12)) - 1.0)
    high = np.full(len(limit), np.log(max(diary.priorities[1], 1e-12)) + 1.0)
    over, under = np.log(np.where(short, seconds, 1.0) / safe), np.full(len(limit), -SHARPNESS)
    for _ in range(MOST_STEPS):
        middle = low + (high - low) * np.divide(over, over - under, out=np.zeros_like(over), where=short)
        diary, share = attempt(np.where(short, np.exp(middle), threshold))
        seconds = diary.seconds(classes, share)
        off = np.log(np.where(short, np.maximum(seconds, 1e-9), 1.0) / safe)
        if np.all(np.abs(off) < CLOSE):
            break
        rises = off > 0.0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        over, under = np.where(rises, off, over / 2.0), np.where(rises, under / 2.0, off)
    return diary.made

"""Who is served when hours are short: all candidates sorted, highest priority first, each served that still fits."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.margin import EVERYBODY, Margin
from tests.naive_twin.plays import Play

SCORE_BINS = 10
TOUCH_BINS = ((1, 1.0), (2, 2.0), (3, 3.0), (6, 5.0), (12, 9.0))
"""Greatest months since touch of a bin, and what stands for them."""
TOUCHED_LONG_AGO = 18.0


class Candidate(NamedTuple):
    """An account that is eligible for a play."""

    account: Account
    play: Play


def priority(policy: Any, candidate: Candidate, margin: Margin) -> float:
    """Priority per hour of one candidate."""
    account, play = candidate
    value = policy.play_weight.get(play.name, 1.0) * 3600.0 / play.seconds
    if policy.rule in ("risk", "value_at_risk"):
        if 0.0 < account.score < 1.0:
            margin.step("score bin", account.who, account.score * SCORE_BINS)
        value *= 1.0 - (min(int(account.score * SCORE_BINS), SCORE_BINS - 1) + 0.5) / SCORE_BINS
    elif policy.rule == "round_robin":
        value *= next((middle for most, middle in TOUCH_BINS if account.since_touch <= most), TOUCHED_LONG_AGO)
    exponent = 1.0 if policy.rule in ("value", "value_at_risk") else 0.0
    if policy.arr_exponent is not None:
        exponent = policy.arr_exponent
    return float(value * account.arr**exponent)


def select(policy: Any, candidates: list[Candidate], seconds: int, month: int, margin: Margin) -> list[bool]:
    """Which of the candidates are served within the seconds, in the candidates' order."""
    keys = [priority(policy, candidate, margin) for candidate in candidates]
    ties = [
        max(account.luck.word(purposes.TIE, account.who, (play.key << 16) + month, 0), 1)
        for account, play in candidates
    ]
    order = sorted(range(len(candidates)), key=lambda c: (keys[c], ties[c]), reverse=True)
    served = [False] * len(candidates)
    for c in order:
        if candidates[c].play.seconds <= seconds:
            seconds -= candidates[c].play.seconds
            served[c] = True
    for c, following in itertools.pairwise(order):
        # equal priorities come from equal numbers, and the tie is drawn in both
        if served[c] != served[following] and keys[c] != keys[following]:
            margin.note("priority", EVERYBODY, keys[c] - keys[following], keys[c])
    return served

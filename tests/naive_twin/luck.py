"""Luck: the random numbers of one path, by what for, who, ordinal and lane (MODEL: three things that vary)."""

from __future__ import annotations

import math

from scipy.special import ndtri

from tests.naive_twin.philox import WORD, combine, philox

ENTRY = 2
CLOCKS = 3
EXITS = 4
ROOT_CAUSE = 5
SCORE_NOISE = 6
PLAY = 7
TIE = 8
OWNER = 9
LEAD = 10
LEAD_COUNT = 11
MARKET = 12
COHORT = 13
POST = 14
MILESTONE = 16
SPONSOR = 17
INCIDENT = 18
CROSS_SELL = 19
WIN_BACK = 20
REFERRAL = 21
SCORE_BIAS = 22
TRIAL = 23

RETURN_SALT = 0x5245_5455_524E
REFERRAL_SALT = 0x52_4546_4552

# lanes of CLOCKS
INTENT_LANE, FIRST_VALUE_LANE, UPSELL_LANE, CONTRACTION_LANE = range(4)


class Luck:
    """Random numbers of one path, the same in whatever order they are asked for."""

    def __init__(self, seed: int, draw: int, replicate: int):
        self.key = combine(combine(combine(0, seed), draw), replicate)
        self.blocks: dict[tuple[int, int, int], tuple[int, int, int, int]] = {}

    def word(self, purpose: int, who: int, ordinal: int, lane: int) -> int:
        """Whole number from 0 to 2^32 - 1."""
        at = (purpose, who, ordinal)
        if at not in self.blocks:
            counter = (ordinal & WORD, ordinal >> 32 | purpose << 16, who & WORD, who >> 32)
            self.blocks[at] = philox(counter, (self.key & WORD, self.key >> 32))
        return self.blocks[at][lane]

    def uniform(self, purpose: int, who: int, ordinal: int = 0, lane: int = 0) -> float:
        """Uniform on (0, 1)."""
        return (self.word(purpose, who, ordinal, lane) + 0.5) / 2**32

    def exponential(self, purpose: int, who: int, ordinal: int = 0, lane: int = 0) -> float:
        """Threshold of a clock: -ln U."""
        return -math.log(self.uniform(purpose, who, ordinal, lane))

    def normal(self, purpose: int, who: int, ordinal: int = 0, lane: int = 0) -> float:
        """Normal score of U."""
        return float(ndtri(self.uniform(purpose, who, ordinal, lane)))

"""The twin's output: one record an event, and the month's sums."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from tests.naive_twin.segment import Segment

KINDS = (
    "entry",
    "first value",
    "play",
    "intent",
    "exit",
    "upsell",
    "contraction",
    "cross-sell",
    "renewal",
    "rescue",
    "sponsor gone",
    "sponsor back",
    "incident",
    "referral",
    "post left",
)
(
    ENTRY,
    FIRST_VALUE,
    PLAY,
    INTENT,
    EXIT,
    UPSELL,
    CONTRACTION,
    CROSS_SELL,
    RENEWAL,
    RESCUE,
    SPONSOR_GONE,
    SPONSOR_BACK,
    INCIDENT,
    REFERRAL,
    POST_LEFT,
) = range(1, len(KINDS) + 1)

# what an entry comes by
LEAD, REFERRED, RETURNED = range(3)


class Event(NamedTuple):
    """One record, sorted by month, kind, who and what."""

    month: int
    kind: int
    who: int
    what: int
    value: float


class Diary:
    """Events, and sums by month and segment, team or playbook, all by name."""

    def __init__(self) -> None:
        self.month = 0
        self.events: list[Event] = []
        self.flows: dict[tuple[int, int, str], float] = defaultdict(float)
        """By month, segment, name."""
        self.churn: dict[tuple[int, int, int, str], float] = defaultdict(float)
        """By month, segment, cause, and `arr` or `accounts`."""
        self.teams: dict[tuple[int, int, str], float] = defaultdict(float)
        self.plays: dict[tuple[int, int, str], float] = defaultdict(float)

    def write(self, kind: int, who: int, what: int = 0, value: float = 0.0) -> None:
        """Write down an event of this month."""
        self.events.append(Event(self.month, kind, who, what, value))

    def flow(self, segment: Segment, name: str, amount: float) -> None:
        """Add to a sum of a segment."""
        self.flows[self.month, segment.index, name] += amount

    def team(self, index: int, name: str, amount: float) -> None:
        """Add to a sum of a team."""
        self.teams[self.month, index, name] += amount

    def play(self, index: int, name: str, amount: float = 1.0) -> None:
        """Add to a sum of a playbook."""
        self.plays[self.month, index, name] += amount

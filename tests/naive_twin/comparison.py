"""Compare the journals and ledgers of engine and twin."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tests.naive_twin.company import Company
from tests.naive_twin.journal import KINDS
from tests.naive_twin.margin import EVERYBODY

VALUES = 2e-4
"""Relative difference of the values of events, which are ARR after some tens of steps in float32."""
SUMS = 1e-4
"""Relative difference of monthly sums."""
Event = tuple[int, int, int, int]


class Difference(NamedTuple):
    """Where engine and twin part: the first month in which their journals differ."""

    month: int
    messages: list[str]
    near: bool
    """Whether a near tie explains it."""


def by_event(events: Any, months: int) -> dict[Event, list[float]]:
    """Values of events by month, kind, who and what; sorted, for an event may come twice."""
    out: dict[Event, list[float]] = {}
    for month, kind, who, what, value in events:
        if month <= months and kind <= len(KINDS):
            out.setdefault((int(month), int(kind), int(who), int(what)), []).append(float(value))
    return {event: sorted(values) for event, values in sorted(out.items())}


def first_difference(engine: Any, company: Company) -> Difference | None:
    """How the journals part, None where they agree.

    A near tie explains it where an event has moved of an account that was near a tie by then. It does not explain that
    the same event leaves another ARR behind.
    """
    ours, theirs = (by_event(events, company.months) for events in (company.diary.events, engine))
    first, moved = 0, set()
    messages: list[str] = []
    for event in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(event, []), theirs.get(event, [])
        if len(mine) == len(other) and np.allclose(mine, other, rtol=VALUES, atol=0.0):
            continue
        month, kind, who, what = event
        if messages and month > first:
            break
        first = month
        messages.append(f"month {month}: {KINDS[kind - 1]} of {who:#x}, what {what}: twin {mine}, engine {other}")
        if len(mine) != len(other):
            moved.add(who)
    if not messages:
        return None
    near = {who for month, who, _, _ in company.margin.near if month <= first}
    return Difference(first, messages, bool(moved) and (EVERYBODY in near or not moved.isdisjoint(near)))


def compare_sums(ledger: dict[str, np.ndarray], names: dict[str, Any], company: Company) -> list[str]:
    """Sums of the month that differ, as text."""
    diary, wrong = company.diary, []
    scenario = company.scenario
    groups = (
        ("flows", diary.flows, len(scenario.segments)),
        ("teams", diary.teams, len(scenario.teams)),
        ("plays", diary.plays, len(scenario.playbooks)),
    )
    for part, sums, count in groups:
        for column, name in enumerate(names[part]):
            theirs = ledger[part][: company.months, :count, column]
            ours = np.array([[sums[m + 1, i, name] for i in range(count)] for m in range(company.months)])
            wrong += differing(f"{part} {name}", ours.reshape(company.months, count), theirs)
    for cause in range(ledger["churn"].shape[2]):
        for column, name in enumerate(("arr", "accounts")):
            ours = np.array(
                [
                    [diary.churn[m + 1, s, cause, name] for s in range(len(scenario.segments))]
                    for m in range(company.months)
                ]
            )
            wrong += differing(f"churn {cause} {name}", ours, ledger["churn"][: company.months, :, cause, column])
    return wrong


def differing(name: str, ours: np.ndarray, theirs: np.ndarray) -> list[str]:
    """First difference of one sum over months and segments, teams or plays."""
    # a sum of changes is as exact as what changes, so small ones are compared on the scale of the largest
    scale = float(np.abs(ours).max(initial=0.0))
    bad = np.argwhere(~np.isclose(theirs, ours, rtol=SUMS, atol=1e-6 * scale))
    if not len(bad):
        return []
    m, i = bad[0]
    return [f"{name} of {i} in month {m + 1}: twin {ours[m, i]:.9g}, engine {theirs[m, i]:.9g}"]

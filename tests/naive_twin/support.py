"""Incidents and the support desk: who waits, and what it costs the relationship."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.clock import bounded_exp
from tests.naive_twin.expansion import firings
from tests.naive_twin.journal import INCIDENT, Diary
from tests.naive_twin.margin import Margin


def monthly_incidents(account: Account, quality: float) -> float:
    """Mean number of incidents of an account in a month."""
    support = account.segment.own.support
    rate = support.annual_incidents / 12.0 * (1.0 - support.deflected_share)
    if rate == 0.0:
        return 0.0
    eta = support.misfit if account.misfit else 0.0
    eta += 0.0 if account.first_value else support.no_first_value
    eta += support.quality_gap * (1.0 - quality)
    return float(bounded_exp(math.log(rate) + eta))


def erlang_c(agents: int, load: float) -> float:
    """Probability that a caller waits: Erlang's formula as it stands in the textbooks, for load < agents."""
    busy = load**agents / math.factorial(agents) * agents / (agents - load)
    free = sum(load**k / math.factorial(k) for k in range(agents))
    return busy / (free + busy)


def answered_in_time(desk: Any, incidents: int) -> float:
    """Share of the month's incidents that are answered within the customers' patience."""
    if desk.agents == 0:
        return 1.0
    load = incidents * desk.handling_hours / desk.hours_per_agent_month
    if load >= desk.agents:
        return 0.0
    patience = math.exp(-(desk.agents - load) * desk.patience_hours / desk.handling_hours)
    return 1.0 - erlang_c(desk.agents, load) * patience


def have_incidents(accounts: list[Account], quality: float, desk: Any, margin: Margin, diary: Diary) -> dict[int, int]:
    """The month's incidents: what they do to engagement. Return their number by segment index."""
    happened: list[tuple[Account, int]] = []
    for account in accounts:
        clock = account.incident_clock
        clock.used += monthly_incidents(account, quality)
        before = clock.firings
        happened += [(account, before + n + 1) for n in range(firings(clock, margin))]
    answered = answered_in_time(desk, len(happened))
    counts: dict[int, int] = {}
    for account, n in happened:
        support = account.segment.own.support
        u = account.luck.uniform(purposes.INCIDENT, account.who, n, 1)
        resolved = margin.below("first contact", account.who, u, support.first_contact_resolution * answered)
        if not resolved:
            account.engagement *= 1.0 - support.engagement_loss
            diary.flow(account.segment, "incidents_unresolved", 1)
        diary.flow(account.segment, "incidents", 1)
        diary.write(INCIDENT, account.who, value=0.0 if resolved else 1.0)
        counts[account.segment.index] = counts.get(account.segment.index, 0) + 1
    return counts

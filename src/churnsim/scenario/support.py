"""Support: incidents at customers and the desk that answers them.

    rate a month  annual_incidents/12 (1 - deflected_share)
                  exp(misfit m + no_first_value (1 - first value) + quality_gap (1 - Q_t))

The month's N incidents of all segments load the desk of c agents with a = N handling_hours/hours_per_agent_month
erlangs. The share that is answered within the patience is

    answered = 1 - C(c, a) exp(-(c - a) patience_hours/handling_hours)    for a < c, else 0,

C the probability of waiting. An incident is resolved at first contact with probability first_contact_resolution x
answered; each one that is not takes engagement_loss off engagement. Incidents also take `reactive_hours` from the first
team of customer success that serves the segment. Form: a counting process with proportional rates (Andersen & Gill
1982) before a queue M/M/c (Erlang 1917).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money, NonNegative, Positive, Probability, Share, Slope


class Support(Table):
    """Incidents of a segment's accounts."""

    annual_incidents: NonNegative = 0.0
    """Incidents a year of a right customer with first value at full product quality."""
    deflected_share: Share = 0.0
    """Share of incidents that customers solve themselves, e.g. by documentation."""
    reactive_hours: NonNegative = 0.0
    """Hours of customer success that one incident takes."""
    first_contact_resolution: Probability = 1.0
    """Probability that an incident answered in time is resolved at first contact. 1: always."""
    engagement_loss: Share = 0.0
    """Share of engagement lost by an incident that is not resolved at first contact."""
    misfit: Slope = 0.0
    """Log rate of the wrong customer's incidents above a right one's."""
    no_first_value: Slope = 0.0
    """Log rate while first value is not reached."""
    quality_gap: Slope = 0.0
    """Log rate per unit of missing product quality."""


class Desk(Table):
    """The support desk, shared by all segments."""

    agents: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0
    """Agents on duty; 0: nobody ever waits."""
    hours_per_agent_month: Positive = 120.0
    """Hours an agent is on duty in a month. [J] of some 160 hours of work"""
    handling_hours: Positive = 0.5
    """Mean hours to handle an incident. [J]"""
    patience_hours: NonNegative = 1.0
    """Hours within which an answer counts as in time. [J]"""
    annual_cost_per_agent: Money = 0.0
    """Loaded cost of one agent a year."""
    annual_deflection_cost: Money = 0.0
    """Cost of what lets customers solve incidents themselves, per account and year."""

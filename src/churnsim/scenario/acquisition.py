"""Acquisition: leads by segment and channel, how many convert, what they cost and what they pay at entry.

Leads of month t are Poisson with mean

    leads_per_month (1 + annual_lead_growth)^((t - 1)/12) seasonality[calendar month] market_t

and each converts by its own uniform, which belongs to the lead: a stricter process screens leads, it does
not redraw them. Entry ARR is lognormal across accounts. Form: Poisson arrivals are the standard limit of
many independent prospects.
"""

from __future__ import annotations

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money, NonNegative, Positive, Probability, quantity


class Channel(Table):
    """One source of leads."""

    leads_per_month: NonNegative
    """Mean number of leads in month 1."""
    annual_lead_growth: quantity(-1.0, 2.0, open_low=True) = 0.0  # type: ignore[valid-type]
    """Growth of the mean number of leads per year; -0.5 halves it each year."""
    conversion_probability: Probability
    """Probability that a lead becomes a paying account in its month."""
    cost_per_lead: Money = 0.0
    """Marketing and sales cost of one lead, converted or not."""
    seasonality: dict[str, NonNegative] = Field(default_factory=dict)
    """Factor on leads by calendar month, keys "1" (January) to "12"; months not named have factor 1."""


class Acquisition(Table):
    """Where new accounts of a segment come from. Without channels the book is closed."""

    entry_arr_mean: Positive
    """Mean ARR of a new account."""
    entry_arr_cv: NonNegative = 0.0
    """Coefficient of variation (sd / mean) of entry ARR across accounts; 0: all alike."""
    channels: dict[str, Channel] = Field(default_factory=dict)
    """Channels by name."""

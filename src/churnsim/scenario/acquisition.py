"""Acquisition: leads by segment and channel, who they are, how many convert, what they cost and pay at entry.

Leads of month t are Poisson with mean

    leads_per_month (1 + annual_lead_growth)^((t - 1)/12) seasonality[calendar month] market_t

and each converts by its own uniform, which belongs to the lead: a stricter process screens leads, it does not redraw
them. A lead is a misfit, the wrong customer, where its normal score z3 exceeds that of 1 - misfit_share. It converts
with

    conversion_probability (1 - strictness)                          a misfit
    conversion_probability (1 - strictness false_rejection)          a right customer

times word of mouth (advocacy.py). n leads of a month cost n cost_per_lead (n / leads_per_month)^cost_elasticity, with
the base arm's leads_per_month: an arm that buys more leads pays more for each. Entry ARR is lognormal across accounts.
The normal scores z1, z2, z3 of entry ARR, frailty and misfit have the correlations of `correlation`. ARR grows by
upsell up to wallet_multiple x entry ARR.

Form: Poisson arrivals are the standard limit of many independent prospects; misfits lie above a threshold of a latent
normal score (Pearson 1900), screened with two kinds of error (Yerushalmy 1947); the scores are tied by a Gaussian
copula (Sklar 1959, Li 2000).
"""

from __future__ import annotations

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money, NonNegative, Positive, Probability, Share, quantity


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
    cost_elasticity: NonNegative = 0.0
    """Relative rise of the cost per lead with the number of leads; 0: a lead costs the same however many there are."""
    seasonality: dict[str, NonNegative] = Field(default_factory=dict)
    """Factor on leads by calendar month, keys "1" (January) to "12"; months not named have factor 1."""
    misfit_share: Share = 0.0
    """Share of leads that are wrong customers."""
    strictness: Share = 0.0
    """Share of wrong customers that sales turns away."""
    false_rejection: Share = 0.2
    """Share of right customers that full strictness turns away as well. [J]"""
    over_promise: NonNegative = 0.0
    """Expectation gap that the sale leaves at entry."""


class EntryCorrelation(Table):
    """Correlations of the normal scores of what an account brings; they must be possible together."""

    arr_frailty: quantity(-1.0, 1.0, open_low=True, open_high=True) = 0.0  # type: ignore[valid-type]
    """Entry ARR and frailty; negative: customers who pay more leave less."""
    arr_misfit: quantity(-1.0, 1.0, open_low=True, open_high=True) = 0.0  # type: ignore[valid-type]
    """Entry ARR and misfit."""
    frailty_misfit: quantity(-1.0, 1.0, open_low=True, open_high=True) = 0.0  # type: ignore[valid-type]
    """Frailty and misfit."""


class Acquisition(Table):
    """Where new accounts of a segment come from. Without channels the book is closed."""

    entry_arr_mean: Positive
    """Mean ARR of a new account."""
    entry_arr_cv: NonNegative = 0.0
    """Coefficient of variation (sd / mean) of entry ARR across accounts; 0: all alike."""
    correlation: EntryCorrelation = EntryCorrelation()
    """How entry ARR, frailty and misfit go together."""
    wallet_multiple: quantity(1.0) | None = None  # type: ignore[valid-type]
    """Most that upsell brings ARR to, as a multiple of entry ARR (book: of ARR at month 0); left out: no limit."""
    channels: dict[str, Channel] = Field(default_factory=dict)
    """Channels by name."""

"""Advocacy: what customers tell others.

    promoter     H >= promoter_health, after first value
    detractor    H <= detractor_health, after first value or 90 days without it
    referrals    annual_referrals/12 leads a month from each promoter, converting like a channel's, at no cost per lead
    conversion   of all leads *= exp(-word_of_mouth min(1, (detractors + L)/accounts))
    leavers      L_t = L_{t-1} 2^(-1/memory_months) + exits_t

each from the segment's counts at the end of the month before. Net promoter score = (promoters - detractors)/accounts.
Form: the promoters and detractors of Reichheld (2003); that both extremes talk is Anderson (1998).
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Positive, Probability, Share


class Advocacy(Table):
    """Referrals and word of mouth in a segment."""

    promoter_health: Share = 0.8
    """Health from which an account with first value is a promoter. [J]"""
    detractor_health: Share = 0.4
    """Health up to which an account with first value, or stalled on the way to it, is a detractor. [J]"""
    annual_referrals: NonNegative = 0.0
    """Leads a year that one promoter refers."""
    conversion_probability: Probability = 0.0
    """Probability that a referred lead becomes a paying account."""
    misfit_share: Share = 0.0
    """Share of referred leads that are wrong customers."""
    word_of_mouth: NonNegative = 0.0
    """Log conversion lost when everybody is a detractor or a recent leaver."""
    memory_months: Positive = 6.0
    """Months in which half of the leavers are forgotten. [J]"""

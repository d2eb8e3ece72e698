"""Contracts: terms, billing, the renewal window with its scrutiny, price uplift.

A contract that begins in month e ends in month e + term, and pays exactly `term` months of revenue, because entry
and exit lie in mid-month. At its end the account leaves if it intends to, otherwise renews for the same term.
Renewal scrutiny: the n-th renewal adds a lump of cumulated hazard

    lump_n = -ln(1 - first_renewal_churn) (n^c - (n - 1)^c),    c = duration_exponent,

spread evenly over the renewal window and multiplied by the same frailty and causes as the intent hazard. With a beta
frailty and no `first_renewal_churn` the lump is the law's own mean: renewals are then shifted-beta-geometric (Fader &
Hardie 2007) for c = 1, beta-discrete-Weibull (Fader et al. 2018) otherwise.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Positive, ProperProbability, quantity


class Scrutiny(Table):
    """Extra hazard at the renewals of contracts of one term."""

    first_renewal_churn: ProperProbability | None = None
    """1 - exp(-lump) of the first renewal at the reference state. Left out with a beta frailty: the law's mean."""
    duration_exponent: NonNegative = 1.0
    """c above: 1, each renewal is as hard as the first (a factor that changes nothing); below 1, later ones
    are easier."""


class Contracts(Table):
    """What customers sign."""

    term_weight: dict[str, NonNegative] = Field(default_factory=lambda: {"12": 1.0})
    """Share of new contracts by term in months, e.g. {"12" = 0.7, "36" = 0.3}; scaled to sum to 1. 0: a
    term that is no longer sold, of accounts in the book. [J] One-year contracts; [P] the median is 1.4 years (KBCM
    2017)"""
    billing_months: Annotated[int, Field(strict=True, ge=1)] = 12
    """Months between invoices; a shorter term bills once per term. [P] billed 10 months ahead (KBCM 2017)"""
    renewal_window_months: Annotated[int, Field(strict=True, ge=1)] = 3
    """Months before the contract's end in which the renewal is talked over. [J] the last 90 days"""
    scrutiny: dict[str, Scrutiny] = Field(default_factory=dict)
    """Renewal scrutiny by term in months."""
    price_uplift: quantity(-1.0, 1.0, open_low=True) = 0.0  # type: ignore[valid-type]
    """Relative change of price at renewal; contracts of less than a year see it at the first renewal of each year."""
    uplift_half_life_months: Positive = 6.0
    """Half-life of the memory of a price uplift. [J]"""

"""Expansion and contraction of accounts that reached first value:

    rate = annual_rate/12 exp(c . (state - reference) + expansion_lift + market)

Upsell adds `fraction` of ARR at each firing, up to the account's wallet (acquisition.py); cross-sell adds a product and
its `fraction` of ARR, until the account has `most_products`; contraction takes its fraction away. The lift of plays
works on upsell and cross-sell. All count: the overshoot of the clock carries to the next firing. Form: proportional
rates (Andersen & Gill 1982).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, ProperProbability, Slope

MOST_PRODUCTS = 1000
"""Of one account, in a scenario and in a book."""


class Upsell(Table):
    """More of the same product."""

    annual_rate: NonNegative = 0.0
    """Upsells a year at the reference state."""
    fraction: NonNegative = 0.0
    """ARR added by one upsell, as a share of the account's ARR."""
    adoption: Slope = 0.0
    """Log rate per unit of adoption above the reference; usually positive."""
    engagement: Slope = 0.0
    """Log rate per unit of engagement above the reference; usually positive."""


class CrossSell(Table):
    """One more product; causes of churn answer the number of products by their `products`."""

    annual_rate: NonNegative = 0.0
    """Cross-sells a year at the reference state."""
    fraction: NonNegative = 0.0
    """ARR added by one cross-sell, as a share of the account's ARR."""
    adoption: Slope = 0.0
    """Log rate per unit of adoption above the reference; usually positive."""
    engagement: Slope = 0.0
    """Log rate per unit of engagement above the reference; usually positive."""
    most_products: Annotated[int, Field(strict=True, ge=1, le=MOST_PRODUCTS)] = 4
    """Products after which there is nothing more to sell. [J]"""


class Contraction(Table):
    """Fewer seats or a smaller plan."""

    annual_rate: NonNegative = 0.0
    """Contractions a year at the reference state."""
    fraction: ProperProbability = 0.0
    """ARR lost by one contraction, as a share of the account's ARR."""
    adoption: Slope = 0.0
    """Log rate per unit of adoption above the reference; usually negative."""
    engagement: Slope = 0.0
    """Log rate per unit of engagement above the reference; usually negative."""


class Expansion(Table):
    """Changes of ARR within the contract."""

    upsell: Upsell = Upsell()
    cross_sell: CrossSell = CrossSell()
    contraction: Contraction = Contraction()

"""Money: what a dollar of revenue leaves and what it is worth today.

Revenue of a month is (opening + closing ARR)/24. Contribution = revenue x gross_margin - cost to serve - customer
success - acquisition - expansion selling cost. A flow of month t is discounted by (1 + annual_discount)^-((t -
1/2)/12).
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money as Amount
from churnsim.scenario.quantities import NonNegative, quantity


class Money(Table):
    """Margins, costs outside the team, discounting."""

    currency: str = "USD"
    """Currency of every amount in the file; nominal."""
    annual_discount: quantity(-1.0, 1.0, open_low=True) = 0.10  # type: ignore[valid-type]
    """Annual discount rate, effective. [P] Skok: 10% public, 15% scaling, 20% early companies"""
    gross_margin: quantity(-1.0, 1.0) = 0.78  # type: ignore[valid-type]
    """Share of revenue left after the cost of delivering the service. [J] usual for subscription software"""
    annual_cost_to_serve: Amount = 0.0
    """Cost to serve one account for a year, besides the margin."""
    expansion_cost_share: NonNegative = 0.0
    """Selling cost per unit of ARR sold as upsell."""

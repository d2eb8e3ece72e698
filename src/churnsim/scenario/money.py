"""Money: what a dollar of revenue leaves and what it is worth today.

Revenue of a month is (opening + closing ARR)/24. Contribution = revenue x gross_margin - cost to serve - customer
success - acquisition - expansion selling cost - product, support and fixed costs. A flow of month t is discounted by
(1 + annual_discount)^-((t - 1/2)/12). What comes after the horizon is shown apart and never inside the NPV:

    run_off     the same engine runs on without leads, referrals and win-back: discounted contribution of those months
    multiple    multiple_eff (closing ARR - ARR intending to leave) (1 + annual_discount)^-(M/12),
                multiple_eff = max(0, multiple + multiple_per_nrr (NRR - 1) + multiple_per_growth growth),
                NRR and growth of ARR over the last year

Form: the run-off is the customer equity of the accounts at the horizon (Gupta, Lehmann & Stuart 2004).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money as Amount
from churnsim.scenario.quantities import NonNegative, Real, quantity


class AfterHorizon(Table):
    """Value after the horizon: none, of a run-off, or a multiple of ARR."""

    kind: Literal["none", "run_off", "multiple"] = "none"
    """Which of them; never two."""
    run_off_months: Annotated[int, Field(strict=True, ge=1, le=600)] = 60
    """Months that the run-off lasts. [J] as long as the usual horizon"""
    multiple: NonNegative = 0.0
    """Value per unit of ARR, for the kind `multiple`."""
    multiple_per_nrr: Real = 0.0
    """Added to the multiple per unit of net revenue retention above 1."""
    multiple_per_growth: Real = 0.0
    """Added to the multiple per unit of relative growth of ARR."""


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
    annual_fixed_cost: Amount = 0.0
    """Cost of a year that does not depend on customers."""
    expansion_cost_share: NonNegative = 0.0
    """Selling cost per unit of ARR sold as upsell or cross-sell."""
    after_horizon: AfterHorizon = AfterHorizon()
    """What the accounts at the horizon are worth."""

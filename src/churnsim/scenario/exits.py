"""Immediate exits, which do not wait for the contract to end and do not answer to health.

Closure: the customer's business ends; hazard -ln(1 - annual_closure)/12 a month.
Payment: on each billing date after the first a payment fails with `payment_failure_probability` and is not
recovered with 1 - `recovery_probability`; the account is lost `grace_months` after the due date (involuntary churn).
Form: independent competing risks; a discrete lump -ln(1 - p (1 - r)) per billing date.
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Probability, ProperProbability, WholeMonths


class Exits(Table):
    """Exits for reasons outside the relationship."""

    annual_closure: ProperProbability = 0.0
    """Probability that the customer's business closes within a year."""
    payment_failure_probability: ProperProbability = 0.0
    """Probability that the payment on a billing date fails."""
    recovery_probability: Probability = 0.0
    """Probability that a failed payment is recovered."""
    grace_months: WholeMonths = 0
    """Months between the due date and the exit of an account that did not pay."""

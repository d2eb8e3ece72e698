"""Onboarding: from signature to first value.

First value is a state with an exponential clock of median `median_months_to_first_value`: hazard ln 2 / median
per month. Onboarding lasts until first value; after 90 days without it the account is stalled.
Form: constant hazard, the maximum-entropy law for a known median delay.
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative


class Onboarding(Table):
    """How fast accounts reach first value."""

    median_months_to_first_value: NonNegative = 0.0
    """Median months from entry to first value; 0: every account has first value at once."""

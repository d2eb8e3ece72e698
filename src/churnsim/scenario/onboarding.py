"""Onboarding: from signature to first value.

First value is a state. Its clock passes k = `milestones` stages, each exponential: the threshold is Gamma(k, 1), and
the hazard a month is the median of that law over the median delay,

    hazard = gamma_median(k) / median,    gamma_median(1) = ln 2.

With quality q of the handover from sales to customer success,

    q      = min(1, handover_quality commitment implementation)
    median = median_months_to_first_value (1 + handover_delay (1 - q))

Onboarding lasts until first value; after 90 days without it the account is stalled. Form: for k = 1 a constant hazard,
the maximum-entropy law for a known median delay; for more the method of stages (Erlang 1917).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Share


class Onboarding(Table):
    """How fast accounts reach first value."""

    median_months_to_first_value: NonNegative = 0.0
    """Median months from entry to first value; 0: every account has first value at once."""
    milestones: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    """Steps before first value, one after the other; the more, the less the months to first value vary. 1: one step."""
    handover_quality: Share = 1.0
    """Share of what sales knows of a customer that reaches customer success; 1: all of it."""
    handover_delay: NonNegative = 1.0
    """Relative increase of the median when nothing is handed over. [J] all is asked twice; idle at full quality"""

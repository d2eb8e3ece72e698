"""Observed KPIs of a segment under the status quo: targets of calibration, which a run is compared with."""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Probability, quantity


class Observed(Table):
    """What the company reports of a segment."""

    annual_logo_churn: Probability | None = None
    """Share of accounts lost within a year."""
    annual_gross_retention: Probability | None = None
    """Share of a year-ago cohort's ARR still there, without expansion."""
    annual_net_retention: quantity(0.0, 5.0) | None = None  # type: ignore[valid-type]
    """The same with expansion; 1.05 is 105%. Beyond 5 somebody meant percent."""
    involuntary_share: Probability | None = None
    """Share of lost accounts whose payment failed."""
    median_months_to_first_value: NonNegative | None = None
    """Median months from entry to first value."""

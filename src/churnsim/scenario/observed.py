"""Observed KPIs of a segment under the status quo: targets of calibration, which a run is compared with."""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Probability


class Observed(Table):
    """What the company reports of a segment."""

    annual_logo_churn: Probability | None = None
    """Share of accounts lost within a year."""
    annual_gross_retention: Probability | None = None
    """Share of a year-ago cohort's ARR still there, without expansion."""
    annual_net_retention: NonNegative | None = None
    """The same with expansion."""
    involuntary_share: Probability | None = None
    """Share of lost accounts whose payment failed."""
    median_months_to_first_value: NonNegative | None = None
    """Median months from entry to first value."""

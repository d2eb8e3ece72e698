"""Market and cohort drift: what all customers share.

Market: x_t = persistence x_{t-1} + noise, stationary with standard deviation `volatility` from month 1 on. It shifts
log hazards by x_t - volatility^2/2 (so that the mean factor is 1), log leads by lead_loading x_t and log expansion by
expansion_loading x_t, each centred in the same way. Cohort drift: a log shift of standard deviation
`cohort_volatility` per replicate, segment and quarter of entry, centred likewise. Without both, intervals are far too
narrow: between-cohort drift in real subscription data is larger than sampling error. Form: AR(1) log frailty shared
by a cluster.
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Real, quantity


class Market(Table):
    """Shifts shared by all accounts of a replicate."""

    volatility: quantity(0.0, 2.0) = 0.0  # type: ignore[valid-type]
    """Stationary standard deviation of the log hazard shift."""
    monthly_persistence: quantity(0.0, 1.0, open_high=True) = 0.9  # type: ignore[valid-type]
    """Autocorrelation of the shift from month to month. [J] half of a bad market is left after half a year"""
    lead_loading: Real = -1.0
    """Log leads per unit of the shift: a bad market (shift above 0) brings fewer leads.
    [J] 10% more churn goes with 10% fewer leads"""
    expansion_loading: Real = -1.0
    """Log upsell rate per unit of the shift; contraction takes the opposite sign. [J] 10% less upsell"""
    cohort_volatility: quantity(0.0, 2.0) = 0.0  # type: ignore[valid-type]
    """Standard deviation of the log hazard shift of a segment's entry quarter."""

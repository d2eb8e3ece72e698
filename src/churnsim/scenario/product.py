"""Product quality Q, one level for all customers, month by month (t = 0 before the simulation):

    Q_0 = initial_quality
    Q_t = Q_{t-1} + voice (1 - Q_{max(t - 1 - delay, 0)}) - erosion,    kept in [0, 1]
    voice = min(1, monthly_voice commitment implementation)

Adoption relaxes to its ceiling times Q_t: how fast causes of churn are heard and mended against how fast rivals move. A
release that must be learned sets adoption back: a *= 1 - setback in its month. Form: a stock built by effort and worn
away by time, as goodwill in Nerlove & Arrow (1962).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money, Share


class Product(Table):
    """Quality of the product and what keeps it up."""

    initial_quality: Share = 1.0
    """Quality before month 1, as a share of the best that can be had; also that of the past. 1: no effect."""
    monthly_voice: Share = 0.0
    """Share of the missing quality that hearing customers and mending causes restores in a month."""
    monthly_erosion: Share = 0.0
    """Quality lost in a month because rivals and needs move on."""
    detection_delay_months: Annotated[int, Field(strict=True, ge=0, le=600)] = 0
    """Months until missing quality is noticed."""
    monthly_cost: Money = 0.0
    """Cost of hearing and mending in a month."""
    release_setback: dict[str, Share] = Field(default_factory=dict)
    """Share of adoption that all lose in a month of the simulation, e.g. {"7" = 0.1}: a release to be learned."""

"""What a calibrated scale answers, draw by draw. Written by `churnsim calibrate`; nobody needs to write it by hand.

What is observed is known, and what moves it is not: in a draw in which plays work well the base hazard must be higher
for the same churn to be seen. So each draw has its own scale,

    scale in the draw = scale exp(sum over inputs of log_slope (x - at)),

with x the base arm's value of the uncertain number in that draw; arms keep the base's factor, whatever they override.
In the file, a table a scale with one line an input:

    [calibration."segments.core.intent.hazard_factor"]
    "playbooks.renewal.effects.rescue" = { at = 0.08, log_slope = 0.6 }

Form: the first order of the implicit function KPI(scale, inputs) = target, in logs so that no scale turns negative.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Finite, Table

SCALES = (
    "onboarding.median_months_to_first_value",
    "intent.hazard_factor",
    "expansion.contraction.annual_rate",
    "expansion.upsell.annual_rate",
)
"""Numbers of a segment that may answer: positive, and without an upper end."""


class Response(Table):
    """How a scale answers one uncertain number."""

    at: Finite
    """Value of the number at which the scale is the one that the file states."""
    log_slope: Annotated[Finite, Field(ge=-10_000, le=10_000)]
    """Change of the scale's logarithm per unit of the number."""

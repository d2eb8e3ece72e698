"""Intent to leave: the hazard with its duration shape, frailty and root causes.

    lambda(tau) = base(tau) Z sum_c w_c exp(eta_c)
    eta_c       = b_c . (state - reference) + market_t + cohort_q - shield

`annual_churn` is 1 - exp(-Lambda(12)) at the reference state with Z = 1, for intent alone; the duration shape says
how the twelve months share Lambda(12). The reference has a sponsor, is no misfit, has one product and no expectation
gap. Z is the account's frailty: mean 1, one draw for its whole life (Vaupel, Manton & Stallard 1979). Causes are
competing risks with proportional hazards (Cox 1972); the root cause of a firing is drawn in proportion to the terms of
the sum. Weights that are uncertain in the file are scaled to sum to 1 in each draw. An arm's weights are taken relative
to the sum of the base's, not to their own: mending a cause lowers the whole hazard and leaves the other causes as they
were. Intent is silent: the account pays until its contract ends.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Positive, ProperProbability, Real, Share, Slope, UpliftSlope


class Constant(Table):
    """Lambda(tau) = Lambda(12) tau/12."""

    kind: Literal["constant"] = "constant"


class Weibull(Table):
    """Lambda(tau) = Lambda(12) (tau/12)^shape; below 1 the hazard falls with tenure."""

    kind: Literal["weibull"]
    shape: Positive


class Gompertz(Table):
    """lambda(tau) grows by a factor exp(monthly_growth) each month; negative: it falls."""

    kind: Literal["gompertz"]
    monthly_growth: Real


class LogLogistic(Table):
    """Lambda(tau) = ln(1 + (tau/scale)^shape), the scale solved from annual_churn; rises and falls for shape > 1."""

    kind: Literal["log_logistic"]
    shape: Positive


class Piecewise(Table):
    """Relative levels that hold from a month of tenure on, e.g. {"0" = 2.0, "3" = 1.0}, scaled to Lambda(12)."""

    kind: Literal["piecewise"]
    level_from_month: dict[str, NonNegative]


class FittedTable(Table):
    """Hazards fitted to data, absolute: key n is the hazard between tenure n - 1 and n months. The last one holds
    on.
    """

    kind: Literal["table"]
    monthly_rate: dict[str, NonNegative]


Duration = Annotated[
    Constant | Weibull | Gompertz | LogLogistic | Piecewise | FittedTable,
    Field(discriminator="kind"),
]


class Frailty(Table):
    """Law of Z across accounts, scaled to mean 1."""

    law: Literal["none", "gamma", "lognormal", "inverse_gaussian", "beta"] = "none"
    """`beta`: Z = -ln(1 - p) over its mean with p ~ Beta(alpha, beta), which makes renewals shifted-beta-geometric."""
    variance: NonNegative | None = None
    """Variance of Z, for gamma, lognormal and inverse_gaussian."""
    alpha: Positive | None = None
    """First parameter of the beta law."""
    beta: Positive | None = None
    """Second parameter of the beta law."""

    @model_validator(mode="after")
    def _parameters(self) -> Frailty:
        if self.law in ("gamma", "lognormal", "inverse_gaussian") and self.variance is None:
            raise ValueError(f"the law {self.law!r} needs a variance")
        if self.law == "beta" and (self.alpha is None or self.beta is None):
            raise ValueError("the law 'beta' needs alpha and beta")
        if self.law != "beta" and (self.alpha is not None or self.beta is not None):
            raise ValueError("alpha and beta belong to the law 'beta'")
        if self.law in ("none", "beta") and self.variance is not None:
            raise ValueError(f"the law {self.law!r} has no variance")
        return self


class Cause(Table):
    """One root cause: its weight and how its hazard answers the state (log hazard per unit)."""

    weight: NonNegative
    """Share of the hazard at the reference state; a segment's sum to 1 in the file, in an arm they need not."""
    adoption: Slope = 0.0
    """Per unit of adoption above the reference; usually negative."""
    engagement: Slope = 0.0
    """Per unit of engagement above the reference; usually negative."""
    no_first_value: Slope = 0.0
    """While first value is not reached; until then adoption counts as at the reference, not as 0."""
    recent_uplift: UpliftSlope = 0.0
    """Per unit of a recent price uplift (a 5% uplift counts .05), fading."""
    no_sponsor: Slope = 0.0
    """While the account has no sponsor, less what adoption averts; usually positive."""
    misfit: Slope = 0.0
    """For the wrong customer; usually positive."""
    products: Slope = 0.0
    """Per product beyond the first; usually negative."""
    expectation_gap: Slope = 0.0
    """Per unit of the expectation gap; usually positive."""


class Reference(Table):
    """The state at which hazards and rates are stated: a well-run account."""

    adoption: Share = 0.7
    """Adoption of a well-run account. [J]"""
    engagement: Share = 0.55
    """Engagement of a well-run account. [J]"""


class Intent(Table):
    """Hazard of the silent decision to leave."""

    annual_churn: ProperProbability | None = None
    """1 - exp(-Lambda(12)) at the reference state, intent alone. Not given with a fitted table."""
    hazard_factor: NonNegative = 1.0
    """Factor on the whole hazard; a calibration or a stress test sets it."""
    duration: Duration = Constant()
    """Shape of the hazard over tenure."""
    frailty: Frailty = Frailty()
    """Differences between customers that stay with them."""
    causes: dict[str, Cause] = Field(default_factory=lambda: {"churn": Cause(weight=1.0)})
    """Root causes by name."""

    @model_validator(mode="after")
    def _level(self) -> Intent:
        fitted = isinstance(self.duration, FittedTable)
        if fitted and self.annual_churn is not None:
            raise ValueError("annual_churn and a fitted table both set the level: give one of them")
        if not fitted and self.annual_churn is None:
            raise ValueError("annual_churn is missing (only a duration of kind 'table' does without)")
        return self

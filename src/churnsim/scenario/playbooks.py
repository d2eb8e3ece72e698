"""Playbooks: who gets which play, what it takes and what it does.

An account is eligible in a month when all conditions of the trigger hold, and not within `cadence_months` of the last
delivery of the same play. A delivery succeeds with `success_probability`; keyed by account, play and number of
delivery. The n-th delivery to an account works with repeat_factor^(n - 1) of the stated effects. Effects:

    adoption          a += adoption (1 - a), after first value
    engagement        g += engagement (1 - g)
    shield            log hazard of intent is lowered; fades with the shield's half-life; of what remains and
                      what is new the stronger holds
    expansion_lift    log upsell rate is raised; fades likewise
    first_value       the clock to first value moves on by this share of its mean
    rescue            an existing intent to leave is cleared with this probability

Effects may be negative: contact can harm (Ascarza, Iyengar & Schleicher 2016).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from churnsim.scenario.distributions import Finite, Table
from churnsim.scenario.quantities import (
    LogEffect,
    Money,
    NonNegative,
    Positive,
    Probability,
    Share,
    WholeMonths,
    quantity,
)

Stage = Literal["onboarding", "stalled", "growth", "renewal_window"]
STAGES: tuple[Stage, ...] = ("onboarding", "stalled", "growth", "renewal_window")


class Range(Table):
    """Both ends belong to the range; an end that is left out is open."""

    min: Finite | None = None
    max: Finite | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} lies above max {self.max:g}")
        return self


class Trigger(Table):
    """All conditions must hold; one that is left out always holds."""

    segments: list[str] | None = None
    stages: Annotated[list[Stage], Field(min_length=1)] | None = None
    score: Range = Range()
    """Observed score, 0 to 1."""
    months_to_renewal: Range = Range()
    tenure_months: Range = Range()
    months_since_touch: Range = Range()
    """Months since the last delivery of any play on the channel `csm`."""
    arr: Range = Range()
    """Annual recurring revenue of the account."""


class Effects(Table):
    """What a successful delivery does."""

    adoption: quantity(-1.0, 1.0) = 0.0  # type: ignore[valid-type]
    engagement: quantity(-1.0, 1.0) = 0.0  # type: ignore[valid-type]
    shield: LogEffect = 0.0
    """Log rate: 0.1 lowers the hazard of intent by about a tenth."""
    expansion_lift: LogEffect = 0.0
    """Log rate: 0.1 raises the rate of upsell by about a tenth."""
    first_value: NonNegative = 0.0
    rescue: Probability = 0.0


class Playbook(Table):
    """One kind of play."""

    channel: Literal["csm", "digital"]
    """`csm` needs hours of a team; `digital` reaches all who are eligible at a cost per delivery."""
    team: str | None = None
    """Team that delivers; needed on the channel `csm`."""
    hours: Positive | None = None
    """Hours of one delivery; needed on the channel `csm`. Counted in whole seconds."""
    cost_per_delivery: Money = 0.0
    """Cost of one delivery besides the team's hours."""
    trigger: Trigger = Trigger()
    cadence_months: WholeMonths = 1
    """Least number of months between two deliveries of this play to one account."""
    success_probability: Probability = 1.0
    repeat_factor: Share = 1.0
    """Effect of each delivery relative to the one before it on the same account."""
    effects: Effects

    @model_validator(mode="after")
    def _channel(self) -> Playbook:
        if self.channel == "csm" and (self.team is None or self.hours is None):
            raise ValueError("a play on the channel 'csm' needs a team and hours")
        if self.channel == "digital" and (self.team is not None or self.hours is not None):
            raise ValueError("a play on the channel 'digital' has no team and no hours")
        return self


class EffectDecay(Table):
    """How long the fading effects of plays last."""

    shield_half_life_months: Positive = 6.0
    """[P] the effect of onboarding engagement fades fast (Retana, Forman & Wu); [J] on the number"""
    expansion_lift_half_life_months: Positive = 6.0
    """[J] as the shield"""

"""Playbooks: who gets which play, what it takes and what it does.

An account is eligible in a month when all conditions of the trigger hold, and not within `cadence_months` of the last
delivery of the same play. A delivery succeeds with `success_probability`; keyed by account, play and number of
delivery. A delivery works with this strength of the stated effects:

    repeat_factor^(n - 1) by_segment skill (misfit or 1) (at_health_0 (1 - H) + at_health_1 H)

the n-th to the account, `effects_vary` giving the factors, `skill` the team's (team.py), H health at delivery. Effects:

    adoption          a += adoption (1 - a), after first value
    engagement        g += engagement (1 - g)
    shield            log hazard of intent is lowered; fades with the shield's half-life; of what remains and
                      what is new the stronger holds
    expansion_lift    log upsell rate is raised; fades likewise
    first_value       the clock to first value moves on by this share of its mean
    rescue            an existing intent to leave is cleared with this probability
    sponsor           an account without a sponsor has one again with this probability
    ceiling           A += ceiling (1 - A), the account's own ceiling of adoption
    odds_ratio        shield += causal_share ln(odds_ratio): an association seen in data, as far as it is causal

A strength below 0 turns effects around, and probabilities to 0. Effects may be negative: contact can harm (Ascarza,
Iyengar & Schleicher 2016), and they differ between customers (Ascarza 2018). A `random_share` below 1 makes the play a
randomised trial (Fisher 1935): the other accounts are its controls. Form of odds_ratio: of a rare outcome it is nearly
the rate ratio (Cornfield 1951).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from churnsim.scenario.distributions import Finite, Table
from churnsim.scenario.quantities import (
    FixedShare,
    LogEffect,
    Money,
    NonNegative,
    Positive,
    Probability,
    Real,
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
    sponsor: Literal["present", "absent"] | None = None
    """Whether the account has a sponsor."""
    random_share: FixedShare = 1.0
    """Share of accounts, drawn once, that may get the play at all. 1: all."""


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
    sponsor: Probability = 0.0
    ceiling: quantity(-1.0, 1.0) = 0.0  # type: ignore[valid-type]
    odds_ratio: Positive = 1.0
    """Odds of staying with the play over those without it, as observed. 1: no association."""
    causal_share: quantity(-1.0, 1.0) = 0.0  # type: ignore[valid-type]
    """Share of ln(odds_ratio) that the play causes; the rest is who gets it."""


class EffectsVary(Table):
    """Factors on the effects of a play by customer."""

    by_segment: dict[str, Real] = Field(default_factory=dict)
    """By segment; segments not named have factor 1."""
    misfit: Real = 1.0
    """For the wrong customer. 1: as for others."""
    at_health_0: Real = 1.0
    """At health 0, linear to the one at health 1. 1: as stated."""
    at_health_1: Real = 1.0
    """At health 1. 1: as stated."""


class Playbook(Table):
    """One kind of play."""

    channel: Literal["csm", "department", "digital"]
    """`csm` needs hours of a team, `department` those of another department's team, which are no human touch by a CSM;
    `digital` reaches all who are eligible at a cost per delivery."""
    team: str | None = None
    """Team that delivers; needed on the channels `csm` and `department`."""
    hours: Positive | None = None
    """Hours of one delivery; needed on the channels `csm` and `department`. Counted in whole seconds."""
    cost_per_delivery: Money = 0.0
    """Cost of one delivery besides the team's hours."""
    trigger: Trigger = Trigger()
    cadence_months: WholeMonths = 1
    """Least number of months between two deliveries of this play to one account."""
    success_probability: Probability = 1.0
    repeat_factor: Share = 1.0
    """Effect of each delivery relative to the one before it on the same account."""
    effects: Effects
    effects_vary: EffectsVary = EffectsVary()
    """How the effects differ between customers."""

    @model_validator(mode="after")
    def _channel(self) -> Playbook:
        if self.channel != "digital" and (self.team is None or self.hours is None):
            raise ValueError(f"a play on the channel {self.channel!r} needs a team and hours")
        if self.channel == "digital" and (self.team is not None or self.hours is not None):
            raise ValueError("a play on the channel 'digital' has no team and no hours")
        return self


class EffectDecay(Table):
    """How long the fading effects of plays last."""

    shield_half_life_months: Positive = 6.0
    """[P] the effect of onboarding engagement fades fast (Retana, Forman & Wu); [J] on the number"""
    expansion_lift_half_life_months: Positive = 6.0
    """[J] as the shield"""

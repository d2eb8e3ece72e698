"""An account: its traits, its state, and what it feels of the month by itself."""

from __future__ import annotations

from collections.abc import Callable

from tests.naive_twin import luck as purposes
from tests.naive_twin.clock import Clock, bounded_exp
from tests.naive_twin.luck import Luck
from tests.naive_twin.margin import Margin
from tests.naive_twin.segment import Segment

UNTOUCHED = 600
"""Months since touch of an account that was never touched."""
NEVER = -32_000
"""Month of a delivery that has not been."""


class Account:
    """One customer. Made with zeros and fresh clocks; acquisition gives it what it enters with."""

    def __init__(self, who: int, segment: Segment, luck: Luck):
        self.who, self.segment, self.luck = who, segment, luck
        self.arr = self.wallet = self.frailty = 0.0
        self.misfit = False
        self.products = 1
        self.ceiling = self.adoption = self.engagement = 0.0
        self.first_value = self.sponsor = True
        self.gap = self.shield = self.lift = self.uplift = 0.0
        self.intent: str | None = None
        self.tenure = self.to_renewal = self.term = self.renewals = 0
        self.since_touch = UNTOUCHED
        self.exit_month, self.exit_kind = 0, ""
        self.deliveries: dict[str, int] = {}
        self.delivered_in: dict[str, int] = {}
        self.health_then: dict[int, float] = {}
        """Health in step 6 of the months so far."""
        self.health_at_entry = 0.0
        self.score = 0.0

        def thresholds(purpose: int, lane: int = 0) -> Callable[[int], float]:
            return lambda n: luck.exponential(purpose, who, n, lane)

        self.intent_clock = Clock("intent", who, thresholds(purposes.CLOCKS, purposes.INTENT_LANE))
        self.first_value_clock = Clock("first value", who, self._milestones)
        self.upsell_clock = Clock("upsell", who, thresholds(purposes.CLOCKS, purposes.UPSELL_LANE))
        self.contraction_clock = Clock("contraction", who, thresholds(purposes.CLOCKS, purposes.CONTRACTION_LANE))
        self.sponsor_clock = Clock("sponsor", who, thresholds(purposes.SPONSOR))
        self.incident_clock = Clock("incident", who, thresholds(purposes.INCIDENT))
        self.cross_sell_clock = Clock("cross-sell", who, thresholds(purposes.CROSS_SELL))
        self.referral_clock = Clock("referral", who, thresholds(purposes.REFERRAL))

    def _milestones(self, _: int) -> float:
        """Threshold of first value: one exponential a milestone."""
        first = self.luck.exponential(purposes.CLOCKS, self.who, 0, purposes.FIRST_VALUE_LANE)
        later = range(self.segment.milestones - 1)
        return first + sum(self.luck.exponential(purposes.MILESTONE, self.who, j // 4, j % 4) for j in later)

    @property
    def health(self) -> float:
        """Latent health."""
        w = self.segment.adoption_weight
        return w * self.adoption + (1.0 - w) * self.engagement

    @property
    def stage(self) -> str:
        """Stage of the customer's life."""
        if not self.first_value:
            return "stalled" if self.tenure >= 3 else "onboarding"
        return "renewal_window" if self.in_window else "growth"

    @property
    def in_window(self) -> bool:
        """Whether the renewal is being talked over."""
        return self.to_renewal <= self.segment.own.contracts.renewal_window_months

    @property
    def no_sponsor(self) -> float:
        """How much the missing sponsor is felt: adoption protects."""
        if self.sponsor:
            return 0.0
        return 1.0 - self.segment.own.sponsor.adoption_protection * self.adoption

    def promotes(self, margin: Margin) -> bool:
        """Whether the account recommends the product."""
        limit = self.segment.own.advocacy.promoter_health
        return self.first_value and not margin.below("promoter", self.who, self.health, limit)

    def detracts(self, margin: Margin) -> bool:
        """Whether the account warns of the product."""
        if not self.first_value and self.tenure < 3:
            return False
        limit = self.segment.own.advocacy.detractor_health
        return not margin.below("detractor", self.who, limit, self.health)

    # -- steps of the month ------------------------------------------------------------------------------------------

    def drift_apart(self, quality: float, stays: float) -> None:
        """Adoption and engagement of the month, both from the month's start; `stays`: share of adoption that stays."""
        engagement = self.segment.own.engagement
        a, g = self.adoption * stays, self.engagement
        rowing = engagement.monthly_rowing * (engagement.intent_rowing_factor if self.intent else 1.0)
        self.engagement = g - engagement.monthly_drift * g + rowing * a * (1.0 - g)
        if self.first_value:
            a += engagement.monthly_adoption_share * (self.ceiling * quality - a)
        self.adoption = a

    def change_sponsor(self, margin: Margin) -> bool:
        """The sponsor leaves or comes back; return whether it did."""
        segment, sponsor = self.segment, self.segment.own.sponsor
        if segment.sponsor_leaves == 0.0:
            return False
        self.sponsor_clock.used += segment.sponsor_leaves if self.sponsor else segment.sponsor_returns
        if not self.sponsor_clock.due(margin):
            return False
        if self.sponsor:
            self.engagement *= 1.0 - sponsor.engagement_loss * (1.0 - sponsor.adoption_protection * self.adoption)
        self.sponsor = not self.sponsor
        self.sponsor_clock.restart()
        return True

    def reach_first_value(self, margin: Margin) -> bool:
        """Advance the clock to first value; return whether it fires."""
        if self.first_value or self.segment.first_value_hazard == 0.0:
            return False
        self.first_value_clock.used += self.segment.first_value_hazard
        self.first_value = self.first_value_clock.due(margin)
        return self.first_value

    def cause_terms(self) -> dict[str, float]:
        """w exp(b . (state - reference)) of each root cause."""
        own = self.segment.own
        terms = {}
        for name, cause in own.intent.causes.items():
            if self.segment.weight[name] == 0.0:
                terms[name] = 0.0
                continue
            # before first value adoption counts as at the reference, not as 0
            above = self.adoption - own.reference.adoption if self.first_value else self.adoption
            eta = (
                cause.adoption * above
                + cause.engagement * (self.engagement - own.reference.engagement)
                + (0.0 if self.first_value else cause.no_first_value)
                + cause.recent_uplift * self.uplift
                + cause.no_sponsor * self.no_sponsor
                + (cause.misfit if self.misfit else 0.0)
                + cause.products * (self.products - 1)
                + cause.expectation_gap * self.gap
            )
            terms[name] = self.segment.weight[name] * bounded_exp(eta)
        return terms

    def ponder_leaving(self, shift: float) -> None:
        """Advance the clock of intent; `shift`: the market's log factor."""
        if self.intent:
            return
        base = self.segment.base_hazard(self.tenure)
        if self.in_window:
            base += self.segment.scrutiny(self.term, self.renewals)
        terms = sum(self.cause_terms().values())
        self.intent_clock.used += base * self.frailty * terms * bounded_exp(shift - self.shield)

    def decide(self, margin: Margin) -> bool:
        """Decide to leave when the clock fires; return whether it did."""
        if self.intent or not self.intent_clock.due(margin):
            return False
        terms = self.cause_terms()
        whole = sum(terms.values())
        at = self.luck.uniform(purposes.ROOT_CAUSE, self.who, self.intent_clock.firings) * whole
        reached = 0.0
        for name in self.segment.causes:
            reached += terms.get(name, 0.0)
            if name in terms and margin.below("root cause", self.who, at, reached):
                break
        self.intent = name
        self.intent_clock.firings += 1
        return True

    def age(self) -> None:
        """A month passes: counters move on, effects fade."""
        self.tenure += 1
        self.to_renewal -= 1
        self.since_touch += 1
        self.shield *= self.segment.shield_fades
        self.lift *= self.segment.lift_fades
        self.uplift *= self.segment.uplift_fades
        self.gap *= self.segment.gap_fades

"""Plays: who is eligible, and what a delivery does."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import NEVER, Account
from tests.naive_twin.journal import PLAY, RESCUE, SPONSOR_BACK, Diary
from tests.naive_twin.margin import EXACT, Margin
from tests.naive_twin.philox import WORD, hash_text

LAST_REPEAT = 63
"""Deliveries to one account after which the strength stays."""


class Play:
    """One playbook of the scenario."""

    def __init__(self, scenario: Any, index: int):
        self.index = index
        self.name = list(scenario.playbooks)[index]
        self.own = scenario.playbooks[self.name]
        self.key = hash_text(f"play {self.name}") & WORD
        self.team = self.own.team
        self.seconds = 0 if self.own.hours is None else max(round(self.own.hours * 3600.0), 1)
        allowed = set(self.own.trigger.segments or scenario.segments)
        self.skill: dict[str, float] = {}
        if self.team is not None:
            allowed &= set(scenario.teams[self.team].segments)
            self.skill = scenario.teams[self.team].skill
        self.segments = allowed
        effects = self.own.effects
        self.shield = effects.shield + effects.causal_share * math.log(effects.odds_ratio)

    def eligible(self, account: Account, month: int, margin: Margin) -> bool:
        """Whether all conditions of the trigger hold."""
        trigger = self.own.trigger
        if account.segment.name not in self.segments:
            return False
        if account.delivered_in.get(self.name, NEVER) > month - max(self.own.cadence_months, 1):
            return False
        if trigger.stages is not None and account.stage not in trigger.stages:
            return False
        if trigger.sponsor is not None and account.sponsor != (trigger.sponsor == "present"):
            return False
        if trigger.random_share < 1.0:
            u = account.luck.uniform(purposes.TRIAL, account.who, self.key)
            if not margin.below("trial", account.who, u, trigger.random_share, EXACT):
                return False
        return (
            within(trigger.months_to_renewal, account.to_renewal)
            and within(trigger.tenure_months, account.tenure)
            and within(trigger.months_since_touch, account.since_touch)
            and near(trigger.score, account.score, "score", account, margin)
            and near(trigger.arr, account.arr, "arr", account, margin)
        )

    def strength(self, account: Account, earlier: int) -> float:
        """Strength of a delivery after so many earlier ones to the same account."""
        vary = self.own.effects_vary
        strength = self.own.repeat_factor ** min(earlier, LAST_REPEAT)
        strength *= vary.by_segment.get(account.segment.name, 1.0) * self.skill.get(account.segment.name, 1.0)
        strength *= vary.misfit if account.misfit else 1.0
        return float(strength * (vary.at_health_0 + (vary.at_health_1 - vary.at_health_0) * account.health))

    def deliver(self, account: Account, month: int, dilution: float, margin: Margin, diary: Diary) -> None:
        """Deliver the play; `dilution` is the share of the hours that it needs."""
        earlier = account.deliveries.get(self.name, 0)
        account.deliveries[self.name] = earlier + 1
        account.delivered_in[self.name] = month
        if self.own.channel == "csm":
            account.since_touch = 0
        at = (self.key << 16) + earlier + 1
        success, rescue, sponsor = (account.luck.uniform(purposes.PLAY, account.who, at, lane) for lane in range(3))
        won = margin.below("success", account.who, success, self.own.success_probability, EXACT)
        diary.flow(account.segment, "play_cost", self.own.cost_per_delivery)
        diary.play(self.index, "plays_delivered")
        diary.play(self.index, "plays_succeeded", float(won))
        diary.write(PLAY, account.who, self.index, float(won))
        if not won:
            return
        strength = self.strength(account, earlier) * dilution
        self.touch(account, strength, margin)
        chance = max(strength, 0.0)
        if account.intent and margin.below("rescue", account.who, rescue, self.own.effects.rescue * chance):
            account.intent = None
            account.intent_clock.reset()
            diary.write(RESCUE, account.who, self.index)
        if not account.sponsor and margin.below("sponsor", account.who, sponsor, self.own.effects.sponsor * chance):
            account.sponsor = True
            account.sponsor_clock.restart()
            diary.write(SPONSOR_BACK, account.who, self.index)

    def touch(self, account: Account, strength: float, margin: Margin) -> None:
        """Continuous effects of a successful delivery."""
        effects = self.own.effects
        if account.first_value:
            account.adoption = clamp(account.adoption + strength * effects.adoption * (1.0 - account.adoption))
        else:
            account.first_value_clock.used += strength * effects.first_value * account.segment.milestones
        account.engagement = clamp(account.engagement + strength * effects.engagement * (1.0 - account.engagement))
        account.ceiling = clamp(account.ceiling + strength * effects.ceiling * (1.0 - account.ceiling))
        account.shield = stronger(account, account.shield, strength * self.shield, margin)
        account.lift = stronger(account, account.lift, strength * effects.expansion_lift, margin)


def clamp(x: float) -> float:
    """x within [0, 1]."""
    return min(max(x, 0.0), 1.0)


def stronger(account: Account, remaining: float, new: float, margin: Margin) -> float:
    """A repeat does not pile up: the stronger of what remains and what is new."""
    if new == 0.0:
        return remaining
    if remaining != new:
        margin.note("stronger", account.who, abs(new) - abs(remaining), abs(new))
    return new if abs(new) >= abs(remaining) else remaining


def within(ends: Any, x: int) -> bool:
    """Whether a whole number lies in a range."""
    return (ends.min is None or ends.min <= x) and (ends.max is None or x <= ends.max)


def near(ends: Any, x: float, what: str, account: Account, margin: Margin) -> bool:
    """Whether a number lies in a range, with a note of how near its ends are."""
    for end in (ends.min, ends.max):
        if end is not None:
            margin.note(what, account.who, x - end, max(abs(x), abs(end)))
    return within(ends, x)  # type: ignore[arg-type]

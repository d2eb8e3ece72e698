"""The average account of a segment, month by month of tenure: a deterministic recursion on a scenario's own numbers.

It follows the equations in `churnsim.scenario` with every uncertain number at its mean, every play delivered with the
same `coverage`, and no market. It is arithmetic for making books, not the simulator, and imports nothing of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p

import numpy as np
from scipy import stats

from churnsim.scenario.intent import Constant, FittedTable, Weibull
from churnsim.scenario.model import Scenario
from churnsim.scenario.playbooks import Playbook
from churnsim.scenario.quantities import Distribution

Array = np.ndarray


def central(value: float | Distribution) -> float:
    """A number, or the mean of its distribution."""
    return value.expectation() if isinstance(value, Distribution) else float(value)


@dataclass(frozen=True)
class MeanPath:
    """Means by month of tenure, index 0 the month of entry; `hazard[k]` belongs to the month from k to k + 1."""

    adoption: Array
    engagement: Array
    first_value: Array
    """Probability that first value is reached."""
    hazard: Array
    """Monthly hazard of intent at frailty 1, without scrutiny."""
    answer: Array
    """Factor of the causes on the hazard; scrutiny is multiplied by it too."""
    growth: Array
    """Expected upsell less contraction as a monthly log change of ARR."""


def _rate_of_delivery(play: Playbook, stage_share: dict[str, float], segment: str, coverage: float) -> float:
    """Successful deliveries a month to an average account; triggers on the score are taken to hold for 15%."""
    if play.trigger.segments is not None and segment not in play.trigger.segments:
        return 0.0
    share = sum(stage_share[stage] for stage in play.trigger.stages or stage_share)
    if play.trigger.score.min is not None or play.trigger.score.max is not None:
        share *= 0.15
    served = coverage if play.channel == "csm" else 1.0
    return share * served * central(play.success_probability) / max(play.cadence_months, 1)


def base_hazard(scenario: Scenario, segment: str, months: int) -> Array:
    """Monthly hazard of intent by tenure at the reference state, frailty 1."""
    intent = scenario.segments[segment].intent
    factor = central(intent.hazard_factor)
    if isinstance(intent.duration, FittedTable):
        table = np.array(
            [central(intent.duration.monthly_rate[k]) for k in sorted(intent.duration.monthly_rate, key=int)]
        )
        return factor * table[np.minimum(np.arange(months), table.size - 1)]
    assert intent.annual_churn is not None
    year = -log1p(-central(intent.annual_churn))
    if isinstance(intent.duration, Weibull):
        return factor * year * np.diff((np.arange(months + 1) / 12.0) ** central(intent.duration.shape))
    assert isinstance(intent.duration, Constant), "only the laws that the presets use"
    return np.full(months, factor * year / 12.0)


def frailties(scenario: Scenario, segment: str) -> Array:
    """Two hundred equally likely values of the frailty, with mean 1."""
    frailty = scenario.segments[segment].intent.frailty
    if frailty.law == "none":
        return np.ones(1)
    assert frailty.law == "gamma", "only the laws that the presets use"
    assert frailty.variance is not None
    variance = central(frailty.variance)
    z = stats.gamma.ppf((np.arange(200) + 0.5) / 200, 1.0 / variance, scale=variance)
    return np.asarray(z / z.mean())


def mean_path(scenario: Scenario, segment: str, months: int, coverage: float) -> MeanPath:
    """Average account of `segment` over `months` of tenure when a share `coverage` of the team's plays is delivered."""
    s = scenario.segments[segment]
    term = sum(int(k) * central(w) for k, w in s.contracts.term_weight.items()) / sum(
        central(w) for w in s.contracts.term_weight.values()
    )
    window = min(1.0, s.contracts.renewal_window_months / term)
    median = central(s.onboarding.median_months_to_first_value)
    e, up, down, ref = s.engagement, s.expansion.upsell, s.expansion.contraction, s.reference
    a = clock = 0.0
    g = central(e.initial_engagement)
    p = 1.0 if median == 0 else 0.0
    base = base_hazard(scenario, segment, months)
    uplift = central(s.contracts.price_uplift) * 6.0 / term  # mean of what is remembered
    rows = []
    for tenure in range(months):
        stage = {
            "onboarding": (1 - p) if tenure < 3 else 0.0,
            "stalled": (1 - p) if tenure >= 3 else 0.0,
            "growth": p * (1 - window),
            "renewal_window": p * window,
        }
        reached = a / p if p > 0 else 0.0
        shield = lift = 0.0
        da = dg = dc = 0.0
        for play in scenario.playbooks.values():
            rate = _rate_of_delivery(play, stage, segment, coverage)
            da += rate * central(play.effects.adoption) * (1 - reached) * p
            dg += rate * central(play.effects.engagement) * (1 - g)
            dc += rate * central(play.effects.first_value)
            # a repeat replaces what is left: on average half a cadence old
            alive = min(1.0, rate * 6.0)
            shield = max(shield, alive * central(play.effects.shield), key=abs)
            lift += alive * central(play.effects.expansion_lift)
        first = second = 0.0
        for cause in s.intent.causes.values():
            w, dengagement = central(cause.weight), g - central(ref.engagement)
            common = w * exp(
                central(cause.engagement) * dengagement + central(cause.recent_uplift) * uplift * (tenure > term)
            )
            first += common * exp(central(cause.adoption) * (reached - central(ref.adoption)))
            # before first value adoption counts as at the reference
            second += common * exp(central(cause.no_first_value))
        answer = (p * first + (1 - p) * second) * exp(-shield)
        ups = exp(
            central(up.adoption) * (reached - central(ref.adoption))
            + central(up.engagement) * (g - central(ref.engagement))
        )
        downs = exp(
            central(down.adoption) * (reached - central(ref.adoption))
            + central(down.engagement) * (g - central(ref.engagement))
        )
        growth = p / 12 * central(up.annual_rate) * log1p(central(up.fraction)) * ups * exp(lift)
        growth += p / 12 * central(down.annual_rate) * log(1 - central(down.fraction)) * downs
        rows.append((a, g, p, base[tenure] * answer, answer, growth))
        a += central(e.monthly_adoption_share) * (central(e.adoption_ceiling) * p - a) + da
        g += -central(e.monthly_drift) * g + central(e.monthly_rowing) * a * (1 - g) + dg
        g, a = min(g, 1.0), min(a, p)
        if median > 0:
            clock += log(2) / median + dc
            p = 1 - exp(-clock)
    return MeanPath(*np.array(rows).T)


def demand_hours(scenario: Scenario, accounts: dict[str, int]) -> float:
    """Hours a month that the team's plays ask for when a standing book of `accounts` by segment is fully served."""
    total = 0.0
    for segment, count in accounts.items():
        path = mean_path(scenario, segment, 48, 1.0)
        s = scenario.segments[segment]
        weight = s.contracts.term_weight
        term = sum(int(k) * central(w) for k, w in weight.items()) / sum(central(w) for w in weight.values())
        window = min(1.0, s.contracts.renewal_window_months / term)
        p = float(path.first_value.mean())
        stage = {
            "onboarding": (1 - p) / 2,
            "stalled": (1 - p) / 2,
            "growth": p * (1 - window),
            "renewal_window": p * window,
        }
        for play in scenario.playbooks.values():
            if play.channel == "csm" and play.hours is not None:
                rate = _rate_of_delivery(play, stage, segment, 1.0) / central(play.success_probability)
                total += count * rate * central(play.hours)
    return total

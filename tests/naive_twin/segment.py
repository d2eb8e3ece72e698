"""A segment's customers: the numbers of the scenario that the month needs, prepared once.

Equations: the docstrings of `churnsim.scenario`, which this reads and nothing else.
"""

from __future__ import annotations

import math
from typing import Any

from scipy.special import gammaincinv, ndtri

from churnsim.scenario.model import Scenario
from tests.naive_twin.frailty import beta_mean
from tests.naive_twin.philox import hash_text


def monthly_hazard(annual_probability: float) -> float:
    """Constant hazard a month of a probability a year."""
    return -math.log1p(-annual_probability) / 12.0


def fading(half_life: float) -> float:
    """Factor a month."""
    return 2.0 ** (-1.0 / half_life)


def misfit_cut(share: float) -> float:
    """Normal score above which a lead is the wrong customer."""
    return float(ndtri(1.0 - share))


class Segment:
    """One segment of a scenario, its numbers by name, with what follows from them."""

    def __init__(self, scenario: Scenario, index: int):
        self.index = index
        self.name = list(scenario.segments)[index]
        self.key = hash_text(f"segment {self.name}")
        own = scenario.segments[self.name]
        self.own = own
        self.causes = scenario.causes
        self.cohort_volatility = scenario.market.cohort_volatility
        self.adoption_weight = scenario.health.adoption_weight
        commitment = scenario.company.commitment * scenario.company.implementation
        self._onboarding(own.onboarding, commitment)
        self._intent(own)
        self._entry(own)
        self.shield_fades = fading(scenario.effect_decay.shield_half_life_months)
        self.lift_fades = fading(scenario.effect_decay.expansion_lift_half_life_months)
        self.uplift_fades = fading(own.contracts.uplift_half_life_months)
        self.gap_fades = fading(own.expectation.half_life_months)
        self.memory_fades = fading(own.advocacy.memory_months)
        self.closure_hazard = monthly_hazard(own.exits.annual_closure)
        lost = own.exits.payment_failure_probability * (1.0 - own.exits.recovery_probability)
        self.payment_lump = -math.log1p(-lost)
        self.sponsor_leaves = monthly_hazard(own.sponsor.annual_departure)
        back = own.sponsor.median_months_to_return
        self.sponsor_returns = math.log(2.0) / back if back > 0.0 else 0.0

    def _onboarding(self, onboarding: Any, commitment: float) -> None:
        quality = min(1.0, onboarding.handover_quality * commitment)
        self.handover_loss = 1.0 - quality
        self.milestones = onboarding.milestones
        median = onboarding.median_months_to_first_value * (1.0 + onboarding.handover_delay * self.handover_loss)
        self.first_value_at_once = median == 0.0
        self.first_value_hazard = 0.0 if median == 0.0 else float(gammaincinv(self.milestones, 0.5)) / median

    def _intent(self, own: Any) -> None:
        self.law = own.intent.frailty.law
        if self.law == "beta":
            self.frailty = (own.intent.frailty.alpha, own.intent.frailty.beta)
        else:
            self.frailty = (own.intent.frailty.variance or 0.0, 0.0)
        whole = sum(cause.weight for cause in own.intent.causes.values())
        self.weight = {name: cause.weight / whole for name, cause in own.intent.causes.items()}
        self.beta_mean = beta_mean(*self.frailty) if self.law == "beta" else math.nan

    def _entry(self, own: Any) -> None:
        spread = math.log1p(own.acquisition.entry_arr_cv**2)
        self.entry_sigma = math.sqrt(spread)
        self.entry_log_arr = math.log(own.acquisition.entry_arr_mean) - spread / 2.0
        weights = own.contracts.term_weight
        self.terms = sorted(weights, key=int)
        total = sum(weights.values())
        self.term_share = [weights[term] / total for term in self.terms]
        self.cholesky = cholesky(own.acquisition.correlation)

    def base_hazard(self, tenure: int) -> float:
        """Cumulated hazard of intent between `tenure` and `tenure` + 1 months, at the reference state with Z = 1."""
        intent = self.own.intent
        duration = intent.duration
        if duration.kind == "table":
            months = sorted(duration.monthly_rate, key=int)
            return float(intent.hazard_factor * duration.monthly_rate[months[min(tenure, len(months) - 1)]])
        year = -math.log1p(-intent.annual_churn)
        if duration.kind == "piecewise":
            return float(
                intent.hazard_factor * year * level(duration, tenure) / sum(level(duration, m) for m in range(12))
            )
        return float(intent.hazard_factor * (cumulated(duration, year, tenure + 1) - cumulated(duration, year, tenure)))

    def scrutiny(self, term: int, renewals: int) -> float:
        """Extra base hazard a month in the window before the next renewal, after so many renewals."""
        contracts = self.own.contracts
        if str(term) not in contracts.scrutiny:
            return 0.0
        scrutiny = contracts.scrutiny[str(term)]
        churn = scrutiny.first_renewal_churn
        first = self.beta_mean if churn is None else -math.log1p(-churn)
        n, c = renewals + 1, scrutiny.duration_exponent
        lump = first * (n**c - (n - 1) ** c)
        return float(self.own.intent.hazard_factor * lump / min(contracts.renewal_window_months, term))


def level(duration: Any, tenure: int) -> float:
    """Relative level of a piecewise hazard in the month after `tenure`."""
    start = max(int(month) for month in duration.level_from_month if int(month) <= tenure)
    return float(duration.level_from_month[str(start)])


def cumulated(duration: Any, year: float, tau: int) -> float:
    """Cumulated hazard by tenure `tau`, which is `year` at twelve months."""
    if duration.kind == "constant":
        return year * tau / 12.0
    if duration.kind == "weibull":
        return float(year * (tau / 12.0) ** duration.shape)
    if duration.kind == "gompertz":
        growth = duration.monthly_growth
        return year * tau / 12.0 if abs(growth) < 1e-12 else year * math.expm1(growth * tau) / math.expm1(growth * 12.0)
    if duration.kind == "log_logistic":
        return math.log1p(math.expm1(year) * (tau / 12.0) ** duration.shape)
    raise ValueError(duration.kind)


def cholesky(correlation: Any) -> tuple[float, float, float, float, float]:
    """Rows 2 and 3 of the Cholesky factor of the correlations of entry ARR, frailty and misfit."""
    af, am, fm = correlation.arr_frailty, correlation.arr_misfit, correlation.frailty_misfit
    l22 = math.sqrt(1.0 - af * af)
    l32 = (fm - af * am) / l22
    return af, l22, am, l32, math.sqrt(1.0 - am * am - l32 * l32)

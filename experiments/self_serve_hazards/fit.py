"""Fit the hazards of the preset `self-serve` to a real life table of subscriptions.

Monthly plans: the pooled hazard of each month of tenure, less the payment failures, is the hazard of intent; thin cells
give way to a power law. Annual plans: a small leakage between renewals, intent that shows at the contract's end in
month 12, unpaid renewals that lapse in month 13. The table is a population hazard, so there is no frailty on top, and
what the causes do to an account that no play touches is divided out (`population_to_base`).

Usage: python experiments/self_serve_hazards/fit.py [--write]     (prints; --write puts the numbers into the preset)
"""

from __future__ import annotations

import csv
import sys
import tomllib
from dataclasses import dataclass
from math import exp, log, log1p
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize

from churnsim.scenario.model import Scenario, Segment
from churnsim.scenario.quantities import Distribution

PRESETS = Path(__file__).parents[2] / "src" / "churnsim" / "scenario" / "presets"
LIFE_TABLE = PRESETS / "saas_subscription_lifetable_2021.csv"
PRESET = PRESETS / "self-serve.toml"

LAST_FULL_CELL = 12
"""Monthly plans: last month of tenure with more than 5,000 subscriptions at risk; then the fitted tail takes over."""
TAIL_FROM = 6
"""Monthly plans: first month of tenure that the tail is fitted to."""
TAIL_TO = 36
"""Monthly plans: last month in the preset; its hazard holds on."""
LEAKAGE_MONTHS = [*range(2, 10), *range(14, 21)]
"""Annual plans: months that no renewal touches. In 10 and 11 the renewal is seen coming, month 1 holds refunds."""
SECOND_OVER_FIRST_RENEWAL = log(1 - 0.09) / log(1 - 0.10)
"""Cumulated hazard of months 24 over 12, from the same company's longer record (.09 against .10)."""
SCRUTINY_SHARE = 0.5
"""Share of the hazard at the first annual renewal that comes up in the renewal window. Not identified: judgement."""
DIGITS = 5

Array = np.ndarray


@dataclass(frozen=True)
class LifeTable:
    """Counts pooled over start months; index k holds the month k + 1 of tenure."""

    at_risk: Array
    churned: Array

    @property
    def hazard(self) -> Array:
        """Probability of leaving within the month, of those who entered it."""
        return np.asarray(self.churned / self.at_risk)

    @property
    def survival(self) -> Array:
        """Kaplan-Meier curve, index 0 is 1."""
        return np.concatenate([[1.0], np.cumprod(1.0 - self.hazard)])


def read(interval: str, cohort: str | None = None) -> LifeTable:
    """Life table of a billing interval ("monthly", "annual"), pooled or of one start month."""
    with LIFE_TABLE.open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["billing_interval"] == interval]
    rows = [r for r in rows if cohort is None or r["start_month"] == cohort]
    counts = np.zeros((max(int(r["tenure_month"]) for r in rows), 2))
    for r in rows:
        counts[int(r["tenure_month"]) - 1] += int(r["at_risk"]), int(r["churned"])
    return LifeTable(counts[:, 0], counts[:, 1])


def tail(table: LifeTable) -> tuple[float, float]:
    """Scale a and exponent b of the cumulated hazard a k^-b of month k, by maximum (binomial) likelihood."""
    months = np.arange(TAIL_FROM, 21)
    n, d = table.at_risk[months - 1], table.churned[months - 1]

    def loss(theta: Array) -> float:
        hazard = np.exp(theta[0]) * months ** -theta[1]
        return float(-(d * np.log(-np.expm1(-hazard)) - (n - d) * hazard).sum())

    best = minimize(
        loss, [log(0.2), 0.5], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-10, "maxiter": 5000}
    )
    return exp(best.x[0]), float(best.x[1])


def central(value: float | Distribution) -> float:
    """A number, or the mean of its distribution."""
    return value.expectation() if isinstance(value, Distribution) else float(value)


def answers(segment: Segment, months: int) -> tuple[Array, Array]:
    """What the causes make of the hazard of an account that no play touches.

    Returns the probability of first value in month f = 1 ... months, and never until then, shape (months + 1,); and
    the factor on the hazard in month k given f, shape (months + 1, months).
    """
    median, e = central(segment.onboarding.median_months_to_first_value), segment.engagement
    rate = log(2.0) / median if median else 1e9
    reach = np.exp(-rate * np.arange(months)) * -np.expm1(-rate)
    share = np.append(reach, exp(-rate * months))
    month_of_value = np.arange(1, months + 2)
    a, g = np.zeros(months + 1), np.full(months + 1, central(e.initial_engagement))
    factor = np.zeros((months + 1, months))
    for k in range(1, months + 1):
        had = month_of_value < k
        grown = a + had * central(e.monthly_adoption_share) * (central(e.adoption_ceiling) - a)
        g = g - central(e.monthly_drift) * g + central(e.monthly_rowing) * a * (1.0 - g)
        a = grown
        has = month_of_value <= k
        for cause in segment.intent.causes.values():
            eta = central(cause.engagement) * (g - central(segment.reference.engagement))
            # before first value adoption counts as at the reference
            late = np.where(
                has,
                central(cause.adoption) * (a - central(segment.reference.adoption)),
                central(cause.no_first_value),
            )
            factor[:, k - 1] += central(cause.weight) * np.exp(eta + late)
    return share, factor


def _solve(share: Array, factor: Array, stay: float) -> float:
    """Base hazard with which a mixture keeps the share `stay` of itself."""
    return float(brentq(lambda x: share @ np.exp(-x * factor) - stay, 0.0, 10.0, xtol=1e-14))


def population_to_base(hazard: Array, segment: Segment) -> Array:
    """Base hazards whose population, selected by its own leaving, has the cumulated hazard `hazard` each month."""
    share, factor = answers(segment, hazard.size)
    base = np.zeros(hazard.size)
    for k in range(hazard.size):
        base[k] = _solve(share / share.sum(), factor[:, k], exp(-hazard[k]))
        share = share * np.exp(-base[k] * factor[:, k])
    return base


def base_to_population(base: Array, segment: Segment) -> Array:
    """The other way: cumulated hazards of the population under the base hazards `base`."""
    share, factor = answers(segment, base.size)
    logs = [log(share.sum()), *(0.0 for _ in base)]
    for k in range(base.size):
        share = share * np.exp(-base[k] * factor[:, k])
        logs[k + 1] = log(share.sum())
    return -np.diff(logs)


def payment_lump(segment: Segment) -> float:
    """Cumulated hazard of a billing date."""
    return -log1p(
        -central(segment.exits.payment_failure_probability) * (1.0 - central(segment.exits.recovery_probability))
    )


def closure_rate(segment: Segment) -> float:
    """Monthly hazard of closure."""
    return -log1p(-central(segment.exits.annual_closure)) / 12.0


def fit_monthly(segment: Segment) -> Array:
    """Monthly plans: base hazard of intent by month of tenure, given the preset's payment failures and closures."""
    table = read("monthly")
    scale, exponent = tail(table)
    months = np.arange(1, TAIL_TO + 1)
    total = scale * months**-exponent
    total[:LAST_FULL_CELL] = -np.log1p(-table.hazard[:LAST_FULL_CELL])
    return population_to_base(total - payment_lump(segment) - closure_rate(segment), segment)


def fit_annual(segment: Segment) -> dict[str, float]:
    """Annual plans: leakage and the cliffs of months 12 and 13, for subscriptions that outlive their first month."""
    table = read("annual")
    cells = np.array(LEAKAGE_MONTHS) - 1
    leak = -log1p(-table.churned[cells].sum() / table.at_risk[cells].sum())
    cumulated = -np.log(table.survival)
    # all that months 2 to 12 hold beyond the leakage: some go in months 10 and 11, seeing the renewal come
    first = cumulated[12] - cumulated[1] - 11 * leak
    unpaid = cumulated[13] - cumulated[12] - leak
    share, factor = answers(segment, 24)
    window = segment.contracts.renewal_window_months

    def left_out(alive: Array, rate: float, lump: float, year: int) -> float:
        months = slice(12 * year - 12, 12 * year)
        late = slice(12 * year - window, 12 * year)
        hazard = rate * factor[:, months].sum(axis=1) + lump * factor[:, late].mean(axis=1)
        return float(-log(alive @ np.exp(-hazard) / alive.sum()))

    # the same ratio of lump to rate for both unknowns: one equation
    ratio = SCRUTINY_SHARE / (1 - SCRUTINY_SHARE) * 12
    rate = brentq(lambda x: left_out(share, x, ratio * x, 1) - first, 1e-9, 1.0, xtol=1e-14)
    lump = ratio * rate
    stay = share * np.exp(-rate * factor[:, :12].sum(axis=1) - lump * factor[:, 12 - window : 12].mean(axis=1))
    second = brentq(lambda x: left_out(stay, rate, x, 2) - first * SECOND_OVER_FIRST_RENEWAL, 0.0, 5.0, xtol=1e-14)
    return {
        "intent.duration.monthly_rate.1": rate,
        "contracts.scrutiny.12.first_renewal_churn": -np.expm1(-lump),
        "contracts.scrutiny.12.duration_exponent": log(1 + second / lump) / log(2),
        "exits.annual_closure": -np.expm1(-12 * leak),
        "exits.payment_failure_probability": -np.expm1(-unpaid) / (1 - central(segment.exits.recovery_probability)),
    }


def cohort_volatility() -> float:
    """Standard deviation between start months of the log cumulated hazard over eight months of monthly plans.

    Moments: the variance between the twelve cohorts less the mean sampling variance (Greenwood, delta method).
    """
    logs, noise = [], []
    for month in range(1, 13):
        table = read("monthly", f"2021-{month:02d}")
        n, d = table.at_risk[:8], table.churned[:8]
        cumulated = -np.log1p(-d / n).sum()
        logs.append(log(cumulated))
        noise.append((d / (n * (n - d))).sum() / cumulated**2)
    return float(np.sqrt(max(np.var(logs, ddof=1) - np.mean(noise), 0.0)))


def load() -> Scenario:
    """The preset."""
    return Scenario.model_validate(tomllib.loads(PRESET.read_text(encoding="utf-8")))


def fitted(scenario: Scenario) -> dict[str, Any]:
    """Every fitted number of the preset by dotted path, rounded as it is written."""
    rates = fit_monthly(scenario.segments["monthly"])
    hazards = {f"segments.monthly.intent.duration.monthly_rate.{k}": rate for k, rate in enumerate(rates, 1)}
    hazards |= {f"segments.annual.{key}": value for key, value in fit_annual(scenario.segments["annual"]).items()}
    rounded = {path: round(float(value), DIGITS) for path, value in hazards.items()}
    return {"market.cohort_volatility": round(cohort_volatility(), 2), **rounded}


def implied_survival(scenario: Scenario, name: str, months: int) -> Array:
    """Survival by month, index 0 is 1, that the preset implies for accounts that no play touches: closed form."""
    segment = scenario.segments[name]
    s, closure, lump = segment.contracts, closure_rate(segment), payment_lump(segment)
    (term,) = (int(key) for key in s.term_weight)
    rates = segment.intent.duration.monthly_rate  # type: ignore[union-attr]
    table = np.array([central(rates[str(k)]) for k in range(1, len(rates) + 1)])
    base = central(segment.intent.hazard_factor) * table[np.minimum(np.arange(months), table.size - 1)]
    for key, scrutiny in s.scrutiny.items():
        window, c = min(s.renewal_window_months, term), central(scrutiny.duration_exponent)
        for n in range(1, months // int(key) + 1):
            whole = -log1p(-central(scrutiny.first_renewal_churn)) * (n**c - (n - 1) ** c)  # type: ignore[arg-type]
            base[n * term - window : n * term] += whole / window
    silent = np.concatenate([[0.0], np.cumsum(base_to_population(base, segment))])
    month = np.arange(months + 1)
    bills = np.maximum(month - segment.exits.grace_months, 0) // min(s.billing_months, term)
    return np.exp(-silent[month // term * term] - closure * month - lump * bills)


def errors(scenario: Scenario) -> dict[str, Array]:
    """Implied survival less Kaplan-Meier by plan, up to month 20; annual plans given survival to month 1."""
    monthly, annual = read("monthly").survival, read("annual").survival
    implied = implied_survival(scenario, "annual", 20)
    return {
        "monthly": implied_survival(scenario, "monthly", 20) - monthly[:21],
        "annual": implied[1:] / implied[1] - annual[1:21] / annual[1],
    }


def write(values: dict[str, Any]) -> None:
    """Put the fitted numbers into the preset, leaving its comments."""
    import tomlkit

    document = tomlkit.parse(PRESET.read_text(encoding="utf-8"))
    for path, value in values.items():
        table: Any = document
        *parents, key = path.split(".")
        for parent in parents:
            table = table[parent]
        table[key] = value
    PRESET.write_text(tomlkit.dumps(document), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Print the fit, and write it if asked."""
    values = fitted(load())
    for path, value in values.items():
        print(f"{path} = {value}")
    scale, exponent = tail(read("monthly"))
    print(f"tail of monthly plans: {scale:.4f} k^-{exponent:.4f}; month 24: {-np.expm1(-scale * 24**-exponent):.4f}")
    if "--write" in arguments:
        write(values)
    for plan, error in errors(load()).items():
        print(f"{plan}: implied survival less Kaplan-Meier, greatest {np.abs(error).max():.4f}: {np.round(error, 4)}")


if __name__ == "__main__":
    main(sys.argv[1:])

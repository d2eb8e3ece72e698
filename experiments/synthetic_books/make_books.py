"""Make the synthetic books of accounts that come with the presets, from the presets' own numbers.

Accounts that never existed: starts over the past ten years by a yearly growth rate, thinned by the preset's survival
to the last contract start, lognormal entry ARR grown by the mean expansion, health from the mean path plus a spread.
The same bytes at every run. Usage: python experiments/synthetic_books/make_books.py [preset ...]
"""

from __future__ import annotations

import csv
import datetime
import io
import sys
import tomllib
from math import log1p, sqrt
from pathlib import Path

import numpy as np
from scipy.special import ndtri

sys.path.insert(0, str(Path(__file__).parent))

from mean_path import MeanPath, central, demand_hours, frailties, mean_path

from churnsim.scenario.model import Scenario

PRESETS = Path(__file__).parents[2] / "src" / "churnsim" / "scenario" / "presets"

SIZES: dict[str, dict[str, int]] = {
    "smb": {"monthly": 600, "annual": 900},
    "midmarket": {"core": 420, "growth": 180},
    "enterprise": {"large": 90, "strategic": 30},
    "self-serve": {"monthly": 1200, "annual": 1300},
}
"""Accounts by preset and segment."""

YEARLY_GROWTH_OF_STARTS = {"smb": 0.20, "midmarket": 0.15, "enterprise": 0.12, "self-serve": 0.10}
"""Growth of the number of new accounts a year in the past."""

MONTHS_OF_HISTORY = 120
SHARE_WITH_TWO_PRODUCTS = 0.2
SPREAD_OF_HEALTH = 0.12
SEED = 20251231
COLUMNS = ["account_id", "segment", "start_date", "arr", "contract_term_months", "products", "health"]


def load(preset: str) -> Scenario:
    """The preset as a validated scenario."""
    with (PRESETS / f"{preset}.toml").open("rb") as file:
        return Scenario.model_validate(tomllib.load(file))


def coverage(scenario: Scenario, accounts: dict[str, int]) -> float:
    """Share of the hours asked for that today's posts have."""
    hours = sum(team.posts.today * central(team.hours_per_month) for team in scenario.teams.values())
    return min(1.0, hours / max(demand_hours(scenario, accounts), 1e-9))


def survival(scenario: Scenario, segment: str, term: int, path: MeanPath, ages: np.ndarray) -> np.ndarray:
    """Probability of being a customer still, by age in months: intent counts up to the last contract start only."""
    s = scenario.segments[segment]
    cumulated = np.concatenate([[0.0], np.cumsum(path.hazard)])
    scrutiny = s.contracts.scrutiny.get(str(term))
    lump = 0.0
    exponent = 1.0
    if scrutiny is not None and scrutiny.first_renewal_churn is not None:
        lump, exponent = -log1p(-central(scrutiny.first_renewal_churn)), central(scrutiny.duration_exponent)
    renewals = ages // term
    hazard = cumulated[renewals * term]
    # a lump belongs to the months before its renewal, where the causes answer as they do there
    steps = np.array(
        [0.0, *(lump * (n**exponent - (n - 1) ** exponent) * path.answer[n * term - 1] for n in _upto(ages, term))]
    )
    hazard = hazard + np.cumsum(steps)[renewals]
    z = frailties(scenario, segment)
    intent = np.exp(-np.outer(hazard, z)).mean(axis=1)
    unpaid = central(s.exits.payment_failure_probability) * (1 - central(s.exits.recovery_probability))
    billing = min(s.contracts.billing_months, term)
    bills = np.maximum(ages - s.exits.grace_months, 0) // billing
    return intent * (1 - central(s.exits.annual_closure)) ** (ages / 12) * (1 - unpaid) ** bills


def _upto(ages: np.ndarray, term: int) -> range:
    return range(1, int(ages.max()) // term + 1)


def make(preset: str) -> str:
    """The book of a preset as CSV text."""
    scenario = load(preset)
    rng = np.random.default_rng([SEED, *preset.encode()])
    ages = np.arange(MONTHS_OF_HISTORY)
    served = coverage(scenario, SIZES[preset])
    rows = []
    for segment, count in SIZES[preset].items():
        s = scenario.segments[segment]
        path = mean_path(scenario, segment, MONTHS_OF_HISTORY, served)
        terms = [int(k) for k in s.contracts.term_weight]
        starts = (1 + YEARLY_GROWTH_OF_STARTS[preset]) ** (-ages / 12)
        weight = np.array(
            [
                central(s.contracts.term_weight[str(t)]) * starts * survival(scenario, segment, t, path, ages)
                for t in terms
            ]
        )
        # one cell per (term, age), drawn by stratified uniforms: close to the expected shares
        u = (np.arange(count) + rng.random(count)) / count
        cell = np.searchsorted(np.cumsum(weight.ravel()) / weight.sum(), u)
        cell = np.minimum(cell, weight.size - 1)
        term, age = np.array(terms)[cell // ages.size], ages[cell % ages.size]
        variance = log1p(central(s.acquisition.entry_arr_cv) ** 2)
        entry = central(s.acquisition.entry_arr_mean) * np.exp(sqrt(variance) * ndtri(rng.random(count)) - variance / 2)
        grown = np.concatenate([[0.0], np.cumsum(path.growth)])[age]
        arr = entry * np.exp(grown) * (1 + central(s.contracts.price_uplift)) ** (age // term)
        w = central(scenario.health.adoption_weight)
        health = w * path.adoption[age] + (1 - w) * path.engagement[age] + SPREAD_OF_HEALTH * ndtri(rng.random(count))
        products = 1 + (rng.random(count) < SHARE_WITH_TWO_PRODUCTS)
        day = rng.random(count)
        for i in range(count):
            start = _date(scenario.as_of, int(age[i]), float(day[i]))
            seen = f"{min(max(health[i], 0.02), 0.98):.2f}" if age[i] >= 3 else ""
            rows.append([segment, start.isoformat(), f"{arr[i]:.2f}", int(term[i]), int(products[i]), seen])
    order = np.argsort(rng.random(len(rows)), kind="stable")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([f"SYN-{n + 1:06d}", *rows[k]] for n, k in enumerate(order))
    return text.getvalue()


def _date(as_of: datetime.date, months_ago: int, share: float) -> datetime.date:
    """A day in the month that lies `months_ago` before the month of `as_of`, never after `as_of`."""
    month = as_of.year * 12 + as_of.month - 1 - months_ago
    first = datetime.date(month // 12, month % 12 + 1, 1)
    last = as_of.day if months_ago == 0 else 28
    return first + datetime.timedelta(days=int(share * last))


def main(presets: list[str]) -> None:
    """Write the books of `presets`, all of them when none is named."""
    for preset in presets or SIZES:
        text = make(preset)
        (PRESETS / f"{preset}-book.csv").write_bytes(text.encode())
        table = np.genfromtxt(io.StringIO(text), delimiter=",", names=True, dtype=None, encoding="utf-8")
        scenario = load(preset)
        posts = sum(team.posts.today for team in scenario.teams.values())
        print(
            f"{preset}: {table.size} accounts, ARR {table['arr'].sum() / 1e6:.2f}M, {posts} posts,"
            f" {table['arr'].sum() / posts / 1e6:.2f}M and {table.size / posts:.0f} accounts per post,"
            f" {coverage(scenario, SIZES[preset]):.0%} of the hours asked for"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

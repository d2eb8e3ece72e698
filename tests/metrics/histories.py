"""Made-up lives of accounts month by month, and the Dataset that a simulation of them would give.

A life is the ARR of an account at the end of months 0, 1, ..., 0 where it is no customer. It enters with the ARR of its
first month; a second entry is a win-back. Every other change is booked as an upsell, a contraction or churn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from churnsim.engine import ledger
from churnsim.results.fields import LINES, WINDOWS
from churnsim.results.labels import _inner
from churnsim.results.summary import Ledgers, summarise

Lives = Sequence[Sequence[float]]


def dataset(
    paths: Sequence[Sequence[Lives]], *, acquisition: float = 0.0, salaries: float = 0.0, **money: float
) -> xr.Dataset:
    """Dataset of one arm and one draw; `paths[r][s]` are the lives of the accounts of segment s in replicate r.

    `acquisition` and `salaries` are spent each month; `money` as in the compiled tables, 0 where it is left out.
    """
    months, segments = len(paths[0][0][0]) - 1, len(paths[0])
    book = Ledgers.zeros((len(paths), 1), months, segments, 1, 1, 0)
    for r, path in enumerate(paths):
        for s, lives in enumerate(path):
            for life in lives:
                _book(book, r, s, life)
    book.flows[:, :, :, 0, ledger.ACQUISITION_COST] = acquisition
    book.teams[..., ledger.SALARIES] = salaries
    names = ("gross_margin", "annual_discount", "annual_cost_to_serve", "expansion_cost_share", "annual_fixed_cost")
    names += ("product_monthly_cost", "desk_annual_cost", "annual_deflection_cost")
    kept = summarise(book, {n: np.full((1, 1), money.get(n, 0.0)) for n in names}, 0)
    kept["value_after_horizon"] = np.zeros((len(paths), 1))
    return xr.Dataset(
        {n: (("arm", "draw", "replicate", *_inner(n)), v.swapaxes(0, 1)[:, None]) for n, v in kept.items()},
        {
            "arm": ["base"],
            "window": list(WINDOWS),
            "year": np.arange(1, months // 12 + 1),
            "segment": list("abcdef"[:segments]),
            "line": list(LINES),
        },
        {"horizon_months": months, "currency": "USD", "scenario_name": "lives", "seed": 0},
    )


def random_lives(rng: np.random.Generator, accounts: int, months: int) -> list[list[float]]:
    """Lives in which accounts join, grow, shrink, leave and come back."""
    lives = []
    for _ in range(accounts):
        arr = float(rng.integers(1, 20)) * 100.0 if rng.random() < 0.6 else 0.0
        life = [arr]
        for _ in range(months):
            chance = rng.random()
            if arr == 0.0:
                arr = float(rng.integers(1, 20)) * 100.0 if chance < 0.08 else 0.0
            elif chance < 0.05:
                arr = 0.0
            elif chance < 0.25:
                arr *= float(rng.choice([0.8, 0.9, 1.1, 1.5]))
            life.append(arr)
        lives.append(life)
    # one that stays, so that no month begins with nothing
    return [*lives, [1000.0] * (months + 1)]


def _book(book: Ledgers, r: int, s: int, life: Sequence[float]) -> None:
    """Write one life to the ledger, as the engine would."""
    known, anniversary = life[0] > 0.0, life[0]
    for month in range(1, len(life)):
        then, now, year = life[month - 1], life[month], (month - 1) // 12
        row = book.flows[r, 0, month - 1, s]
        if month % 12 == 1 and year < book.cohorts.shape[2]:
            anniversary = then
            book.cohorts[r, 0, year, s, ledger.COHORT_ARR_OPENING] += then
            book.cohorts[r, 0, year, s, ledger.COHORT_ACCOUNTS_OPENING] += then > 0.0
        row[ledger.ARR_OPENING] += then
        row[ledger.ARR_CLOSING] += now
        row[ledger.ACCOUNTS_OPENING] += then > 0.0
        row[ledger.ACCOUNTS_CLOSING] += now > 0.0
        if then == 0.0 < now:
            row[ledger.ARR_REACTIVATED if known else ledger.ARR_NEW] += now
            row[ledger.ACCOUNTS_REACTIVATED if known else ledger.ACCOUNTS_NEW] += 1
            known = True
        elif now == 0.0 < then:
            book.churn[r, 0, month - 1, s, 0] += (then, 1.0)
            anniversary = 0.0
        elif now > then:
            row[ledger.ARR_UPSELL] += now - then
        else:
            row[ledger.ARR_CONTRACTION] += then - now
        if month % 12 == 0 and anniversary > 0.0:
            cohort = book.cohorts[r, 0, year, s]
            cohort[ledger.COHORT_ARR_NOW] += now
            cohort[ledger.COHORT_ARR_KEPT] += min(now, anniversary)
            cohort[ledger.COHORT_ACCOUNTS_NOW] += 1

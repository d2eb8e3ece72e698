"""Ten years from birth, a cut, and two futures: the population goes on, or is reloaded from what its company sees.

Both futures run 24 months without new accounts. They share no luck after the cut, so under a right posterior the
difference of any sum has mean 0, and its standard error comes from independent populations.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np

from churnsim.engine import ledger
from churnsim.engine.accounts import ARR
from churnsim.engine.tables import Book as BookTables
from churnsim.results.summary import Ledgers
from tests.closed_forms.cohort import scenario_file
from tests.engine.paths import Runner, exported

CUT, AHEAD = 120, 24

CAUSES = {
    "onboarding": {"weight": 0.25, "no_first_value": 1.0},
    "low adoption": {"weight": 0.25, "adoption": -2.0},
    "relationship": {"weight": 0.25, "engagement": -2.0},
    "need": {"weight": 0.25},
}
EXPANSION = {
    "upsell": {"annual_rate": 0.5, "fraction": 0.15},
    "contraction": {"annual_rate": 0.4, "fraction": 0.2},
}


def segment(terms: dict[str, float], **tables: Any) -> dict[str, Any]:
    """Customers with frailty, ageing, adoption, engagement and a clock to first value."""
    intent = {
        "annual_churn": 0.2,
        "frailty": {"law": "gamma", "variance": 1.0},
        "duration": {"kind": "weibull", "shape": 0.8},
        "causes": CAUSES,
    }
    channel = {"leads_per_month": 100.0, "conversion_probability": 1.0}
    standard = {
        "intent": intent,
        "onboarding": {"median_months_to_first_value": 4.0},
        "contracts": {"term_weight": terms},
        "expansion": EXPANSION,
        "acquisition": {"entry_arr_mean": 1000.0, "entry_arr_cv": 0.5, "channels": {"web": channel}},
    }
    return standard | tables


def clean(book: BookTables) -> BookTables:
    """The mistake to be found: accounts start their contract's clock today, with the frailty of new customers."""
    return book._replace(past_hazard=np.zeros_like(book.past_hazard), multiplier=np.zeros_like(book.multiplier))


def measures(ledgers: Ledgers, accounts: int, arr: float) -> dict[str, float]:
    """What is compared of 24 months: shares of the accounts or of the ARR at the cut."""
    flows, churn, cohorts = ledgers.flows[:, 0], ledgers.churn[:, 0, :, 1], ledgers.cohorts[:, 0]
    out = {
        "exits of 12 months": churn[:12].sum() / accounts,
        "exits of 24 months": churn.sum() / accounts,
        "intending after a month": flows[0, ledger.ACCOUNTS_INTENDING] / accounts,
        "health after a month": flows[0, ledger.HEALTH_SUM] / accounts,
        "health after 24 months": flows[-1, ledger.HEALTH_SUM] / accounts,
        "first values": flows[:, ledger.FIRST_VALUES].sum() / accounts,
        "net retention of 24 months": flows[-1, ledger.ARR_CLOSING] / arr,
    }
    for year in (0, 1):
        opening = cohorts[year, ledger.COHORT_ARR_OPENING]
        out[f"net retention of year {year + 1}"] = cohorts[year, ledger.COHORT_ARR_NOW] / opening
        out[f"gross retention of year {year + 1}"] = cohorts[year, ledger.COHORT_ARR_KEPT] / opening
    for cause in range(churn.shape[1]):
        out[f"exits by cause {cause}"] = churn[:, cause].sum() / accounts
    return out


def after_the_cut(ledgers: Ledgers) -> Ledgers:
    """Ledgers of the months and years behind the cut."""
    return Ledgers(*(part[CUT:] for part in ledgers[:4]), ledgers.cohorts[CUT // 12 :])


def bias(
    core: dict[str, Any],
    populations: int,
    company: dict[str, Any] | None = None,
    forget: Callable[[BookTables], BookTables] | None = None,
) -> dict[str, tuple[float, float]]:
    """Reloaded less continued, as (mean, standard error) by measure."""
    company = company or {}
    whole = Runner(scenario_file({"core": core}, CUT + AHEAD, **company), seed=7, capacity=16_000)
    whole.compiled.tables.leads[..., CUT + 1 :] = 0.0
    past = Runner(scenario_file({"core": core}, CUT, **company), seed=7, capacity=16_000)
    future = scenario_file({"core": core}, AHEAD, as_of=datetime.date(2035, 12, 31), **company)
    terms = past.compiled.tables.terms
    rows = []
    for population in range(populations):
        continued, at_cut = whole.run(population), past.run(population)
        assert np.array_equal(continued.ledgers.flows[:CUT], at_cut.ledgers.flows)
        book = exported(at_cut.accounts, terms, ARR)
        again = Runner(future, book, seed=1007, capacity=16)
        tables = again.compiled.tables
        tables.leads[:] = 0.0
        if forget is not None:
            again.compiled = again.compiled._replace(tables=tables._replace(book=forget(tables.book)))
        size = (len(book), float(book.arr.sum()))
        reloaded = measures(again.run(population).ledgers, *size)
        goes_on = measures(after_the_cut(continued.ledgers), *size)
        rows.append([reloaded[name] - goes_on[name] for name in goes_on])
    sample = np.array(rows)
    error = sample.std(axis=0, ddof=1) / np.sqrt(populations)
    return {name: (m, e) for name, m, e in zip(goes_on, sample.mean(axis=0), error, strict=True)}

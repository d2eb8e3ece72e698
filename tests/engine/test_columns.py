"""Columns that no account has count for nothing: behind the last account, in holes, and where an earlier path stood."""

from typing import Any

import numpy as np
import pytest

from churnsim.engine import ledger
from churnsim.engine.accounts import ADOPTION, ARR, ENGAGEMENT, FIRST_VALUE_LEFT, INTENT, TENURE
from churnsim.engine.onboarding import REACHED
from tests.coverage.companies import book, company
from tests.engine.paths import Path, Runner
from tests.invariants.rich import rich_book, rich_file

MONTHS = 14
PROMOTES, DETRACTS = 0.62, 0.6
CALM = {
    "run.horizon_months": MONTHS,
    "segments.core.advocacy": {"promoter_health": PROMOTES, "detractor_health": DETRACTS},
    "segments.core.onboarding.median_months_to_first_value": 3.0,
    "segments.core.contracts": {"term_weight": {"12": 1.0}},
}
GROWS: dict[str, Any] = {
    "segments.core.acquisition.channels.web": {"leads_per_month": 90.0, "conversion_probability": 1.0}
}
SHRINKS: dict[str, Any] = {
    "segments.core.acquisition.channels": {},
    "segments.core.intent.annual_churn": 0.9,
    "segments.core.contracts": {"term_weight": {"1": 1.0}},
}


def assert_closing_sums_are_of_accounts(path: Path) -> None:
    reals, whole = path.accounts.reals, path.accounts.whole
    last = path.ledgers.flows[-1]
    for s in range(len(last)):
        own = path.accounts.segment == s
        intends = whole[INTENT, own] >= 0
        arr = reals[ARR, own].astype(float)
        assert last[s, ledger.ACCOUNTS_CLOSING] == own.sum()
        assert last[s, ledger.ACCOUNTS_INTENDING] == intends.sum()
        assert last[s, ledger.ARR_CLOSING] == pytest.approx(arr.sum(), rel=1e-12)
        assert last[s, ledger.ARR_INTENDING] == pytest.approx(arr[intends].sum(), rel=1e-12)


def assert_voices_are_of_accounts(path: Path, weight: float) -> None:
    reals, last = path.accounts.reals, path.ledgers.flows[-1, 0]
    health = weight * reals[ADOPTION] + (1.0 - weight) * reals[ENGAGEMENT]
    has_value = reals[FIRST_VALUE_LEFT] == REACHED
    judges = has_value | (path.accounts.whole[TENURE] >= 3)
    assert min(np.abs(health - edge).min() for edge in (PROMOTES, DETRACTS)) > 1e-6
    assert last[ledger.PROMOTERS] == (has_value & (health > PROMOTES)).sum() > 0
    assert last[ledger.DETRACTORS] == (judges & (health < DETRACTS)).sum() > 0
    assert last[ledger.HEALTH_SUM] == pytest.approx(health.sum(), rel=1e-6)


@pytest.mark.parametrize("changes", [GROWS, SHRINKS], ids=["grows", "shrinks"])
def test_a_company_of_one_segment(changes: dict[str, Any]) -> None:
    file = company(**{**CALM, **changes})
    runner = Runner(file, book(np.full(150, 1000.0), term=1 if changes is SHRINKS else 12), 1, capacity=2_000)
    seen = set()
    # the columns of each path have been those of others before
    for replicate in range(4):
        path = runner.run(replicate)
        assert_closing_sums_are_of_accounts(path)
        assert_voices_are_of_accounts(path, float(runner.compiled.tables.segment[0, 0, 0]["adoption_weight"]))
        seen.add(len(path.accounts.ids))
    assert len(seen) > 1
    assert min(seen) > 1_000 if changes is GROWS else 0 < max(seen) < 60


def test_a_company_of_every_mechanism() -> None:
    file = rich_file()
    runner = Runner(file, rich_book(file, 300), 1)
    for replicate in range(3):
        assert_closing_sums_are_of_accounts(runner.run(replicate))

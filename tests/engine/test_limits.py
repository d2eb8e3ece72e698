"""Sixteen bits are enough: the longest horizon, the oldest accounts, the longest waits."""

import numpy as np
import pytest

from churnsim.compile.tables import SimulationError
from churnsim.engine.accounts import N_UPSELL, RENEWALS, SINCE_TOUCH, TENURE, TO_RENEWAL, UNTOUCHED
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.problems import ScenarioError
from tests.coverage.companies import book, company
from tests.engine.paths import Runner

MONTHS = 600


def patient(**changes: object) -> ScenarioFile:
    """A company that nobody leaves; a letter goes out once a century."""
    mine: dict[str, object] = {
        "run.horizon_months": MONTHS,
        "segments.core.acquisition.channels": {},
        "segments.core.intent.annual_churn": 0.0,
        "segments.core.contracts.term_weight": {"12": 1.0},
        "segments.core.expansion.upsell": {"annual_rate": 2.0, "fraction": 0.001},
        "playbooks.letter": {"channel": "digital", "effects": {}, "cadence_months": 1200},
    }
    return company(**{**mine, **changes})


def test_counters_of_old_accounts_run_on() -> None:
    tenure = np.array([0, 1, 1500, 2400])
    file, old = patient(), book(np.full(4, 1000.0), tenure=tenure, term=12)
    path = Runner(file, old, 1, capacity=50).run(0)
    whole = path.accounts.whole
    assert sorted(whole[TENURE].tolist()) == (tenure + MONTHS).tolist()
    left = np.array([12 - t % 12 for t in (tenure + MONTHS)])
    assert sorted(whole[TO_RENEWAL].tolist()) == sorted(left.tolist())
    assert sorted(whole[RENEWALS].tolist()) == ((tenure + MONTHS) // 12).tolist()
    # no letter is a touch
    assert set(whole[SINCE_TOUCH].tolist()) == {int(UNTOUCHED) + MONTHS}
    upsells = whole[N_UPSELL].astype(float)
    assert 0 < upsells.min() < upsells.max() < 400


def test_a_play_comes_once_a_century() -> None:
    young = book(np.full(50, 1000.0), tenure=0, term=12)
    sent = simulate(patient(), replicates=1, book=young, threads=1)["plays_delivered"].sel(window="horizon")
    assert int(sent.sum()) == 50


def test_longer_waits_are_refused() -> None:
    with pytest.raises(ScenarioError, match=r"cadence_months.*1,200"):
        patient(**{"playbooks.letter.cadence_months": 1201})


def test_a_spoilt_account_is_told_though_it_leaves_in_the_same_month() -> None:
    one = book(np.array([1000.0]))

    def leaving(upsells: float) -> ScenarioFile:
        changes = {
            "run.horizon_months": 1,
            "segments.core.acquisition.channels": {},
            "segments.core.intent.annual_churn": 0.9999,
            "segments.core.expansion.upsell": {"annual_rate": upsells, "fraction": 1e-9},
        }
        return company(**changes)

    gone = simulate(leaving(0.0), replicates=1, book=one, threads=1)["accounts_churned"].sel(window="horizon")
    assert int(gone.sum()) == 1
    with pytest.raises(SimulationError, match="not finite in arm 'base', draw 0, replicate 0, month 1"):
        simulate(leaving(1e6), replicates=1, book=one, threads=1)

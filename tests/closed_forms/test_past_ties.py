"""Existing accounts whose ARR, frailty and misfit go together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from churnsim.compile.past_misfits import arr_scores, survival_by_kind
from churnsim.engine.accounts import ARR, FRAILTY, MISFIT, TENURE
from tests.closed_forms.cohort import arrivals_once, scenario_file
from tests.closed_forms.test_past_mechanisms import LIMIT, core
from tests.closed_forms.test_past_plays import book, opened
from tests.engine.paths import Runner, exported


def test_scores_of_arr_leave_out_growth() -> None:
    luck = np.random.default_rng(5)
    accounts = book(luck.integers(0, 100, 20_000))
    at_entry, since = luck.normal(size=(2, len(accounts)))
    accounts.arr[:] = np.exp(9.0 + 0.6 * at_entry - 0.004 * accounts.start_month + 0.8 * since)
    score, tie = arr_scores(accounts, np.array([[0.6], [2.0]]))
    assert score.mean() == pytest.approx(0.0, abs=1e-9)
    assert np.corrcoef(score, at_entry)[0, 1] == pytest.approx(0.6, abs=LIMIT * 0.01)
    assert tie[:, 0] == pytest.approx([0.6, 1.0], abs=0.02)
    assert abs(np.corrcoef(score, accounts.start_month)[0, 1]) < 1e-9
    accounts.arr[:] = 7.0
    assert np.all(arr_scores(accounts, np.ones((1, 1)))[1] == 0.0)


def test_survival_of_misfits_mixes_to_that_of_all() -> None:
    hazard = np.array([[0.0, 0.3, 2.0]])
    share, variance = np.array([0.25]), 1.2
    parameters = np.array([[variance, 0.0]])
    for correlation in (0.0, 0.4):
        right, wrong = survival_by_kind("gamma", parameters, hazard, share, np.array([correlation]))
        whole = (1.0 + variance * hazard) ** (-1.0 / variance)
        assert 0.75 * right + 0.25 * wrong == pytest.approx(whole, rel=1e-4)
        assert np.allclose(right, wrong) == (correlation == 0.0)


@pytest.mark.parametrize("law", ["lognormal", "gamma", "beta"])
def test_new_accounts_that_are_reloaded_keep_their_ties(law: str) -> None:
    segment = core({"misfit": 0.5})
    frailty = {"law": law} | ({"alpha": 0.8, "beta": 1.5} if law == "beta" else {"variance": 1.0})
    segment["intent"]["frailty"] = frailty
    acquisition = arrivals_once(16_000.0) | {
        "entry_arr_cv": 0.7,
        "correlation": {"arr_frailty": -0.4, "arr_misfit": -0.3, "frailty_misfit": 0.5},
    }
    acquisition["channels"]["web"]["misfit_share"] = 0.3
    segment["acquisition"] = acquisition
    runner = Runner(scenario_file({"core": segment}, 1), capacity=17_000)
    born = runner.run(0).accounts
    assert np.all(born.whole[TENURE] == 0)
    accounts = exported(born, runner.compiled.tables.terms, ARR)
    acquisition["channels"]["web"]["leads_per_month"] = 1e-9
    again = opened(scenario_file({"core": segment}, 2), accounts)[1]

    def traits(reals: np.ndarray, whole: np.ndarray) -> np.ndarray:
        # ranks, so that every law has the same closed form
        score = ndtri((np.argsort(np.argsort(reals[FRAILTY])) + 0.5) / reals.shape[1])
        size, misfit = np.log(reals[ARR]), whole[MISFIT]
        pairs = [np.corrcoef(score, size)[0, 1], np.corrcoef(score, misfit)[0, 1], np.corrcoef(size, misfit)[0, 1]]
        return np.array([misfit.mean(), *pairs])

    order = np.argsort(again.ids)
    found = traits(again.reals[:, order], again.whole[:, order]), traits(born.reals, born.whole)
    assert found[0] == pytest.approx(found[1], abs=LIMIT * np.sqrt(2.0 / len(accounts)))
    point_biserial = 0.3477 / np.sqrt(0.3 * 0.7)
    expected = np.array([0.3, -0.4, 0.5 * point_biserial, -0.3 * point_biserial])
    assert found[0] == pytest.approx(expected, abs=LIMIT / np.sqrt(len(accounts)))

"""The noise of the score that attains a target AUC."""

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

import churnsim
from churnsim.compile.tables import build
from churnsim.engine import journal as kinds
from churnsim.results.score_noise import auc, build_tables, solve
from churnsim.results.trace import trace
from churnsim.scenario.book import resolve_book
from churnsim.scenario.problems import ScenarioError


def test_auc_of_two_normal_laws() -> None:
    """Phi(d / sqrt(2 (1 + sd^2))) for normal scores that lie d apart."""
    quantiles = ndtri((np.arange(1000) + 0.5) / 1000)
    for gap in (0.0, 0.5, 1.5):
        for sd in (0.3, 1.0, 4.0):
            exact = ndtr(gap / math.sqrt(2.0 * (1.0 + sd**2)))
            assert abs(auc(quantiles, quantiles + gap, sd) - exact) < 1e-3


def test_auc_without_noise_counts_pairs() -> None:
    assert auc(np.array([0.1, 0.5]), np.array([0.5, 0.9]), 0.0) == (1.0 + 1.0 + 0.5 + 1.0) / 4.0


def with_target(target: float) -> dict[str, churnsim.Scenario]:
    file = churnsim.example("midmarket")
    health = file.scenario.health.model_copy(update={"noise_sd": None, "target_auc": target})
    return {"base": file.scenario.model_copy(update={"health": health})}


def test_the_noise_attains_the_target() -> None:
    """With fresh luck the score with noise tells leavers from stayers as the target says."""
    file = churnsim.example("midmarket")
    arms, book = with_target(0.62), resolve_book(file)
    (sd,) = solve(arms, book, 0, np.array([0]))["base"]
    assert sd > 0.0
    rng = np.random.default_rng(0)
    hits, pairs = 0.0, 0
    lag = file.scenario.health.lag_months
    tables = build({"base": file.scenario}, book, 0, np.array([0])).tables
    tables = tables._replace(covers=np.zeros_like(tables.covers))
    for replicate in range(100, 112):
        events = trace(tables, 0, 0, 0, replicate, watch=12).events
        scores, exits = events[events["kind"] == kinds.HEALTH], events[events["kind"] == kinds.EXIT]
        scores = scores[~np.isin(scores["who"], exits["who"][exits["month"] <= 12 + lag])]
        leaves = np.isin(scores["who"], exits["who"][(exits["month"] > 12 + lag) & (exits["month"] <= 24 + lag)])
        seen = scores["value"] + sd * rng.normal(size=len(scores))
        hits += (seen[leaves][:, None] < seen[~leaves][None, :]).sum()
        pairs += leaves.sum() * (~leaves).sum()
    assert abs(hits / pairs - 0.62) < 0.03


def test_the_past_does_not_depend_on_the_batch() -> None:
    arms, book = with_target(0.56), resolve_book(churnsim.example("midmarket"))
    both = build_tables(arms, book, 0, np.array([1, 2])).tables
    one = build_tables(arms, book, 0, np.array([2])).tables
    assert np.array_equal(both.book.play_rate, one.book.play_rate)
    assert np.array_equal(both.segment["score_noise"][:, 1:], one.segment["score_noise"])


def test_a_target_above_the_ceiling_is_refused_and_the_ceiling_said() -> None:
    file = churnsim.example("midmarket")
    with pytest.raises(ScenarioError, match=r"health.target_auc: an AUC of 0.990 cannot be attained .* has 0\.\d+"):
        solve(with_target(0.99), resolve_book(file), 0, np.array([0]))

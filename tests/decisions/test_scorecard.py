"""Scorecards and policies compared, from a Dataset of known lives."""

from __future__ import annotations

import json

import numpy as np
import pytest

from churnsim.decisions.policies import compare_policies
from churnsim.decisions.scorecard import scorecard
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.estimates import estimate
from churnsim.metrics.policy import COHORT, FLOW, STANDARD
from churnsim.metrics.retention import net_revenue_retention
from tests.metrics.histories import dataset, random_lives

RNG = np.random.default_rng(2)
DATA = dataset(
    [[random_lives(RNG, 40, 24)] for _ in range(6)],
    acquisition=50.0,
    salaries=20.0,
    gross_margin=0.8,
    annual_cost_to_serve=10.0,
    annual_discount=0.1,
)


def test_every_metric_of_every_arm_has_its_error():
    card = scorecard(DATA, COHORT, 2)
    own = card.arms["base"].metrics
    assert list(own) == list(METRICS)
    assert own["nrr"] == estimate(net_revenue_retention(DATA, policy=COHORT).sel(arm="base", year=2, drop=True))
    undefined = {name for name, e in own.items() if np.isnan(e.mean)}
    assert undefined == {"multiple_at_horizon"}
    assert own["multiple_at_horizon"].masked == 6
    # upsell is free of charge here
    assert all(e.se > 0.0 for name, e in own.items() if name not in undefined | {"cost_per_expanded_arr"})
    assert own["ltv_gap"].mean == pytest.approx(own["ltv_naive"].mean - own["ltv"].mean)


def test_odds_of_the_rules_of_thumb():
    card = scorecard(DATA, STANDARD, 1).arms["base"]
    paths = METRICS["cac_payback"].of(DATA, STANDARD, 1).values.ravel()
    assert card.odds["CAC payback below 12 months"].share == pytest.approx((paths < 12.0).mean())
    ratios = METRICS["ltv_to_cac"].of(DATA, STANDARD, 1).values.ravel()
    assert card.odds["LTV above 3 CAC"].share == pytest.approx((ratios > 3.0).mean())


def test_json_is_plain_and_stamped():
    content = json.loads(json.dumps(scorecard(DATA, FLOW, 2).to_json(), allow_nan=False))
    assert content["metric_policy"]["name"] == "flow"
    assert content["metric_policy"]["window"] == "month"
    assert content["arms"]["base"]["metrics"]["multiple_at_horizon"]["mean"] is None


def test_means_of_the_steps_add_up():
    comparison = compare_policies(DATA, 2)
    for metric, figures in comparison.arms["base"].items():
        value = figures.policies["standard"].mean
        for policy in ("cohort", "flow"):
            value += sum(step.part.mean for step in figures.steps if step.policy == policy)
            assert figures.policies[policy].mean == pytest.approx(value, abs=1e-12), metric
    nrr = comparison.arms["base"]["nrr"]
    assert nrr.highest is not None
    assert nrr.highest.part.mean == max(step.part.mean for step in nrr.steps)
    assert nrr.lowest is not None
    assert nrr.lowest.part.mean == min(step.part.mean for step in nrr.steps)
    assert json.loads(json.dumps(comparison.to_json(), allow_nan=False))["policies"]["flow"]["joins"] == "counted"


def test_nothing_moves_where_nothing_happens():
    still = compare_policies(dataset([[[[100.0] * 13]]]), 1).arms["base"]["nrr"]
    assert (still.lowest, still.highest) == (None, None)
    assert {e.mean for e in still.policies.values()} == {1.0}

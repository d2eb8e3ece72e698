"""Mechanisms switched off."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import churnsim as cs
from churnsim.scenario.files import ScenarioFile, override
from churnsim.scenario.intent import Frailty
from churnsim.scenario.response import Response
from churnsim.uncertainty.model import Function, Outcome
from churnsim.uncertainty.sensitivity import variants
from churnsim.uncertainty.switches import SWITCHES, switched_off, switches
from tests.uncertainty.toys import linear, noisy

MIDMARKET = cs.example("midmarket")
RUN = MIDMARKET.scenario.run.model_copy(update={"horizon_months": 6})
SMALL = dataclasses.replace(MIDMARKET, scenario=MIDMARKET.scenario.model_copy(update={"run": RUN}))


def changed(**values: object) -> ScenarioFile:
    return dataclasses.replace(
        SMALL, scenario=override(SMALL, {path.replace("__", "."): value for path, value in values.items()})
    )


def without(file: ScenarioFile, switch: str) -> cs.Scenario:
    found = switched_off(file, {"base": file.scenario}, switch)
    assert found is not None
    assert found[0].scenario is found[1]["base"]
    return found[1]["base"]


def test_each_switch_takes_its_numbers_and_nothing_else():
    file = changed(
        segments__core__advocacy={"word_of_mouth": 0.5, "annual_referrals": 0.2, "conversion_probability": 0.1}
    )
    base = file.scenario
    market = without(file, "market")
    assert market.market == base.market.model_copy(update={"volatility": 0.0})
    assert market.segments == base.segments
    assert without(file, "cohort drift").market.cohort_volatility == 0.0
    assert without(file, "cohort drift").market.volatility == base.market.volatility
    for segment in without(file, "drift").segments.values():
        assert segment.engagement.monthly_drift == 0.0
        assert segment.engagement.monthly_rowing > 0.0
    for segment in without(file, "frailty").segments.values():
        assert not segment.intent.frailty.variance
    advocacy = without(file, "word of mouth").segments["core"].advocacy
    assert (advocacy.word_of_mouth, advocacy.annual_referrals) == (0.0, 0.0)
    assert advocacy.conversion_probability == 0.1


def test_what_a_scenario_does_not_use_is_off_already():
    assert switched_off(SMALL, {"base": SMALL.scenario}, "word of mouth") is None
    file = changed(market__volatility=0.0)
    assert switched_off(file, {"base": file.scenario}, "market") is None
    # an arm alone may have it
    arms = {"base": file.scenario, "stormy": override(file, {"market.volatility": 0.3})}
    found = switched_off(file, arms, "market")
    assert found is not None
    assert found[1]["stormy"].market.volatility == 0.0


def test_no_variance_is_no_frailty():
    off = without(SMALL, "frailty")
    segments = {
        name: s.model_copy(update={"intent": s.intent.model_copy(update={"frailty": Frailty()})})
        for name, s in off.segments.items()
    }
    none = off.model_copy(update={"segments": segments})
    size = {"draws": 2, "replicates": 3, "seed": 4}
    one, other = (
        cs.simulate(dataclasses.replace(SMALL, scenario=s), arms={"base": s}, **size)["npv"].values for s in (off, none)
    )
    assert np.array_equal(one, other)


def test_a_beta_law_is_taken_away_and_renewals_keep_their_churn():
    beta = Frailty(law="beta", alpha=1.0, beta=4.0)
    core = SMALL.scenario.segments["core"]
    scrutiny = {
        term: one.model_copy(update={"first_renewal_churn": None}) for term, one in core.contracts.scrutiny.items()
    }
    core = core.model_copy(
        update={
            "intent": core.intent.model_copy(update={"frailty": beta}),
            "contracts": core.contracts.model_copy(update={"scrutiny": scrutiny}),
        }
    )
    scenario = SMALL.scenario.model_copy(update={"segments": SMALL.scenario.segments | {"core": core}})
    found = without(dataclasses.replace(SMALL, scenario=scenario), "frailty").segments["core"]
    assert found.intent.frailty == Frailty()
    assert found.contracts.scrutiny
    for one in found.contracts.scrutiny.values():
        # E -ln(1 - p) with p ~ Beta(1, 4): 1 - p ~ Beta(4, 1), whose -ln is exponential with rate 4
        assert one.first_renewal_churn == pytest.approx(1.0 - np.exp(-0.25))


def test_calibrated_scales_stay_where_the_median_has_them():
    scale, path = "segments.core.intent.hazard_factor", "market.volatility"
    law = SMALL.scenario.market.volatility
    responses = {scale: {path: Response(at=0.1, log_slope=2.0), "teams.csm.annual_cost": Response(at=1.0, log_slope=0)}}
    file = dataclasses.replace(SMALL, scenario=SMALL.scenario.model_copy(update={"calibration": responses}))
    found = without(file, "market").calibration[scale]
    median = float(law.quantile(np.array([0.5]))[0])
    assert 0.0 - found[path].at == pytest.approx(median - 0.1)
    assert found["teams.csm.annual_cost"] == responses[scale]["teams.csm.annual_cost"]


def test_an_outcome_without_the_market_is_that_of_a_file_without_it():
    arms = cs.arms(SMALL)
    outcome = Outcome(SMALL, arms, arm="two_more", against="base", replicates=3, seed=2)
    variant = variants(outcome)
    assert set(variant) == set(SWITCHES)
    file = changed(market__volatility=0.0)
    plain = Outcome(
        file,
        {name: override(s, {"market.volatility": 0.0}) for name, s in arms.items()},
        "two_more",
        against="base",
        replicates=3,
        seed=2,
    )
    found = switches(outcome, {"market": variant["market"], "word of mouth": variant["word of mouth"]})
    median = outcome(np.full((1, len(outcome.inputs)), 0.5))[0]
    row = plain(np.full((1, len(plain.inputs)), 0.5))[0]
    market, word = found.switches
    assert found.median.mean == pytest.approx(median.mean())
    assert market.change is not None
    assert market.change.mean == pytest.approx((row - median).mean())
    assert market.change.se == pytest.approx((row - median).std(ddof=1) / np.sqrt(3))
    assert word.off_already
    assert word.change is None


def test_switches_are_ranked_by_their_change():
    base = noisy(linear(1.0), 50, 0.1)
    more = Function(base.inputs, lambda x: base.formula(x) + 1.0)
    less = Function(base.inputs, lambda x: base.formula(x) - 2.0)
    found = switches(base, {"a": more, "b": None, "c": less})
    assert [one.switch for one in found.switches] == ["c", "a", "b"]
    assert [one.change.mean for one in found.switches if one.change] == pytest.approx([-2.0, 1.0])
    assert found.switches[0].change.se == pytest.approx(0.0, abs=1e-12)

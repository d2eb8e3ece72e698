"""Risk read off Datasets with known truths."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.decisions.measures import MEASURES
from churnsim.decisions.scorecard import Rule
from churnsim.uncertainty.risk import risk, risk_of, risk_of_run
from churnsim.uncertainty.scenarios import regret_over
from tests.decisions.fake import dataset, ladder_arms
from tests.decisions.runs import UNSURE, run_of
from tests.invariants.rich import rich_book, rich_file

GAINS = [40_000.0, 9_000.0, -12_000.0]
ARMS, RUNGS = ladder_arms(range(4), 2)
DATA = dataset(ARMS, GAINS, draws=60, effects={"a": 60_000.0})
ASKED = list(RUNGS.values())


def test_numbers_of_a_ladder():
    found = risk_of(
        DATA, arms=ASKED, targets={"arr>1.1e6": Rule("arr", 1.1e6, True), "nrr<.935": Rule("nrr", 0.935, False)}
    )
    assert found.arms == tuple(ASKED)
    assert list(found.tails) == ["npv", "arr_first_year", "arr", "nrr"]
    assert found.chosen == "csm 2"
    npv = MEASURES["npv"].of(DATA)
    own = npv.sel(arm="csm 2").values
    tails = found.tails["npv"]["csm 2"]
    assert tails.mean.mean == pytest.approx(own.mean())
    assert tails.paths.p5.value == np.quantile(own, 0.05, method="inverted_cdf")
    assert tails.paths.cvar.value == pytest.approx(np.sort(own.ravel())[:15].mean())
    arr = MEASURES["arr"].of(DATA).sel(arm="csm 3")
    assert found.targets["arr>1.1e6"].odds_of_paths["csm 3"].share == float((arr > 1.1e6).mean())
    assert found.targets["arr>1.1e6"].odds["csm 3"].share == float((arr.mean("replicate") > 1.1e6).mean())
    nrr = MEASURES["nrr"].of(DATA).sel(arm="csm 0")
    below = found.targets["nrr<.935"]
    assert 0.2 < below.odds_of_paths["csm 0"].share < 0.8
    assert below.odds_of_paths["csm 0"].share == pytest.approx(float((nrr < 0.935).mean()))
    assert sum(one.best.share for one in found.standings.arms.values()) == pytest.approx(1.0)
    json.dumps(found.to_json(), allow_nan=False)


def test_two_frontiers_of_a_ladder():
    found = risk_of(DATA, arms=ASKED)
    places = {place.arm: place for place in found.frontier}
    assert places[found.chosen].dominated_by is None
    assert places["csm 0"].dominated_by is not None
    assert places["csm 0"].share_dominated > 0.95
    # every post costs as much as the last and adds as much ARR: a straight line
    assert [one.alternative.name for one in found.spending] == ASKED
    assert math.isnan(found.spending[0].icer.value)
    arms = {one.alternative.name: one for one in found.spending}
    for one in found.spending[1:]:
        if one.alternative.status == "frontier":
            below = arms[one.alternative.against]
            assert one.icer.value == pytest.approx((one.cost.mean - below.cost.mean) / (one.arr.mean - below.arr.mean))
            assert one.icer.low <= one.icer.value <= one.icer.high
    assert arms["csm 3"].alternative.status == "frontier", "who spends most has most"


def test_the_first_measure_decides():
    found = risk_of(DATA, arms=ASKED, measures=["cost", "npv"])
    assert found.measure == "cost"
    assert found.chosen == "csm 0", "of cost less is better"
    later = dataset(ARMS, GAINS, later=[0.0, 0.0, 900_000.0])
    assert risk_of(later, arms=ASKED).measure == "npv_with_value_after_horizon"
    assert risk_of(later, arms=ASKED).chosen == "csm 3"


def test_one_arm_and_one_draw():
    single = risk_of(dataset(ARMS, GAINS, draws=1, replicates=80), arms=ASKED)
    assert "single draw" in single.no_ignorance
    assert single.odds_over == "paths"
    assert single.tails["npv"]["csm 1"].ignorance is None
    assert single.tails["npv"]["csm 1"].paths.cvar.se > 0.0
    alone = risk_of(DATA, arms=["csm 1"])
    assert (alone.standings, alone.frontier, alone.spending, alone.chosen) == (None, (), (), "csm 1")
    lone = risk_of(dataset(ARMS, GAINS, draws=1, replicates=1), arms=ASKED)
    json.dumps(lone.to_json(), allow_nan=False)


def test_a_horizon_without_a_year():
    short = dataset(ARMS, GAINS, months=6)
    assert list(risk_of(short, arms=ASKED).tails) == ["npv", "arr"]
    with pytest.raises(InputError, match="not defined in this run"):
        risk_of(short, arms=ASKED, measures=["nrr"])
    with pytest.raises(InputError, match="6 months: metrics of a year"):
        risk_of(short, arms=ASKED, targets={"cac": Rule("cac", 1.0, True)})


def test_words_that_are_not_known():
    with pytest.raises(InputError, match="no measure is called 'npw'"):
        risk_of(DATA, measures=["npw"])
    with pytest.raises(InputError, match="no metric is called 'nr'"):
        risk_of(DATA, targets={"nr>1": Rule("nr", 1.0, True)})
    with pytest.raises(InputError, match="between 0 and 1"):
        risk_of(DATA, level=5.0)
    with pytest.raises(InputError, match="no arm has a value after the horizon"):
        risk_of(DATA, measures=["value_after_horizon"])


def test_a_scenario_is_simulated_and_a_stored_run_is_not():
    file = rich_file(UNSURE)
    size = {"draws": 3, "replicates": 2, "seed": 1}
    fresh = risk(file, posts=[1, 3], team="csm", book=rich_book(file), **size)
    stored = risk_of_run(run_of(command="headcount"))
    assert fresh.arms == stored.arms == ("csm 1", "csm 3")
    assert fresh.tails["npv"] == stored.tails["npv"]
    assert fresh.price.recommended == stored.price.recommended
    assert fresh.no_price is None
    arms = risk(file, book=rich_book(file), **size)
    assert arms.arms == ("base", "six", "by risk")
    assert "several teams" in arms.no_price
    with pytest.raises(InputError, match="at least two rungs"):
        risk(file, posts=[2], team="csm")


def test_scenarios_share_what_they_are_compared_by():
    other = dataset(ARMS, [40_000.0, 9_000.0, 50_000.0], draws=60, seed=2)
    found = regret_over({"calm": risk_of(DATA, arms=ASKED), "boom": risk_of(other, arms=ASKED[1:])})
    assert found.arms == tuple(ASKED[1:])
    assert found.left_out == ("csm 0",)
    assert found.matrix.best == {"calm": "csm 2", "boom": "csm 3"}
    lost = found.matrix.regret["boom"]["csm 2"]
    assert lost.low < 50_000.0 < lost.high
    json.dumps(found.to_json(), allow_nan=False)
    euro = risk_of(dataset(ARMS, GAINS, currency="EUR"), arms=ASKED)
    with pytest.raises(InputError, match="same currency: calm: USD, euro: EUR"):
        regret_over({"calm": risk_of(DATA, arms=ASKED), "euro": euro})
    with pytest.raises(InputError, match="share two arms"):
        regret_over({"calm": risk_of(DATA, arms=ASKED[:2]), "more": risk_of(DATA, arms=ASKED[2:])})

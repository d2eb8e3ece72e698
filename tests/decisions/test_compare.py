import json
import math
import sys
import types

import numpy as np
import pytest

from churnsim.decisions.compare import COMPARED, compare, comparison_from
from churnsim.decisions.inputs import InputError
from churnsim.decisions.versus import versus
from churnsim.metrics.estimates import share_of_draws
from tests.decisions.fake import dataset
from tests.decisions.scenario import scenario_file


def result_of(comparison, arm):
    return next(result for result in comparison.arms if result.arm == arm)


def test_paired_difference_by_hand():
    ds = dataset({"base": 1, "more": 2}, [0.0, 4_000.0], draws=30, replicates=4, own=2_000.0)
    npv = ds["npv"].sel(window="horizon")
    difference = (npv.sel(arm="more") - npv.sel(arm="base")).values
    by_draw = difference.mean(axis=1)
    got = result_of(comparison_from(ds), "more").differences["npv"]
    assert got.difference.mean == pytest.approx(by_draw.mean())
    assert got.difference.se == pytest.approx(by_draw.std(ddof=1) / math.sqrt(30))
    assert got.odds == share_of_draws(npv.sel(arm="more") - npv.sel(arm="base"))
    assert got.odds.share == (by_draw > 0).mean()
    assert got.odds_of_paths.share == pytest.approx((difference > 0).mean())


def test_pairing_is_used_and_measured():
    # shared luck has 100 times the sd of what is the arm's own
    ds = dataset({"base": 0, "one": 1}, [1_000.0], draws=200, replicates=4, luck=(0.0, 100_000.0), own=1_000.0)
    npv = result_of(comparison_from(ds), "one").differences["npv"]
    # Var(mean of 4): own noise of two arms 2 x 1000^2/4 paired; independent, the luck of both comes on top
    paired_se = math.sqrt(2 * 1_000.0**2 / 4 / 200)
    assert npv.difference.se == pytest.approx(paired_se, rel=0.25)  # sd of a se of 200: 5%
    assert npv.variance_ratio == pytest.approx(10_001.0, rel=0.4)


def test_pairing_is_by_path_not_only_by_draw():
    ds = dataset({"base": 0, "one": 1}, [1_000.0], own=0.0)
    npv = ds["npv"].sel(window="horizon", drop=True)
    rolled = npv.copy(data=np.stack([npv.values[0], np.roll(npv.values[1], 1, axis=0)]))
    assert versus(npv, "one", "base").difference.se == pytest.approx(0.0, abs=1e-6)
    assert versus(rolled, "one", "base").difference.se > 1_000.0


def test_identical_arms_differ_by_exactly_zero():
    comparison = comparison_from(dataset({"base": 3, "twin": 3, "other": 4}, [1_000.0] * 4))
    for name in COMPARED:
        twin = result_of(comparison, "twin").differences[name]
        assert (twin.difference.mean, twin.difference.se) == (0.0, 0.0)
        assert (twin.difference.low, twin.difference.high) == (0.0, 0.0)
        assert twin.odds.share == 0.0
        assert twin.identical
        assert math.isnan(twin.variance_ratio)
    assert not result_of(comparison, "other").differences["npv"].identical


def test_measures_of_the_last_year_and_costs():
    comparison = comparison_from(dataset({"base": 1, "five": 5}, [0.0] * 5, months=36))
    five = result_of(comparison, "five").differences
    # fake: GRR 0.85 + 0.01 n with 1% noise that both share, NRR 1.1 times it, cost 1,000 a month and post
    assert five["grr"].difference.mean == pytest.approx(0.04, abs=4 * 0.0001)
    assert five["nrr"].difference.mean == pytest.approx(0.044, abs=4 * 0.0001)
    assert five["cost"].difference.mean == pytest.approx(4 * 36_000.0)
    assert five["cost"].difference.se == 0.0
    assert five["arr"].difference.mean == pytest.approx(0.04 * 1.2e6, rel=0.01)


def test_a_horizon_below_a_year_masks_the_yearly_ratios():
    comparison = comparison_from(dataset({"base": 1, "two": 2}, [0.0] * 2, months=6, draws=3, replicates=2))
    two = result_of(comparison, "two")
    assert math.isnan(two.values["nrr"].mean)
    assert two.values["nrr"].masked == 6
    assert not two.differences["nrr"].identical
    assert comparison.to_json()["arms"][1]["differences"]["nrr"]["difference"]["mean"] is None


def test_odds_of_a_single_draw_are_of_paths():
    ds = dataset({"base": 0, "one": 1}, [200.0], draws=1, replicates=400, own=1_000.0)
    comparison = comparison_from(ds)
    npv = result_of(comparison, "one").differences["npv"]
    assert comparison.odds_over == "paths"
    assert npv.odds.count == 400
    assert npv.odds.share == npv.odds_of_paths.share
    assert "of paths" in comparison.sentence


def test_sentences():
    clear = comparison_from(dataset({"base": 0, "one": 1}, [50_000.0])).sentence
    assert clear.startswith("one has the highest mean NPV over 36 months and beats the base in 100% of draws")
    toss = comparison_from(dataset({"base": 0, "one": 1}, [100.0], own=5_000.0)).sentence
    assert "the sign of its mean gain cannot be told" in toss
    worse = comparison_from(dataset({"base": 0, "one": 1}, [-50_000.0])).sentence
    assert worse.startswith("No arm beats the base")
    even = comparison_from(
        dataset({"base": 0, "one": 1}, [30.0], own=0.0, effects={"x": 1_000.0}, draws=4_000)
    ).sentence
    assert even.endswith("close to a coin toss.")


def test_json_is_plain():
    text = json.dumps(comparison_from(dataset({"base": 1, "two": 2}, [1.0] * 2, months=6)).to_json(), allow_nan=False)
    back = json.loads(text)
    assert [arm["arm"] for arm in back["arms"]] == ["base", "two"]
    assert back["arms"][0]["differences"] == {}
    assert "dataset" not in back
    assert back["sentence"]


def test_the_value_after_the_horizon_stands_apart_where_some_arm_has_one():
    arms, gains = {"base": 0, "one": 1}, [-50_000.0]
    plain = comparison_from(dataset(arms, gains))
    later = comparison_from(dataset(arms, gains, later=[80_000.0]))
    assert list(plain.arms[0].values) == list(COMPARED)
    assert list(later.arms[0].values) == [*COMPARED, "value_after_horizon", "npv_with_value_after_horizon"]
    for name in COMPARED:
        assert later.arms[1].differences[name] == plain.arms[1].differences[name], "never inside the NPV"
    one = result_of(later, "one").differences
    assert one["value_after_horizon"].difference.mean == pytest.approx(80_000.0)
    both = one["npv_with_value_after_horizon"].difference.mean
    assert both == pytest.approx(80_000.0 + one["npv"].difference.mean)
    assert later.sentence.startswith(f"{plain.sentence} one has the highest mean NPV with the value after the horizon")
    assert plain.sentence == "No arm beats the base: it has the highest mean NPV over 36 months."
    assert "after_horizon" not in json.dumps(plain.to_json())
    assert json.loads(json.dumps(later.to_json()))["arms"][1]["values"]["value_after_horizon"]["mean"] > 0.0


@pytest.fixture
def calls(monkeypatch):
    seen = []

    def simulate(file, *, arms, draws=None, replicates=None, seed=None, record="summary", progress=None, book=None):
        seen.append({"arms": arms, "draws": draws, "replicates": replicates, "seed": seed})
        return dataset(dict.fromkeys(arms, 1), [1.0], draws=draws or 6, replicates=replicates or 2, seed=seed or 1)

    module = types.ModuleType("churnsim.results.simulation")
    module.simulate = simulate
    monkeypatch.setitem(sys.modules, "churnsim.results.simulation", module)
    return seen


def test_all_arms_of_the_file_against_its_base(calls):
    comparison = compare(scenario_file(), draws=5, seed=8)
    assert [result.arm for result in comparison.arms] == ["base", "cheap", "dear"]
    assert (calls[0]["draws"], calls[0]["replicates"], calls[0]["seed"]) == (5, None, 8)
    assert calls[0]["arms"]["cheap"].teams["csm"].annual_cost == 100_000.0


def test_chosen_arms_get_their_base(calls):
    file = scenario_file()
    compare(file, arms=["dear"])
    assert list(calls[0]["arms"]) == ["base", "dear"]
    compare(file, arms={"own": file.scenario})
    assert list(calls[1]["arms"]) == ["base", "own"]


def test_wrong_arms(calls):
    with pytest.raises(InputError, match=r"no arm is called 'chaep' \(nearest: 'cheap'\)"):
        compare(scenario_file(), arms=["chaep"])
    with pytest.raises(InputError, match="nothing to compare"):
        compare(scenario_file(arms=False))
    assert not calls

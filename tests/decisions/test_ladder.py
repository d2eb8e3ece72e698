import json
import math

import numpy as np
import pytest

from churnsim.decisions.ladder import ladder_from, neighbours
from tests.decisions.fake import DEMAND, HOURS_PER_POST, SPEND, dataset, ladder_arms

PEAK_AT_3 = [40_000.0, 25_000.0, 9_000.0, -12_000.0, -20_000.0]


def climb(gains, *, counts=None, plan=2, fresh_seed=77, **options):
    counts = list(range(len(gains) + 1)) if counts is None else counts
    arms, rungs = ladder_arms(counts, plan)
    ds = dataset(arms, gains, **options)
    again = {arm: arms[arm] for arm in dict.fromkeys(("base", *neighbours(ds, rungs)))}
    fresh = dataset(again, gains, **options | {"seed": fresh_seed})
    return ladder_from(ds, rungs, "csm", fresh=fresh)


def test_the_rung_of_highest_mean_npv_is_recommended():
    ladder = climb(PEAK_AT_3)
    assert (ladder.recommended, ladder.index, ladder.too_short) == (3, 3, False)
    assert ladder.plan == (2,) * 36
    assert ladder.chosen.npv.mean == max(rung.npv.mean for rung in ladder.rungs)


def test_marginal_npv_is_the_paired_difference_from_the_rung_below():
    ladder = climb(PEAK_AT_3)
    npv = ladder.dataset["npv"].sel(window="horizon")
    assert ladder.rungs[0].step is None
    for below, rung, gain in zip(ladder.rungs[:-1], ladder.rungs[1:], PEAK_AT_3, strict=True):
        by_draw = (npv.sel(arm=rung.arm) - npv.sel(arm=below.arm)).values.mean(axis=1)
        found = rung.step.npv.difference
        assert found.mean == pytest.approx(by_draw.mean())
        assert found.se == pytest.approx(by_draw.std(ddof=1) / math.sqrt(40))
        # own noise: sd 500 sqrt(2 / (5 x 40)) = 50
        assert found.mean == pytest.approx(gain, abs=4 * 50.0)
        assert rung.step.npv.odds.share == (by_draw > 0).mean()
        assert (rung.step.spread_low, rung.step.spread_high) == pytest.approx(tuple(np.quantile(by_draw, [0.05, 0.95])))


def test_errors_would_be_far_larger_without_pairing():
    ladder = climb(PEAK_AT_3)
    step = ladder.rungs[3].step.npv
    assert step.variance_ratio > 1_000.0
    assert step.difference.se < 0.05 * ladder.rungs[3].npv.se


def test_odds_are_of_draws_and_follow_ignorance():
    # marginal NPV of a draw is 5,000 + 40,000 (x - 0.5): above 0 for x > 0.375
    ladder = climb([5_000.0, -50_000.0], draws=2_000, replicates=2, own=0.0, effects={"x": 40_000.0})
    step = ladder.rungs[1].step
    assert step.npv.odds.share == pytest.approx(0.625, abs=4 * math.sqrt(0.625 * 0.375 / 2_000))
    assert step.npv.odds.count == 2_000


def test_payback_month_of_a_step_by_hand():
    # spends 1,000 for 12 months, then earns (gain + 12,000)/24 a month: paid back after 12,000/that more months
    gains = [24_000.0, 12_000.0]
    ladder = climb(gains, own=0.0)
    for rung, gain in zip(ladder.rungs[1:], gains, strict=True):
        month = 12 + math.ceil(12 * SPEND / ((gain + 12 * SPEND) / 24) - 1e-9)
        assert rung.step.payback_month.value == pytest.approx(month, abs=1)
        assert rung.step.never.share == 0.0


def test_payback_month_is_masked_when_most_draws_never_pay_back():
    ladder = climb([20_000.0, -5_000.0], own=0.0, draws=400, effects={"x": 20_000.0})
    step = ladder.rungs[2].step
    assert math.isnan(step.payback_month.value)
    assert step.never.share == pytest.approx(1.0 - step.npv.odds.share)
    assert 0.5 < step.never.share < 1.0


def test_first_year_stands_beside_the_horizon():
    ladder = climb(PEAK_AT_3)
    assert ladder.rungs[1].step.npv_first_year.difference.mean == pytest.approx(-12 * SPEND)
    assert ladder.rungs[1].step.npv.difference.mean > 0


def test_values_of_a_rung():
    ladder = climb(PEAK_AT_3)
    rung = ladder.rungs[4]
    assert rung.cost.mean == pytest.approx(4 * SPEND * 36)
    assert rung.grr.mean == pytest.approx(0.89, abs=0.002)
    assert rung.nrr_first_year.mean == pytest.approx(1.1 * 0.89, abs=0.002)
    assert rung.arr.mean == pytest.approx(1.2 * rung.arr_first_year.mean)
    assert rung.hours_demanded.mean == pytest.approx(DEMAND)
    assert rung.hours_available.mean == pytest.approx(4 * HOURS_PER_POST)
    assert rung.hours_delivered.mean == pytest.approx(4 * HOURS_PER_POST)
    assert rung.load.mean == pytest.approx(DEMAND / (4 * HOURS_PER_POST))
    assert rung.npv_against_base.difference.mean == pytest.approx(9_000.0 - 12_000.0, abs=250.0)
    assert math.isnan(ladder.rungs[0].load.mean)
    assert ladder.enough_hours == 5
    assert climb([1.0, 1.0]).enough_hours is None


def test_the_recommended_rung_is_judged_again_on_fresh_seeds():
    ladder = climb(PEAK_AT_3, own=5_000.0)
    assert (ladder.seen.seed, ladder.fresh.seed) == (1, 77)
    for judged in (ladder.seen, ladder.fresh):
        assert (judged.neighbour.arm, judged.neighbour.against) == ("csm 3", "csm 2")
        assert (judged.base.arm, judged.base.against) == ("csm 3", "base")
    assert ladder.seen.neighbour == ladder.chosen.step.npv
    assert ladder.fresh.neighbour.difference.mean != ladder.seen.neighbour.difference.mean


def test_fresh_seeds_remove_the_winners_curse():
    # all rungs are equal: the rung that looks best is luck, which fresh seeds do not repeat
    seen, fresh = [], []
    for seed in range(40):
        ladder = climb([0.0] * 3, draws=10, replicates=2, own=1_000.0, seed=seed, fresh_seed=1_000 + seed, plan=9)
        if ladder.index:
            seen.append(ladder.seen.neighbour.difference.mean)
            fresh.append(ladder.fresh.neighbour.difference.mean)
    sd = 1_000.0 * math.sqrt(2 / 20 / len(seen))
    assert np.mean(seen) > 4 * sd
    assert abs(np.mean(fresh)) < 4 * sd


def test_top_rung_means_the_ladder_is_too_short():
    ladder = climb([30_000.0, 20_000.0, 10_000.0])
    assert ladder.too_short
    assert ladder.recommended == 3
    assert ladder.sentence.startswith("The ladder is too short: its top rung, 3 CSMs (the plan has 2)")
    assert "try more" in ladder.sentence


def test_zero_is_a_valid_answer():
    ladder = climb([-30_000.0, -20_000.0])
    assert (ladder.recommended, ladder.too_short) == (0, False)
    assert (ladder.seen.neighbour.arm, ladder.seen.neighbour.against) == ("csm 1", "csm 0"), "is the first worth it?"
    assert ladder.sentence.startswith(
        "Fund no CSMs (the plan has 2): the 1st CSM pays back within 36 months with odds of 0%"
    )


def test_a_ladder_that_starts_too_high_says_so():
    ladder = climb([5_000.0, 5_000.0, 5_000.0, -30_000.0], counts=[3, 4])
    assert ladder.sentence.startswith("Fund 3 CSMs or fewer")
    assert "no fewer were tried: the 4th CSM" in ladder.sentence


def test_rungs_may_be_wide_apart():
    ladder = climb(PEAK_AT_3, counts=[5, 1, 3])
    assert [rung.posts for rung in ladder.rungs] == [1, 3, 5]
    assert ladder.rungs[1].step.added == 2
    assert ladder.rungs[1].step.npv.difference.mean == pytest.approx(34_000.0, abs=250.0)
    assert "the step from 1 to 3 CSMs pays back" in ladder.sentence
    assert "the step from 3 to 5 CSMs with odds of 0%" in ladder.sentence


def test_sentence_names_odds_and_the_two_assumptions():
    effects = {"teams.csm.annual_cost": -30_000.0, "segments.core.intent.annual_churn": 22_000.0, "faint": 100.0}
    ladder = climb(PEAK_AT_3, draws=200, effects=effects)
    odds = ladder.fresh.neighbour.odds
    assert (
        f"Fund 3 CSMs (the plan has 2): the 3rd CSM pays back within 36 months with odds of {odds.share:.0%}"
        in ladder.sentence
    )
    assert f"(95% interval {odds.low:.0%} to {odds.high:.0%}) on fresh seeds" in ladder.sentence
    assert [d.input for d in ladder.drivers.top] == list(effects)[:2]
    cost, churn = ladder.drivers.top
    # 9,000 - 30,000 (x - 0.5) = 0 at 0.8; 9,000 + 22,000 (x - 0.5) = 0 at 0.09
    assert cost.tips_at == pytest.approx(0.8, abs=0.04)
    assert churn.tips_at == pytest.approx(0.09, abs=0.06)
    assert f"teams.csm.annual_cost (pays back only below {cost.tips_at:.3g})" in ladder.sentence
    assert f"annual_churn (pays back only above {churn.tips_at:.3g})" in ladder.sentence
    assert "coin toss" not in ladder.sentence
    assert ladder.sentence.count(".") >= 1
    assert ladder.sentence.endswith(".")


def test_a_close_call_is_said_in_words():
    ladder = climb([20_000.0, 100.0, -20_000.0], own=4_000.0)
    assert ladder.recommended in (1, 2)
    close = climb([20_000.0, 400.0, -20_000.0], own=4_000.0, draws=60, seed=5)
    assert close.recommended == 2
    assert close.fresh.neighbour.difference.straddles_zero
    assert "close to a coin toss; the interval of its mean gain includes 0" in close.sentence


def test_a_choice_that_fresh_seeds_contradict_is_said():
    arms, rungs = ladder_arms([0, 1, 2], 0)
    ds = dataset(arms, [10_000.0, -10_000.0])
    fresh = dataset({"base": 0, "csm 0": 0, "csm 1": 1}, [-10_000.0], seed=2)
    assert "the other sign there" in ladder_from(ds, rungs, "csm", fresh=fresh).sentence


def test_nothing_uncertain_gives_odds_over_luck_alone():
    ladder = climb([3_000.0, -3_000.0], draws=1, replicates=1_000, own=3_000.0)
    step = ladder.rungs[1].step
    assert ladder.odds_over == "paths"
    assert step.npv.odds.count == 1_000
    # sd of a path's difference 3,000 sqrt(2): P(N(3000, 4243) > 0) = .760
    assert step.npv.odds.share == pytest.approx(0.760, abs=4 * math.sqrt(0.76 * 0.24 / 1_000))
    assert step.npv.difference.se == pytest.approx(3_000.0 * math.sqrt(2 / 1_000), rel=0.1)
    assert ladder.sentence.endswith("nothing in the scenario is uncertain, so these odds speak of luck alone.")


LATER = [0.0, 0.0, 0.0, 30_000.0, 10_000.0]
"""With these the fourth post is worth it, and the fifth still is not."""


def test_the_value_after_the_horizon_decides_where_there_is_one():
    plain, later = climb(PEAK_AT_3), climb(PEAK_AT_3, later=LATER)
    assert (plain.recommended, later.recommended) == (3, 4)
    assert not plain.has_value_after_horizon
    for rung, step in ((rung, rung.step) for rung in later.rungs[1:]):
        assert step.worth is step.npv_with_value_after_horizon
        gain = LATER[rung.posts - 1] + step.npv.difference.mean
        assert step.worth.difference.mean == pytest.approx(gain)
        assert step.npv == plain.rungs[rung.posts].step.npv, "never inside the NPV"
        assert step.payback_month == plain.rungs[rung.posts].step.payback_month
        own = rung.npv.mean + rung.value_after_horizon.mean
        assert rung.npv_with_value_after_horizon.mean == pytest.approx(own)
    judged = later.fresh.neighbour
    assert (judged.arm, judged.against) == ("csm 4", "csm 3")
    assert judged.difference.mean == pytest.approx(18_000.0, abs=250.0)
    assert later.seen.neighbour == later.chosen.step.worth
    assert later.seen.base.difference.mean == pytest.approx(9_000.0 - 12_000.0 + 30_000.0, abs=250.0)


def test_the_value_after_the_horizon_moves_spread_and_drivers():
    effects = {"x": 40_000.0}
    plain = climb(PEAK_AT_3, effects=effects, draws=200)
    later = climb(PEAK_AT_3, effects=effects, draws=200, later=LATER)
    step, before = later.rungs[4].step, plain.rungs[4].step
    assert step.spread_low == pytest.approx(before.spread_low + 30_000.0)
    assert step.spread_high == pytest.approx(before.spread_high + 30_000.0)
    # 18,000 + 40,000 (x - 0.5) = 0 at 0.05
    assert later.drivers.top[0].tips_at == pytest.approx(0.05, abs=0.02)


def test_the_sentence_says_that_the_value_after_the_horizon_counts():
    effects = {"x": 40_000.0}
    later = climb(PEAK_AT_3, later=LATER, draws=200, effects=effects)
    odds = later.fresh.neighbour.odds.share
    assert later.sentence.startswith(
        "Fund 4 CSMs (the plan has 2): the 4th CSM pays, by the net present value with the value after the horizon,"
        f" with odds of {odds:.0%} (95% interval"
    )
    assert "pays only above" in later.sentence
    assert "pays back" not in later.sentence
    short = climb([30_000.0, 20_000.0], later=[1.0, 1.0]).sentence
    assert "has the highest mean NPV with the value after the horizon and the 2nd CSM pays" in short


def test_json_has_the_value_after_the_horizon_only_where_there_is_one():
    assert "after_horizon" not in json.dumps(climb(PEAK_AT_3).to_json())
    back = json.loads(json.dumps(climb(PEAK_AT_3, later=LATER).to_json(), allow_nan=False))
    assert back["recommended"] == 4
    assert back["rungs"][0]["value_after_horizon"]["mean"] == pytest.approx(500_000.0, abs=10_000.0)
    assert back["rungs"][0]["step"] is None
    assert back["rungs"][4]["step"]["npv_with_value_after_horizon"]["odds"]["share"] == 1.0


def test_identical_rungs_differ_by_exactly_zero():
    arms, rungs = ladder_arms([1, 2], 1)
    ladder = ladder_from(dataset(arms | {"csm 2": 1}, [1_000.0]), rungs, "csm")
    step = ladder.rungs[1].step
    assert (step.npv.difference.mean, step.npv.difference.se) == (0.0, 0.0)
    assert ladder.rungs[0].npv_against_base.identical
    assert ladder.recommended == 1, "of equals the lowest"
    assert "it changes nothing in any path" in ladder.sentence


def test_a_short_horizon_and_a_single_path_are_handled():
    ladder = climb([-100.0], months=5, draws=1, replicates=1)
    assert math.isnan(ladder.rungs[0].nrr.mean)
    assert math.isnan(ladder.rungs[1].step.npv.difference.se)
    json.dumps(ladder.to_json(), allow_nan=False)


def test_json_round_trip():
    ladder = climb(PEAK_AT_3, effects={"x": 1_000.0})
    back = json.loads(json.dumps(ladder.to_json(), allow_nan=False))
    assert back["recommended"] == 3
    assert back["sentence"] == ladder.sentence
    assert back["enough_hours"] == 5
    assert back["rungs"][0]["step"] is None
    assert back["rungs"][0]["load"]["mean"] is None, "no hours at no posts: masked"
    assert back["rungs"][4]["step"]["payback_month"]["value"] is None
    assert back["rungs"][3]["step"]["npv"]["difference"]["mean"] == ladder.chosen.step.npv.difference.mean
    assert back["drivers"]["inputs"][0]["input"] == "x"
    assert back["fresh"]["seed"] == 77
    assert "dataset" not in back

"""What an hour brings: ratios of paired means, their error, the frontier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.sweeps.means import means_of
from churnsim.sweeps.per_hour import PerHour, per_hour
from churnsim.sweeps.reading import Reading, read_sweep
from tests.sweeps.stores import stored

HOURS = {"none": 0.0, "half": 1_000.0, "wide": 2_000.0, "waste": 1_500.0}
PRICE = {"none": 0.0, "half": 300.0, "wide": 200.0, "waste": 100.0}


def reading_of(spread: float = 0.0, seed: int = 5, arms: dict[str, float] = HOURS, draws: int = 40) -> Reading:
    """An hour of an arm brings PRICE, times the point's x; luck moves gains, and by `spread` hours."""
    extra = np.random.default_rng(seed + 1)

    def values(arm: str, luck: np.ndarray, x: float) -> dict[str, Any]:
        hours = arms[arm] * (1.0 + spread * extra.standard_normal(luck.shape))
        return {"npv": 5e5 + PRICE[arm] * x * hours + 1e4 * luck, "hours": hours}

    measures = ("npv", "hours")
    return read_sweep(stored({"x": (1.0, 2.0)}, tuple(arms), values, measures=measures, draws=draws, seed=seed))


@pytest.fixture(scope="module")
def found() -> PerHour:
    return per_hour(reading_of())


def test_arms_rank_by_what_an_hour_brings(found: PerHour) -> None:
    assert found.against == "none"
    assert [each.arm for each in found.arms] == ["half", "wide", "waste"]
    for each in found.arms:
        assert abs(each.per_hour.mean - 1.5 * PRICE[each.arm]) < 4.0 * each.per_hour.se
        assert each.hours.mean == pytest.approx(HOURS[each.arm])
    assert found.lead is not None
    assert found.lead.mean == pytest.approx(found.arms[0].per_hour.mean - found.arms[1].per_hour.mean)
    assert found.at[1]["half"].mean == pytest.approx(600.0, abs=5.0)


def test_where_hours_are_certain_the_error_is_that_of_the_gain(found: PerHour) -> None:
    for each in found.arms:
        assert each.per_hour.se == pytest.approx(each.gain.se / each.hours.mean)
        assert each.per_hour.low == pytest.approx(each.gain.low / each.hours.mean)


def test_the_error_of_a_ratio_is_that_of_many_runs() -> None:
    runs = [per_hour(reading_of(0.3, seed)).arms for seed in range(200)]
    ratios = np.array([next(e for e in arms if e.arm == "wide").per_hour.mean for arms in runs])
    errors = np.array([next(e for e in arms if e.arm == "wide").per_hour.se for arms in runs])
    assert np.sqrt((errors**2).mean()) == pytest.approx(ratios.std(), rel=0.15)
    inside = np.mean([e.per_hour.low <= 300.0 <= e.per_hour.high for arms in runs for e in arms if e.arm == "wide"])
    assert inside > 0.9


def test_the_frontier_has_no_arm_that_gains_less_in_more_hours(found: PerHour) -> None:
    by_name = {each.arm: each for each in found.arms}
    assert (by_name["half"].beyond, by_name["wide"].beyond, by_name["waste"].beyond) == ("none", "half", None)
    more = by_name["wide"].next_hour
    assert more is not None
    # 2,000 hours at 300 less 1,000 at 450, over 1,000
    assert abs(more.mean - 150.0) < 4.0 * more.se
    assert by_name["waste"].next_hour is None


def test_an_arm_that_a_mix_of_two_others_beats_is_not_on_the_frontier() -> None:
    hours = {"none": 0.0, "half": 1_000.0, "waste": 1_001.0, "wide": 2_000.0}
    by_name = {each.arm: each for each in per_hour(reading_of(arms=hours)).arms}
    assert {name: each.beyond for name, each in by_name.items()} == {"half": "none", "wide": "half", "waste": None}
    # waste gains 150 an hour in as many hours as half, more than none alone and less than half of half and wide
    few = {"none": 0.0, "waste": 1_000.0, "wide": 2_000.0}
    assert [each.beyond for each in per_hour(reading_of(arms=few)).arms] == ["none", None]


def test_another_arm_can_be_held_against_and_what_has_no_more_hours_is_left_out() -> None:
    found = per_hour(reading_of(), "half")
    assert [each.arm for each in found.arms] == ["wide", "waste"]
    assert found.left_out == ("none",)
    with pytest.raises(InputError, match="nearest: 'half'"):
        per_hour(reading_of(), "halv")
    with pytest.raises(InputError, match="no arm delivers more hours than wide"):
        per_hour(reading_of(), "wide")


def test_a_sweep_without_hours_says_how_to_have_them() -> None:
    with pytest.raises(InputError, match="stores no hours"):
        per_hour(read_sweep(stored({"x": (1.0,)}, ("a", "b"), lambda arm, luck, x: luck)))


def test_a_cluster_without_a_value_leaves_its_hours_out_too() -> None:
    reading = reading_of()
    reading.values[:, :, 0] = np.nan
    (half, *_) = per_hour(reading).arms
    assert half.gain.clusters == 39
    assert half.per_hour.mean == pytest.approx(half.gain.mean / 1_000.0)
    assert reading.hours is not None
    assert means_of(reading.hours).clusters.max() == 40

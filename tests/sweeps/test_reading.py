"""What is read off a stored sweep: points, clusters, what is missing or damaged."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.metrics.estimates import estimate
from churnsim.sweeps.means import means_of
from churnsim.sweeps.picking import in_words, picked
from churnsim.sweeps.reading import DAMAGED, mean_over, once, read_sweep
from tests.sweeps.stores import ARMS, CHURN, ECONOMY, plans, stored


def test_every_mean_has_the_error_of_estimate():
    dataset = plans()
    reading = read_sweep(dataset)
    means = means_of(reading.values)
    for point in range(reading.points):
        at = {name: int(i) for name, i in zip(("churn", "economy"), np.unravel_index(point, (4, 2)), strict=True)}
        for a, arm in enumerate(ARMS):
            expected = estimate(dataset["outcome"].isel(at).sel(measure="npv", arm=arm, drop=True))
            found = means.at(point, a)
            assert found.mean == pytest.approx(expected.mean, rel=1e-12)
            assert found.se == pytest.approx(expected.se, rel=1e-9)
            assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_a_single_draw_has_its_replicates_as_clusters():
    dataset = plans(draws=1, replicates=30)
    reading = read_sweep(dataset)
    expected = estimate(dataset["outcome"].isel(churn=1, economy=1).sel(measure="npv", arm="waste", drop=True))
    found = means_of(reading.values).at(3, 2)
    assert reading.clusters == "paths"
    assert (found.mean, found.se, found.clusters) == pytest.approx((expected.mean, expected.se, 30))


def test_points_are_named_by_their_labels_the_last_axis_fastest():
    reading = read_sweep(plans())
    assert reading.name(3) == f"churn {CHURN[1]}, economy {ECONOMY[1]}"
    assert [axis.numbers is None for axis in reading.axes] == [False, True]


def test_missing_and_failed_points_are_told_apart_and_are_never_zero():
    reading = read_sweep(plans(missing=[(1, 1)], failed={(3, 0): "no posts"}))
    assert reading.missing == (3,)
    assert dict(reading.failed) == {6: "no posts"}
    assert np.isnan(reading.values[[3, 6]]).all()
    assert not np.isnan(reading.values[[0, 1, 2, 4, 5, 7]]).any()


def test_numbers_that_are_not_those_sealed_are_left_out_and_told():
    dataset = plans()
    dataset["outcome"].values[2, 1, 0, 0, 0, 0] += 1e-6
    reading = read_sweep(dataset)
    assert dict(reading.failed) == {5: DAMAGED}
    assert not reading.finished[5]


def test_another_measure_is_read_and_an_unknown_one_names_the_nearest():
    reading = read_sweep(plans(), "nrr")
    np.testing.assert_allclose(reading.values, 1.0 + read_sweep(plans()).values / 1e6)
    assert reading.kind == "share"
    with pytest.raises(InputError, match="nearest: 'npv'"):
        read_sweep(plans(), "npw")


def test_a_sweep_without_a_finished_point_says_why():
    with pytest.raises(InputError, match="no finished point yet, 0 of 2: broken"):
        read_sweep(
            stored({"churn": (0.1, 0.2)}, ("base",), lambda **_: np.zeros(1), failed={(0,): "broken", (1,): "x"})
        )


def test_paths_without_a_value_in_some_arm_are_left_out_of_all_of_them():
    def gaps(arm: str, luck: np.ndarray, churn: float) -> np.ndarray:
        values = luck + churn
        if arm == "b":
            values = np.where(np.arange(luck.shape[1]) == 0, np.nan, values)
        return values

    dataset = stored({"churn": (0.1, 0.2)}, ("a", "b"), gaps)
    reading = read_sweep(dataset)
    paths = dataset["outcome"].sel(measure="npv", arm="a").isel(churn=0).values[:, 1:]
    np.testing.assert_allclose(reading.values[0, 0], paths.mean(axis=1))
    assert reading.masked == 2 * 40


def test_a_mean_over_axes_is_cluster_by_cluster():
    reading = read_sweep(plans())
    values = reading.values.reshape(4, 2, 3, 40)
    np.testing.assert_allclose(mean_over(reading, 0), values.mean(axis=1))
    np.testing.assert_allclose(mean_over(reading), values.mean(axis=(0, 1)))


def test_a_plan_without_axes_is_one_point():
    reading = read_sweep(stored({}, ("a", "b"), lambda arm, luck: luck))
    assert (reading.points, reading.name(0)) == (1, "the only point")


def test_some_points_are_read_as_if_they_were_all():
    dataset = plans(missing=[(1, 1)], failed={(3, 0): "too high", (0, 1): "too low"})
    whole, part = read_sweep(dataset), read_sweep(picked(dataset, {"churn": ["0.2", "0.10"]}))
    assert part.shape == (2, 2)
    assert part.axes[0].labels == ("0.1", "0.2")
    assert part.finished.tolist() == [True, False, False, True]
    assert part.failed == {2: "too high"}
    assert np.array_equal(part.values[[0, 3]], whole.values[[2, 7]])
    one = read_sweep(picked(dataset, {"economy": ["recession"], "churn": ["0.05", "0.2"]}))
    assert one.failed == {0: "too low"}
    assert one.name(1) == "churn 0.2, economy recession"
    assert picked(dataset, {}) is dataset
    assert in_words({"economy": ["calm"], "churn": ["0.1", "0.2"]}) == "at economy calm, churn 0.1 or 0.2"
    with pytest.raises(InputError, match="no axis of this sweep is called 'chrun'"):
        picked(dataset, {"chrun": ["0.1"]})
    with pytest.raises(InputError, match="no value of economy is called 'clam'"):
        picked(dataset, {"economy": ["clam"]})
    with pytest.raises(InputError, match=r"no value of churn is called '0\.11'"):
        picked(dataset, {"churn": ["0.11"]})


def test_arms_that_do_the_same_are_told_by_all_that_is_stored():
    def value(arm, luck, churn):
        alike = np.full_like(luck, churn)
        return {"npv": alike, "nrr": alike + (arm == "c")}

    reading = read_sweep(stored({"churn": CHURN}, ("a", "b", "c", "d"), value))
    assert reading.twins == {"b": "a", "d": "a"}
    less = once(reading)
    assert less.arms == ("a", "c")
    assert less.values.shape[1] == 2
    assert {len(means) for means in less.every.values()} == {2}
    assert read_sweep(plans()).twins == {}

"""Value of information against closed forms, and where luck or equal arms would mislead."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.metrics.estimates import Estimate
from churnsim.uncertainty.information import evpi, evppi, evsi, luck_share, select
from churnsim.uncertainty.regression import expected, folds

LIMIT = 4.0
"""Greatest |z|: a wrong alarm once in 16,000 seeds."""
RNG = np.random.default_rng(20)
DRAWS = 200_000
P1, P2 = RNG.normal(1.0, 1.0, DRAWS), RNG.normal(0.0, 2.0, DRAWS)
TWO_NORMALS = np.stack([np.zeros(DRAWS), P1 - P2])
UPLIFT = RNG.beta(2.0, 8.0, DRAWS)
TRIAL = np.stack([np.zeros(DRAWS), 100_000.0 * UPLIFT - 18_000.0])


def z(found: Estimate, truth: float) -> float:
    return (found.mean - truth) / found.se


def test_two_normals_perfect_information():
    found = evpi(TWO_NORMALS)
    assert abs(z(found, 0.479811)) < LIMIT
    assert found.se < 0.003
    # the regression on all inputs finds the same rule
    assert evpi(TWO_NORMALS, {"p1": P1, "p2": P2}).mean == pytest.approx(found.mean, abs=1e-6)


@pytest.mark.parametrize(("name", "values", "truth"), [("p1", P1, 0.083315), ("p2", P2, 0.395593)])
def test_two_normals_partial_information(name, values, truth):
    found = evppi(TWO_NORMALS, {name: values})
    assert abs(z(found, truth)) < LIMIT
    assert found.se < 0.003


@pytest.mark.parametrize(
    ("values", "size", "truth"),
    [
        (P1, 1, 0.025127),
        (P1, 10, 0.072325),
        (P1, 100, 0.082118),
        (P2, 1, 0.322342),
        (P2, 10, 0.386967),
        (P2, 100, 0.394715),
    ],
)
def test_two_normals_sample_information(values, size, truth):
    mean = values + np.random.default_rng(size).normal(0.0, size**-0.5, DRAWS)
    found = evsi(TWO_NORMALS, {"mean": mean})
    assert abs(z(found, truth)) < LIMIT
    assert found.se < 0.003


def test_beta_trial_perfect_information():
    assert abs(z(evpi(TRIAL), 3766.11)) < LIMIT
    assert abs(z(evppi(TRIAL, {"uplift": UPLIFT}), 3766.11)) < LIMIT


@pytest.mark.parametrize(("size", "truth"), [(5, 1846.15), (20, 2912.11), (50, 3351.55), (200, 3651.26)])
def test_beta_trial_sample_information(size, truth):
    found = evsi(TRIAL, {"successes": np.random.default_rng(size).binomial(size, UPLIFT)})
    assert abs(z(found, truth)) < LIMIT
    assert found.se < 15.0


def noisy(draws: int, replicates: int, sd: float, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The two normals with luck of its own in every path of the second arm."""
    rng = np.random.default_rng(seed)
    p1, p2 = rng.normal(1.0, 1.0, draws), rng.normal(0.0, 2.0, draws)
    second = (p1 - p2)[:, None] + rng.normal(0.0, sd, (draws, replicates))
    return np.stack([np.zeros_like(second), second]), {"p1": p1, "p2": p2}


@pytest.mark.parametrize("replicates", [1, 100])
def test_luck_does_not_pass_for_information(replicates):
    benefit, inputs = noisy(10_000, replicates, sd=10.0, seed=3)
    found = evpi(benefit, inputs)
    assert abs(z(found, 0.4798)) < 2.0
    assert found.se < 0.07
    # the mean of maxima takes luck for information
    means = benefit.mean(axis=2)
    naive = means.max(axis=0).mean() - means.mean(axis=1).max()
    error = np.maximum(0.0, -means[1]).std(ddof=1) / 100.0
    assert (naive - 0.4798) / error > 4.0


def test_values_are_unbiased_over_many_small_studies():
    """Of 60 studies of 250 draws the mean is right to within what learning from 200 draws forgoes."""
    studies = [evpi(*noisy(250, 4, sd=2.0, seed=seed)) for seed in range(100, 160)]
    means = np.array([found.mean for found in studies])
    error = means.std(ddof=1) / np.sqrt(60)
    assert -0.02 - LIMIT * error < means.mean() - 0.479811 < LIMIT * error
    # and the standard error that each study states is the spread that there is
    assert np.mean([found.se for found in studies]) == pytest.approx(means.std(ddof=1), rel=0.3)


def test_own_replicates_find_what_no_smooth_form_does():
    """A benefit that jumps with the last digits of an input: no regression sees it, the draw's other half does."""
    rng = np.random.default_rng(5)
    x = rng.uniform(size=2_000)
    truth = np.where(np.floor(x * 997.0) % 2.0 == 0.0, 1.0, -1.0)
    second = truth[:, None] + rng.normal(0.0, 0.2, (2_000, 4))
    found = evpi(np.stack([np.zeros_like(second), second]), {"x": x})
    exact = np.maximum(truth, 0.0).mean() - max(truth.mean(), 0.0)
    assert found.mean == pytest.approx(exact, abs=0.02)
    assert abs(evppi(np.stack([np.zeros_like(second), second]), {"x": x}).mean) < 0.1


def test_two_inputs_that_work_through_each_other_are_worth_something_only_together():
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 4_000))
    second = (a * b)[:, None] + rng.normal(0.0, 1.0, (4_000, 2))
    benefit = np.stack([np.zeros_like(second), second])
    assert abs(evppi(benefit, {"a": a}).mean) < 4.0 * evppi(benefit, {"a": a}).se + 1e-12
    together = evppi(benefit, {"a": a, "b": b})
    truth = 1.0 / np.pi  # E|ab| / 2 = (E|a|)^2 / 2
    assert abs(z(together, truth)) < LIMIT
    assert together.se < 0.03


@pytest.mark.parametrize("replicates", [1, 4])
def test_arms_that_are_equal_have_nothing_to_find_out(replicates):
    """Case 11 of the model: intervals cover 0 as often as they say, though every path of every arm has its own luck."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        benefit = rng.normal(100.0, 30.0, (6, 200, replicates))
        inputs = {f"x{i}": rng.uniform(size=200) for i in range(8)}
        found.append(evpi(benefit, inputs))
        assert benefit.mean(axis=2).max(axis=0).mean() > benefit.mean(axis=(1, 2)).max() + 10.0
    covered = np.mean([one.low <= 0.0 <= one.high for one in found])
    assert covered > 0.95 - LIMIT * np.sqrt(0.95 * 0.05 / 40)
    scores = np.array([one.mean for one in found])
    assert abs(scores.mean()) < LIMIT * scores.std(ddof=1) / np.sqrt(40)


def test_arms_that_are_the_same_are_worth_exactly_nothing():
    same = np.random.default_rng(7).normal(size=(1, 50, 3)).repeat(3, axis=0)
    found = evpi(same, {"x": np.arange(50.0)})
    assert (found.mean, found.se) == (0.0, 0.0)


def test_an_input_that_never_turns_the_choice_is_worth_nothing():
    rng = np.random.default_rng(8)
    x = rng.uniform(size=500)
    benefit = np.stack([x, 3.0 + 2.0 * x])[:, :, None] + rng.normal(0.0, 0.5, (1, 500, 2))
    found = evppi(benefit, {"x": x})
    assert (found.mean, found.se) == (0.0, 0.0)


def test_constant_and_repeated_inputs_do_no_harm():
    one = np.ones(DRAWS)
    found = evppi(TWO_NORMALS[:, :2_000], {"p2": P2[:2_000]})
    more = evppi(TWO_NORMALS[:, :2_000], {"p2": P2[:2_000], "one": one[:2_000], "again": P2[:2_000]})
    assert more.mean == pytest.approx(found.mean, abs=0.01)
    assert evppi(TWO_NORMALS[:, :2_000], {"one": one[:2_000]}).mean == 0.0


def test_the_share_of_luck_is_that_of_the_analysis_of_variance():
    benefit, _ = noisy(20_000, 4, sd=2.0, seed=9)
    assert luck_share(benefit) == pytest.approx(4.0 / 9.0, abs=0.01)  # luck 2^2 beside 1 + 4 of ignorance
    assert np.isnan(luck_share(benefit[:, :, :1]))


def test_no_draw_is_predicted_by_a_fit_that_saw_it():
    x = np.random.default_rng(10).normal(size=(60, 2))
    seen = []
    for train, test in folds(60):
        assert not set(train) & set(test)
        np.testing.assert_allclose(expected(x[train], x[train], x[test]), x[test], atol=0.01)
        seen.extend(test)
    assert sorted(seen) == list(range(60))


@pytest.mark.parametrize(
    ("benefit", "inputs", "found"),
    [
        (np.zeros((1, 50)), {"x": np.zeros(50)}, "it needs two arms at least"),
        (np.zeros((2, 19)), {"x": np.zeros(19)}, "19 draws are too few for the value of information: at least 20"),
        (np.zeros((2, 50, 2)), None, "need the inputs that they are regressed on"),
        (np.zeros((2, 50)), {"x": np.zeros(49)}, "'x' must have a finite number for each of the 50 draws"),
        (np.zeros((2, 50)), {"x": np.full(50, np.nan)}, "'x' must have a finite number"),
        (np.full((2, 50), np.inf), {"x": np.zeros(50)}, "net benefits must be finite"),
        (np.zeros(50), {"x": np.zeros(50)}, "by (arm, draw, replicate), found the shape (50,)"),
        (np.zeros((2, 50)), {}, "name one input at least"),
    ],
)
def test_what_cannot_be_valued_is_refused(benefit, inputs, found):
    with pytest.raises(InputError) as error:
        evpi(benefit, inputs)
    assert found in str(error.value)


def test_an_input_that_does_not_exist_is_named_with_the_nearest():
    with pytest.raises(InputError, match="no uncertain input is called 'p3'"):
        select({"p1": P1, "p2": P2}, ["p1", "p3"])
    assert list(select({"p1": P1, "p2": P2}, ["p2"])) == ["p2"]

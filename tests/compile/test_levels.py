"""Ways of sampling: even marginals, independence of the list of inputs, bad input."""

import numpy as np
import pytest
from scipy import stats

from churnsim.compile.levels import Given, LatinHypercube, Plain, Sobol, levels_of

N = 256
PATHS = ("a.b", "c.d", "e.f")


def test_a_latin_hypercube_has_one_draw_in_each_slice() -> None:
    way = LatinHypercube(3, N)
    for path in PATHS:
        slices = np.floor(way(path, np.arange(N)) * N).astype(int)
        assert sorted(slices) == list(range(N))
    assert abs(stats.spearmanr(way("a.b", np.arange(N)), way("c.d", np.arange(N))).statistic) < 0.2


def test_sobol_points_fill_every_input_and_every_pair() -> None:
    way = Sobol(3, N, PATHS)
    points = np.stack([way(path, np.arange(N)) for path in PATHS])
    for column in points:
        assert sorted(np.floor(column * N).astype(int)) == list(range(N))
    cells = np.floor(points[:2] * 16).astype(int)
    assert len(set(zip(*cells, strict=True))) == N  # a (0, 8, 2)-net: one point in each of 16 x 16 squares


@pytest.mark.parametrize("way", [Plain(1), LatinHypercube(1, N), Sobol(1, N, PATHS)])
def test_a_batch_of_draws_has_the_levels_of_the_whole(way) -> None:
    whole = way("c.d", np.arange(N))
    batch = np.array([7, 200, 31])
    assert np.array_equal(way("c.d", batch), whole[batch])
    assert ((whole > 0.0) & (whole < 1.0)).all()


def test_seeds_differ_and_a_mean_is_nearer_than_by_plain_sampling() -> None:
    numbers = np.arange(N)
    errors = {}
    for name in ("plain", "latin", "sobol"):
        assert not np.array_equal(*(levels_of(name, seed, N, PATHS)("a.b", numbers) for seed in (1, 2)))
    for name in ("plain", "latin", "sobol"):
        means = [np.mean(levels_of(name, seed, N, PATHS)("a.b", numbers) ** 2) - 1.0 / 3.0 for seed in range(20)]
        errors[name] = np.sqrt(np.mean(np.square(means)))
    assert errors["latin"] < errors["plain"] / 10.0
    assert errors["sobol"] < errors["plain"] / 10.0


def test_given_levels_are_taken_as_they_are_and_the_rest_is_plain() -> None:
    way = Given({"a.b": np.array([0.1, 0.9])}, 5)
    assert way("a.b", np.arange(2)).tolist() == [0.1, 0.9]
    assert np.array_equal(way("c.d", np.arange(2)), Plain(5)("c.d", np.arange(2)))
    assert not way.tied


def test_without_inputs_there_is_nothing_to_fill() -> None:
    assert levels_of("sobol", 1, 8, ()) == Plain(1)

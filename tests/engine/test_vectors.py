"""Sums and lists of flags against NumPy, for every length of the rest."""

import math

import numpy as np
import pytest

from churnsim.engine import vectors
from tests.engine.python import callable_from_python

total = callable_from_python(vectors.total)
list_flagged = callable_from_python(vectors.list_flagged)
list_between = callable_from_python(vectors.list_between)


@pytest.mark.parametrize("n", [*range(70), 1000, 1023])
def test_total_is_a_sum(n: int) -> None:
    x = np.random.default_rng(n).lognormal(size=n).astype(np.float32)
    assert abs(total(x) - x.astype(np.float64).sum()) <= 1e-12 * max(x.sum(), 1.0)


def test_total_keeps_small_numbers_beside_large_ones() -> None:
    x = np.full(100_000, 0.1, np.float32)
    x[::1000] = 1e7
    assert total(x) == pytest.approx(math.fsum(x.tolist()), rel=1e-13)


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 64, 100, 1000])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 1.0])
def test_columns_whose_flag_shares_a_bit(n: int, share: float) -> None:
    rng = np.random.default_rng([n, int(10 * share)])
    flag = (rng.random(n + 32) < share) * rng.integers(1, 8, n + 32)
    out = np.full(n + vectors.HALF, -1, np.int32)
    for wanted in (1, 2, 5):
        found = list_flagged(flag.astype(np.int32), n, np.int32(wanted), 7, out)
        # what stands behind the n is read but never listed
        assert list(out[:found]) == list(7 + np.flatnonzero(flag[:n] & wanted))


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 100, 1000])
def test_values_whose_key_lies_between(n: int) -> None:
    rng = np.random.default_rng(n)
    keys, values = rng.integers(-5, 100, n + vectors.HALF, np.int32), rng.integers(0, 10**6, n + vectors.HALF, np.int32)
    out = np.full(n + vectors.HALF, -1, np.int32)
    for least, most in ((-5, 100), (20, 40), (7, 7), (41, 40)):
        found = list_between(keys, values, n, np.int32(least), np.int32(most), out)
        assert list(out[:found]) == list(values[:n][(keys[:n] >= least) & (keys[:n] <= most)])

"""Elementary functions in float32 against scipy and NumPy in float64."""

import numba
import numpy as np
from scipy import stats
from scipy.special import ndtri

from churnsim.engine import arithmetic

_exp32 = numba.vectorize(["float32(float32)"])(lambda x: arithmetic.exp32(x))
_log32 = numba.vectorize(["float32(float32)"])(lambda x: arithmetic.log32(x))
_normal32 = numba.vectorize(["float32(uint64)"])(lambda word: arithmetic.normal32(word))
_exponential32 = numba.vectorize(["float32(uint64)"])(lambda word: arithmetic.exponential32(word))


def test_exp() -> None:
    x = np.concatenate([np.linspace(-87, 88, 400_001), np.linspace(-1, 1, 100_001)]).astype(np.float32)
    exact = np.exp(x.astype(np.float64))
    assert np.max(np.abs(_exp32(x) / exact - 1.0)) < 2.5e-7
    assert _exp32(np.float32(0.0)) == 1.0


def test_exp_clips_instead_of_overflowing() -> None:
    ends = _exp32(np.array([-1e30, -200.0, 200.0, 1e30], np.float32))
    assert np.all(np.isfinite(ends))
    assert np.all(ends[:2] < 1e-37)
    assert np.all(ends[2:] > 1e38)


def test_log() -> None:
    x = np.concatenate([np.geomspace(1.2e-38, 3e38, 400_001), np.linspace(0.5, 2.0, 100_001)]).astype(np.float32)
    exact = np.log(x.astype(np.float64))
    error = np.abs(_log32(x) - exact)
    assert np.max(error / np.maximum(np.abs(exact), 1e-6)) < 1e-6
    assert np.max(error[np.abs(exact) < 1.0]) < 1.2e-7


WORDS = np.concatenate(
    [np.linspace(0, 2**32 - 1, 1_000_001), np.arange(2000), 2**32 - 1 - np.arange(2000), 2**31 + np.arange(-2000, 2000)]
).astype(np.uint64)


def test_normal_from_a_word() -> None:
    """Also in the tails, where lognormal entry ARR lives; Giles' polynomial ends at 5.2, words reach to 6.3."""
    exact = ndtri((WORDS.astype(np.float64) + 0.5) * 2.0**-32)
    normal = _normal32(WORDS)
    error = np.abs(normal - exact)
    assert np.max((error / np.maximum(np.abs(exact), 1.0))[np.abs(exact) < 5.2]) < 5e-7
    assert np.max(error) < 3e-3
    whole = normal[:1_000_001].astype(np.float64)
    assert abs(whole.mean()) < 1e-6
    assert abs(whole.std() - 1.0) < 5e-5
    assert stats.kstest(whole[::37], "norm").pvalue > 1e-3


def test_exponential_from_a_word() -> None:
    exact = -np.log1p((WORDS.astype(np.float64) + 0.5 - 2.0**32) * 2.0**-32)
    assert np.max(np.abs(_exponential32(WORDS) / exact - 1.0)) < 3e-7

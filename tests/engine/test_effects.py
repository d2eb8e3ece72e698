"""Effects of plays: on whole stretches as on one account after the other, and as the equations say."""

import numpy as np
import pytest

from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE_LEFT, LIFT, REALS, SHIELD
from churnsim.engine.effects import FEW, SPARSE, take_effect, work_on, work_on_stretch
from churnsim.engine.onboarding import REACHED
from churnsim.engine.tables import PLAY
from churnsim.engine.vectors import LANES
from churnsim.engine.workspace import TILE
from tests.engine.python import callable_from_python

ROOM = 3 * TILE
MILESTONES = 2

take = callable_from_python(take_effect)
take_few = callable_from_python(work_on)
take_stretch = callable_from_python(work_on_stretch)


def state(rng: np.random.Generator) -> np.ndarray:
    """Rows of accounts before and after first value, with and without effects that remain, good or bad."""
    reals = rng.random((REALS, ROOM + LANES)).astype(np.float32)
    reals[FIRST_VALUE_LEFT, ::3] = REACHED
    reals[SHIELD, ::2] = 0.0
    reals[LIFT] = rng.normal(size=ROOM + LANES)
    return reals


def play(sign: float) -> np.ndarray:
    """A play with every effect, good or bad."""
    one = np.zeros(1, PLAY)
    for name, size in (("adoption", 0.1), ("engagement", 0.2), ("shield", 0.3), ("lift", 0.4), ("first_value", 0.5)):
        one[name] = sign * size
    return one[0]


def columns_of(rng: np.random.Generator, n: int, low: int, width: int) -> np.ndarray:
    """Columns in any order, the first and the last of the stretch among them."""
    inner = 1 + rng.choice(width - 2, n - 2, replace=False)
    return rng.permutation(low + np.concatenate(([0], inner, [width - 1]))).astype(np.int32)


def expected(reals: np.ndarray, columns: np.ndarray, strength: np.ndarray, one: np.ndarray) -> np.ndarray:
    """The equations of scenario/playbooks.py, in plain NumPy."""
    out = reals.astype(np.float64)
    a, g, left = out[ADOPTION, columns], out[ENGAGEMENT, columns], out[FIRST_VALUE_LEFT, columns]
    out[ADOPTION, columns] = np.clip(a + strength * (left == REACHED) * one["adoption"] * (1.0 - a), 0.0, 1.0)
    out[ENGAGEMENT, columns] = np.clip(g + strength * one["engagement"] * (1.0 - g), 0.0, 1.0)
    out[FIRST_VALUE_LEFT, columns] = left - strength * one["first_value"] * MILESTONES
    for row, name in ((SHIELD, "shield"), (LIFT, "lift")):
        remains, new = out[row, columns], strength * one[name]
        out[row, columns] = np.where(np.abs(new) >= np.abs(remains), new, remains)
    return out


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("n", "width"),
    [
        (2, 2),
        (FEW, 5 * FEW),
        (FEW + 1, FEW + 1),
        (300, 1000),
        (300, 300 * SPARSE),
        (300, 300 * SPARSE + 2 * LANES),
        (TILE // 2, TILE - 7),
        (TILE // 2, TILE + 1),
    ],
)
def test_a_stretch_gets_what_its_accounts_get(n: int, width: int, sign: float) -> None:
    rng = np.random.default_rng([n, width])
    columns, before, one = columns_of(rng, n, 37, width), state(rng), play(sign)
    # the failures have no strength
    strength = (rng.random(n) * (rng.random(n) < 0.8)).astype(np.float32)
    theirs, ours = before.copy(), before.copy()
    take_few(theirs, 0, ROOM, columns, strength, one, MILESTONES)
    take(ours, columns, strength, one, MILESTONES, np.full(TILE, np.nan, np.float32))
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(ours, expected(before, columns, strength, one), rtol=2e-6, atol=2e-7)


def test_a_stretch_that_is_too_long_is_left_alone() -> None:
    rng = np.random.default_rng(1)
    before = state(rng)
    scratch = np.zeros(TILE, np.float32)
    for n, width, works in ((300, 1000, True), (100, 100 * SPARSE + LANES, False), (TILE, TILE + 1, False)):
        reals, strength = before.copy(), np.ones(n, np.float32)
        assert take_stretch(reals, columns_of(rng, n, 5, width), strength, play(1.0), MILESTONES, scratch) == works
        assert np.array_equal(reals, before) != works

"""Health that a book gives: existing accounts are moved to it from where their past puts them."""

import itertools
import math

import numpy as np
import pytest

from churnsim.engine import past_state
from churnsim.engine.onboarding import REACHED
from tests.engine.python import callable_from_python

match_health = callable_from_python(past_state.match_health)
LEVELS = (0.0, 0.2, 0.5, 0.9, 1.0)


@pytest.mark.parametrize("weight", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("has_value", [True, False])
def test_health_is_as_given(weight: float, has_value: bool) -> None:
    cases = list(itertools.product(LEVELS if has_value else (0.0,), LEVELS, (math.nan, *LEVELS)))
    a, g, given = np.array(cases, np.float32).T.copy()
    before, after = (a.copy(), g.copy()), (a, g)
    left = np.full(len(cases), REACHED if has_value else 0.7, np.float32)
    match_health(*after, left, given, np.float32(weight))
    told = np.isfinite(given)
    for now, then in zip(after, before, strict=True):
        np.testing.assert_array_equal(now[~told], then[~told])
        assert np.all((now >= 0.0) & (now <= 1.0))
    if not has_value:
        np.testing.assert_array_equal(a, 0.0)
        nearest = np.minimum(given / (1.0 - weight), 1.0) if weight < 1.0 else before[1]
        np.testing.assert_allclose(g[told], nearest[told], rtol=1e-6)
        return
    health, path = (weight * rows[0] + (1.0 - weight) * rows[1] for rows in (after, before))
    # from a health of 1 nothing rises, from 0 nothing falls
    np.testing.assert_allclose(health[told], given[told], atol=1e-6)
    rises, falls = told & (given > path), told & (given < path)
    for rest in (rises, falls):
        # both by the same share of their way
        ways = [(now - then, (1.0 - then) if rest is rises else then) for now, then in zip(after, before, strict=True)]
        (moved_a, way_a), (moved_g, way_g) = ways
        np.testing.assert_allclose((moved_a * way_g)[rest], (moved_g * way_a)[rest], atol=1e-6)

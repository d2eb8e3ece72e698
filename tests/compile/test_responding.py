"""Calibrated scales answer uncertain numbers of the base arm, alike in all arms."""

from __future__ import annotations

import numpy as np
import pytest

import churnsim as cs
from churnsim.compile.draws import sample
from churnsim.compile.levels import Plain
from churnsim.compile.tables import build
from churnsim.compile.values import Values, responding
from churnsim.scenario.files import parse
from churnsim.scenario.problems import ScenarioError
from tests.scenario.small import TEXT, line_with

CHURN = "segments.growth.intent.annual_churn"
SCALE = "segments.core.intent.hazard_factor"
TABLE = f"""
[calibration."{SCALE}"]
"{CHURN}" = {{ at = 0.1, log_slope = 3.0 }}
"""
DRAWS = np.arange(6)


def values_of(text: str) -> Values:
    base = parse(text).scenario
    return responding(Values(base, sample(base, base.rank_correlations(), Plain(1), DRAWS), len(DRAWS)))


def test_the_scale_is_multiplied_in_each_draw():
    v = values_of(TEXT + TABLE)
    expected = np.exp(3.0 * (v(CHURN) - 0.1))
    assert np.ptp(expected) > 0.05
    for values, path in ((v, SCALE), (v.under("segments.core"), "intent.hazard_factor")):
        np.testing.assert_array_equal(values(path), expected)
    np.testing.assert_array_equal(v.under("segments.core").whole()(SCALE), expected)
    np.testing.assert_array_equal(values_of(TEXT)(SCALE), 1.0)


def test_an_arm_that_knows_the_number_keeps_the_factors_of_the_base():
    file = parse(TEXT + TABLE)
    base = file.scenario
    arm = cs.override(base, {CHURN: 0.1})
    with_it = build({"base": base, "arm": arm}, None, 1, DRAWS).tables.base_hazard
    bare = parse(TEXT).scenario
    without = build({"base": bare, "arm": cs.override(bare, {CHURN: 0.1})}, None, 1, DRAWS).tables.base_hazard
    factor = np.exp(3.0 * (values_of(TEXT)(CHURN) - 0.1))
    np.testing.assert_allclose(with_it[0, :, 0], with_it[1, :, 0])
    np.testing.assert_allclose(with_it[:, :, 0], factor[None, :, None] * without[:, :, 0], rtol=1e-6)
    np.testing.assert_array_equal(with_it[:, :, 1], without[:, :, 1])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (TABLE.replace("core.intent.hazard", "core.intent.hazzard"), "no scale that answers is called"),
        (TABLE.replace("segments.core", "segments.cone"), "no scale that answers is called"),
        (TABLE.replace(CHURN, CHURN + "s"), "no number that can be answered"),
        (TABLE.replace(CHURN, "name"), "no number that can be answered"),
        (TABLE.replace("log_slope", "slope"), "slope"),
        (TABLE.replace("3.0", "nan"), "log_slope"),
    ],
)
def test_what_is_wrong_with_it_is_told(table, words):
    with pytest.raises(ScenarioError) as caught:
        parse(TEXT + table)
    assert words in str(caught.value)
    assert all(problem.line >= line_with(TEXT + table, "[calibration") for problem in caught.value.problems)


def test_an_arm_must_leave_it_alone():
    with pytest.raises(ScenarioError, match="must not change 'calibration'"):
        cs.override(parse(TEXT + TABLE), {"calibration": {}})

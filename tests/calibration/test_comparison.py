from __future__ import annotations

import pytest

from churnsim.calibration.comparison import compare_with_observed
from churnsim.reports.calibration import disagreements
from tests.calibration.small import file

SIZE = {"draws": 1, "replicates": 40, "seed": 0}


def test_nothing_is_simulated_when_nothing_is_observed(monkeypatch):
    monkeypatch.setattr("churnsim.calibration.comparison.StatusQuo", None)
    assert compare_with_observed(file(), **SIZE) == []
    assert disagreements([], "my.toml") == ""


@pytest.mark.parametrize(("churn", "agrees"), [(0.10, True), (0.12, False), (0.08, False)])
def test_what_differs_beyond_tolerance_and_error_is_told(churn, agrees):
    (one,) = compared = compare_with_observed(file(f"[observed.two]\nannual_logo_churn = {churn}"), **SIZE)
    assert one.agrees is agrees
    # 3,600 x 40 accounts at 10%
    assert one.simulated.se < 0.002
    text = disagreements(compared, "my.toml")
    assert ("two: logo churn " in text) is (not agrees)
    assert ("churnsim calibrate my.toml" in text) is (not agrees)

"""Each draw has a scale of its own, so that each draw shows the observed KPI."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.calibration.calibrate import calibrate
from churnsim.calibration.responses import fit
from tests.calibration.small import TEXT, file

CLOSURES = TEXT.replace(
    "exits.payment_failure_probability = 0.01", 'exits.annual_closure = { dist = "uniform", low = 0.0, high = 0.10 }'
)
PATH = "segments.one.exits.annual_closure"
FACTOR = "segments.one.intent.hazard_factor"


@pytest.fixture(scope="module")
def calibrated():
    return calibrate(file("[observed.one]\nannual_logo_churn = 0.25", CLOSURES), draws=40, replicates=8)


def test_every_draw_has_the_observed_churn(calibrated):
    (fit_of_one,) = calibrated.fits
    assert fit_of_one.met
    # closures from 0 to 10% a year, sd 2.9%, move churn by .75 of that
    assert 0.016 < fit_of_one.spread_before < 0.027
    assert fit_of_one.spread < 0.2 * fit_of_one.spread_before


def test_the_slope_is_that_of_the_implicit_function(calibrated):
    """Intent and closure share -ln(.75) a year: d ln factor / d closure = -1 / ((1 - c) intent)."""
    response = calibrated.responses[FACTOR][PATH]
    assert list(calibrated.responses) == [FACTOR]
    assert response.at == pytest.approx(0.05)
    intent = -np.log(0.75) + np.log1p(-0.05)
    assert response.log_slope == pytest.approx(-1.0 / (0.95 * intent), rel=0.1)


def test_the_file_carries_it_and_a_second_calibration_replaces_it(calibrated):
    text = calibrated.file.text
    assert calibrated.file.scenario.calibration == calibrated.responses
    assert text.count("[calibration.") == 1
    again = calibrate(calibrated.file, draws=40, replicates=8)
    assert again.file.text.count("[calibration.") == 1
    assert again.responses[FACTOR][PATH].log_slope == pytest.approx(
        calibrated.responses[FACTOR][PATH].log_slope, rel=0.05
    )
    # without draws enough to fit them, what stood there does not stay either: it belonged to the old numbers
    assert "[calibration." not in calibrate(calibrated.file, draws=4, replicates=2).file.text


def test_fit_keeps_what_matters_and_drops_the_rest():
    rng = np.random.default_rng(3)
    inputs = {name: rng.uniform(size=50) * 10.0**k for k, name in enumerate("abcdef")}
    inputs["constant"] = np.ones(50)
    delta = 0.3 * inputs["b"] - 2.0 * inputs["a"] + 0.05 * rng.normal(size=50)
    found = fit(inputs, delta, dict.fromkeys(inputs, 0.5))
    assert {"a", "b"} <= set(found)
    assert len(found) <= 3
    assert found["a"].log_slope == pytest.approx(-2.0, rel=0.1)
    assert found["b"].log_slope == pytest.approx(0.3, rel=0.05)
    assert found["a"].at == 0.5


def test_noise_is_not_fitted():
    """Of 10 idle inputs in 200 fits, .4% pass 3 standard errors each: 9 on average, 22 at z = 4."""
    rng = np.random.default_rng(4)
    taken = 0
    for _ in range(200):
        inputs = {str(k): rng.uniform(size=50) for k in range(10)}
        taken += len(fit(inputs, rng.normal(size=50), dict.fromkeys(inputs, 0.5)))
    assert taken <= 22

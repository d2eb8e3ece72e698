"""The Sobol benchmark asks what it says. Nothing here asserts a time."""

from __future__ import annotations

from benchmarks.sensitivity import INPUTS, MONTHS, SAMPLES, decision, measure


def test_the_job_is_the_one_that_is_named():
    model = decision()
    assert len(model.inputs) == INPUTS
    assert SAMPLES * (INPUTS + 2) == 22_528
    assert model.file.scenario.run.horizon_months == MONTHS
    assert (model.arm, model.against) == ("csm 6", "base")
    assert model.file.scenario.teams["csm"].posts.today == 5
    assert model.book is not None
    assert len(model.book) == 500


def test_a_tiny_job_is_measured():
    found = measure(2)
    assert (found["runs"], found["paths"]) == (44, 88)
    assert found["seconds"] > 0.0
    assert found["peak_bytes"] > 1e7
    assert found["top_input"] in decision().inputs

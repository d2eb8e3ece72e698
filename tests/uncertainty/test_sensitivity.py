"""The answer of a method on a scenario."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import churnsim as cs
from churnsim.decisions.inputs import InputError
from churnsim.results.runs import Run
from churnsim.uncertainty.sensitivity import METHODS, sensitivity

MIDMARKET = cs.example("midmarket")
RUN = MIDMARKET.scenario.run.model_copy(update={"horizon_months": 12})
FILE = dataclasses.replace(MIDMARKET, scenario=MIDMARKET.scenario.model_copy(update={"run": RUN}))
SMALL = {"morris": 2, "sobol": 2, "dependence": 40, "discovery": 40}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_on_a_scenario(method):
    found = sensitivity(FILE, method, arm="two_more", samples=SMALL.get(method), replicates=2, seed=3)
    content = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert set(content) & set(METHODS) == {method}
    assert content["question"]["text"] == "NPV over 12 months of two_more, less that of base"
    assert content["seed"] == 3
    # the preset states a rank correlation, which draws of their own keep
    assert found.correlations_set_aside == (method not in ("dependence", "discovery"))


def test_the_cost_of_a_post_moves_the_cost_of_two_posts_exactly():
    # two more posts cost twice their price, whatever else happens, so that the slope is known
    found = sensitivity(FILE, "tornado", arm="two_more", measure="npv", replicates=4).tornado
    assert found is not None
    bar = next(bar for bar in found.bars if bar.input == "teams.csm.annual_cost")
    assert bar.swing.mean < 0.0
    assert not bar.turns
    means = [point.outcome.mean for point in bar.points]
    values = [point.value for point in bar.points]
    slopes = np.diff(means) / np.diff(values)
    assert np.ptp(slopes) < 1e-6 * abs(slopes.mean())


def test_default_is_a_tornado_and_switches():
    found = sensitivity(FILE, arm="base", replicates=2)
    assert found.tornado is not None
    assert found.switches is not None
    assert found.sobol is None
    assert found.question.against is None


def test_a_stored_run_is_not_simulated_again(monkeypatch):
    dataset = cs.simulate(FILE, draws=60, replicates=2, seed=0)
    run = Run("compare", {}, dataset, None)
    monkeypatch.setattr("churnsim.results.simulation.simulate", None)
    file = dataset.attrs["scenario_text"]
    assert "midmarket" in file
    found = sensitivity(FILE, "dependence", run=run, arm="two_more").dependence
    assert found is not None
    assert (found.draws, found.replicates) == (60, 2)


def test_progress_ends_at_the_whole():
    seen: list[float] = []
    sensitivity(FILE, arm="two_more", replicates=1, progress=lambda done, total: seen.append(done / total))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_what_makes_no_sense_is_refused_before_anything_is_simulated(monkeypatch):
    monkeypatch.setattr("churnsim.results.simulation.simulate", None)
    for words, method, asked in (
        ("no method is called 'soboll' .nearest: 'sobol'", "soboll", {}),
        ("power of two.*found 100", "sobol", {"samples": 100}),
        ("no samples to choose", None, {"samples": 9}),
        ("threshold is for the method discovery", "sobol", {"threshold": 1.0}),
        ("what is failing", "discovery", {"arm": "base"}),
    ):
        with pytest.raises(InputError, match=words):
            sensitivity(FILE, method, **asked)


def test_a_library_that_is_missing_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "SALib", None)
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(InputError, match=r"needs SALib: pip install 'churnsim\[sensitivity\]'"):
        sensitivity(FILE, "sobol", arm="two_more", samples=2)

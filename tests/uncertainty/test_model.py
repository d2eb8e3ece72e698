"""The scenario as a function of levels."""

import dataclasses

import numpy as np
import pytest

import churnsim as cs
from churnsim.decisions.inputs import InputError
from churnsim.decisions.measures import ANY
from churnsim.scenario.distributions import Uniform
from churnsim.scenario.files import override
from churnsim.uncertainty import model as models
from churnsim.uncertainty.model import Function, Outcome, natural

FILE = cs.example("midmarket")
RUN = FILE.scenario.run.model_copy(update={"horizon_months": 6})
SMALL = dataclasses.replace(FILE, scenario=FILE.scenario.model_copy(update={"run": RUN}))
BASE = SMALL.scenario
ARMS = {"base": BASE, "none": override(SMALL, {"teams.csm.posts.from_month.1": 0})}


def test_a_function_takes_natural_values() -> None:
    inputs = {"x": Uniform(dist="uniform", low=0.0, high=2.0), "y": Uniform(dist="uniform", low=1.0, high=3.0)}
    twice = Function(inputs, lambda v: v[:, 0] + 10.0 * v[:, 1])
    assert twice(np.array([[0.5, 0.5], [0.25, 1.0]])).tolist() == [[21.0], [30.5]]
    assert natural({}, np.empty((3, 0))).shape == (3, 0)


def test_an_outcome_is_that_of_the_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = Outcome(SMALL, ARMS, arm="base", against="none", replicates=2, seed=3)
    levels = np.random.default_rng(0).uniform(0.01, 0.99, (5, len(outcome.inputs)))
    whole = outcome(levels)
    assert whole.shape == (5, 2)
    monkeypatch.setattr(models, "CHUNK", 2)
    assert np.array_equal(outcome(levels), whole)
    simulated = cs.simulate(
        SMALL,
        arms=ARMS,
        replicates=2,
        seed=3,
        luck="replicate",
        levels={path: levels[:, j] for j, path in enumerate(outcome.inputs)},
    )["npv"].sel(window="horizon")
    assert np.array_equal(whole, (simulated.sel(arm="base") - simulated.sel(arm="none")).values)


def test_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InputError, match="bse"):
        Outcome(SMALL, ARMS, arm="bse")
    with pytest.raises(InputError, match="itself"):
        Outcome(SMALL, ARMS, arm="base", against="base")
    outcome = Outcome(SMALL, ARMS, arm="base", measure="npw", replicates=1)
    with pytest.raises(InputError, match="npw"):
        outcome(np.full((1, len(outcome.inputs)), 0.5))


@pytest.mark.parametrize("measure", ["logo_churn", "ltv_to_cac"])
def test_any_metric_is_an_outcome(measure) -> None:
    run = RUN.model_copy(update={"horizon_months": 12})
    file = dataclasses.replace(FILE, scenario=FILE.scenario.model_copy(update={"run": run}))
    outcome = Outcome(file, {"base": file.scenario}, arm="base", measure=measure, replicates=2, seed=1)
    levels = np.full((1, len(outcome.inputs)), 0.5)
    found = cs.simulate(
        file, arms={}, levels=dict(zip(outcome.inputs, levels.T, strict=True)), luck="replicate", replicates=2, seed=1
    )
    assert np.array_equal(outcome(levels), ANY[measure].of(found).sel(arm="base").transpose("draw", "replicate").values)

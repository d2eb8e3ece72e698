from __future__ import annotations

import tomllib

import numpy as np
import pytest

import churnsim
from tests.experiments.scripts import script

fit = script("self_serve_hazards/fit.py")


def written(path: str) -> float:
    node = tomllib.loads(fit.PRESET.read_text(encoding="utf-8"))
    for key in path.split("."):
        node = node[key]
    return node  # type: ignore[return-value]


def test_the_committed_preset_holds_what_the_script_finds() -> None:
    # the last digit may differ where another build of the optimiser stops elsewhere
    for path, value in fit.fitted(fit.load()).items():
        assert written(path) == pytest.approx(value, abs=2e-5), path


@pytest.mark.parametrize(("plan", "tolerance"), [("monthly", 0.005), ("annual", 0.016)])
def test_implied_survival_follows_the_life_table(plan: str, tolerance: float) -> None:
    assert np.abs(fit.errors(fit.load())[plan]).max() < tolerance


def test_cells_that_are_not_smoothed_are_met_exactly() -> None:
    errors = fit.errors(fit.load())
    assert np.abs(errors["monthly"][:13]).max() < 2e-4
    # conditional on month 1: entries 11 and 12 are months 12 and 13, the two cliffs
    assert np.abs(errors["annual"][[11, 12]]).max() < 2e-4


def test_the_tail_foretells_what_the_table_does_not_reach() -> None:
    scale, exponent = fit.tail(fit.read("monthly"))
    assert 1 - np.exp(-scale * 24**-exponent) == pytest.approx(0.05, abs=0.005)


def test_involuntary_share_of_monthly_churn_is_near_a_third() -> None:
    scenario = fit.load()
    survival = fit.implied_survival(scenario, "monthly", 18)
    hazard = -np.diff(np.log(survival))
    lump = fit.payment_lump(scenario.segments["monthly"])
    share = (lump / hazard * -np.diff(survival)).sum() / (1 - survival[-1])
    assert 0.2 < share < 0.4


@pytest.mark.parametrize("plan", ["monthly", "annual"])
def test_base_and_population_hazards_are_inverses(plan: str) -> None:
    segment = fit.load().segments[plan]
    wanted = np.linspace(0.15, 0.02, 24)
    base = fit.population_to_base(wanted, segment)
    np.testing.assert_allclose(fit.base_to_population(base, segment), wanted, rtol=1e-9)
    # late first value raises the hazard of a young population, so its base must lie below what is seen
    assert base[0] < 0.8 * wanted[0]


def from_birth(months: int) -> churnsim.ScenarioFile:
    """The preset with an empty book, one month of leads, no plays that work and no drift that is shared."""
    import tomlkit

    from churnsim.scenario.files import parse

    document = tomlkit.parse(fit.PRESET.read_text(encoding="utf-8")).unwrap()
    document |= {"book": "none", "run": {"horizon_months": months}, "playbooks": {}, "correlations": {}, "arms": {}}
    document["market"] = {}
    for segment in document["segments"].values():
        segment["intent"]["hazard_factor"] = 1.0
        for channel in segment["acquisition"]["channels"].values():
            channel["seasonality"] = {str(month): 0.0 for month in range(2, 13)}
            channel["annual_lead_growth"] = -0.999999999
    return parse(tomlkit.dumps(document))


@pytest.mark.parametrize("month", [6, 13, 20])
def test_the_simulator_gives_the_curve_back(month: int) -> None:
    """z below 4 for each of six comparisons: a false alarm in 2,600 runs of other seeds."""
    survivors = {}
    for months in (1, month + 1):
        run = churnsim.simulate(from_birth(months), draws=1, replicates=200, seed=5)
        accounts = run["accounts_closing"].sel(arm="base", window="horizon").sum(("draw", "replicate"))
        survivors[months] = {plan: float(accounts.sel(segment=plan)) for plan in ("monthly", "annual")}
    for plan in ("monthly", "annual"):
        entered, left = survivors[1][plan], survivors[month + 1][plan]
        expected = fit.implied_survival(fit.load(), plan, month)[-1]
        assert entered > 5_000
        assert abs(left / entered - expected) < 4 * np.sqrt(expected * (1 - expected) / entered)

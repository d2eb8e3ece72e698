"""Arms: what they change acts on the accounts of the book too, and what they must share is refused."""

import dataclasses

import numpy as np
import pytest

import churnsim
import churnsim.results.memory
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, override, parse


def closed() -> ScenarioFile:
    """The midmarket company without leads, over one year."""
    file = churnsim.example("midmarket")
    base = file.scenario
    segments = {
        name: s.model_copy(update={"acquisition": s.acquisition.model_copy(update={"channels": {}})})
        for name, s in base.segments.items()
    }
    run = base.run.model_copy(update={"horizon_months": 12})
    return dataclasses.replace(file, scenario=base.model_copy(update={"segments": segments, "run": run, "arms": {}}))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"exits.annual_closure": 0.6}, "closure"),
        ({"exits.payment_failure_probability": 0.9}, "payment"),
        ({"contracts.billing_months": 1}, "payment"),
        ({"contracts.scrutiny.12.first_renewal_churn": 0.9}, "low_adoption"),
    ],
)
def test_an_arm_changes_what_awaits_the_accounts_of_the_book(changes: dict[str, object], cause: str) -> None:
    file = closed()
    arm = override(
        file, {f"segments.{s}.{key}": value for s in file.scenario.segments for key, value in changes.items()}
    )
    ds = simulate(file, arms={"arm": arm}, draws=2, replicates=4)
    lost = ds.accounts_churned_by_cause.sel(window="horizon", cause=cause).sum(("draw", "replicate"))
    assert float(lost.sel(arm="arm")) > 1.5 * float(lost.sel(arm="base"))


def test_first_value_at_once_in_an_arm_reaches_the_accounts_of_the_book() -> None:
    file = closed()
    arm = override(file, {f"segments.{s}.onboarding.median_months_to_first_value": 0 for s in file.scenario.segments})
    ds = simulate(file, arms={"arm": arm}, draws=2, replicates=4)
    churned = ds.accounts_churned.sel(window="horizon").sum(("draw", "replicate", "segment"))
    assert float(churned.sel(arm="arm")) < float(churned.sel(arm="base"))


SMALL = """
name = "small"
as_of = 2025-12-31
[run]
horizon_months = 12
[segments.a.intent]
annual_churn = 0.2
[segments.a.intent.causes]
x = { weight = 0.6 }
y = { weight = 0.4 }
[segments.a.acquisition]
entry_arr_mean = 1000.0
[segments.a.acquisition.channels.c]
leads_per_month = 300
conversion_probability = 1.0
[segments.a.contracts]
term_weight = { "1" = 1.0 }
[segments.a.expansion.upsell]
annual_rate = 0.3
fraction = 0.1
"""


def test_an_arm_may_be_uncertain_where_the_base_is_exact() -> None:
    file = parse(SMALL)
    arm = override(file, {"segments.a.intent.annual_churn": {"low": 0.1, "mode": 0.2, "high": 0.3}})
    ds = simulate(file, arms={"unsure": arm}, draws=5, replicates=2)
    assert list(ds.input.values) == ["segments.a.intent.annual_churn"]
    assert np.ptp(ds.inputs.values) > 0.0
    assert simulate(file, arms={"unsure": arm}, replicates=50).sizes["draw"] == 20


def test_mending_a_cause_does_not_raise_the_others() -> None:
    file = parse(SMALL)
    base = file.scenario
    intent = base.segments["a"].intent
    mended = {**intent.causes, "x": intent.causes["x"].model_copy(update={"weight": 0.0})}
    segment = base.segments["a"].model_copy(update={"intent": intent.model_copy(update={"causes": mended})})
    ds = simulate(file, arms={"mended": base.model_copy(update={"segments": {"a": segment}})}, replicates=40)
    lost = ds.accounts_churned_by_cause.sel(window="horizon").sum(("draw", "replicate"))
    assert float(lost.sel(arm="mended", cause="x")) == 0.0
    ratio = float(lost.sel(arm="mended", cause="y") / lost.sel(arm="base", cause="y"))
    # fewer leave for x, so a few more are there to leave for y; 0.6 renormalised would give 2.5
    assert 1.0 <= ratio < 1.15


def test_a_rate_beyond_all_reason_stops_the_run_and_says_where() -> None:
    text = SMALL.replace("annual_rate = 0.3", "annual_rate = 1e9")
    with pytest.raises(churnsim.results.simulation.SimulationError, match="arm 'base', draw 0, replicate 0, month"):
        simulate(parse(text), replicates=1)


def test_money_that_is_not_finite_stops_the_run() -> None:
    text = SMALL + "[money]\nannual_cost_to_serve = 1e308\nexpansion_cost_share = 1e308\n"
    with pytest.raises(churnsim.results.simulation.SimulationError, match="money of arm 'base'"):
        simulate(parse(text), replicates=1)


@pytest.mark.parametrize("what", ["horizon", "segment", "currency"])
def test_arms_that_do_not_fit_are_refused(what: str) -> None:
    file = parse(SMALL)
    base = file.scenario
    other = {
        "horizon": {"run": base.run.model_copy(update={"horizon_months": 6})},
        "segment": {"segments": {"b": base.segments["a"]}},
        "currency": {"money": base.money.model_copy(update={"currency": "EUR"})},
    }[what]
    with pytest.raises(ValueError, match="the arm 'odd' has"):
        simulate(file, arms={"odd": base.model_copy(update=other)}, replicates=1)


def test_a_scenario_runs_as_its_file_does_and_says_what_its_arms_change() -> None:
    file = parse(SMALL)
    arm = override(file, {"segments.a.intent.annual_churn": 0.3})
    by_file = simulate(file, arms={"worse": arm}, replicates=3)
    by_scenario = simulate(file.scenario, arms={"worse": arm}, replicates=3)
    assert by_file.npv.equals(by_scenario.npv)
    assert '"worse": {"segments.a.intent.annual_churn": 0.3}' in by_file.attrs["arms"]


def test_an_arm_called_base_and_a_company_without_customers_are_refused() -> None:
    file = parse(SMALL)
    other = override(file, {"segments.a.intent.annual_churn": 0.3})
    with pytest.raises(ValueError, match="the arm 'base' is the scenario"):
        simulate(file, arms={"base": other}, replicates=1)
    nobody = parse(SMALL.split("[segments.a.acquisition.channels.c]")[0])
    with pytest.raises(churnsim.ScenarioError, match="no customers"):
        simulate(nobody, replicates=1)


def test_short_contracts_see_a_price_change_once_a_year() -> None:
    text = SMALL.replace("horizon_months = 12", "horizon_months = 24").replace("annual_rate = 0.3", "annual_rate = 0.0")
    text = text.replace("[segments.a.expansion.upsell]", "price_uplift = 0.1\n[segments.a.expansion.upsell]")
    ds = simulate(parse(text), replicates=2, record="full")
    # monthly contracts from month 1 on: those of month 1 are a year old at the end of month 13
    price = ds.arr_price_by_month.sum(("arm", "draw", "replicate", "segment")).values
    assert (price[:12] == 0.0).all()
    assert (price[12:] > 0.0).all()


def test_seeds_and_memory_are_checked() -> None:
    file = parse(SMALL)
    with pytest.raises(ValueError, match="seed"):
        simulate(file, seed=2**63, replicates=1)
    crowd = parse(SMALL.replace("leads_per_month = 300", "leads_per_month = 1e8"))
    with pytest.raises(churnsim.results.memory.TooLarge, match="leads"):
        simulate(crowd, replicates=1)

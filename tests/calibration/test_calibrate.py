"""Scales are found again from KPIs that have a closed form, or that were simulated with them."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest

import churnsim as cs
from churnsim.calibration.calibrate import calibrate, fresh_seed
from churnsim.calibration.kpis import GROSS_RETENTION, INVOLUNTARY, LOGO_CHURN, NET_RETENTION
from churnsim.calibration.status_quo import StatusQuo
from churnsim.scenario.files import parse
from churnsim.scenario.problems import ScenarioError
from tests.calibration.small import TEXT, file, voluntary_factor


def value(result: cs.Scenario, path: str) -> float:
    node = result
    for part in path.split("."):
        node = node[part] if isinstance(node, dict) else getattr(node, part)
    return float(node)


def test_closed_forms_of_churn_payments_and_first_value():
    observed = """
    [observed.one]
    annual_logo_churn = 0.30
    involuntary_share = 0.25
    median_months_to_first_value = 4.5
    [observed.two]
    annual_logo_churn = 0.15
    """
    result = calibrate(file(observed), replicates=60)
    assert result.met, result.sentence
    after = result.file.scenario
    # 30% a year of which a quarter are bills: -ln(.7)/12 a month, shared 1 : 3
    lump = 0.25 * -math.log(0.7) / 12.0
    found = {
        "one.exits.payment_failure_probability": (-math.expm1(-lump), 0.03),
        "one.intent.hazard_factor": (voluntary_factor(0.2, 0.30, lump), 0.02),
        "two.intent.hazard_factor": (voluntary_factor(0.1, 0.15), 0.02),
        "one.onboarding.median_months_to_first_value": (4.5, 0.03),
    }
    for path, (expected, within) in found.items():
        assert value(after, f"segments.{path}") == pytest.approx(expected, rel=within), path


def test_the_closed_form_of_net_retention():
    text = TEXT.replace("median_months_to_first_value = 3.0", "median_months_to_first_value = 0.0")
    text = text.replace("annual_rate = 0.2, fraction = 0.1", "annual_rate = 0.0")
    result = calibrate(file("[observed.one]\nannual_net_retention = 0.9", text), replicates=60)
    kept = 0.8 * 0.99**12
    # upsells of 10% at a rate r multiply ARR by exp(.1 r) a year on average
    assert value(result.file.scenario, "segments.one.expansion.upsell.annual_rate") == pytest.approx(
        math.log(0.9 / kept) / 0.1, rel=0.03
    )


KNOWN = {
    "segments.one.intent.hazard_factor": 1.4,
    "segments.one.expansion.contraction.annual_rate": 0.5,
    "segments.one.expansion.upsell.annual_rate": 0.9,
    "segments.two.intent.hazard_factor": 0.7,
}


def test_known_scales_are_recovered_from_their_own_kpis():
    # large steps, so that the tolerance of .1 points in each KPI is little beside what they move
    text = TEXT.replace("fraction = 0.1 }", "fraction = 0.4 }")
    truth = StatusQuo(file(text=text), draws=1, replicates=40, seed=5).at(KNOWN)
    observed = ""
    for segment, kpi in (("one", LOGO_CHURN), ("one", GROSS_RETENTION), ("one", NET_RETENTION), ("two", LOGO_CHURN)):
        header = f"[observed.{segment}]\n"
        observed += ("" if header in observed else header) + f"{kpi.name} = {truth.estimate(segment, kpi).mean:.6f}\n"
    result = calibrate(file(observed, text), replicates=40, seed=5)
    assert result.met
    for path, known in KNOWN.items():
        assert value(result.file.scenario, path) == pytest.approx(known, rel=0.02), path
    # other luck: within the error
    for fit in result.fits:
        assert abs(fit.fresh.mean - fit.target) < 4.0 * math.hypot(fit.fresh.se, fit.reached.se), fit


@pytest.mark.parametrize(
    ("kpi", "grid"),
    [
        (LOGO_CHURN, [0.5, 0.9, 1.0, 1.1, 2.0]),
        (INVOLUNTARY, [0.0, 0.005, 0.01, 0.02, 0.2]),
        (GROSS_RETENTION, [0.0, 0.1, 0.2, 0.3, 2.0]),
        (NET_RETENTION, [0.0, 0.3, 0.4, 0.5, 2.0]),
    ],
)
def test_kpis_go_one_way_with_their_scales(kpi, grid):
    quo = StatusQuo(file("[observed.one]\ninvoluntary_share = 0.1"), draws=1, replicates=10, seed=1)
    at = [quo.at({f"segments.one.{kpi.scale}": x}).estimate("one", kpi).mean for x in grid]
    steps = [b - a if kpi.rises else a - b for a, b in itertools.pairwise(at)]
    assert min(steps) > 0.0


def test_ranges_of_what_a_kpi_pins_become_numbers_and_other_ranges_stay():
    text = TEXT.replace("intent.annual_churn = 0.2", "intent.annual_churn = { low = 0.1, mode = 0.2, high = 0.3 }")
    text = text.replace(
        "annual_rate = 0.2, fraction", "annual_rate = { dist = 'uniform', low = 0.1, high = 0.3 }, fraction"
    )
    observed = "[market]\nvolatility = { low = 0.0, mode = 0.2, high = 0.4 }\n[observed.one]\nannual_logo_churn = 0.25"
    before = file(observed, text)
    result = calibrate(before, draws=8, replicates=4)
    after = result.file.scenario
    assert list(before.scenario.uncertain()) == [
        "market.volatility",
        "segments.one.intent.annual_churn",
        "segments.one.expansion.contraction.annual_rate",
    ]
    assert list(after.uncertain()) == ["market.volatility", "segments.one.expansion.contraction.annual_rate"]
    assert list(result.settled) == ["segments.one.intent.annual_churn"]
    (fit,) = result.fits
    assert fit.met
    assert fit.reached.clusters == 8
    assert 0.0 <= fit.spread < 0.05


def test_what_cannot_be_reached_is_told_with_its_line_and_what_can():
    observed = """
[observed.one]
annual_gross_retention = 0.95
[observed.two]
annual_net_retention = 1.3
"""
    with pytest.raises(ScenarioError) as caught:
        calibrate(file(observed), replicates=5)
    first, second = caught.value.problems
    assert (first.key, second.key) == ("observed.one.annual_gross_retention", "observed.two.annual_net_retention")
    lines = file(observed).text.splitlines()
    assert lines[first.line - 1].startswith("annual_gross_retention")
    assert "contraction.annual_rate = 0, an end" in first.message
    assert "to 0.7" in first.allowed
    # without a fraction no rate of upsells moves anything
    assert "does not move it" in second.message


@pytest.mark.parametrize(
    ("observed", "key", "words"),
    [
        ("", "observed", "nothing to calibrate to"),
        ("[observed.one]\nannual_logo_churn = 0.0", "observed.one.annual_logo_churn", "no hazard"),
        (
            "[observed.one]\nannual_gross_retention = 0.9\nannual_net_retention = 0.8",
            "observed.one.annual_net_retention",
            "cannot lie below gross retention",
        ),
    ],
)
def test_targets_that_make_no_sense_are_refused_before_any_simulation(observed, key, words, monkeypatch):
    monkeypatch.setattr("churnsim.calibration.status_quo.simulate", None)
    with pytest.raises(ScenarioError) as caught:
        calibrate(file(observed))
    (problem,) = caught.value.problems
    assert problem.key == key
    assert words in problem.message


def test_a_segment_that_is_not_there_is_refused_by_the_file():
    with pytest.raises(ScenarioError, match="no segment is called 'three'"):
        file("[observed.three]\nannual_logo_churn = 0.1")


def test_a_segment_without_customers_cannot_be_measured():
    text = TEXT.replace("leads_per_month = 300.0", "leads_per_month = 0.0")
    with pytest.raises(ScenarioError, match="too few accounts are there"):
        calibrate(file("[observed.two]\nannual_logo_churn = 0.1", text), replicates=2)


def test_the_public_call_returns_a_file_that_can_be_simulated():
    result = cs.calibrate(file("[observed.one]\nannual_logo_churn = 0.25"), replicates=4)
    ds = cs.simulate(result.file, draws=1, replicates=2)
    assert ds.sizes["segment"] == 2
    assert parse(result.file.text).scenario == result.file.scenario


def test_the_same_seed_gives_the_same_file_with_any_number_of_threads():
    observed = file("[observed.one]\nannual_logo_churn = 0.25")
    one, two = (calibrate(observed, replicates=6, threads=n) for n in (1, 2))
    assert one.file.text == two.file.text
    assert dataclasses.replace(one, file=two.file) == two


def test_fresh_seeds_differ_and_can_be_used():
    seeds = {fresh_seed(seed) for seed in range(100)}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**63 for seed in seeds)

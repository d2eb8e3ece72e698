"""Metrics as printed."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from churnsim.decisions.policies import compare_policies
from churnsim.decisions.scorecard import scorecard
from churnsim.metrics.catalogue import METRICS
from churnsim.metrics.policy import FLOW, POLICIES
from churnsim.reports.metrics import print_policies, print_scorecard
from tests.metrics.histories import dataset, random_lives

RNG = np.random.default_rng(2)
MONEY = {"acquisition": 50.0, "gross_margin": 0.8, "annual_discount": 0.1}
DATA = dataset([[random_lives(RNG, 40, 24)] for _ in range(6)], **MONEY)


def printed(show, content, width: int = 120) -> str:
    out = io.StringIO()
    show(content, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def test_every_metric_stands_with_its_policy():
    text = printed(print_scorecard, scorecard(DATA, FLOW, 2))
    for metric in METRICS.values():
        assert metric.label in text
        assert metric.formula in text
    assert f"Metric policy: {FLOW.stamp}."[:60] in text
    assert "metrics of year 2 (1 draw × 6 replicates, seed 0)" in text
    assert "share of paths" in text, "a single draw has odds of luck alone"


def test_what_is_not_defined_is_a_dash_with_its_count():
    line = next(x for x in printed(print_scorecard, scorecard(DATA, FLOW, 2)).splitlines() if "multiple at" in x)
    assert line.split()[4:6] == ["–", "6"]


def test_a_narrow_terminal_keeps_the_values():
    text = printed(print_scorecard, scorecard(DATA, FLOW, 2), width=60)
    assert "not shown in 60 columns (widen the terminal): what it is" in text.replace("\n", " ").replace("  ", " ")
    assert all(metric.label in text for metric in METRICS.values())


def test_policies_side_by_side_with_why():
    text = printed(print_policies, compare_policies(DATA, 2))
    for policy in POLICIES.values():
        assert f"NRR, {policy.name}" in text
        assert f"GRR, {policy.name}" in text
    assert "What lowers it most" in text
    assert "A tool that reports flow shows" in text


def test_agreement_is_said_with_its_reason():
    closed = dataset([[[[100.0] * 6 + [60.0] * 7, [100.0] * 13]]])
    text = " ".join(printed(print_policies, compare_policies(closed, 1)).split())
    assert "Standard and cohort agree: nothing was won back." in text
    assert "what is won back never counts in it" in text


def test_a_year_without_arr_is_said():
    empty = dataset([[[[0.0] * 13]]])
    text = printed(print_policies, compare_policies(empty, 1))
    assert "NRR is not defined in any path" in text

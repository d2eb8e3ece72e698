"""Audit in the terminal: what a finance chief reads."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

import churnsim
from churnsim.decisions.diff import Diff
from churnsim.reports.audit import print_diff, print_verification
from tests.decisions.runs import run_of


def text_of(show: object, result: object, width: int = 120) -> str:
    stream = io.StringIO()
    show(result, Console(file=stream, width=width))  # type: ignore[operator]
    return stream.getvalue()


@pytest.fixture(scope="module")
def result() -> Diff:
    values = {
        "teams.csm.hours_per_month": 60.0,
        "segments.core.intent.annual_churn": 0.3,
        "description": "[red]other[/red]",
    }
    return churnsim.diff(run_of(), run_of(values, seed=2))


def test_inputs_are_shown_with_before_and_after(result: Diff) -> None:
    text = text_of(print_diff, result)
    assert "teams.csm.hours_per_month: 25.0 → 60.0" in text
    assert "segments.core.intent.annual_churn: { low = 0.1, mode = 0.2, high = 0.3 } → 0.3" in text
    assert "description: '' → '[red]other[/red]' (no result depends on it)" in text
    assert "seed: 1 → 2" in text


@pytest.mark.parametrize("width", [80, 120, 200])
def test_tables_fit_and_the_rest_is_named(result: Diff, width: int) -> None:
    text = text_of(print_diff, result, width)
    assert max(map(len, text.splitlines())) <= width
    for words in ("What came out: the base", "NPV of the other arms", "B – A with seed 1", "rest: other seed"):
        assert words in text
    assert "B – A as stored" in text


def test_the_rest_is_left_out_where_there_is_none() -> None:
    text = text_of(print_diff, churnsim.diff(run_of(), run_of({"teams.csm.hours_per_month": 60.0})))
    assert "B – A with seed 1" in text
    assert "rest" not in text
    assert "as stored" not in text


def test_amounts_of_two_currencies_are_not_subtracted() -> None:
    text = text_of(print_diff, churnsim.diff(run_of(), run_of({"money.currency": "EUR"})))
    base = next(line for line in text.splitlines() if line.strip().startswith("NPV "))
    assert "$" in base
    assert "€" in base
    assert base.rstrip().endswith("–")


def test_a_verdict_names_what_differs() -> None:
    run = run_of()
    same = text_of(print_verification, churnsim.verify(run))
    assert same.startswith("Same: all ")
    assert "churnsim run, seed 1, 18 paths; made with churnsim " in same
    dataset = run.dataset.copy(deep=True)
    dataset["npv"].values[0, 0, 0, 0] += 5.0
    text = text_of(print_verification, churnsim.verify(dataclasses.replace(run, dataset=dataset)))
    assert text.startswith("Different: 1 of ")
    line = next(line for line in text.splitlines() if line.strip().startswith("npv"))
    assert "1 of 36" in line
    assert "by at most 5" in line

"""The benchmark runs and counts right. Nothing here asserts a time."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.table import render
from benchmarks.timing import Spread

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report():
    command = [sys.executable, "-m", "benchmarks.core", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers(value):
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, float):
        yield value


def spreads(value):
    """The report as `render` wants it: what --json wrote as objects is a Spread again."""
    if isinstance(value, dict):
        if set(value) == set(Spread._fields):
            return Spread(**value)
        return {name: spreads(part) for name, part in value.items()}
    return [spreads(part) for part in value] if isinstance(value, list) else value


def test_every_section_has_numbers(report):
    assert set(report) == {"quick", "repeats", "machine", "ladder", "start", "pairing", "peers", "scale", "engine"}
    found = list(numbers(report))
    assert len(found) > 50
    assert all(math.isfinite(number) for number in found)


def test_the_load_is_the_stated_one(report):
    for row in report["engine"]["main"] + report["engine"]["whole"]:
        assert row["hours_demanded_over_available"] > 1.5, "hours must be short"
        assert 0.2 < row["csm_deliveries"] <= 0.31
        assert row["digital_deliveries"] > 0.1
        # new and lost accounts are what the book has grown by
        growth = (row["arrivals"] - row["exits"]) * row["account_months_per_path"] / row["accounts"]
        assert row["growth"] - 1.0 == pytest.approx(growth, abs=1e-9)


def test_the_ladder_job_is_the_stated_one(report):
    job = report["ladder"]
    assert (job["accounts"], job["months"], job["arms"]) == (2_000, 36, 15)
    per_path = job["account_months"] / (job["arms"] * job["draws"] * job["replicates"])
    assert per_path == pytest.approx(2_000 * 36, rel=0.2)
    assert 0.0 < job["tables_share_of_processor"] < 1.0
    assert job["peak_bytes"] >= job["bytes_before"] > job["result_bytes"]


def test_pairing_reduces_the_variance(report):
    for row in report["pairing"]:
        assert row["other_seed_over_paired_90"][0] > 1.0
        assert row["other_luck_over_paired_90"][0] > 1.0


def test_peers_are_timed_after_they_agree(report):
    found = {row["peer"]: row for row in report["peers"]["peers"]}
    assert {"engine", "numpy_one", "numpy_batch", "simpy"} <= set(found)
    assert ("c" in found) != ("c" in report["peers"]["missing"])
    for row in found.values():
        assert row["ns"]["median"] > 0.0
        assert row["z"] is None or max(map(abs, row["z"].values())) < 4.0


def test_the_table_shows_machine_and_sections(report):
    text = render(spreads(report))
    for word in (
        report["machine"]["processor"],
        "Engine alone",
        "Ladder job",
        "Start, s",
        "What pairing buys",
        "side by side",
    ):
        assert word in text
    assert max(map(len, text.splitlines())) <= 120


def test_account_months_of_a_summary_are_the_sums_of_closing_accounts():
    from benchmarks.company import company
    from benchmarks.ladder import account_months

    from churnsim.results.simulation import simulate

    file, book = company(200)
    dataset = simulate(file, book=book, draws=2, replicates=2, record="paths")
    counted = float(dataset["accounts_closing_by_month"].sum())
    assert account_months(dataset, file.scenario.money.annual_cost_to_serve) == pytest.approx(counted, rel=1e-12)
    whole = dataset.sel(window="horizon")
    assert float((whole["accounts_closing"] - whole["accounts_opening"]).sum()) != 0.0, (
        "else the correction is not tried"
    )

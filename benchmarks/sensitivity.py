"""Sobol indices of a ladder decision: is the next CSM worth its cost, and which of 20 uncertain inputs decide it?

500 accounts over 36 months, base sample 1,024: 1,024 (20 + 2) = 22,528 draws, each with one more post and without. Run
as a module, in a process of its own, so that its peak memory is that of the job.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from typing import Any

import numpy as np

from benchmarks.child import peak_memory
from benchmarks.company import company
from benchmarks.machine import machine
from churnsim.decisions.headcount import with_posts
from churnsim.scenario.files import override
from churnsim.scenario.model import BASE_ARM
from churnsim.uncertainty.model import Outcome
from churnsim.uncertainty.sobol import sobol

ACCOUNTS, MONTHS, INPUTS = 500, 36, 20
SAMPLES, QUICK = 1_024, 16
SEED = 7
MORE: dict[str, dict[str, float]] = {
    "teams.csm.annual_cost": {"low": 130_000.0, "mode": 150_000.0, "high": 190_000.0},
    "teams.csm.ramp_months": {"low": 2.5, "mode": 4.0, "high": 7.0},
    "health.noise_sd": {"low": 0.06, "mode": 0.12, "high": 0.20},
    "money.gross_margin": {"low": 0.70, "mode": 0.78, "high": 0.84},
    "segments.small.expansion.upsell.annual_rate": {"low": 0.25, "mode": 0.40, "high": 0.60},
    "segments.middle.expansion.upsell.annual_rate": {"low": 0.40, "mode": 0.60, "high": 0.85},
    "segments.small.engagement.monthly_drift": {"low": 0.06, "mode": 0.12, "high": 0.20},
    "segments.middle.engagement.monthly_drift": {"low": 0.06, "mode": 0.12, "high": 0.20},
    "segments.large.engagement.monthly_drift": {"low": 0.06, "mode": 0.12, "high": 0.20},
}
"""Inputs that are uncertain besides those of core.toml."""


def decision(replicates: int = 1) -> Outcome:
    """The net present value of one post more than today's, less that of today's."""
    file, book = company(ACCOUNTS, months=MONTHS)
    missing = INPUTS - len(file.scenario.uncertain())
    base = override(file, dict(list(MORE.items())[:missing]))
    posts = base.teams["csm"].posts.today + 1
    arms = {BASE_ARM: base, f"csm {posts}": with_posts(base, "csm", posts)}
    file = dataclasses.replace(file, scenario=base)
    found = Outcome(file, arms, f"csm {posts}", against=BASE_ARM, replicates=replicates, seed=SEED, book=book)
    assert len(found.inputs) == INPUTS, f"the job has {INPUTS} inputs, found {len(found.inputs)}"
    return found


def measure(samples: int) -> dict[str, Any]:
    """Time and memory of the job, and what it finds."""
    model = decision()
    model(np.full((1, INPUTS), 0.5))  # compiles or loads
    before = peak_memory()
    wall, processor = time.perf_counter(), time.process_time()
    found = sobol(model, samples, seed=SEED)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    top = found.inputs[0]
    return {
        "accounts": ACCOUNTS,
        "months": MONTHS,
        "inputs": INPUTS,
        "samples": samples,
        "runs": found.runs,
        "paths": 2 * found.runs * found.replicates,
        "seconds": wall,
        "ms_per_run": wall / found.runs * 1e3,
        "busy_cores": processor / wall,
        "peak_bytes": peak_memory(),
        "bytes_before": before,
        "sum_of_first": 1.0 - found.interaction.value,
        "top_input": top.input,
        "top_total": [top.total.value, top.total.low, top.total.high],
    }


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"base sample {QUICK} instead of {SAMPLES:,}")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    about = machine()
    found = measure(QUICK if options.quick else SAMPLES)
    if options.json:
        print(json.dumps({"machine": about, "sobol": found}))
        return
    print(f"{about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, load before {about['load_before']}")
    print(
        f"Sobol indices of {found['inputs']} inputs, base sample {found['samples']:,}: {found['runs']:,} runs of"
        f" {found['accounts']} accounts over {found['months']} months, two arms each"
    )
    print(f"{found['seconds']:.1f} s, {found['ms_per_run']:.2f} ms a run, {found['busy_cores']:.1f} cores busy")
    print(f"peak memory {found['peak_bytes'] / 1e6:,.0f} MB, {found['bytes_before'] / 1e6:,.0f} MB before")
    low, high = found["top_total"][1:]
    print(f"largest total index: {found['top_input']} {found['top_total'][0]:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()

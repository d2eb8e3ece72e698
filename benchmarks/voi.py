"""Value of finding out each of 20 inputs (EVPPI) from 10,000 draws, in seconds. Run as a module.

Three arms whose differences are lines, curves and products of the inputs, with luck that outweighs what the inputs do:
the values of all inputs one by one, then of the first five together and of everything.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from benchmarks.child import peak_memory
from benchmarks.machine import machine
from churnsim.uncertainty.information import evpi, evppi

INPUTS, DRAWS, TARGET_SECONDS = 20, 10_000, 10.0


def problem(draws: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Net benefits (arms, draws, replicates) and samples of the inputs."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(INPUTS, draws))
    weights = 1.0 / np.arange(1, INPUTS + 1)
    line, curve = weights @ x, np.exp(0.5 * x[0]) - x[1] * x[2]
    luck = 4.0 * rng.normal(size=(3, draws, 2))
    benefit = np.stack([np.zeros(draws), line, 0.5 * line + curve - 1.0])[:, :, None] + luck
    return benefit, {f"input {j + 1}": x[j] for j in range(INPUTS)}


def measure(draws: int) -> dict[str, Any]:
    """Seconds of each part, and the values, with their standard errors."""
    benefit, inputs = problem(draws)
    few = {name: values[:100] for name, values in inputs.items()}
    evppi(benefit[:, :100], few)  # imports
    start = time.perf_counter()
    singles = {name: evppi(benefit, {name: values}) for name, values in inputs.items()}
    single_seconds = time.perf_counter() - start
    start = time.perf_counter()
    group = evppi(benefit, dict(list(inputs.items())[:5]))
    group_seconds = time.perf_counter() - start
    start = time.perf_counter()
    everything = evpi(benefit, inputs)
    return {
        "draws": draws,
        "inputs": INPUTS,
        "seconds_of_20_inputs": single_seconds,
        "target_seconds": TARGET_SECONDS,
        "seconds_of_a_group_of_5": group_seconds,
        "seconds_of_everything": time.perf_counter() - start,
        "peak_bytes": peak_memory(),
        "values": {name: (found.mean, found.se) for name, found in singles.items()},
        "group_of_5": (group.mean, group.se),
        "everything": (everything.mean, everything.se),
    }


def main() -> None:
    """Print the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quick", action="store_true", help="500 draws: shows that it runs")
    options = parser.parse_args()
    found = {"machine": machine(), "quick": options.quick} | measure(500 if options.quick else DRAWS)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name in ("processor", "cores", "load_before"):
        print(f"{name}: {found['machine'][name]}")
    print(f"{INPUTS} inputs one by one, {found['draws']:,} draws: {found['seconds_of_20_inputs']:.2f} s (target 10)")
    print(f"5 inputs together: {found['seconds_of_a_group_of_5']:.2f} s")
    print(f"everything: {found['seconds_of_everything']:.2f} s")
    print(f"peak memory: {found['peak_bytes'] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()

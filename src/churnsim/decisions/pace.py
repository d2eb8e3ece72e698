"""How long a simulation takes on this machine, from a small part of it."""

from __future__ import annotations

import os
import time

from churnsim.results.runs import Run
from churnsim.scenario.model import BASE_ARM


def paths_of(run: Run) -> int:
    """Paths of a stored run, those of its second look included."""
    looks = [run.dataset] if run.second is None else [run.dataset, run.second]
    return sum(look.sizes["arm"] * look.sizes["draw"] * look.sizes["replicate"] for look in looks)


def seconds_per_path(run: Run) -> float:
    """Seconds of a path of the base, by the clock, over a few draws of all cores.

    The first call in a process loads the compiled core, which is not counted.
    """
    from churnsim.results.simulation import simulate

    file, cores = run.scenario_file, os.cpu_count() or 1
    draws, replicates = min(run.dataset.sizes["draw"], 2 * cores), min(run.dataset.sizes["replicate"], 8)
    arms = {BASE_ARM: file.scenario}
    seed = int(run.dataset.attrs["seed"])
    simulate(file, arms=arms, draws=1, replicates=1, seed=seed, book=run.book)
    start = time.perf_counter()
    simulate(file, arms=arms, draws=draws, replicates=replicates, seed=seed, book=run.book)
    return (time.perf_counter() - start) / (draws * replicates)

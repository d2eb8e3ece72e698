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


def seconds_per_path(run: Run, arms: int) -> float:
    """Seconds of a path by the clock, over a few draws, on all cores, of as many arms side by side: the base copied.

    The first call in a process loads the compiled core, which is not counted.
    """
    from churnsim.results.simulation import simulate

    file, cores = run.scenario_file, os.cpu_count() or 1
    copies = {BASE_ARM: file.scenario} | {f"copy {i}": file.scenario for i in range(1, min(arms, 8))}
    draws, replicates = min(run.dataset.sizes["draw"], 8 * cores), min(run.dataset.sizes["replicate"], 4)
    seed = int(run.dataset.attrs["seed"])
    simulate(file, arms=copies, draws=1, replicates=1, seed=seed, book=run.book)
    start = time.perf_counter()
    simulate(file, arms=copies, draws=draws, replicates=replicates, seed=seed, book=run.book)
    return (time.perf_counter() - start) / (len(copies) * draws * replicates)

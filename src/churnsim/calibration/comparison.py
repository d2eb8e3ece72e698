"""Observed KPIs beside the simulated ones of a scenario as it is: what a run says without fitting anything."""

from __future__ import annotations

import dataclasses
import math

from churnsim.calibration.kpis import targets_of
from churnsim.calibration.status_quo import StatusQuo
from churnsim.metrics.estimates import Estimate
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile

NOTABLE = 5.0
"""Tolerances of a calibration beyond which, the error aside, a difference is worth telling: half a point of a share,
two and a half of the involuntary share, a quarter of a month."""
MOST_DRAWS, MOST_REPLICATES = 100, 10


@dataclasses.dataclass(frozen=True)
class Compared:
    """One observed KPI and the simulated one."""

    segment: str
    kpi: str
    kind: str
    """"share" or "months"."""
    target: float
    simulated: Estimate
    tolerance: float
    agrees: bool
    """Whether they differ by no more than the tolerance and the error together; so too where nothing can be seen."""


def compare_with_observed(
    file: ScenarioFile,
    *,
    draws: int,
    replicates: int,
    seed: int,
    threads: int | None = None,
    book: Book | None = None,
) -> list[Compared]:
    """Compare the KPIs of the base arm with `[observed.SEGMENT]`; empty when nothing is observed.

    The first year is simulated again, with at most MOST_DRAWS x MOST_REPLICATES of the run's own draws and luck.
    `book`: existing accounts; default: the book that the scenario names.
    """
    targets = targets_of(file.scenario)
    if not targets:
        return []
    quo = StatusQuo(
        file,
        draws=min(draws, MOST_DRAWS),
        replicates=min(replicates, MOST_REPLICATES),
        seed=seed,
        threads=threads,
        book=book,
    )
    if draws == 1:
        quo.replicates = min(replicates, MOST_DRAWS)
    trial = quo.at({})
    out = []
    for target in targets:
        simulated = trial.estimate(target.segment, target.kpi)
        tolerance = NOTABLE * target.kpi.tolerance
        error = simulated.high - simulated.mean if math.isfinite(simulated.high) else 0.0
        apart = abs(simulated.mean - target.value) > tolerance + error
        one = (target.segment, target.kpi.name, target.kpi.kind, target.value)
        out.append(Compared(*one, simulated, tolerance, not apart))
    order = list(file.scenario.segments)
    return sorted(out, key=lambda one: order.index(one.segment))

"""Coordinate sweeps: scale by scale, until every KPI is within its tolerance of its target.

A KPI is a step function of its scale, because accounts are counted, but with the same luck in every trial it only goes
one way, and is nearly straight. So secant steps hit most roots at once and bracket the others, which Chandrupatla's
method (scipy.optimize.elementwise) then closes in on. All segments go side by side: one simulation is one step of each.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

import numpy as np

from churnsim.calibration.kpis import INVOLUNTARY, KPIS, LOGO_CHURN, Kpi, Target
from churnsim.calibration.status_quo import Responses, StatusQuo

MOST_SWEEPS = 6
MOST_SECANTS = 8
"""Secant steps, before the root is closed in on within its bracket."""
MOST_STEPS = 20
"""Steps within a bracket."""
CLOSER = 0.5
"""Share of the tolerance within which a root is good enough, so that later KPIs may move it a little."""


@dataclasses.dataclass(frozen=True)
class OutOfReach:
    """A target that no allowed value of its scale meets, with the KPI at both ends."""

    target: Target
    at_low: float
    at_high: float


@dataclasses.dataclass
class Search:
    """Where a calibration stands: the value of each scale by dotted path."""

    quo: StatusQuo
    targets: Sequence[Target]
    values: dict[str, float]
    responses: Responses = dataclasses.field(default_factory=dict)
    sweeps: int = 0

    def run(self) -> list[OutOfReach]:
        """Sweep until all targets are met or the sweeps are used up; return those that are out of reach, if any."""
        lost: dict[str, OutOfReach] = {}
        for self.sweeps in range(1, MOST_SWEEPS + 1):
            for kpi in KPIS:
                due = [t for t in self.targets if t.kpi is kpi and t.path not in lost and not self._met(t)]
                if due:
                    lost |= self._close_in(kpi, due)
            if all(self._met(t) for t in self.targets if t.path not in lost):
                break
        return list(lost.values())

    def gap(self, target: Target) -> float:
        """The KPI where the search stands, less its target."""
        return self.quo.at(self.values, self.responses).estimate(target.segment, target.kpi).mean - target.value

    def _gap_ahead(self, target: Target) -> float:
        """The same, but for a share of exits as it will be once logo churn meets its own target.

        Failed payments stay as many while intent takes up the rest; sweeping without this would swing to and fro.
        """
        churn = next((t for t in self.targets if t.kpi is LOGO_CHURN and t.segment == target.segment), None)
        if target.kpi is not INVOLUNTARY or churn is None:
            return self.gap(target)
        exits = math.log1p(-self.gap(churn) - churn.value) / math.log1p(-churn.value)
        return (self.gap(target) + target.value) * exits - target.value

    def _met(self, target: Target) -> bool:
        return abs(self.gap(target)) <= target.kpi.tolerance

    def _gaps(self, due: Sequence[Target], at: Iterable[float]) -> np.ndarray:
        """Gaps of some targets with their scales at given values; the search moves there."""
        self.values |= {target.path: float(value) for target, value in zip(due, at, strict=True)}
        return np.array([self._gap_ahead(target) for target in due])

    def _close_in(self, kpi: Kpi, due: list[Target]) -> dict[str, OutOfReach]:
        """Move the scales of one KPI to their roots; return the targets without one, whose scales stay at an end."""
        from scipy.optimize import elementwise

        gap, below, above = self._walk(kpi, due)
        missed = np.abs(gap) > CLOSER * kpi.tolerance
        bracketed = np.isfinite(below) & np.isfinite(above)
        lost = {}
        for i in np.flatnonzero((np.abs(gap) > kpi.tolerance) & ~bracketed):
            low, high = (self._end(due[i], end) for end in (kpi.low, kpi.high))
            lost[due[i].path] = OutOfReach(due[i], low, high)
        rest = np.flatnonzero(missed & bracketed)
        if len(rest):

            def gaps(x: np.ndarray, index: np.ndarray) -> np.ndarray:
                return self._gaps([due[int(i)] for i in index], x)

            found = elementwise.find_root(
                gaps,
                (below[rest], above[rest]),
                args=(rest.astype(float),),
                tolerances={"fatol": CLOSER * kpi.tolerance, "xrtol": 1e-4},
                maxiter=MOST_STEPS,
            )
            self._gaps([due[i] for i in rest], found.x)
        return lost

    def _walk(self, kpi: Kpi, due: list[Target]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Secant steps until each root is hit, the end of what is allowed is met, or the steps are used up.

        Returns the gaps where the walk ends, and the nearest values known to lie below and above the target.
        """
        last = np.array([self.values[target.path] for target in due])
        last_gap = self._gaps(due, last)
        at = np.array(
            [
                kpi.guess(x, g + t.value, t.value) if x > 0.0 else kpi.start
                for t, x, g in zip(due, last, last_gap, strict=True)
            ]
        )
        at = np.clip(at, kpi.low, kpi.high)
        below, above = np.where(last_gap < 0.0, last, np.nan), np.where(last_gap >= 0.0, last, np.nan)
        gap = last_gap
        for _ in range(MOST_SECANTS):
            gap = self._gaps(due, at)
            below, above = np.where(gap < 0.0, at, below), np.where(gap >= 0.0, at, above)
            up = (gap < 0.0) == kpi.rises
            open_ = (np.abs(gap) > CLOSER * kpi.tolerance) & (at != np.where(up, kpi.high, kpi.low))
            if not open_.any():
                break
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = (gap - last_gap) / (at - last)
                step = -gap / slope
            right = np.isfinite(step) & ((slope > 0.0) == kpi.rises)
            ahead = np.clip(np.where(right, at + step, 0.0), at / 3.0, 3.0 * at)
            ahead = np.where(right, ahead, np.where(up, 3.0 * at, at / 3.0))
            low, high = np.fmin(below, above), np.fmax(below, above)
            inside = np.isnan(below) | np.isnan(above) | ((low < ahead) & (ahead < high))
            ahead = np.where(inside, ahead, 0.5 * (low + high))
            # a scale that has become next to nothing is tried at its least value, which may be 0
            ahead = np.where(ahead < max(kpi.low, 1e-3 * kpi.start), kpi.low, np.minimum(ahead, kpi.high))
            last, last_gap = np.where(open_, at, last), np.where(open_, gap, last_gap)
            at = np.where(open_, ahead, at)
        return gap, below, above

    def _end(self, target: Target, end: float) -> float:
        trial = self.quo.at(self.values | {target.path: end}, self.responses)
        return trial.estimate(target.segment, target.kpi).mean

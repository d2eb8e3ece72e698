"""Draw by draw: what a scale must answer for its KPI to stay where it is when an uncertain number changes.

After the sweeps the KPI's mean over draws is on target, while single draws lie apart by what the other uncertain
numbers do to it. In each draw d the scale would have to move by

    delta_d = -(KPI_d - mean KPI) / s,     s = d KPI / d ln scale, from a second trial with the scale a little higher,

and the least-squares fit of delta on the uncertain numbers is what the file keeps (scenario/response.py). The fit takes
only what those numbers explain: luck that is left in KPI_d is none of theirs. Numbers whose slope is not LEAST_SURETY
standard errors from 0 are dropped one by one, the most doubtful first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from churnsim.calibration.kpis import INVOLUNTARY, KPIS, Target
from churnsim.calibration.status_quo import Responses, StatusQuo
from churnsim.scenario.response import Response

NUDGE = 1.1
"""Factor on the scale in the second trial."""
LEAST_SURETY = 3.0
"""Standard errors from 0 that a slope must have."""
FEWEST_DRAWS = 20
"""Draws from which on a fit is tried."""


def respond(quo: StatusQuo, targets: Sequence[Target], values: Mapping[str, float]) -> Responses:
    """Responses of the scales of all targets, KPI by KPI, each with those before it in place.

    The involuntary share has none: once churn is on target in every draw, so is the share of failed payments.
    """
    out: Responses = {}
    inputs = quo.at(values).inputs()
    if quo.draws < FEWEST_DRAWS or not inputs:
        return out
    for kpi in KPIS:
        due = [target for target in targets if target.kpi is kpi]
        if kpi is INVOLUNTARY or not due or any(values[target.path] == 0.0 for target in due):
            continue
        here = quo.at(values, out)
        there = quo.at({**values, **{target.path: NUDGE * values[target.path] for target in due}}, out)
        found = {}
        for target in due:
            kpis = here.by_draw(target.segment, kpi)
            slope = (there.by_draw(target.segment, kpi).mean() - kpis.mean()) / math.log(NUDGE)
            if np.isfinite(kpis).all() and slope != 0.0:
                found[target.path] = fit(inputs, -(kpis - kpis.mean()) / slope, quo.expectations(inputs))
        out = out | {path: responses for path, responses in found.items() if responses}
    return out


def fit(inputs: Mapping[str, np.ndarray], delta: np.ndarray, at: Mapping[str, float]) -> dict[str, Response]:
    """Slopes of `delta` (D,) on the inputs (D,) that matter, by their dotted path."""
    chosen = [path for path, x in inputs.items() if x.std() > 0.0]
    # leave at least half of the draws for the error
    chosen = sorted(chosen, key=lambda path: -abs(np.corrcoef(inputs[path], delta)[0, 1]))[: len(delta) // 2]
    while chosen:
        spread = np.array([inputs[path].std() for path in chosen])
        design = np.column_stack([np.ones(len(delta)), *(inputs[p] / s for p, s in zip(chosen, spread, strict=True))])
        slopes, *_ = np.linalg.lstsq(design, delta, rcond=None)
        rest = delta - design @ slopes
        covariance = np.linalg.pinv(design.T @ design) * (rest @ rest) / (len(delta) - design.shape[1])
        surety = np.abs(slopes[1:]) / np.sqrt(np.maximum(np.diag(covariance)[1:], 1e-300))
        worst = int(surety.argmin())
        if surety[worst] >= LEAST_SURETY:
            slopes = slopes[1:] / spread
            return {p: Response(at=_round(at[p]), log_slope=_round(b)) for p, b in zip(chosen, slopes, strict=True)}
        del chosen[worst]
    return {}


def _round(value: float) -> float:
    return float(f"{value:.4g}")

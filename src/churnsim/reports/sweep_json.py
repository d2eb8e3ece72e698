"""The report of a sweep as plain JSON types."""

from __future__ import annotations

from typing import Any

import numpy as np

from churnsim.decisions.plain import plain
from churnsim.reports.sweep import Subject, sentences_of
from churnsim.sweeps.capacity import FAN
from churnsim.sweeps.means import means_of
from churnsim.sweeps.reading import Reading


def to_json(subject: Subject) -> dict[str, Any]:
    """Everything as plain JSON types; points in full."""
    reading, found, tips = subject.reading, subject.standings, subject.tips
    means = means_of(reading.values)
    points = []
    for p in range(reading.points):
        state = "finished" if reading.finished[p] else "failed" if p in reading.failed else "missing"
        point: dict[str, Any] = {"at": reading.named(p), "state": state, "error": reading.failed.get(p)}
        for axis, i in zip(reading.axes, np.unravel_index(p, reading.shape), strict=True):
            point["at"] |= {name: float(v[i]) for name, v in axis.inputs.items()}
        if reading.finished[p]:
            point["values"] = {arm: plain(means.at(p, a)) for a, arm in enumerate(reading.arms)}
        if found is not None and found.best[p] >= 0:
            point |= {
                "best": reading.arms[int(found.best[p])],
                "lead": plain(found.lead.at(p)),
                "regret": {arm: plain(found.regret.at(p, a)) for a, arm in enumerate(reading.arms)},
            }
        points.append(point)
    standing = None
    if found is not None:
        standing = {name: plain(arm) | {"worst_at": reading.named(arm.worst_at)} for name, arm in found.arms.items()}
    return {
        "sentences": sentences_of(subject),
        "scenario": reading.scenario,
        "measure": reading.measure,
        "currency": reading.currency,
        "horizon_months": reading.horizon_months,
        "seed": reading.seed,
        "draws": reading.draws,
        "replicates": reading.replicates,
        "masked": reading.masked,
        "axes": {axis.name: list(axis.labels) for axis in reading.axes},
        "finished": int(reading.finished.sum()),
        "failed": len(reading.failed),
        "missing": len(reading.missing),
        "same": dict(reading.twins),
        "winner": None if found is None else found.winner,
        "least_regretted": None if found is None else found.least_regretted,
        "arms": standing,
        "tipping": None if tips is None else plain(tips),
        "per_hour": None if subject.hourly is None else _hourly_json(subject),
        "capacity": None if reading.capacity is None else _capacity_json(reading),
        "points": points,
    }


def _hourly_json(subject: Subject) -> dict[str, Any]:
    assert subject.hourly is not None
    at = [{"at": subject.reading.named(p), "per_hour": plain(arms)} for p, arms in subject.hourly.at.items()]
    return plain(subject.hourly) | {"at": at}  # type: ignore[no-any-return]


def _capacity_json(reading: Reading) -> dict[str, Any]:
    found = reading.capacity
    assert found is not None
    arms = {name: plain(arm) for name, arm in zip(reading.arms, found.arms, strict=True)}
    points = [
        {"at": reading.named(p)} | {name: plain(when) for name, when in zip(reading.arms, whens, strict=True)}
        for p, whens in found.at.items()
    ]
    return {"months": found.months, "quantiles": list(FAN), "arms": arms, "points": points}

"""The same arms under several scenarios: which arm is least regretted, whatever comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churnsim.decisions.inputs import InputError
from churnsim.decisions.plain import plain
from churnsim.metrics.policy import STANDARD
from churnsim.uncertainty.best import RegretMatrix, regret_matrix
from churnsim.uncertainty.risk import WORST_IS_HIGH, Risk


@dataclass(frozen=True)
class Scenarios:
    """Arms that all scenarios have, in each of them."""

    currency: str
    measure: str
    label: str
    kind: str
    arms: tuple[str, ...]
    left_out: tuple[str, ...]
    """Arms that some scenario has and others do not."""
    risks: dict[str, Risk]
    """By the name of the scenario."""
    matrix: RegretMatrix

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not defined is null."""
        risks = {name: risk.to_json() for name, risk in self.risks.items()}
        return {"metric_policy": STANDARD.stamp, **plain(self), "risks": risks}


def regret_over(risks: Mapping[str, Risk]) -> Scenarios:
    """Hold the arms of several scenarios against each other, by the measure that decides.

    Raises InputError where scenarios are not of one currency, horizon and measure, or share fewer than two arms.
    """
    first = next(iter(risks.values()))
    for what, key in (("currency", "currency"), ("horizon in months", "horizon_months"), ("measure", "measure")):
        found = {name: getattr(risk, key) for name, risk in risks.items()}
        if len(set(found.values())) > 1:
            listed = ", ".join(f"{name}: {value}" for name, value in found.items())
            raise InputError(f"scenarios must have the same {what}: {listed}")
    shared = [arm for arm in first.arms if all(arm in risk.arms for risk in risks.values())]
    if len(shared) < 2:
        raise InputError("scenarios must share two arms at least: ask about a ladder of all of them with --csm")
    every = list(dict.fromkeys(arm for risk in risks.values() for arm in risk.arms))
    values = {name: risk.values.sel(arm=shared) for name, risk in risks.items()}
    return Scenarios(
        first.currency,
        first.measure,
        first.labels[first.measure],
        first.kind(first.measure),
        tuple(shared),
        tuple(arm for arm in every if arm not in shared),
        dict(risks),
        regret_matrix(values, higher_is_better=first.measure not in WORST_IS_HIGH),
    )

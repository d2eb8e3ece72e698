"""Structural switches: mechanisms of the model switched off, one at a time, against the model as it is.

A distribution says how large a mechanism is; a switch asks whether it is there at all. Every number stands at its
median, luck is the same on both sides, differences are paired over replicates. Nothing is calibrated again: without
frailty, say, the same churn at the reference state is another churn of the portfolio.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from churnsim.decisions.progress import Progress, part
from churnsim.metrics.estimates import Estimate
from churnsim.scenario.distributions import Distribution
from churnsim.scenario.model import BASE_ARM, leaves
from churnsim.uncertainty.model import Model
from churnsim.uncertainty.outcomes import over_luck

if TYPE_CHECKING:
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario

SWITCHES: dict[str, str] = {
    "frailty": "all customers of a segment are alike",
    "drift": "engagement holds without anybody rowing",
    "market": "no good and bad times",
    "cohort drift": "quarters of entry are alike",
    "word of mouth": "no referrals, and nobody hears of detractors",
}
"""Mechanisms that can be switched off, and what that means."""


@dataclass(frozen=True)
class Switched:
    """A mechanism that is switched off."""

    switch: str
    means: str
    off_already: bool
    """Whether the scenario does not use it, in any of the arms asked for; there is no outcome then."""
    outcome: Estimate | None
    change: Estimate | None
    """From the model as it is, paired."""


@dataclass(frozen=True)
class Switches:
    """Mechanisms, the greatest change first; those that are off already last."""

    median: Estimate
    switches: tuple[Switched, ...]
    replicates: int


def switches(model: Model, without: Mapping[str, Model | None], progress: Progress | None = None) -> Switches:
    """Compare a model with variants of it by the name of what they lack; None where it is lacking already."""
    pairs = [(name, variant) for name, variant in without.items() if variant is not None]
    ends = [(i / (len(pairs) + 1), (i + 1) / (len(pairs) + 1)) for i in range(len(pairs) + 1)]
    median = _at_medians(model, part(progress, *ends[0]))
    found = []
    for (name, variant), end in zip(pairs, ends[1:], strict=True):
        row = _at_medians(variant, part(progress, *end))
        both = ~np.isnan(row) & ~np.isnan(median)
        found.append(Switched(name, SWITCHES.get(name, ""), False, over_luck(row), over_luck((row - median)[both])))
    found.sort(key=lambda one: -abs(one.change.mean) if one.change else 0.0)
    off = [Switched(name, SWITCHES.get(name, ""), True, None, None) for name, v in without.items() if v is None]
    return Switches(over_luck(median), (*found, *off), len(median))


def _at_medians(model: Model, progress: Progress | None) -> np.ndarray:
    return np.asarray(model(np.full((1, len(model.inputs)), 0.5), progress)[0])


def switched_off(
    file: ScenarioFile, arms: Mapping[str, Scenario], switch: str
) -> tuple[ScenarioFile, dict[str, Scenario]] | None:
    """A file and its arms (the base among them) without a mechanism; None where none of them has it.

    Raises ScenarioError when the file cannot do without.
    """
    without = {name: _without(scenario, switch) for name, scenario in arms.items()}
    if all(without[name] is scenario for name, scenario in arms.items()):
        return None
    return dataclasses.replace(file, scenario=without[BASE_ARM]), without


def _without(scenario: Scenario, switch: str) -> Scenario:
    """The scenario with the numbers of a mechanism at 0; itself where they are so."""
    from churnsim.scenario.files import override

    known = dict(leaves(scenario))
    off = [path for path in _numbers(scenario, switch) if known[path] != 0.0]
    changed = override(scenario, dict.fromkeys(off, 0.0), where=f"without {switch}") if off else scenario
    if switch == "frailty":
        changed = _without_beta_frailty(changed)
    if not scenario.calibration or changed is scenario:
        return changed
    # calibrated scales stay where the medians have them: they would answer to the 0 as if it were a draw
    now = dict(leaves(changed))
    calibration = {
        scale: {
            path: response.model_copy(update={"at": response.at - _median(known[path])}) if path in off else response
            for path, response in responses.items()
            if path in now
        }
        for scale, responses in scenario.calibration.items()
    }
    return changed.model_copy(update={"calibration": calibration})


def _numbers(scenario: Scenario, switch: str) -> list[str]:
    """Dotted paths of the numbers that make a mechanism, and leave nothing of it at 0."""
    if switch == "market":
        return ["market.volatility"]
    if switch == "cohort drift":
        return ["market.cohort_volatility"]
    paths = []
    for name, segment in scenario.segments.items():
        where = f"segments.{name}"
        if switch == "frailty" and segment.intent.frailty.variance is not None:
            paths.append(f"{where}.intent.frailty.variance")
        elif switch == "drift":
            paths.append(f"{where}.engagement.monthly_drift")
        elif switch == "word of mouth":
            paths += [f"{where}.advocacy.word_of_mouth", f"{where}.advocacy.annual_referrals"]
    return paths


def _without_beta_frailty(scenario: Scenario) -> Scenario:
    """A beta law has no variance to set to 0: it is taken away, and renewals keep the churn that it implied."""
    from churnsim.compile.hazards import beta_mean
    from churnsim.scenario.intent import Frailty

    changed = {}
    for name, segment in scenario.segments.items():
        law = segment.intent.frailty
        if law.law == "beta":
            alpha, beta = (np.array([_median(number)]) for number in (law.alpha, law.beta))
            implied = {"first_renewal_churn": -math.expm1(-float(beta_mean(alpha, beta)[0]))}
            scrutiny = {
                term: one if one.first_renewal_churn is not None else one.model_copy(update=implied)
                for term, one in segment.contracts.scrutiny.items()
            }
            parts = {
                "intent": segment.intent.model_copy(update={"frailty": Frailty()}),
                "contracts": segment.contracts.model_copy(update={"scrutiny": scrutiny}),
            }
            changed[name] = segment.model_copy(update=parts)
    return scenario.model_copy(update={"segments": scenario.segments | changed}) if changed else scenario


def _median(number: Any) -> float:
    return float(number.quantile(np.array([0.5]))[0]) if isinstance(number, Distribution) else float(number)

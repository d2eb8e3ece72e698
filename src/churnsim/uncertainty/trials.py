"""Trial values: a number of a scenario set to one value in all arms, or several numbers multiplied by one factor.

A number that is a distribution is replaced by the trial value: the question is what would be if it were known to be
so. The base arm has the trial value too, so that the customers' past, the score and what calibrated scales answer agree
with it. A path with `*` names all numbers that match and that the file states; they are multiplied by one factor, 1
today, and a distribution among them keeps its form.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from churnsim.scenario.distributions import Beta, Distribution, Gamma, LogNormal, Table, central
from churnsim.scenario.files import ScenarioFile, override
from churnsim.scenario.model import DECISIONS, Scenario, leaves
from churnsim.scenario.overrides import nearest_path
from churnsim.scenario.places import place_at
from churnsim.scenario.problems import Problem, ScenarioError

P10, P90 = 0.1, 0.9
FAR = 0.001
"""Tail that stands for the end of a distribution without one."""
NOT_SIZES = ("odds_ratio", "causal_share")
"""Effects of plays that say how an association is read, not how strong a play is."""


@dataclass(frozen=True)
class Trial:
    """A number to move, and between which values."""

    name: str
    """Dotted path, with `*` where several numbers are meant."""
    paths: tuple[str, ...]
    low: float
    high: float
    today: float
    """Value or mean of the number as the file has it; 1 of a factor."""
    law: Distribution | None = None
    """What the file believes of the number; None where it is exact or a factor."""

    @property
    def is_factor(self) -> bool:
        """Whether a value multiplies the numbers instead of replacing one."""
        return "*" in self.name

    def believed(self, level: float) -> float:
        """Quantile of what the file believes; NaN where the number is exact."""
        return math.nan if self.law is None else float(self.law.quantile(np.array([level]))[0])

    def level(self, value: float) -> float:
        """Probability that the file gives to a lesser value; NaN where the number is exact."""
        if self.law is None:
            return math.nan
        least, most = 1e-9, 1.0 - 1e-9
        if value <= self.believed(least):
            return 0.0
        if value >= self.believed(most):
            return 1.0
        from scipy.optimize import brentq

        return float(brentq(lambda level: self.believed(level) - value, least, most, xtol=1e-9))

    def overrides(self, scenario: Scenario, value: float) -> dict[str, Any]:
        """Values by path that put a trial value into a scenario."""
        if not self.is_factor:
            return {self.paths[0]: value}
        found = dict(leaves(scenario))
        return {path: scaled(found[path], value) for path in self.paths}


def under(file: ScenarioFile, arms: Mapping[str, Scenario], values: Mapping[Trial, float]) -> dict[str, Scenario]:
    """The arms with trial values. Raises ScenarioError where one is not allowed."""
    changed = {}
    for name, scenario in arms.items():
        changes = {path: v for trial, value in values.items() for path, v in trial.overrides(scenario, value).items()}
        where = f"{file.name} with {', '.join(f'{t.name} = {value:g}' for t, value in values.items())}"
        changed[name] = override(scenario, changes, where=where)
    return changed


def trials_of(file: ScenarioFile, inputs: Iterable[str]) -> tuple[Trial, ...]:
    """Trials of `PATH` or `PATH=LOW..HIGH`. Raises ScenarioError with all that is wrong."""
    trials: list[Trial] = []
    problems: list[Problem] = []
    for text in inputs:
        path, _, span = (part.strip() for part in text.partition("="))
        try:
            trial = _trial(file.scenario, path, _span(path, span))
            if trial.name in (known.name for known in trials):
                raise _fault(path, "is named twice")
            for end in (trial.low, trial.high):
                under(file, {"base": file.scenario}, {trial: end})
            trials.append(trial)
        except ScenarioError as error:
            problems += [problem if problem.file else _in(file, problem) for problem in error.problems]
    if problems:
        raise ScenarioError(problems)
    return tuple(trials)


def default_trials(file: ScenarioFile, teams: Iterable[str] | None = None) -> tuple[Trial, ...]:
    """Effects of the plays, what a CSM of the teams costs and how long one ramps up, churn by segment.

    Of the effects those that are not known; where all are exact, all that a play has. Numbers that are exactly 0 have
    no scale and are left out. `teams`: default: all of customer success.
    """
    scenario = file.scenario
    own = [name for name, team in scenario.teams.items() if not team.department] if teams is None else list(teams)
    found = dict(leaves(scenario))
    effects = [
        path
        for name, play in scenario.playbooks.items()
        for key in type(play.effects).model_fields
        if key not in NOT_SIZES and found[path := f"playbooks.{name}.effects.{key}"] != 0.0
    ]
    unsure = [path for path in effects if isinstance(found[path], Distribution)]
    others = [f"segments.{name}.intent.annual_churn" for name in scenario.segments]
    others += [f"teams.{name}.{key}" for name in own for key in ("annual_cost", "ramp_months")]
    return trials_of(file, (*(unsure or effects), *(path for path in others if found[path] != 0.0)))


def _trial(scenario: Scenario, path: str, span: tuple[float, float] | None) -> Trial:
    found = {key: leaf for key, leaf in leaves(scenario) if _is_number(leaf)}
    document = scenario.model_dump(exclude_none=True, exclude=set(DECISIONS))
    if "*" in path:
        stated = [key for key in _stated(scenario, "") if key in found and found[key] != 0.0]
        paths = tuple(key for key in stated if fnmatch.fnmatchcase(key, path) and _movable(document, key))
        if not paths:
            raise _fault(
                path, "matches no number that the file states and that is not 0", allowed="a path with * for any part"
            )
        fixed = [key for key in paths if isinstance(found[key], Beta)]
        if fixed:
            raise _fault(path, f"{fixed[0]} is a beta distribution, which no factor leaves one: name it by itself")
        return Trial(path, paths, *(span or (0.0, 2.0)), today=1.0)
    if path not in found or not _movable(document, path):
        if path in found:
            raise _fault(path, "is a whole number or a setting, not a number that can be moved between two values")
        raise _fault(path, "the scenario has no number of that path", near=nearest_path(document, path))
    leaf = found[path]
    law = leaf if isinstance(leaf, Distribution) else None
    today = central(leaf)
    return Trial(path, (path,), *(span or _usual(document, path, law, today)), today=today, law=law)


def _usual(document: Mapping[str, Any], path: str, law: Distribution | None, today: float) -> tuple[float, float]:
    """Range that is tried where none is given.

    Of a distribution thrice its width, itself in the middle; of an exact number from 0 to three times it; cut to what
    the key allows.
    """
    place = place_at(document, path)
    assert place is not None, "the path exists"
    assert place.bounds is not None, "a number that can be moved is a quantity"
    bounds = place.bounds
    if law is not None:
        forbidden = [
            end for end, is_open in ((bounds.low, bounds.open_low), (bounds.high, bounds.open_high)) if is_open
        ]
        ends = zip(law.support(), law.quantile(np.array([FAR, 1.0 - FAR])), strict=True)
        low, high = (float(end if math.isfinite(end) and end not in forbidden else far) for end, far in ends)
        wide = (2.0 * low - high, 2.0 * high - low)
    elif today != 0.0:
        low = high = today
        wide = (min(0.0, 3.0 * today), max(0.0, 3.0 * today))
    else:
        raise _fault(path, "is 0, which says nothing of its scale: say the range", allowed=f"{path}=LOW..HIGH")
    least = 0.5 * (bounds.low + low) if bounds.open_low else bounds.low
    most = 0.5 * (bounds.high + high) if bounds.open_high else bounds.high
    return max(wide[0], least), min(wide[1], most)


def _span(path: str, text: str) -> tuple[float, float] | None:
    if not text:
        return None
    left, dots, right = text.partition("..")
    try:
        low, high = float(left), float(right)
    except ValueError:
        dots = ""
        low = high = 0.0
    if not dots or not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise _fault(path, "is not given a range", found=repr(text), allowed="PATH=LOW..HIGH, such as 0.05..0.30")
    return low, high


def scaled(leaf: Any, factor: float) -> Any:
    """A number, or a distribution as a table, multiplied by a factor."""
    if not isinstance(leaf, Distribution):
        return leaf * factor
    if factor == 0.0:
        return 0.0
    if factor < 0.0 and isinstance(leaf, (LogNormal, Gamma)):
        raise _fault("", f"a distribution of positive numbers cannot be multiplied by {factor:g}")
    fields = leaf.model_dump(exclude_none=True)
    scaled = {key: value * factor if _is_number(value) else value for key, value in fields.items()}
    if factor < 0.0:
        if "sd" in scaled:
            scaled["sd"] = -scaled["sd"]
        ends = {key: scaled.pop(key) for key in ("low", "high") if key in scaled}
        scaled |= {{"low": "high", "high": "low"}[key]: value for key, value in ends.items()}
    return scaled


def _stated(node: Any, path: str) -> Iterator[str]:
    """Dotted paths of the values that the file itself states."""
    if isinstance(node, Table) and not isinstance(node, Distribution):
        names = [name for name in type(node).model_fields if name in node.model_fields_set]
        children = {name: getattr(node, name) for name in names}
    elif isinstance(node, dict):
        children = node
    else:
        yield path
        return
    for name, child in children.items():
        yield from _stated(child, f"{path}.{name}" if path else str(name))


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, (int, float, Distribution)) and not isinstance(leaf, bool)


def _movable(document: Mapping[str, Any], path: str) -> bool:
    place = place_at(document, path)
    return place is not None and place.kind == "quantity"


def _fault(
    path: str, message: str, found: str | None = None, allowed: str | None = None, near: str | None = None
) -> ScenarioError:
    return ScenarioError([Problem("", None, path, message, found, allowed, near)])


def _in(file: ScenarioFile, problem: Problem) -> Problem:
    return replace(problem, file=file.name)

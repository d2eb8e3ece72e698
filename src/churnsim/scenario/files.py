"""Scenario files: read, checked as a whole, changed by dotted path.

TOML is read by `tomllib`; nothing is coerced. All problems of a file are raised at once, each with file, line and key.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from churnsim.scenario.checks import check
from churnsim.scenario.lines import Path, key_lines, line_of
from churnsim.scenario.model import BASE_ARM, DECISIONS, Scenario
from churnsim.scenario.overrides import Change, Fault, drop_settled, flatten, put
from churnsim.scenario.preset_files import PREFIX, preset_text
from churnsim.scenario.problems import Problem, ScenarioError, not_utf8, unreadable

__all__ = ["Problem", "ScenarioError", "ScenarioFile", "arms", "example", "override", "parse", "read"]


@dataclasses.dataclass(frozen=True)
class ScenarioFile:
    """A scenario with the text that it was read from."""

    path: pathlib.Path | None
    """None for a text that is no file."""
    name: str
    """What errors call the file."""
    text: str
    document: dict[str, Any]
    """The text as plain Python values."""
    scenario: Scenario


def read(path: str | pathlib.Path) -> ScenarioFile:
    """Read and check a scenario file. Raises ScenarioError with all problems."""
    path = pathlib.Path(path)
    return dataclasses.replace(parse(read_text(path), name=str(path)), path=path)


def read_text(path: pathlib.Path) -> str:
    """Text of a file of the user's. Raises ScenarioError where there is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ScenarioError([unreadable(path, error)]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError([not_utf8(path, data, error)]) from None


def parse(text: str, name: str = "scenario") -> ScenarioFile:
    """Check the text of a scenario; `name` stands for the file in errors. Raises ScenarioError with all problems."""
    document = load(text, name)
    lines = key_lines(text)
    scenario, problems = check(document)
    found = [dataclasses.replace(p, line=line_of(lines, tuple(p.key.split(".")))) for p in problems]
    full = _document(scenario) if scenario is not None else document
    told = set(problems)
    changes: list[tuple[Path, dict[str, Any]]]
    changes = [(("arms", arm), values) for arm, values in _arm_tables(document).items()]
    changes += _steps(scenario)
    for place, values in changes:
        for written, problem in _overridden(deepcopy(full), values, scenario)[1]:
            # what is wrong with the base is told once, and its tables are compared once they are right
            if problem not in told and (written or scenario is not None):
                line = line_of(lines, (*place, *written))
                found.append(dataclasses.replace(problem, line=line, key=".".join((*place, problem.key))))
    if found or scenario is None:
        raise ScenarioError(dict.fromkeys(dataclasses.replace(problem, file=name) for problem in found))
    return ScenarioFile(None, name, text, document, scenario)


def example(name: str) -> ScenarioFile:
    """A bundled scenario. Raises ScenarioError when there is none of that name."""
    return parse(preset_text(name), name=f"{PREFIX}{name}")


def override(file: ScenarioFile | Scenario, values: Mapping[str, Any], where: str = "override") -> Scenario:
    """The scenario with values replaced by dotted path, checked like a file.

    `values` maps paths to values; nested tables are walked (see `churnsim.scenario.overrides`). `where` names the
    origin of the values in errors. Raises ScenarioError with all problems.
    """
    base = file.scenario if isinstance(file, ScenarioFile) else file
    scenario, problems = _overridden(_document(base), values, base)
    if problems or scenario is None:
        raise ScenarioError([dataclasses.replace(problem, file=where) for _, problem in problems])
    return scenario.model_copy(update={name: getattr(base, name) for name in DECISIONS})


def arms(file: ScenarioFile | Scenario) -> dict[str, Scenario]:
    """All arms by name: first the base, which is the file without overrides, then the arms as they are written."""
    base = file.scenario if isinstance(file, ScenarioFile) else file
    rest = {name: values for name, values in base.arms.items() if name != BASE_ARM}
    return {BASE_ARM: base} | {name: override(base, values, where=f"arms.{name}") for name, values in rest.items()}


def load(text: str, name: str) -> dict[str, Any]:
    """TOML as plain Python values. Raises ScenarioError where it is none, with the line."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ScenarioError([Problem(name, None, "", "is nested too deeply to be read")]) from None
    except ValueError as error:
        # tomllib says the place at the end of its message only
        place = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1 if place else None
        reason = str(error)[: place.start()] if place else str(error)
        message = f"is not valid TOML: {reason[:1].lower()}{reason[1:]}"
        found, allowed = _value_at(text, line)
        raise ScenarioError([Problem(name, line, "", message, found, allowed)]) from None


_WRITTEN = re.compile(r"\s*(?!#)[^=]+=(?P<value>[^\"'\[{#]*)(#.*)?")
"""A line with a value that begins as a number or a date does."""


def _value_at(text: str, line: int | None) -> tuple[str | None, str | None]:
    """What stands where a number or a date is not valid, and how they are written; nothing for another fault."""
    lines = text.split("\n")
    match = _WRITTEN.fullmatch(lines[line - 1].rstrip("\r")) if line is not None and line <= len(lines) else None
    if match is None:
        return None, None
    value = match["value"].strip()
    return repr(
        value
    ) if value else "nothing", "numbers such as 5_000_000 or 0.15, dates such as 2026-01-31, texts in quotes"


def _document(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain values with all defaults, so that each of them can be overridden."""
    return scenario.model_dump(exclude_none=True, exclude=set(DECISIONS))


def _arm_tables(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tables = document.get("arms")
    return (
        {name: table for name, table in tables.items() if isinstance(table, dict)} if isinstance(tables, dict) else {}
    )


def _steps(scenario: Scenario | None) -> list[tuple[Path, dict[str, Any]]]:
    """What each step of each alternative overrides, and where it is written."""
    if scenario is None:
        return []
    return [
        (("alternatives", name, "values"), {path: steps[step] for path, steps in alternative.values.items()})
        for name, alternative in scenario.alternatives.items()
        for step in range(alternative.most_steps)
    ]


def _overridden(
    document: dict[str, Any], values: Mapping[str, Any], scenario: Scenario | None
) -> tuple[Scenario | None, list[Fault]]:
    """The document with values changed in place, and each problem with the key, as written, that is to blame for it."""
    problems: list[Fault] = []
    changes: list[Change] = []
    for step in flatten(document, values):
        if isinstance(step, Change):
            changes.append(step)
            put(document, step)
        else:
            problems.append(step)
    if scenario is not None:
        drop_settled(document, scenario.uncertain())
    result, wrong = check(document, arm=True)
    for problem in wrong:
        problems.append((_blame(tuple(problem.key.split(".")), changes), problem))
    return result, problems


def _blame(key: Path, changes: list[Change]) -> Path:
    """The written key of the change that shares the longest path with a problem; empty when none shares any."""

    def common(change: Change) -> int:
        return next(
            (i for i, (a, b) in enumerate(zip(key, change.target, strict=False)) if a != b),
            min(len(key), len(change.target)),
        )

    best = max(changes, key=common, default=None)
    return best.written if best is not None and common(best) else ()

"""A plan: a scenario, dimensions that change it, and arms that are compared at every point.

A point is one label of each dimension; points are numbered in the order of the dimensions, the last fastest. All points
share seed, draws and replicates, so that they differ by what the plan changes alone.
"""

from __future__ import annotations

import dataclasses
import math
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from pydantic import ValidationError

from churnsim.decisions.headcount import ladder_arms, team_of
from churnsim.decisions.inputs import InputError
from churnsim.decisions.measures import HOURS, OF_SWEEPS
from churnsim.results.design import sample_size
from churnsim.scenario.checks import explain
from churnsim.scenario.files import ScenarioFile, example, load, override, parse, read, read_text
from churnsim.scenario.lines import Path, key_lines, line_of
from churnsim.scenario.model import BASE_ARM, DECISIONS, Scenario
from churnsim.scenario.places import place_of
from churnsim.scenario.preset_files import PREFIX
from churnsim.scenario.problems import Problem, ScenarioError, listing, nearest
from churnsim.sweeps.capacity import CAPACITY, stored_names
from churnsim.sweeps.dimensions import (
    TAKEN,
    Changes,
    Dimension,
    clashes,
    expand,
    of_axis,
    of_sample,
    spelt_out,
    telling,
    zipped,
)
from churnsim.sweeps.tables import PlanTable, posts_of

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclasses.dataclass(frozen=True)
class Plan:
    """A plan that is right, as far as can be told without simulating."""

    name: str
    """What errors call the file."""
    text: str
    file: ScenarioFile
    dimensions: tuple[Dimension, ...]
    arms: Mapping[str, Mapping[str, Any]]
    """Overrides by arm, without the base; none where the arms are rungs."""
    ladder: tuple[str, tuple[int, ...]] | None
    """Team and numbers of posts."""
    measures: tuple[str, ...]
    """What is stored of each path: those named, and what `capacity` keeps by month."""
    draws: int
    replicates: int
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Labels of each dimension."""
        return tuple(map(len, self.dimensions))

    @property
    def points(self) -> int:
        """Points of the grid."""
        return math.prod(self.shape)

    @property
    def paths(self) -> int:
        """Simulated paths of a point: arms x draws x replicates."""
        return len(self.arm_names) * self.draws * self.replicates

    @property
    def record(self) -> Literal["summary", "paths"]:
        """What a simulation keeps of each path, so that the measures are known."""
        return "paths" if CAPACITY in self.measures else "summary"

    @cached_property
    def arm_names(self) -> tuple[str, ...]:
        """Arms in their order, the base first."""
        return tuple(self._arms(self.file.scenario))

    @cached_property
    def document(self) -> dict[str, Any]:
        """The base scenario as plain JSON values with all defaults, without what may be decided."""
        return self.file.scenario.model_dump(mode="json", exclude_none=True, exclude=set(DECISIONS))

    def index(self, point: int) -> tuple[int, ...]:
        """Number of the label on each dimension."""
        found = []
        for size in reversed(self.shape):
            point, i = divmod(point, size)
            found.append(i)
        return tuple(reversed(found))

    def label(self, point: int) -> str:
        """A point in words: "churn 0.12, economy recession"."""
        pairs = ((d.name, d.labels[i]) for d, i in zip(self.dimensions, self.index(point), strict=True))
        return ", ".join(
            f"{name} {label:g}" if isinstance(label, float) else f"{name} {label}" for name, label in pairs
        )

    def changes(self, point: int) -> Changes:
        """What a point changes in the scenario, by dotted path."""
        parts = zip(self.dimensions, self.index(point), strict=True)
        return {path: value for dimension, i in parts for path, value in dimension.changes[i].items()}

    def scenario(self, point: int) -> Scenario:
        """The base scenario of a point. Raises ScenarioError where its changes do not go together."""
        return override(self.file, self.changes(point), where=self.label(point))

    def arms_of(self, point: int, scenario: Scenario) -> dict[str, Scenario]:
        """The arms of a point by name, the first its scenario. Raises ScenarioError."""
        return self._arms(scenario, self.label(point))

    def _arms(self, base: Scenario, where: str = "arms") -> dict[str, Scenario]:
        if self.ladder is not None:
            return ladder_arms(base, *self.ladder)[1]
        made = {name: override(base, values, where=f"{where}, arm {name}") for name, values in self.arms.items()}
        return {BASE_ARM: base} | made


def read_plan(path: str | pathlib.Path) -> Plan:
    """Read and check a plan file and the scenario that it names. Raises ScenarioError with all problems."""
    path = pathlib.Path(path)
    return parse_plan(read_text(path), str(path))


def parse_plan(text: str, name: str = "plans", file: ScenarioFile | None = None) -> Plan:
    """Check the text of a plan; `file` is its scenario where that has been read. Raises ScenarioError."""
    document = load(text, name)
    try:
        table = PlanTable.model_validate(document)
    except ValidationError as error:
        raise _Reader(name, text).failure(explain(error, document, place_of(PlanTable))) from None
    if file is None:
        file = _scenario_file(table.scenario, name, text)
    return _Reader(name, text).plan(table, file)


def _scenario_file(scenario: str, name: str, text: str) -> ScenarioFile:
    try:
        if scenario.startswith(PREFIX):
            return example(scenario.removeprefix(PREFIX))
        return read(pathlib.Path(name).parent / scenario)
    except ScenarioError as error:
        if any(problem.line for problem in error.problems):
            raise
        line = line_of(key_lines(text), ("scenario",))
        told = [
            dataclasses.replace(p, file=name, line=line, key="scenario", found=repr(scenario)) for p in error.problems
        ]
        raise ScenarioError(told) from None


class _Reader:
    """Checks a plan and gathers all that is wrong with it."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.lines = key_lines(text)
        self.problems: list[Problem] = []
        self.seen: list[Scenario] = []

    def failure(self, problems: Sequence[Problem]) -> ScenarioError:
        """All problems, each with the plan's name and line."""
        placed = [dataclasses.replace(p, file=self.name, line=self._line(tuple(p.key.split(".")))) for p in problems]
        return ScenarioError(placed + self.problems)

    def plan(self, table: PlanTable, file: ScenarioFile) -> Plan:
        base = file.scenario
        document = base.model_dump(exclude_none=True, exclude=set(DECISIONS))
        dimensions = tuple(self._dimensions(table, file, document))
        for one, other, path in clashes(dimensions):
            self._wrong(("axes", other), f"changes {path!r}, which {one!r} changes too")
        if not (table.axes or table.sample):
            self._wrong(("axes",), "nothing varies: a sweep needs at least one [axes.NAME], or a [sample]")
        self._measures(table, base)
        ladder = self._ladder(table, base)
        own = {} if table.csm or not table.scenario_arms else base.arms
        arms = {name: values for name, values in own.items() if name != BASE_ARM}
        for name, values in table.arms.items():
            self._arm(name, values, table, file)
        arms |= table.arms
        if self.problems:
            raise ScenarioError(dict.fromkeys(self.problems))
        made = [override(base, values) for values in arms.values()]
        scenarios = dict(enumerate([base, *made, *self.seen]))
        draws, replicates = sample_size({str(i): s for i, s in scenarios.items()}, table.draws, table.replicates)
        seed = base.run.seed if table.seed is None else table.seed
        return Plan(
            self.name,
            self.text,
            file,
            dimensions,
            arms,
            ladder,
            stored_names(table.measures, base.run.horizon_months),
            draws,
            replicates,
            seed,
        )

    def _dimensions(self, table: PlanTable, file: ScenarioFile, document: dict[str, Any]) -> Iterator[Dimension]:
        made: dict[str, Dimension] = {}
        for name, axis in table.axes.items():
            place: Path = ("axes", name)
            if not _NAME.fullmatch(name) or name in TAKEN:
                self._wrong(
                    place, "an axis cannot be called so", repr(name), f"letters, digits and _, none of {listing(TAKEN)}"
                )
            try:
                made[name] = of_axis(name, axis, document)
            except ValueError as error:
                self._wrong(place, str(error))
                continue
            cases = list(axis.cases or ())
            for i in telling(made[name].labels, axis):
                changes = made[name].changes[i]
                written = spelt_out(document, axis.cases[cases[i]]) if axis.cases else changes
                self._try(file, written, (*place, "cases", cases[i]) if cases else place)
        yield from self._walk_together(table.zip, made)
        if table.sample is not None:
            try:
                sample = of_sample(table.sample, document)
            except ValueError as error:
                self._wrong(("sample", "inputs"), str(error))
                return
            for pattern, law in table.sample.inputs.items():
                told = law.model_dump(exclude_none=True)
                self._try(file, dict.fromkeys(expand(document, pattern), told), ("sample", "inputs", pattern))
            yield sample

    def _walk_together(self, groups: list[list[str]], made: dict[str, Dimension]) -> Iterator[Dimension]:
        together = {name: group for group in groups for name in group}
        for group in groups:
            for name in group:
                if name not in made:
                    near = nearest(name, made)
                    self._wrong(("zip",), "no axis is called so", repr(name), listing(list(made)), near)
            if len(group) < 2 or len(set(group)) < len(group) or sum(map(len, groups)) > len(together):
                self._wrong(("zip",), "needs lists of two axes or more, each axis once")
        done: set[str] = set()
        for name, dimension in made.items():
            group = together.get(name, [name])
            if name in done:
                continue
            done |= set(group)
            try:
                yield zipped([made[n] for n in group if n in made]) if len(group) > 1 else dimension
            except ValueError as error:
                self._wrong(("zip",), str(error))

    def _measures(self, table: PlanTable, base: Scenario) -> None:
        for name in table.measures:
            if name not in OF_SWEEPS:
                near = nearest(name, OF_SWEEPS)
                self._wrong(("measures",), "no measure is called so", repr(name), listing(list(OF_SWEEPS)), near)
            elif name in HOURS and not base.teams:
                self._wrong(("measures",), "is of teams' hours, and the scenario has no team", repr(name))
        if len(set(table.measures)) < len(table.measures):
            self._wrong(("measures",), "names a measure twice")

    def _ladder(self, table: PlanTable, base: Scenario) -> tuple[str, tuple[int, ...]] | None:
        if table.csm is None:
            if table.team is not None:
                self._wrong(("team",), "belongs to csm", allowed='csm = "0..14"')
            return None
        try:
            posts = posts_of(table.csm)
            team = team_of(base, table.team)
            ladder_arms(base, team, posts)
        except InputError as error:
            self._wrong(("team" if table.team is not None and table.team not in base.teams else "csm",), str(error))
            return None
        return team, tuple(sorted(posts))

    def _arm(self, name: str, values: dict[str, Any], table: PlanTable, file: ScenarioFile) -> None:
        place = ("arms", name)
        if table.csm is not None:
            self._wrong(place, "the rungs of csm are the arms: leave out the one or the other")
        elif name == BASE_ARM or (name in file.scenario.arms and table.scenario_arms):
            advice = "" if name == BASE_ARM else ", or leave its arms out with scenario_arms = false"
            self._wrong(place, f"the scenario has an arm of this name: give it another one{advice}")
        self._try(file, values, place)

    def _try(self, file: ScenarioFile, values: Mapping[str, Any], place: Path) -> None:
        """Put values into the scenario and note what is wrong with them, and the scenario that they make."""
        try:
            self.seen.append(override(file, values))
        except ScenarioError as error:
            for problem in error.problems:
                line = self._line((*place, *problem.key.split(".")))
                key = ".".join((*place, problem.key)) if place[-1] != problem.key else ".".join(place)
                self.problems.append(dataclasses.replace(problem, file=self.name, line=line, key=key))

    def _wrong(
        self, place: Path, message: str, found: str | None = None, allowed: str | None = None, near: str | None = None
    ) -> None:
        self.problems.append(Problem(self.name, self._line(place), ".".join(place), message, found, allowed, near))

    def _line(self, place: Path) -> int:
        return line_of(self.lines, place)


def stored_plan(attrs: Mapping[str, Any]) -> Plan:
    """The plan of a stored sweep, from its attributes."""
    file = parse(str(attrs["scenario_text"]), name=str(attrs["scenario_name"]))
    return parse_plan(str(attrs["plan_text"]), str(attrs["plan_name"]), file)

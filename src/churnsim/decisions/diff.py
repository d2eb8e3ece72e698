"""Two runs: what changed in the inputs, and what that did to the results, input by input."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from churnsim.decisions.attribution import Attributed, Values, attribute, simulations
from churnsim.decisions.changes import BookChange, Change, Setting, book_change, changes_between, settings_between
from churnsim.decisions.compare import COMPARED
from churnsim.decisions.headcount import ladder_of, with_posts
from churnsim.decisions.measures import NPV_WITH_VALUE, Measure, measures
from churnsim.decisions.plain import plain
from churnsim.decisions.progress import Progress
from churnsim.decisions.steps import Group, Way, groups_of, obstacle
from churnsim.decisions.verify import scenario_of
from churnsim.metrics.estimates import Estimate, estimate
from churnsim.metrics.retention import in_year, logo_churn
from churnsim.results.runs import Run, load_run
from churnsim.scenario.files import arms as arms_of
from churnsim.scenario.model import BASE_ARM, Scenario

CHURN = Measure("logo churn, last year", "share", lambda d: in_year(logo_churn(d), "last"))


@dataclass(frozen=True)
class Gap:
    """A difference that is not, or not wholly, taken in pairs; `se` is then that of independent runs."""

    mean: float
    se: float


@dataclass(frozen=True)
class Output:
    """One measure of an arm that both runs have, as stored."""

    arm: str
    measure: str
    before: Estimate
    after: Estimate
    difference: Gap
    rest: Gap | None
    """What the steps do not explain: seed, sample and versions. None where nothing was attributed."""


@dataclass(frozen=True)
class Recommendation:
    """Posts that a ladder recommends; None where a run is no ladder."""

    before: int | None
    after: int | None


@dataclass(frozen=True)
class Diff:
    """What changed from run A to run B, and what that did."""

    before: str
    after: str
    currency: tuple[str, str]
    horizon_months: tuple[int, int]
    changes: tuple[Change, ...]
    book: BookChange
    settings: tuple[Setting, ...]
    recommended: Recommendation
    only_before: tuple[str, ...]
    """Arms that B does not have."""
    only_after: tuple[str, ...]
    outputs: tuple[Output, ...]
    obstacle: str
    """Why nothing could be attributed; empty where it could."""
    steps: tuple[Group, ...]
    """In the order in which they were made."""
    attributed: tuple[Attributed, ...]
    """Effects of the steps on each measure of the base and, of ladders, of the recommended rungs."""
    seed: int
    """Seed of the attribution; its sample follows."""
    draws: int
    replicates: int

    @property
    def unchanged(self) -> bool:
        """Whether no input differs that a simulated number depends on."""
        return not self.book.any and all(change.inert for change in self.changes)

    @property
    def sentence(self) -> str:
        """How many inputs changed, what moved the base's net present value most, and what became of the decision."""
        return " ".join(filter(None, (self._inputs(), self._most(), self._decision())))

    def output(self, arm: str, measure: str) -> Output:
        """One measure of an arm."""
        return next(o for o in self.outputs if (o.arm, o.measure) == (arm, measure))

    def of(self, arm: str, measure: str) -> Attributed:
        """What the steps did to one measure of an arm."""
        return next(a for a in self.attributed if (a.arm, a.measure) == (arm, measure))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; paths are dotted."""
        changes = [
            {"path": c.key, "before": _json(c.before), "after": _json(c.after), "inert": c.inert} for c in self.changes
        ]
        steps = [{"name": step.name, "paths": [".".join(path) for path in step.paths]} for step in self.steps]
        return {"sentence": self.sentence, **plain(self), "changes": changes, "steps": steps}

    def _inputs(self) -> str:
        count = len([change for change in self.changes if not change.inert])
        values = f"{count} value{'s' if count != 1 else ''} of the scenario"
        parts = [values] * (count > 0) + ["the book"] * self.book.any
        if parts:
            text = f"{' and '.join(parts)} changed."
            return text[0].upper() + text[1:]
        tail = (
            f"only {', '.join(s.name for s in self.settings)}" if self.settings else "nor did seed, sample or versions"
        )
        return f"No input changed that a result depends on, {tail}."

    def _most(self) -> str:
        if self.obstacle or not self.steps:
            return self.obstacle and f"The effects cannot be told apart: {self.obstacle}."
        effects = self.of(BASE_ARM, "npv").effects
        most = max(range(len(effects)), key=lambda i: abs(effects[i].effect.mean))
        if effects[most].effect.mean == 0.0:
            return "None of it changes the base's NPV."
        doubt = ", though its sign cannot be told at this size of run" * effects[most].effect.straddles_zero
        way = "raises" if effects[most].effect.mean > 0 else "lowers"
        if len(effects) == 1:
            return f"That {way} the base's NPV{doubt}."
        return f"What {way} the base's NPV most is {self.steps[most].name}{doubt}."

    def _decision(self) -> str:
        old, new = self.recommended.before, self.recommended.after
        if old is None or new is None:
            return ""
        return (
            f"The recommendation stays at {new} CSMs."
            if old == new
            else f"The recommendation goes from {old} to {new} CSMs."
        )


def diff(before: str | Path | Run, after: str | Path | Run, *, progress: Progress | None = None) -> Diff:
    """Compare two runs, given as files or as loaded, and attribute the difference by paired reruns.

    The seed is that of A, the sample that of the run with more draws (of A's replicates where these are alike). Raises
    RunError when a file holds no run, OSError when it cannot be read.
    """
    names = tuple(label if isinstance(run, Run) else str(run) for label, run in (("A", before), ("B", after)))
    runs = [run if isinstance(run, Run) else load_run(run) for run in (before, after)]
    return Question(*runs, names=(names[0], names[1])).answer(progress)


class Question:
    """Two runs to be compared: what changed is known at once, what that did takes simulations."""

    def __init__(self, a: Run, b: Run, *, names: tuple[str, str] = ("A", "B")) -> None:
        self.a, self.b, self.names = a, b, names
        self.one, self.other = scenario_of(a, names[0]).scenario, scenario_of(b, names[1]).scenario
        self.changes = changes_between(self.one, self.other)
        self.book = book_change(self.a, self.b, self.one, self.other)
        self.recommended = Recommendation(
            *(ladder_of(r).recommended if r.command == "headcount" else None for r in (self.a, self.b))
        )
        self.obstacle = obstacle(self.one, self.other)
        self.way = Way((self.a.book, self.b.book), self.one, self.other, self._arms)
        groups = [] if self.obstacle else groups_of(self.changes, self.book.any, self.one, self.other)
        self.steps = self.way.joined(groups)
        sample = max((self.a, self.b), key=lambda run: run.dataset.sizes["draw"]).dataset.sizes
        self.seed, self.draws, self.replicates = int(self.a.dataset.attrs["seed"]), sample["draw"], sample["replicate"]

    @property
    def paths(self) -> int:
        """Paths that the attribution simulates."""
        return simulations(self.steps) * self.arms * self.draws * self.replicates

    @property
    def arms(self) -> int:
        """Arms of each of its simulations."""
        return len(self._arms(self.one))

    def answer(self, progress: Progress | None = None) -> Diff:
        """Simulate and attribute."""
        known = self._measures()
        attributed: tuple[Attributed, ...] = ()
        ends: tuple[Values, Values] | None = None
        if self.steps:
            attributed, *values = attribute(
                self.way,
                self.steps,
                known,
                seed=self.seed,
                draws=self.draws,
                replicates=self.replicates,
                progress=progress,
            )
            ends = (values[0], values[1])
        names = [list(map(str, run.dataset["arm"].values)) for run in (self.a, self.b)]
        found = {(item.arm, item.measure): item for item in attributed}
        stored = [{name: m.of(run.dataset) for name, m in known.items()} for run in (self.a, self.b)]
        return Diff(
            before=self.names[0],
            after=self.names[1],
            currency=(self.one.money.currency, self.other.money.currency),
            horizon_months=(self.one.run.horizon_months, self.other.run.horizon_months),
            changes=self.changes,
            book=self.book,
            settings=settings_between(self.a, self.b),
            recommended=self.recommended,
            only_before=tuple(name for name in names[0] if name not in names[1]),
            only_after=tuple(name for name in names[1] if name not in names[0]),
            outputs=tuple(
                self._output(arm, measure, stored[0][measure], stored[1][measure], found.get((arm, measure)), ends)
                for arm in names[0]
                if arm in names[1]
                for measure in known
            ),
            obstacle=self.obstacle,
            steps=tuple(self.steps),
            attributed=attributed,
            seed=self.seed,
            draws=self.draws,
            replicates=self.replicates,
        )

    def _arms(self, scenario: Scenario) -> Mapping[str, Scenario]:
        """The base, and the arms of both files or the recommended rungs of both ladders."""
        base = {BASE_ARM: scenario}
        if self.a.command == self.b.command == "headcount":
            team = self.a.options["team"]
            if team != self.b.options["team"]:
                return base
            posts = dict.fromkeys((self.recommended.before, self.recommended.after))
            return base | {f"{team} {n}": with_posts(scenario, team, n) for n in posts if n is not None}
        both = [name for name in map(str, self.a.dataset["arm"].values) if name in self.b.dataset["arm"].values]
        ends = [arms_of(end) for end in (self.one, self.other)]
        known = arms_of(scenario)
        return base | {name: known[name] for name in both if all(name in end for end in ends)}

    def _measures(self) -> dict[str, Measure]:
        """Measures that are reported: the value after the horizon too where either run has one."""
        known = measures(self.a.dataset) | measures(self.b.dataset)
        return {name: known[name] for name in (*COMPARED, NPV_WITH_VALUE) if name in known} | {"churn": CHURN}

    def _output(
        self,
        arm: str,
        measure: str,
        before: xr.DataArray,
        after: xr.DataArray,
        found: Attributed | None,
        ends: tuple[Values, Values] | None,
    ) -> Output:
        """A measure of an arm as both files have it, and what the steps leave unexplained."""
        one, other = before.sel(arm=arm, drop=True), after.sel(arm=arm, drop=True)
        comparable = self.one.money.currency == self.other.money.currency
        change = (
            self._gap(other, one, self._seed(self.a) == self._seed(self.b)) if comparable else Gap(math.nan, math.nan)
        )
        rest = None
        if found is not None and ends is not None:
            gaps = [
                self._gap(stored, end[measure].sel(arm=arm, drop=True), self._seed(run) == self.seed)
                for stored, end, run in ((one, ends[0], self.a), (other, ends[1], self.b))
            ]
            # where both repeat to the bit only rounding would be left
            repeats = all(gap.mean == 0.0 and not gap.se > 0.0 for gap in gaps) and not found.total.masked
            error = math.hypot(*(gap.se for gap in gaps))
            rest = Gap(0.0, 0.0) if repeats else Gap(change.mean - found.total.mean, error)
        return Output(arm, measure, estimate(one), estimate(other), change, rest)

    @staticmethod
    def _seed(run: Run) -> int:
        return int(run.dataset.attrs["seed"])

    @staticmethod
    def _gap(a: xr.DataArray, b: xr.DataArray, same_seed: bool) -> Gap:
        """Difference of two means; in pairs where the paths have the same luck and the same ignorance."""
        one, other = estimate(a), estimate(b)
        if same_seed and a.sizes == b.sizes:
            return Gap(one.mean - other.mean, estimate(a - b).se)
        return Gap(one.mean - other.mean, math.hypot(one.se, other.se))


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else plain(value)

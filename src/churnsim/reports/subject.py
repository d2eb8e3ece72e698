"""What a report is about: a run, the arm that it speaks of first, and the arm that it is held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from churnsim.decisions.compare import Comparison, comparison_from
from churnsim.decisions.drivers import Drivers, drivers_of
from churnsim.decisions.headcount import ladder_of
from churnsim.decisions.ladder import Ladder
from churnsim.decisions.measures import decisive
from churnsim.decisions.words import csms
from churnsim.metrics.estimates import clustered, estimate
from churnsim.results.runs import Run
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.model import BASE_ARM


@dataclass(frozen=True)
class Subject:
    """A run with what was decided by it."""

    run: Run
    ladder: Ladder | None = None
    """Of a run of `headcount`."""
    comparison: Comparison | None = None
    """Of a run of `compare`."""

    @property
    def dataset(self) -> xr.Dataset:
        """Windows and years of every arm."""
        return self.run.dataset

    @property
    def series(self) -> xr.Dataset:
        """Where series by month are looked for: the second look of a ladder, else the Dataset."""
        return self.run.dataset if self.run.second is None else self.run.second

    @property
    def paths(self) -> int:
        """Paths of each arm."""
        return self.dataset.sizes["draw"] * self.dataset.sizes["replicate"]

    @property
    def currency(self) -> str:
        """Currency of every amount."""
        return str(self.dataset.attrs["currency"])

    @property
    def months(self) -> int:
        """The horizon."""
        return int(self.dataset.attrs["horizon_months"])

    @cached_property
    def file(self) -> ScenarioFile:
        """The scenario as it was read."""
        return self.run.scenario_file

    @cached_property
    def main(self) -> str:
        """The arm spoken of: the recommended rung, the arm that is worth most by `decisive`, or the base of a run."""
        if self.ladder is not None:
            return self.ladder.chosen.arm
        if self.comparison is not None:
            return self._best(self._every_arm)
        return BASE_ARM

    @cached_property
    def other(self) -> str | None:
        """The arm that it is held against: the base; where the base is best, the best of the others; none in a run."""
        if self.ladder is not None or (self.comparison is not None and self.main != BASE_ARM):
            return BASE_ARM
        if self.comparison is not None:
            return self._best([arm for arm in self._every_arm if arm != BASE_ARM])
        return None

    @property
    def arms(self) -> list[str]:
        """The arm spoken of and, where there is one, the arm that it is held against."""
        return [self.main] if self.other is None else [self.main, self.other]

    @cached_property
    def drivers(self) -> Drivers:
        """Which inputs the gain of the decision hangs on: of the ladder, or of the best arm of a comparison."""
        if self.ladder is not None:
            return self.ladder.drivers
        if self.other is None:
            return Drivers((), math.nan, "a plain run decides nothing; churnsim headcount and churnsim compare do")
        worth = decisive(self.dataset).of(self.dataset)
        gain = worth.sel(arm=self.main, drop=True) - worth.sel(arm=self.other, drop=True)
        return drivers_of(clustered(gain).mean("replicate").values, self.dataset["inputs"])

    def name(self, arm: str) -> str:
        """What people call an arm."""
        if self.ladder is None:
            return "the base" if arm == BASE_ARM else arm
        if arm == BASE_ARM:
            plan = self.ladder.plan
            return f"the plan ({csms(plan[0])}{' at first' if len(set(plan)) > 1 else ''})"
        return next(csms(rung.posts) for rung in self.ladder.rungs if rung.arm == arm)

    @property
    def _every_arm(self) -> list[str]:
        return list(map(str, self.dataset["arm"].values))

    def _best(self, arms: Sequence[str]) -> str:
        """The one of highest mean worth."""
        worth = decisive(self.dataset).of(self.dataset)
        return max(arms, key=lambda arm: estimate(worth.sel(arm=arm, drop=True)).mean)


def subject_of(run: Run) -> Subject:
    """Read what was decided off a run."""
    if run.command == "headcount":
        return Subject(run, ladder=ladder_of(run))
    if run.command == "compare":
        return Subject(run, comparison=comparison_from(run.dataset))
    return Subject(run)

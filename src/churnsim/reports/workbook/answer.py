"""What a run answers: the ladder or the comparison behind it, and the arms that a reader is shown first."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from churnsim.decisions.compare import Comparison, comparison_from
from churnsim.decisions.headcount import ladder_of
from churnsim.decisions.ladder import Ladder
from churnsim.decisions.words import csms
from churnsim.results.runs import Run
from churnsim.scenario.model import BASE_ARM


@dataclass(frozen=True)
class Answer:
    """A run with what was decided from it."""

    run: Run
    ladder: Ladder | None
    """Of a run of `headcount`."""
    comparison: Comparison | None
    """Every arm against the base; None of a ladder, whose rungs are compared with each other."""
    arm: str
    """The arm that is shown first: the recommended rung, or the arm of highest mean NPV."""

    @property
    def dataset(self) -> xr.Dataset:
        """What was simulated."""
        return self.run.dataset

    @property
    def currency(self) -> str:
        """The scenario's currency."""
        return str(self.dataset.attrs["currency"])

    @property
    def months(self) -> int:
        """Months of the horizon."""
        return int(self.dataset.attrs["horizon_months"])

    @property
    def paths(self) -> int:
        """Paths of each arm."""
        return self.dataset.sizes["draw"] * self.dataset.sizes["replicate"]

    @property
    def odds_over(self) -> str:
        """What odds are a share of: "draws", or "paths" when there is a single draw."""
        return "draws" if self.dataset.sizes["draw"] > 1 else "paths"

    @property
    def arms(self) -> tuple[str, ...]:
        """The arm that is shown first, then the base where it is another one."""
        return tuple(dict.fromkeys((self.arm, BASE_ARM)))

    def name(self, arm: str) -> str:
        """An arm in words."""
        if self.ladder is not None and arm == self.ladder.chosen.arm:
            return f"recommended rung, {csms(self.ladder.recommended)}"
        return "base, the plan as it stands" if arm == BASE_ARM else arm

    @property
    def sentence(self) -> str:
        """The decision in a sentence, or that none was asked for."""
        if self.ladder is not None:
            return self.ladder.sentence
        if self.comparison is not None and len(self.comparison.arms) > 1:
            return self.comparison.sentence
        return "No decision was asked for: the scenario as it stands, without arms to compare it with."


def answer_of(run: Run) -> Answer:
    """Read a run's decision off what is stored."""
    if run.command == "headcount":
        ladder = ladder_of(run)
        return Answer(run, ladder, None, ladder.chosen.arm)
    comparison = comparison_from(run.dataset)
    best = max(comparison.arms, key=lambda result: result.values["npv"].mean)
    return Answer(run, None, comparison, best.arm)

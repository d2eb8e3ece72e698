"""What a run answers in a workbook: as in any report, but arms are held against the base in a plain run too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from churnsim.decisions.basis import clusters_of
from churnsim.decisions.compare import comparison_from
from churnsim.decisions.headcount import ladder_of
from churnsim.decisions.words import csms
from churnsim.reports.subject import Subject
from churnsim.results.runs import Run
from churnsim.scenario.model import BASE_ARM


@dataclass(frozen=True)
class Answer(Subject):
    """A subject that has a ladder or a comparison, whose arms go by longer names."""

    @cached_property
    def main(self) -> str:
        """The arm that is shown first: the recommended rung, or the arm of highest mean NPV."""
        if self.comparison is None:
            return super().main
        return max(self.comparison.arms, key=lambda result: result.values["npv"].mean).arm

    @property
    def arms(self) -> list[str]:
        """The arm that is shown first, then the base where it is another one."""
        return list(dict.fromkeys((self.main, BASE_ARM)))

    @property
    def odds_over(self) -> str:
        """What odds are a share of: "draws", or "paths" when there is a single draw."""
        return clusters_of(self.dataset.sizes["draw"])

    def name(self, arm: str) -> str:
        """An arm in words."""
        if self.ladder is not None and arm == self.main:
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
        return Answer(run, ladder=ladder_of(run))
    return Answer(run, comparison=comparison_from(run.dataset))

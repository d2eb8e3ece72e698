"""The question that an analysis is about: which arms, and which two of them decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from churnsim.decisions.headcount import ladder_arms, team_of
from churnsim.decisions.ladder import neighbours
from churnsim.decisions.measures import decisive
from churnsim.metrics.estimates import estimate
from churnsim.scenario.files import arms as arms_of
from churnsim.scenario.model import BASE_ARM

if TYPE_CHECKING:
    import xarray as xr

    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario


@dataclass(frozen=True)
class Question:
    """Arms to choose from, the base first; `rungs` gives the arm of each number of posts where they are a ladder."""

    arms: Mapping[str, Scenario]
    rungs: Mapping[int, str] | None

    @property
    def choices(self) -> list[str]:
        """The rungs of a ladder, else all arms."""
        return list(self.arms if self.rungs is None else self.rungs.values())

    def deciding(self, dataset: xr.Dataset) -> tuple[str, str | None]:
        """The arm that decides and the one it is taken against, by the mean net present value of a simulated Dataset.

        Of a ladder, the recommended rung and the rung below it (of the lowest rung: the rung above and this one); of
        arms, the best other than the base and the base; of the base alone, the base and nothing.
        """
        if self.rungs is not None:
            best, neighbour = neighbours(dataset, self.rungs)
            lowest = best == self.rungs[min(self.rungs)]
            return (neighbour, best) if lowest else (best, neighbour)
        others = [arm for arm in self.arms if arm != BASE_ARM]
        if not others:
            return BASE_ARM, None
        npv = decisive(dataset).of(dataset)
        means = [estimate(npv.sel(arm=arm, drop=True)).mean for arm in others]
        return others[int(np.argmax(means))], BASE_ARM


def question(file: ScenarioFile, *, team: str | None = None, posts: Iterable[int] | None = None) -> Question:
    """The rungs of a headcount ladder where `posts` are given, else the arms of the file.

    Raises InputError for a team that does not exist, and for a ladder of fewer than two rungs.
    """
    base = file.scenario
    if posts is not None:
        rungs, arms = ladder_arms(base, team_of(base, team), posts)
        return Question(arms, rungs)
    return Question(arms_of(file), None)


def arms_needed(arms: Mapping[str, Scenario], *names: str | None) -> dict[str, Scenario]:
    """The base and the arms of these names, None standing for none."""
    return {name: arms[name] for name in dict.fromkeys((BASE_ARM, *names)) if name is not None}

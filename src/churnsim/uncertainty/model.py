"""What an analysis asks: levels of what is not known in, an outcome out.

Sensitivity, break-even and scenario discovery need nothing but a model. The scenario's own is `Outcome`; a formula that
stands in its place, to test a method or to teach it, is a `Function`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.progress import Progress, part
from churnsim.scenario.distributions import Distribution
from churnsim.scenario.model import BASE_ARM
from churnsim.uncertainty.outcomes import outcomes_of
from churnsim.uncertainty.question import arms_needed

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario

CHUNK = 2_000
"""Draws that are simulated at once: only the outcome of each is kept."""


class Model(Protocol):
    """A function of uncertain inputs."""

    @property
    def inputs(self) -> Mapping[str, Distribution]:
        """Uncertain inputs by dotted path, in the order of the columns of levels."""
        ...

    def __call__(self, levels: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """Outcome (n, r) by draw and replicate, for levels (n, k) in (0, 1)."""
        ...


def natural(inputs: Mapping[str, Distribution], levels: np.ndarray) -> np.ndarray:
    """Values (n, k) of the inputs at their levels (n, k)."""
    columns = [law.quantile(levels[:, j]) for j, law in enumerate(inputs.values())]
    return np.stack(columns, axis=1) if columns else np.empty((len(levels), 0))


@dataclass(frozen=True)
class Function:
    """A formula as a model: `formula` takes values (n, k) and gives outcomes (n,) or, with luck in it, (n, r)."""

    inputs: Mapping[str, Distribution]
    formula: Callable[[np.ndarray], np.ndarray]

    def __call__(self, levels: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """See `Model`."""
        found = np.asarray(self.formula(natural(self.inputs, levels)), dtype=np.float64)
        return found[:, None] if found.ndim == 1 else found


@dataclass(frozen=True)
class Outcome:
    """A measure of one arm of a scenario, or its difference from another arm, path by path.

    `arms` has the base and all arms that are named. All draws have the same luck by replicate, so that two draws differ
    by their levels alone. `measure` is a name of `churnsim.decisions.measures.ANY`: a
    measure of decisions, or a metric in the last full year. A replicate in which a ratio is not
    defined (nobody left to retain) is NaN.
    """

    file: ScenarioFile
    arms: Mapping[str, Scenario]
    arm: str
    against: str | None = None
    measure: str = "npv"
    replicates: int = 4
    seed: int | None = None
    book: Book | None = None

    def __post_init__(self) -> None:
        """Refuse names that do not exist."""
        for name in (self.arm, self.against):
            if name is not None and name not in self.arms:
                raise unknown("arm", name, self.arms)
        if self.arm == self.against:
            raise InputError(f"the arm {self.arm!r} cannot be compared with itself")

    @cached_property
    def inputs(self) -> Mapping[str, Distribution]:
        """Uncertain inputs of the arms that are asked for; where two state another distribution, the arm's."""
        found: dict[str, Distribution] = {}
        for name in (self.arm, self.against, BASE_ARM):
            if name is not None:
                found = self.arms[name].uncertain() | found
        return {path: found[path] for path in sorted(found)}

    @cached_property
    def _book(self) -> Book | None:
        from churnsim.scenario.book import resolve_book

        return resolve_book(self.file) if self.book is None else self.book

    def __call__(self, levels: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """See `Model`."""
        n = len(levels)
        chunks = [(first, min(first + CHUNK, n)) for first in range(0, n, CHUNK)]
        return np.concatenate([self._run(levels[a:b], part(progress, a / n, b / n)) for a, b in chunks])

    def _run(self, levels: np.ndarray, progress: Progress | None) -> np.ndarray:
        from churnsim.results.simulation import simulate

        dataset = simulate(
            self.file,
            arms=arms_needed(self.arms, self.arm, self.against),
            draws=len(levels),
            replicates=self.replicates,
            seed=self.seed,
            levels={path: levels[:, j] for j, path in enumerate(self.inputs)} or None,
            luck="replicate",
            book=self._book,
            progress=progress,
        )
        return outcomes_of(dataset, self.measure, self.arm, self.against)

"""Design of a simulation: how many draws and replicates, at which levels, and with whose luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from churnsim.compile.levels import Given, Levels, levels_of
from churnsim.scenario.model import Scenario

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Luck = Literal["path", "replicate"]


@dataclass(frozen=True)
class Design:
    """Draws and replicates of a simulation."""

    draws: int
    replicates: int
    levels: Levels
    luck: Luck
    markets: int | None

    def luck_of(self, draw: int) -> int:
        """Number that keys the luck of a draw."""
        return draw if self.luck == "path" else 0

    def numbers(self, first: int, last: int) -> np.ndarray:
        """Numbers (R, 2) that key the luck of customers and of the market in the replicates from `first` to `last`."""
        own = np.arange(first, last, dtype=np.int64)
        pair = (own, own) if self.markets is None else (own // self.markets, own % self.markets)
        return np.stack(pair, axis=1)


def design(
    arms: Mapping[str, Scenario],
    seed: int,
    draws: int | None = None,
    replicates: int | None = None,
    levels: Mapping[str, ArrayLike] | None = None,
    luck: Luck = "path",
    markets: int | None = None,
) -> Design:
    """The design that was asked for, see `churnsim.simulate`; ValueError where it makes none."""
    for name, count in (("draws", draws), ("replicates", replicates)):
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, found {count}")
    given = None if levels is None else _checked(levels, arms, draws)
    if given is not None:
        draws = len(next(iter(given.values())))
    draws, replicates = sample_size(arms, draws, replicates)
    if markets is not None and (markets < 1 or replicates % markets):
        raise ValueError(f"markets must divide the replicates ({replicates}), found {markets}")
    run = next(iter(arms.values())).run
    way = levels_of(run.sampling, seed, draws, sorted(_uncertain(arms))) if given is None else Given(given, seed)
    return Design(draws, replicates, way, luck, markets)


def sample_size(
    arms: Mapping[str, Scenario], draws: int | None = None, replicates: int | None = None
) -> tuple[int, int]:
    """Draws and replicates of a run: those that are given, else the file's, else 250 x 4.

    With nothing uncertain in any arm it is 1 x 1,000. Where only the replicates are given the draws make up 1,000
    paths, but are no fewer than 20: a mean over fewer says little of what is not known.
    """
    run = next(iter(arms.values())).run
    draws, replicates = draws or run.draws, replicates or run.replicates
    if not any(scenario.uncertain() for scenario in arms.values()):
        return draws or 1, replicates or 1000
    if draws is None:
        draws = 250 if replicates is None else min(250, max(20, 1000 // replicates))
    return draws, replicates or 4


def _uncertain(arms: Mapping[str, Scenario]) -> set[str]:
    return {path for scenario in arms.values() for path in scenario.uncertain()}


def _checked(levels: Mapping[str, ArrayLike], arms: Mapping[str, Scenario], draws: int | None) -> dict[str, np.ndarray]:
    known = _uncertain(arms)
    unknown = sorted(set(levels) - known)
    if unknown:
        raise ValueError(f"not uncertain in any arm: {', '.join(unknown)}; uncertain: {', '.join(sorted(known))}")
    given = {path: np.asarray(values, dtype=np.float64) for path, values in levels.items()}
    shapes = {values.shape for values in given.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 1 or shape[0] < 1:
        raise ValueError("levels must be one or more arrays of one and the same length")
    if draws is not None and draws != shape[0]:
        raise ValueError(f"there are levels for {shape[0]} draws, not for {draws}")
    for path, values in given.items():
        if not ((values > 0.0) & (values < 1.0)).all():
            raise ValueError(f"the levels of {path} must lie between 0 and 1, ends excluded")
    return given

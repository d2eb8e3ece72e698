"""Levels: where in its distribution each uncertain number stands in each draw, a probability in (0, 1).

A way of sampling is a function of a dotted path and the numbers of draws. Plain levels are independent and keyed by the
path. A Latin hypercube puts one draw into each of n equal slices of every input, in an order of its own: the part of
the variance that is a sum of functions of single inputs all but vanishes (McKay, Beckman & Conover 1979); it is never
much worse than plain sampling: at most n/(n - 1) times its variance with n draws (Owen 1997). Scrambled Sobol points
fill all inputs together evenly (Sobol 1967, Owen 1995), best with a power of two of draws. Standard errors take draws
for independent; with a Latin hypercube that errs on the safe side, with Sobol points nearly always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Protocol

import numpy as np

from churnsim.engine.keys import DRAW, draw_keys, philox_arrays
from churnsim.scenario.hashing import hash_text

Sampling = Literal["plain", "latin", "sobol"]


class Levels(Protocol):
    """A way of sampling."""

    @property
    def tied(self) -> bool:
        """Whether rank correlations are imposed on the levels."""
        ...

    def __call__(self, path: str, numbers: np.ndarray) -> np.ndarray:
        """Levels (n,) of an uncertain number in the draws of these numbers (n,)."""
        ...


@dataclass(frozen=True)
class Plain:
    """Independent levels keyed by seed, path and number: they depend on no number of draws or inputs."""

    seed: int
    tied: ClassVar[bool] = True

    def __call__(self, path: str, numbers: np.ndarray) -> np.ndarray:
        """See `Levels`."""
        return np.asarray(_words(self.seed, path, numbers)[0])


@dataclass(frozen=True)
class LatinHypercube:
    """One draw in each of `draws` slices of every input. One more input leaves the others as they were."""

    seed: int
    draws: int
    tied: ClassVar[bool] = True

    def __call__(self, path: str, numbers: np.ndarray) -> np.ndarray:
        """See `Levels`."""
        within, order = _words(self.seed, path, np.arange(self.draws))[:2]
        slices = np.empty(self.draws)
        slices[np.argsort(order, kind="stable")] = np.arange(self.draws)
        return np.asarray(((slices + within) / self.draws)[numbers])


@dataclass(frozen=True)
class Sobol:
    """Scrambled Sobol points over the inputs `paths`, in this order: another list of inputs gives other points."""

    seed: int
    draws: int
    paths: Sequence[str]
    tied: ClassVar[bool] = True

    @cached_property
    def _points(self) -> np.ndarray:
        from scipy.stats import qmc

        engine = qmc.Sobol(len(self.paths), scramble=True, rng=np.random.default_rng(self.seed))
        points = engine.random_base2((self.draws - 1).bit_length())[: self.draws]
        return np.asarray(np.clip(points, 2.0**-33, 1.0 - 2.0**-33))

    def __call__(self, path: str, numbers: np.ndarray) -> np.ndarray:
        """See `Levels`."""
        return np.asarray(self._points[numbers, self.paths.index(path)])


@dataclass(frozen=True)
class Given:
    """Levels (n,) by path that somebody chose, taken as they are; what is left out is drawn plainly."""

    levels: Mapping[str, np.ndarray]
    seed: int
    tied: ClassVar[bool] = False

    def __call__(self, path: str, numbers: np.ndarray) -> np.ndarray:
        """See `Levels`."""
        chosen = self.levels.get(path)
        return Plain(self.seed)(path, numbers) if chosen is None else np.asarray(chosen, np.float64)[numbers]


def levels_of(sampling: Sampling, seed: int, draws: int, paths: Sequence[str]) -> Levels:
    """The way of sampling of that name, for so many draws of these inputs."""
    if sampling == "latin":
        return LatinHypercube(seed, draws)
    if sampling == "sobol" and paths:
        return Sobol(seed, draws, tuple(paths))
    return Plain(seed)


def _words(seed: int, path: str, numbers: np.ndarray) -> np.ndarray:
    return philox_arrays(draw_keys(seed, numbers), np.uint64(hash_text(path)), DRAW)

"""Distributions of numbers that are not known, by their quantiles.

`mean` and `sd` are on the natural scale of the number; those of a truncated normal are of the law before it is
truncated. References: PERT as the beta distribution of Malcolm et al. (1959) with the usual weight of 4 on the mode;
the others by the method of moments.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]

LEAST_KEPT = 1e-6
"""Probability that the ends of a truncated distribution must leave between them."""


class Table(BaseModel):
    """Base of every table of a scenario file: unknown keys are errors, values do not change after loading."""

    # who validates a table first builds its validator: sixty of them would take as long as the rest of an import
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, defer_build=True)


class Distribution(Table):
    """What is believed of a number that is not known. One sample of it belongs to one draw."""

    def support(self) -> tuple[float, float]:
        """Least and greatest value that a draw can take."""
        raise NotImplementedError

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Inverse of the cumulative distribution at `u` in (0, 1), elementwise."""
        raise NotImplementedError

    def expectation(self) -> float:
        """Mean on the natural scale."""
        raise NotImplementedError


class Pert(Distribution):
    """Beta distribution between hard ends, by its most likely value."""

    low: Finite
    mode: Finite
    high: Finite

    @model_validator(mode="after")
    def _ordered(self) -> Pert:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise ValueError(f"needs low <= mode <= high and low < high, found {self.low}, {self.mode}, {self.high}")
        return self

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import betaincinv

        width = self.high - self.low
        alpha = 1.0 + 4.0 * (self.mode - self.low) / width
        beta = 1.0 + 4.0 * (self.high - self.mode) / width
        return np.asarray(self.low + width * betaincinv(alpha, beta, u))

    def expectation(self) -> float:
        return (self.low + 4.0 * self.mode + self.high) / 6.0


class Beta(Distribution):
    """Beta distribution on [0, 1]."""

    dist: Literal["beta"]
    mean: Finite
    sd: Annotated[Finite, Field(gt=0)]

    @model_validator(mode="after")
    def _possible(self) -> Beta:
        if not 0.0 < self.mean < 1.0:
            raise ValueError(f"a beta distribution needs a mean strictly between 0 and 1, found {self.mean}")
        limit = math.sqrt(self.mean * (1.0 - self.mean))
        if self.sd >= limit:
            raise ValueError(f"a beta distribution of mean {self.mean} needs an sd below {limit:.4g}, found {self.sd}")
        return self

    def support(self) -> tuple[float, float]:
        return 0.0, 1.0

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import betaincinv

        size = self.mean * (1.0 - self.mean) / self.sd**2 - 1.0
        return np.asarray(betaincinv(self.mean * size, (1.0 - self.mean) * size, u))

    def expectation(self) -> float:
        return self.mean


class Normal(Distribution):
    """Normal distribution, between `low` and `high` where they are given; keys with bounds need them.

    Truncated by its quantiles: nothing heaps up at an end. `mean` and `sd` are those of the law before it is truncated.
    """

    dist: Literal["normal"]
    mean: Finite
    """Mean of the law before it is truncated."""
    sd: Annotated[Finite, Field(gt=0)]
    """Standard deviation of the law before it is truncated."""
    low: Finite | None = None
    """Least value; left out: none."""
    high: Finite | None = None
    """Greatest value; left out: none."""

    @model_validator(mode="after")
    def _possible(self) -> Normal:
        low, high = self.support()
        if not low < high:
            raise ValueError(f"needs low < high, found {low}, {high}")
        below, above = self._tails()
        if 1.0 - below - above < LEAST_KEPT:
            raise ValueError(
                f"from {low:g} to {high:g} there is next to nothing of a normal distribution of mean {self.mean:g}"
                f" and sd {self.sd:g}"
            )
        return self

    def support(self) -> tuple[float, float]:
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        low, high = self.support()
        below, above = self._tails()
        u = np.asarray(u)
        # from the nearer end of the whole law, where probabilities are exact
        p, q = below + u * (1.0 - below - above), above + (1.0 - u) * (1.0 - below - above)
        z = np.where(p < q, ndtri(p), -ndtri(q))
        return np.asarray(np.clip(self.mean + self.sd * z, low, high))  # rounding only

    def expectation(self) -> float:
        low, high = ((end - self.mean) / self.sd for end in self.support())
        below, above = self._tails()
        at_low, at_high = (math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) for z in (low, high))
        return self.mean + self.sd * (at_low - at_high) / (1.0 - below - above)

    def _tails(self) -> tuple[float, float]:
        """Probabilities of the whole law below `low` and above `high`."""
        low, high = ((end - self.mean) / self.sd / math.sqrt(2.0) for end in self.support())
        return 0.5 * math.erfc(-low), 0.5 * math.erfc(high)


class LogNormal(Distribution):
    """Lognormal distribution by its natural mean and standard deviation."""

    dist: Literal["lognormal"]
    mean: Annotated[Finite, Field(gt=0)]
    sd: Annotated[Finite, Field(gt=0)]

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        variance = math.log1p((self.sd / self.mean) ** 2)
        return np.asarray(self.mean * np.exp(math.sqrt(variance) * ndtri(u) - 0.5 * variance))

    def expectation(self) -> float:
        return self.mean


class Gamma(Distribution):
    """Gamma distribution by its mean and standard deviation."""

    dist: Literal["gamma"]
    mean: Annotated[Finite, Field(gt=0)]
    sd: Annotated[Finite, Field(gt=0)]

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import gammaincinv

        shape = (self.mean / self.sd) ** 2
        return np.asarray(self.mean / shape * gammaincinv(shape, u))

    def expectation(self) -> float:
        return self.mean


class Uniform(Distribution):
    """Uniform distribution between hard ends."""

    dist: Literal["uniform"]
    low: Finite
    high: Finite

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if not self.low < self.high:
            raise ValueError(f"needs low < high, found {self.low}, {self.high}")
        return self

    def support(self) -> tuple[float, float]:
        return self.low, self.high

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * np.asarray(u)

    def expectation(self) -> float:
        return 0.5 * (self.low + self.high)


DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "beta": Beta,
    "normal": Normal,
    "lognormal": LogNormal,
    "gamma": Gamma,
    "uniform": Uniform,
}
"""Values of `dist`, each with its class; PERT has no `dist`, it is known by its `mode`."""


def central(value: float | Distribution) -> float:
    """A number, or the mean of its distribution."""
    return value.expectation() if isinstance(value, Distribution) else float(value)

"""Numbers that a scenario may state exactly or as a distribution.

Where a number may stand, a table may stand instead and says that the number is not known:

    annual_churn = 0.12
    annual_churn = { dist = "beta", mean = 0.12, sd = 0.03 }
    annual_churn = { low = 0.08, mode = 0.12, high = 0.20 }      # PERT, hard ends

`mean` and `sd` are on the natural scale of the number. The whole support must lie within what the key
allows, so that no draw is ever cut or repaired. References: PERT as the beta distribution of Malcolm et
al. (1959) with the usual weight of 4 on the mode; the others by the method of moments.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Union

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Table(BaseModel):
    """Base of every table of a scenario file: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, use_attribute_docstrings=True)


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
    """Normal distribution; its support is the whole line, so only keys without bounds take it."""

    dist: Literal["normal"]
    mean: Finite
    sd: Annotated[Finite, Field(gt=0)]

    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        return np.asarray(self.mean + self.sd * ndtri(u))

    def expectation(self) -> float:
        return self.mean


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

QUANTITY_TAGS = frozenset({"number", "pert", *DISTRIBUTIONS})
"""Branches of the union; they are stripped from the location of an error."""


def _branch(value: Any) -> str:
    if isinstance(value, Distribution):
        value = value.model_dump()
    if isinstance(value, dict):
        name = value.get("dist")
        if name is None:
            return "pert"
        return name if isinstance(name, str) and name in DISTRIBUTIONS else f"dist = {name!r}"
    return "number"


class Bounds:
    """What a quantity allows; an open end is not allowed itself."""

    def __init__(
        self, low: float = -math.inf, high: float = math.inf, *, open_low: bool = False, open_high: bool = False
    ):
        self.low, self.high, self.open_low, self.open_high = low, high, open_low, open_high

    def __str__(self) -> str:
        if self.low == -math.inf and self.high == math.inf:
            return "any number"
        if self.high == math.inf:
            return f"{'above' if self.open_low else 'at least'} {self.low:g}"
        low = f"{'above' if self.open_low else 'from'} {self.low:g}"
        return f"{low} {'to below' if self.open_high else 'to'} {self.high:g}"

    def json_schema(self) -> dict[str, float]:
        """The same as keywords of JSON Schema."""
        words = {
            "exclusiveMinimum" if self.open_low else "minimum": self.low,
            "exclusiveMaximum" if self.open_high else "maximum": self.high,
        }
        return {word: bound for word, bound in words.items() if math.isfinite(bound)}

    def check(self, value: float | Distribution) -> float | Distribution:
        """Return `value` when all of it is allowed; raise ValueError otherwise."""
        if isinstance(value, Distribution):
            low, high = value.support()
            # an open support such as a beta's never attains its ends
            inside = self.low <= low and high <= self.high
            if not inside:
                raise ValueError(f"allowed is {self}, but this distribution ranges from {low:g} to {high:g}")
            return value
        too_low = value <= self.low if self.open_low else value < self.low
        too_high = value >= self.high if self.open_high else value > self.high
        if too_low or too_high:
            raise ValueError(f"allowed is {self}, found {value:g}")
        return value


def quantity(low: float = -math.inf, high: float = math.inf, *, open_low: bool = False, open_high: bool = False) -> Any:
    """Field type: a finite number, or a distribution, within bounds."""
    bounds = Bounds(low, high, open_low=open_low, open_high=open_high)
    number = Field(json_schema_extra=bounds.json_schema())  # type: ignore[arg-type]
    branches = [Annotated[Finite, number, Tag("number")], Annotated[Pert, Tag("pert")]]
    branches += [Annotated[cls, Tag(name)] for name, cls in DISTRIBUTIONS.items()]
    return Annotated[Union[tuple(branches)], Discriminator(_branch), AfterValidator(bounds.check)]  # noqa: UP007


Real = quantity()
NonNegative = quantity(0.0)
Positive = quantity(0.0, open_low=True)
Share = quantity(0.0, 1.0)
Probability = quantity(0.0, 1.0)
ProperProbability = quantity(0.0, 1.0, open_high=True)
"""A probability whose cumulated hazard -ln(1 - p) must be finite."""
Months = quantity(0.0)
Money = quantity(0.0)

WholeMonths = Annotated[int, Field(strict=True, ge=0)]

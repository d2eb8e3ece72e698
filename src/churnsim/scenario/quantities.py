"""Numbers that a scenario may state exactly or as a distribution.

Where a number may stand, a table may stand instead and says that the number is not known:

    annual_churn = 0.12
    annual_churn = { dist = "beta", mean = 0.12, sd = 0.03 }
    annual_churn = { low = 0.08, mode = 0.12, high = 0.20 }      # PERT, hard ends

The whole support must lie within what the key allows, so that no draw is ever cut or repaired.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Union

from pydantic import AfterValidator, Discriminator, Field, Tag

from churnsim.scenario.distributions import DISTRIBUTIONS, Distribution, Finite, Normal, Pert

__all__ = [
    "Bounds",
    "Distribution",
    "FixedShare",
    "LogEffect",
    "Money",
    "NonNegative",
    "Positive",
    "Probability",
    "ProperProbability",
    "Real",
    "Share",
    "Slope",
    "UpliftSlope",
    "WholeMonths",
    "quantity",
]


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
                cure = "; low and high truncate it" if isinstance(value, Normal) else ""
                raise ValueError(f"allowed is {self}, but this distribution ranges from {low:g} to {high:g}{cure}")
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
Money = quantity(0.0)
LogEffect = quantity(-5.0, 5.0)
"""Effect on a log rate: 0.1 is some 10%. Beyond 5, a factor of 148, somebody meant percent."""
Slope = quantity(-50.0, 50.0)
"""Log rate per unit of a state that lies in [0, 1]."""
UpliftSlope = quantity(-500.0, 500.0)
"""Log rate per unit of a relative price uplift, of which a usual one is a few hundredths."""

FixedShare = Annotated[Finite, Field(ge=0, le=1)]
"""A share that is stated exactly."""
WholeMonths = Annotated[int, Field(strict=True, ge=0, le=1200)]

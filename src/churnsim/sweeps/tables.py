"""The tables of a plan file.

scenario = "scenario.toml"            # beside the plan, or preset:NAME
measures = ["npv", "nrr"]
csm = "4..9"                          # rungs of a ladder as arms; else the arms of the scenario and those here

[axes.churn]
path = "segments.*.intent.annual_churn"
factors = [1.0, 1.33]                 # or values = [...], or range = { from = , to = , steps = }

[axes.economy.cases]
calm = {}
recession = { "market.volatility" = 0.25 }

[sample]                              # one dimension, `point`
points = 256
inputs = { "product.monthly_cost" = { low = 0.0, mode = 5_000.0, high = 20_000.0 } }
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, create_model, model_validator

from churnsim.decisions.inputs import InputError
from churnsim.scenario.distributions import Finite, Table
from churnsim.scenario.quantities import Real
from churnsim.scenario.run import Count

DEFAULT_MEASURES = ["npv", "arr", "nrr", "grr", "cost"]
Steps = Annotated[int, Field(strict=True, ge=2)]
# `from` is a word of Python, so that no class can be written with it
_ENDS: dict[str, Any] = {"from": (Finite, ...), "to": (Finite, ...), "steps": (Steps, ...)}
Range: Any = create_model("Range", __base__=Table, **_ENDS)


class Axis(Table):
    """What one axis changes, and to what."""

    path: str | None = None
    """Dotted path; `*` stands for every name of a table."""
    paths: Annotated[list[str], Field(min_length=1)] | None = None
    """Several paths that take the same value, or the same factor."""
    values: Annotated[list[Any], Field(min_length=1)] | None = None
    """Numbers, texts or distributions, one after the other."""
    range: Range | None = None
    """So many numbers at equal distances, both ends included."""
    factors: Annotated[list[Finite], Field(min_length=1)] | None = None
    """Times what the scenario states; a distribution is scaled."""
    cases: Annotated[dict[str, dict[str, Any]], Field(min_length=1)] | None = None
    """Named cases: values by dotted path."""

    @model_validator(mode="after")
    def _one_way(self) -> Axis:
        ways = [name for name in ("values", "range", "factors", "cases") if getattr(self, name) is not None]
        if len(ways) != 1:
            told = f", found {' and '.join(ways)}" if ways else ""
            raise ValueError(f"an axis needs one of values, range, factors and cases{told}")
        places = [name for name in ("path", "paths") if getattr(self, name) is not None]
        if self.cases is not None and places:
            raise ValueError(f"named cases say their own paths: leave out {places[0]}")
        if self.cases is None and len(places) != 1:
            raise ValueError("an axis needs a path, or several as paths")
        return self


class Sample(Table):
    """Points spread over what is not known."""

    method: Literal["latin", "sobol"] = "latin"
    """Latin hypercube, or scrambled Sobol points."""
    points: Count = 256
    """[J] a power of two that resolves a few inputs."""
    seed: Annotated[int, Field(strict=True, ge=0)] = 0
    inputs: Annotated[dict[str, Real], Field(min_length=1)]
    """Distribution by dotted path."""

    @model_validator(mode="after")
    def _balanced(self) -> Sample:
        if self.method == "sobol" and self.points & (self.points - 1):
            raise ValueError(f"Sobol points come in powers of two, found {self.points}")
        exact = [path for path, law in self.inputs.items() if isinstance(law, (int, float))]
        if exact:
            raise ValueError(f"a sample is over distributions, found an exact number: {', '.join(exact)}")
        return self


class PlanTable(Table):
    """A plan file."""

    name: str = ""
    description: str = ""
    scenario: str
    """Scenario file, from the folder of the plan, or preset:NAME."""
    draws: Count | None = None
    """Samples of what is not known; left out: as a run of the scenario."""
    replicates: Count | None = None
    """Samples of luck per draw; left out: as a run of the scenario."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None = None
    """Left out: the scenario's."""
    measures: Annotated[list[str], Field(min_length=1)] = DEFAULT_MEASURES
    """What is kept of each path. `capacity` keeps demand over hours by month too; by `hours` reports divide gains."""
    csm: str | None = None
    """Numbers of posts, lowest..highest or a list with commas: the rungs are the arms."""
    team: str | None = None
    """Team of the ladder; left out: the only one."""
    scenario_arms: bool = True
    """Whether the scenario's own arms come along; its base always does."""
    zip: list[list[str]] = []  # noqa: RUF012
    """Axes that walk together."""
    axes: dict[str, Axis] = {}  # noqa: RUF012
    sample: Sample | None = None
    arms: dict[str, dict[str, Any]] = {}  # noqa: RUF012
    """Overrides by arm, besides those of the scenario."""


def posts_of(text: str) -> list[int]:
    """Numbers of posts from `a..b`, both included, or from a list `a,b,c`. Raises InputError."""
    ends = re.fullmatch(r"(\d{1,4})\.\.(\d{1,4})", text.strip())
    if ends is not None:
        return list(range(int(ends[1]), int(ends[2]) + 1))
    if re.fullmatch(r"\d{1,4}(\s*,\s*\d{1,4})*", text.strip()) is None:
        raise InputError(f'is not a range of posts, found {text!r} (allowed: "0..14", or a list such as "0,3,6")')
    return [int(part) for part in text.split(",")]

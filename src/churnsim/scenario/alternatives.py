"""Alternatives: what else the same money could buy, step by step.

An alternative turns money into values of the scenario: so much a year for each step, and for every value that it
changes a list of what it is after the first step, the second, and so on. What a step buys is stated, never derived:
nothing is interpolated between steps or carried on beyond the last.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from churnsim.scenario.distributions import Finite, Table

Steps = Annotated[list[Any], Field(min_length=1)]


class Alternative(Table):
    """One way to spend money."""

    annual_cost: Annotated[Finite, Field(gt=0)]
    """What a step costs a year, on average over the horizon."""
    charge: Literal["fixed", "simulated", "revenue"] = "fixed"
    """How the simulation comes to see the money: `fixed` adds it to money.annual_fixed_cost; `simulated`: the values
    themselves cost it, as posts and leads do; `revenue`: it is revenue forgone, as with a lower price."""
    values: Annotated[dict[str, Steps], Field(min_length=1)]
    """By dotted path: the value after step 1, step 2, ...; an exact number or a distribution."""

    @property
    def most_steps(self) -> int:
        """Steps that are stated."""
        return len(next(iter(self.values.values())))

    @model_validator(mode="after")
    def _same_steps(self) -> Alternative:
        lengths = {path: len(steps) for path, steps in self.values.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{path} {count}" for path, count in lengths.items())
            raise ValueError(f"every value needs one entry for each step, found {told}")
        return self

"""Uncertain inputs of a model: some there must be; and as SALib wants them described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from churnsim.decisions.inputs import InputError
from churnsim.scenario.distributions import Distribution


def problem(inputs: Mapping[str, Distribution], low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
    """SALib's problem over the levels of the inputs. Raises InputError where nothing is uncertain."""
    some_input(inputs)
    return {"num_vars": len(inputs), "names": list(inputs), "bounds": [[low, high]] * len(inputs)}


def some_input(inputs: Mapping[str, object]) -> None:
    """Refuse a model in which nothing is uncertain."""
    if not inputs:
        raise InputError(
            "nothing in the scenario is uncertain: write a number as { low = , mode = , high = }, or with dist, mean"
            " and sd"
        )

"""The libraries of the extra `sensitivity`, and inputs as SALib wants them described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from churnsim.decisions.inputs import InputError
from churnsim.scenario.distributions import Distribution

_NAMES = {"SALib": "SALib", "sklearn": "scikit-learn"}


@contextmanager
def needs(module: str) -> Iterator[None]:
    """Say what to install where a library of the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module:
            raise
        raise InputError(f"needs {_NAMES[module]}: pip install 'churnsim[sensitivity]'") from None


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

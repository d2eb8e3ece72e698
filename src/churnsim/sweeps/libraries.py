"""The libraries of the extras `sweep` and `distributed`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from churnsim.decisions.inputs import InputError

_EXTRAS = {"zarr": "sweep", "fsspec": "sweep", "dask": "distributed", "distributed": "distributed"}


@contextmanager
def needs(*modules: str) -> Iterator[None]:
    """Say what to install where a library of an extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in modules:
            raise
        raise InputError(f"needs {module}: pip install 'churnsim[{_EXTRAS[module]}]'") from None

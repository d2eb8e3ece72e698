"""Libraries that only some commands need, and the extras that install them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from churnsim.decisions.inputs import InputError

_EXTRAS = {
    "SALib": "sensitivity",
    "sklearn": "sensitivity",
    "zarr": "sweep",
    "fsspec": "sweep",
    "dask": "distributed",
    "distributed": "distributed",
}
_NAMES = {"sklearn": "scikit-learn"}
"""Of packages that are installed by another name than they are imported by."""


@contextmanager
def needs(*modules: str) -> Iterator[None]:
    """Say what to install where one of these libraries is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in modules:
            raise
        raise InputError(f"needs {_NAMES.get(module, module)}: pip install 'churnsim[{_EXTRAS[module]}]'") from None

"""Results as plain JSON types."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import xarray as xr

SELDOM = {"seldom": True}
"""Metadata of a field that is left out of the JSON, rather than null, where it does not apply."""


def plain(value: Any) -> Any:
    """Dataclasses, mappings, sequences and numbers as JSON types; NaN becomes None.

    Datasets and their arrays are left out, and so is None in a field whose metadata are SELDOM.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: plain(item) for f, item in fields if not _left_out(f, item)}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _left_out(field: dataclasses.Field[Any], item: Any) -> bool:
    return isinstance(item, (xr.Dataset, xr.DataArray)) or (item is None and field.metadata == SELDOM)

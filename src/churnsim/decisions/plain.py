"""Results as plain JSON types."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import xarray as xr


def plain(value: Any) -> Any:
    """Dataclasses, mappings, sequences and numbers as JSON types; NaN becomes None, Datasets are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: plain(item) for name, item in fields if not isinstance(item, xr.Dataset)}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

"""Datasets on disk: netCDF, written beside and renamed, so that a stopped run leaves the old file whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from churnsim.outputs import written_beside


def save(dataset: xr.Dataset, path: str | Path, groups: Mapping[str, xr.Dataset] | None = None) -> Path:
    """Write `dataset`, and others as groups beside it, to a netCDF file; return its path.

    Raises OSError where the folder cannot be written.
    """
    target = Path(path)
    with written_beside(target) as beside:
        parts: dict[str | None, xr.Dataset] = {None: dataset} | dict(groups or {})
        for group, part in parts.items():
            texts = {name: part[name].astype(str) for name in part.coords if part[name].dtype == object}
            encoding = {name: {"zlib": True, "complevel": 1} for name, v in part.data_vars.items() if v.size > 1000}
            mode: Literal["w", "a"] = "w" if group is None else "a"
            part.assign_coords(texts).to_netcdf(beside, mode=mode, group=group, engine="h5netcdf", encoding=encoding)
    return target


def load(path: str | Path) -> xr.Dataset:
    """Read a Dataset that `save` wrote, whole, into memory."""
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        return _restored(stored.load())


def load_groups(path: str | Path) -> tuple[xr.Dataset, dict[str, xr.Dataset]]:
    """Read a Dataset that `save` wrote, and the others beside it by group; the file is opened once."""
    groups = xr.open_groups(path, engine="h5netcdf")
    try:
        datasets = {name.strip("/"): _restored(stored.load()) for name, stored in groups.items()}
    finally:
        for stored in groups.values():
            stored.close()
    return datasets.pop(""), datasets


def _restored(stored: xr.Dataset) -> xr.Dataset:
    texts = {name: stored[name].astype(object) for name in stored.coords if stored[name].dtype.kind in "US"}
    restored = stored.assign_coords(texts)
    restored.attrs = {k: v.item() if isinstance(v, np.generic) else v for k, v in stored.attrs.items()}
    return restored

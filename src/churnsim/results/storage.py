"""Datasets on disk: netCDF, written beside and renamed, so that a stopped run leaves the old file whole."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import xarray as xr


def save(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write `dataset` to a netCDF file; return its path. Raises OSError where the folder cannot be written."""
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    texts = {name: dataset[name].astype(str) for name in dataset.coords if dataset[name].dtype == object}
    encoding = {name: {"zlib": True, "complevel": 1} for name, v in dataset.data_vars.items() if v.size > 1000}
    try:
        dataset.assign_coords(texts).to_netcdf(beside, engine="h5netcdf", encoding=encoding)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def load(path: str | Path) -> xr.Dataset:
    """Read a Dataset that `save` wrote, whole, into memory."""
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        dataset = stored.load()
    texts = {name: dataset[name].astype(object) for name in dataset.coords if dataset[name].dtype.kind in "US"}
    restored = dataset.assign_coords(texts)
    restored.attrs = {k: v.item() if isinstance(v, np.generic) else v for k, v in dataset.attrs.items()}
    return restored

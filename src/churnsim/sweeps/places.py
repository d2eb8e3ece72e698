"""Where a store is: a folder of this machine, or any URL that fsspec knows (s3://, gs://, memory://, ...)."""

from __future__ import annotations

import pathlib
from typing import Any

from churnsim.decisions.libraries import needs


def location(url: str | pathlib.Path) -> str:
    """A URL, or the absolute path of a folder, so that workers in other folders find it."""
    text = str(url).removeprefix("file://")
    return text if "://" in text else str(pathlib.Path(text).absolute())


def is_folder(where: str) -> bool:
    """Whether a location is a folder of this machine."""
    return "://" not in where


def zarr_store(where: str, *, read_only: bool = False) -> Any:
    """Zarr's store at a location."""
    with needs("zarr"):
        from zarr.storage import FsspecStore, LocalStore
    if is_folder(where):
        return LocalStore(where, read_only=read_only)
    with needs("fsspec"):
        return FsspecStore.from_url(where, read_only=read_only)


def file_system(where: str) -> tuple[Any, str]:
    """The file system of a location, with the path in it."""
    with needs("fsspec"):
        import fsspec
    found: tuple[Any, str] = fsspec.core.url_to_fs(where)
    return found

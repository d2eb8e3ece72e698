"""A sweep on disk: Zarr version 3, a chunk a point, that opens as one Dataset while the sweep still runs.

`outcome` has the dimensions of the plan and then measure, arm, draw, replicate; the chunk of a point is all of it.
`seal` has 64 bytes for each point: the SHA-256 of what makes its numbers, and that of the numbers themselves. A point
is written as: no seal, numbers, seal. So a point without a seal is not there, and one whose seal holds another hash was
made by other inputs, or has been damaged. What is not there is NaN in `outcome` and 0 in `seal`, and takes no space.
"""

from __future__ import annotations

import json
import pathlib
import warnings
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.results.labels import book_hash
from churnsim.results.versions import versions
from churnsim.sweeps.identity import code_digest
from churnsim.sweeps.places import file_system, is_folder, location, zarr_store
from churnsim.sweeps.plan import Plan, stored_plan
from churnsim.sweeps.seal import HASH_BYTES, hash_of, holds

if TYPE_CHECKING:
    import xarray as xr
    from zarr import Group

    from churnsim.scenario.book import Book

LAYOUT = 1
"""Version of this layout; a store of another one is refused."""
MARK = "churnsim_sweep"
LOCK = "churnsim.lock"
OUTCOME, SEAL, BOOK = "outcome", "seal", "book"


class StoreError(InputError):
    """A place that holds no sweep, or one that this plan or this version cannot go on with."""


class Store:
    """The arrays of a sweep, point by point."""

    def __init__(self, where: str, group: Group) -> None:
        self.where, self.group = where, group
        self._outcome: Any = group[OUTCOME]
        self._seal: Any = group[SEAL]

    @property
    def attrs(self) -> dict[str, Any]:
        """What is stored beside the numbers."""
        return dict(self.group.attrs)

    @property
    def shape(self) -> tuple[int, ...]:
        """Labels of each dimension of the plan."""
        return tuple(self._seal.shape[:-1])

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of the outcome."""
        return tuple(map(str, self._outcome.metadata.dimension_names))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Their sizes."""
        return tuple(self._outcome.shape)

    def plan(self) -> Plan:
        """The plan that was stored."""
        return stored_plan(self.attrs)

    def book(self) -> Book | None:
        """The book of accounts that was stored."""
        from churnsim.scenario.book import Book

        if BOOK not in self.group:
            return None
        columns: dict[str, Any] = {name: array[...] for name, array in self.group[BOOK].arrays()}  # type: ignore[union-attr]
        return Book(**columns | {"account_id": list(map(str, columns["account_id"]))})

    # -- points ----------------------------------------------------------------------------------------------------

    def seals(self) -> np.ndarray:
        """Seals (points, 64) of all points; zeros where there is none, or one that cannot be read."""
        try:
            return np.asarray(self._seal[...]).reshape(-1, 2 * HASH_BYTES)
        except OSError:
            raise
        except Exception:  # a chunk that is cut short: Zarr has no error of its own for it
            return np.stack([self._seal_of(index) for index in np.ndindex(self.shape)])

    def _seal_of(self, index: tuple[int, ...]) -> np.ndarray:
        try:
            return np.asarray(self._seal[index]).reshape(-1)
        except OSError:
            raise
        except Exception:
            return np.zeros(2 * HASH_BYTES, np.uint8)

    def values(self, index: tuple[int, ...], seal: np.ndarray) -> np.ndarray | None:
        """Numbers (measures, arms, draws, replicates) of a point; None where they are not those that were sealed."""
        try:
            found = np.asarray(self._outcome[index])
        except OSError:
            raise
        except Exception:  # the checksum of the chunk, or its length
            return None
        return found if holds(found, seal) else None

    def write(self, index: tuple[int, ...], identity: bytes, values: np.ndarray) -> None:
        """Store a point; at no moment is it sealed with anything but its own numbers."""
        # one bit pattern for NaN, which a chunk of nothing else takes on when it is read
        values = np.where(np.isnan(values), np.nan, values)
        # to look whether there is a seal takes a third of the time of taking it away
        if self._seal_of(index).any():
            self._seal[index] = 0
        self._outcome[index] = values
        self._seal[index] = np.frombuffer(identity + hash_of(values), np.uint8)

    def clear(self, index: tuple[int, ...]) -> None:
        """Take a point away: chunks of nothing but fill values are removed."""
        self._seal[index] = 0
        self._outcome[index] = np.nan

    # -- the whole -------------------------------------------------------------------------------------------------

    def update(self, plan: Plan, book: Book | None) -> Store:
        """Bring coordinates, attributes and book to those of a plan of the same shape."""
        before = self.attrs
        after = _attributes(plan, book)
        told = {key: before.get(key) for key in after}
        if told == after and book_hash(self.book()) == book_hash(book):
            return self
        for name in [name for name, _ in self.group.arrays() if name not in (OUTCOME, SEAL)]:
            del self.group[name]
        return _finish(self.where, plan, book)

    def note_failures(self, failed: Mapping[str, str]) -> None:
        """Replace the errors of points that failed."""
        if self.attrs.get("failed") != dict(failed):
            self.group.attrs["failed"] = dict(failed)


def open_store(where: str, *, read_only: bool = True) -> Store:
    """The store at a location. Raises StoreError where there is none that this version knows."""
    with needs("zarr"):
        import zarr
    try:
        group = zarr.open_group(zarr_store(where, read_only=read_only), mode="r" if read_only else "r+", zarr_format=3)
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise StoreError(f"{where} holds no sweep: {_reason(error)}") from None
    mark = group.attrs.get(MARK)
    if mark is None:
        raise StoreError(f"{where} holds no sweep of churnsim")
    if mark != LAYOUT:
        version = group.attrs.get("churnsim_version", "another version")
        raise StoreError(
            f"{where} was written by churnsim {version} in layout {mark}, this version knows layout {LAYOUT}:"
            " give the sweep another store"
        )
    if group.metadata.consolidated_metadata is None:
        raise StoreError(f"{where} was left before it was whole: start the sweep again")
    return Store(where, group)


def exists(where: str) -> bool:
    """Whether anything but a lock is at a location."""
    fs, path = file_system(where)
    fs.invalidate_cache()
    try:
        return any(pathlib.PurePosixPath(name).name != LOCK for name in fs.ls(path, detail=False))
    except (FileNotFoundError, NotADirectoryError):
        return bool(fs.exists(path))


def create(where: str, plan: Plan, book: Book | None) -> Store:
    """Make an empty store. Until all of it is there it is none, and is made anew."""
    with needs("zarr"):
        import zarr
        from zarr.codecs import Crc32cCodec
    if exists(where):
        _refuse_strangers(where)
    store = zarr_store(where)
    group = zarr.create_group(store, zarr_format=3, attributes={MARK: LAYOUT}, overwrite=False)
    sizes = (len(plan.measures), len(plan.arm_names), plan.draws, plan.replicates)
    names = [d.name for d in plan.dimensions]
    ones = (1,) * len(names)
    group.create_array(
        OUTCOME,
        shape=plan.shape + sizes,
        chunks=ones + sizes,
        dtype="float64",
        fill_value=np.nan,
        compressors=[Crc32cCodec()],
        dimension_names=[*names, "measure", "arm", "draw", "replicate"],
    )
    group.create_array(
        SEAL,
        shape=(*plan.shape, 2 * HASH_BYTES),
        chunks=(*ones, 2 * HASH_BYTES),
        dtype="uint8",
        fill_value=0,
        compressors=None,
        dimension_names=[*names, "byte"],
    )
    return _finish(where, plan, book)


def remake(where: str) -> None:
    """Remove what a sweep left that was stopped while it made its store; raise StoreError where it is anything else."""
    _refuse_strangers(where)
    fs, path = file_system(where)
    for name in fs.ls(path, detail=False):
        if pathlib.PurePosixPath(name).name != LOCK:
            fs.rm(name, recursive=True)


def incomplete(where: str) -> bool:
    """Whether a sweep was stopped while it made its store."""
    with needs("zarr"):
        import zarr
    try:
        group = zarr.open_group(zarr_store(where, read_only=True), mode="r", zarr_format=3)
    except (FileNotFoundError, ValueError, KeyError):
        return False
    return group.attrs.get(MARK) == LAYOUT and group.metadata.consolidated_metadata is None


def remove_rests(where: str) -> None:
    """Remove files that a killed writer was writing beside their place."""
    if is_folder(where):
        for rest in pathlib.Path(where).rglob("*.partial"):
            rest.unlink(missing_ok=True)


def open_sweep(url: str | pathlib.Path) -> xr.Dataset:
    """The Dataset of a sweep, read as it is used; points that are not there are NaN, with a seal of zeros."""
    import xarray as xr

    where = location(url)
    open_store(where)
    dataset: xr.Dataset = xr.open_zarr(zarr_store(where, read_only=True), consolidated=True, chunks=None)
    return dataset


def _refuse_strangers(where: str) -> None:
    if not incomplete(where):
        raise StoreError(f"{where} is there already and holds no sweep of churnsim: give the sweep another store")


def _finish(where: str, plan: Plan, book: Book | None) -> Store:
    """Write coordinates, book and attributes, and last the entry that makes all of it a whole."""
    import zarr

    group = zarr.open_group(zarr_store(where), mode="r+", zarr_format=3, use_consolidated=False)
    for name, (dimension, values) in _coordinates(plan).items():
        _add(group, name, values, dimension)
    if BOOK in group:
        del group[BOOK]
    if book is not None:
        accounts = group.create_group(BOOK)
        for field in fields(book):
            _add(accounts, field.name, np.asarray(getattr(book, field.name)), "account")
    attrs: dict[str, Any] = dict(group.attrs) | _attributes(plan, book)
    attrs.setdefault("failed", {})
    group.attrs.put(attrs)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        warnings.filterwarnings("ignore", message=f"Object at {LOCK}")
        zarr.consolidate_metadata(group.store)
    return open_store(where, read_only=False)


def _add(group: Any, name: str, values: np.ndarray, dimension: str) -> None:
    text = values.dtype.kind in "OUT"
    data = values.astype(np.dtypes.StringDType()) if text else values
    group.create_array(name, data=data, chunks=(max(len(data), 1),), dimension_names=(dimension,), overwrite=True)


def _coordinates(plan: Plan) -> dict[str, tuple[str, np.ndarray]]:
    found: dict[str, tuple[str, np.ndarray]] = {}
    for dimension in plan.dimensions:
        for name, values in ({dimension.name: dimension.labels} | dict(dimension.along)).items():
            # Zarr has folders in names, and xarray lists coordinates with spaces between them
            safe = "_".join(name.replace("/", "_").split())
            found[safe] = dimension.name, _array(values)
    sizes = {"draw": plan.draws, "replicate": plan.replicates}
    found |= {name: (name, np.arange(size)) for name, size in sizes.items()}
    found |= {"measure": ("measure", _array(plan.measures)), "arm": ("arm", _array(plan.arm_names))}
    return found


def _array(values: Any) -> np.ndarray:
    plain = np.asarray(list(values))
    return plain if plain.dtype.kind in "fiu" else np.asarray(list(map(str, values)), dtype=object)


def _attributes(plan: Plan, book: Book | None) -> dict[str, Any]:
    scenario = plan.file.scenario
    packages = versions()
    return {
        MARK: LAYOUT,
        "title": f"churnsim sweep: {scenario.name}",
        "plan_name": plan.name,
        "plan_text": plan.text,
        "scenario_name": plan.file.name,
        "scenario_text": plan.file.text,
        "seed": plan.seed,
        "currency": scenario.money.currency,
        "horizon_months": scenario.run.horizon_months,
        "churnsim_version": packages["churnsim"],
        "created_with": json.dumps(packages),
        "code": code_digest(),
        "book_hash": book_hash(book),
        "coordinates": " ".join(_coordinates(plan)),
    }


def _reason(error: Exception) -> str:
    return "there is nothing" if isinstance(error, FileNotFoundError) else str(error)

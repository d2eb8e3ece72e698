"""A run on disk: what was asked, and everything that is needed to show it, to repeat it and to compare it.

One netCDF file: the Dataset of the simulation, the book of accounts as the group `book`, and for a ladder the second
look at the recommended rung, its neighbour and the base on fresh seeds as the group `second`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from churnsim.results import storage

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile

COMMANDS = ("run", "compare", "headcount")
_HDF5 = b"\x89HDF"
_ADVICE = "give the file that churnsim run, headcount or compare wrote with -o"


class RunError(ValueError):
    """A file that holds no run."""


@dataclass(frozen=True)
class Run:
    """What a command has simulated."""

    command: str
    """One of COMMANDS."""
    options: dict[str, Any]
    """What was asked besides the scenario: for a ladder `team` and `posts`."""
    dataset: xr.Dataset
    book: Book | None
    second: xr.Dataset | None = None
    """Of a ladder: the second look, at the level `paths`."""

    @property
    def scenario_file(self) -> ScenarioFile:
        """The scenario as it was read."""
        from churnsim.scenario.files import parse

        return parse(str(self.dataset.attrs["scenario_text"]), name=str(self.dataset.attrs["scenario_name"]))


def save_run(run: Run, path: str | Path) -> Path:
    """Write a run; return its path. Raises OSError where the folder cannot be written."""
    groups = {}
    if run.book is not None:
        columns = {field.name: np.asarray(getattr(run.book, field.name)) for field in fields(run.book)}
        groups["book"] = xr.Dataset({name: ("account", values) for name, values in columns.items()})
    if run.second is not None:
        groups["second"] = run.second
    question = {"command": run.command, "options": json.dumps(run.options)}
    return storage.save(run.dataset.assign_attrs(question), path, groups)


def load_run(path: str | Path) -> Run:
    """Read a run. Raises RunError when the file holds none, OSError when it cannot be read."""
    from churnsim.scenario.book import Book

    with Path(path).open("rb") as file:
        if file.read(len(_HDF5)) != _HDF5:
            raise RunError(f"{path} is no run of churnsim: {_ADVICE}")
    try:
        dataset, groups = storage.load_groups(path)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise RunError(f"{path} cannot be read as netCDF ({error}): is it cut short? {_ADVICE}") from None
    if dataset.attrs.get("command") not in COMMANDS:
        raise RunError(f"{path} is no run of churnsim: {_ADVICE}")
    if "cost_by_year" not in dataset:
        version = dataset.attrs["churnsim_version"]
        raise RunError(f"{path} was written by churnsim {version} without the fields of a year: run it again")
    book = None
    if "book" in groups:
        columns: dict[str, Any] = {str(name): variable.values for name, variable in groups["book"].items()}
        book = Book(**columns | {"account_id": list(map(str, columns["account_id"]))})
    options = json.loads(dataset.attrs["options"])
    return Run(str(dataset.attrs["command"]), options, dataset, book, groups.get("second"))

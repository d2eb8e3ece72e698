"""Repeat a stored run and compare every byte: would an auditor get the same numbers?

The scenario's text, the book, the seed, the sample and the question are those of the file. All variables and
coordinates are compared by their bytes, a ladder's second look too, and so are the attributes that say what was run.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from churnsim.decisions.compare import compare
from churnsim.decisions.headcount import headcount
from churnsim.decisions.pace import paths_of
from churnsim.decisions.plain import plain
from churnsim.decisions.progress import Progress
from churnsim.results.runs import Run, RunError, load_run
from churnsim.results.versions import versions
from churnsim.scenario.files import ScenarioFile, arms
from churnsim.scenario.problems import ScenarioError

VERSIONS = ("churnsim_version", "created_with")
"""Attributes that may differ while the numbers are the same."""
_QUESTION = ("command", "options")


@dataclass(frozen=True)
class Mismatch:
    """A variable, coordinate or attribute that does not come out again."""

    name: str
    """Those of a ladder's second look begin with "second look: "."""
    what: str
    """The difference in words."""
    differing: int = 0
    """Values of other bytes, where the shapes agree; 0 where values cannot be compared one by one."""
    values: int = 0
    """Values in all."""
    largest: float = math.nan
    """Greatest absolute difference, where both are numbers."""


@dataclass(frozen=True)
class Verification:
    """What a stored run and its repetition have in common."""

    file: str
    command: str
    seed: int
    paths: int
    compared: int
    """Variables, coordinates and attributes that were compared."""
    differences: tuple[Mismatch, ...]
    versions_then: dict[str, str]
    versions_now: dict[str, str]
    repeated: xr.Dataset = field(repr=False, compare=False)

    @property
    def same(self) -> bool:
        """Whether every byte came out again."""
        return not self.differences

    @property
    def sentence(self) -> str:
        """Same or different, and what a difference may come from."""
        if self.same:
            return f"Same: all {self.compared} variables, coordinates and attributes come out again, byte for byte."
        text = (
            f"Different: {len(self.differences)} of {self.compared} variables, coordinates and attributes do not come"
            " out again. "
        )
        other = [
            f"{name} was {then}, now {self.versions_now.get(name, 'none')}"
            for name, then in self.versions_then.items()
            if self.versions_now.get(name) != then
        ]
        if other:
            return f"{text}Versions differ ({'; '.join(other)}), which may alone explain it: repeat it with those."
        return (
            f"{text}The versions are those of the run: the file was changed afterwards, or it comes from another"
            " build of churnsim or another kind of processor."
        )

    def to_json(self) -> dict[str, Any]:
        """Everything but the Dataset as plain JSON types."""
        return {"same": self.same, "sentence": self.sentence, **plain(self)}


def verify(run: str | Path | Run, *, progress: Progress | None = None) -> Verification:
    """Repeat a run, given as a file or as loaded, and compare.

    Raises RunError when the file holds no run, or one that its scenario's text cannot repeat; OSError when it cannot
    be read.
    """
    name = "this run" if isinstance(run, Run) else str(run)
    run = run if isinstance(run, Run) else load_run(run)
    again = repeat(run, name, progress=progress)
    compared, found = _compare(run.dataset, again.dataset, "")
    if run.second is not None or again.second is not None:
        seconds = [xr.Dataset() if look is None else look for look in (run.second, again.second)]
        more, others = _compare(seconds[0], seconds[1], "second look: ")
        compared, found = compared + more, found + others
    then = {str(package): str(number) for package, number in json.loads(run.dataset.attrs["created_with"]).items()}
    return Verification(
        file=name,
        command=run.command,
        seed=int(run.dataset.attrs["seed"]),
        paths=paths_of(run),
        compared=compared,
        differences=tuple(found),
        versions_then=then,
        versions_now=versions(),
        repeated=again.dataset,
    )


def repeat(run: Run, name: str, *, progress: Progress | None = None) -> Run:
    """The same question asked again. `name` stands for the run in errors; raises RunError."""
    from churnsim.results.simulation import simulate

    file = scenario_of(run, name)
    sizes = run.dataset.sizes
    seed, draws, replicates = int(run.dataset.attrs["seed"]), sizes["draw"], sizes["replicate"]
    if run.command == "headcount":
        ladder = headcount(
            file,
            team=run.options["team"],
            posts=run.options["posts"],
            draws=draws,
            replicates=replicates,
            seed=seed,
            progress=progress,
            book=run.book,
        )
        return dataclasses.replace(run, dataset=ladder.dataset, second=ladder.second)
    written, asked = arms(file), list(map(str, run.dataset["arm"].values))
    unknown = [arm for arm in asked if arm not in written]
    if unknown:
        raise RunError(
            f"{name} cannot be repeated: its scenario's text has no arm {', '.join(map(repr, unknown))}, which was made"
            " in Python"
        )
    chosen = {arm: written[arm] for arm in asked}
    if run.command == "compare":
        again = compare(
            file, arms=chosen, draws=draws, replicates=replicates, seed=seed, progress=progress, book=run.book
        ).dataset
    else:
        again = simulate(
            file,
            arms=chosen,
            draws=draws,
            replicates=replicates,
            seed=seed,
            record=run.dataset.attrs["record"],
            progress=progress,
            book=run.book,
        )
    return dataclasses.replace(run, dataset=again)


def scenario_of(run: Run, name: str) -> ScenarioFile:
    """The scenario of a stored run. Raises RunError when this version cannot read its text."""
    try:
        return run.scenario_file
    except ScenarioError as error:
        raise RunError(f"{name} cannot be repeated: its scenario's text is no scenario file:\n{error}") from None


def _compare(stored: xr.Dataset, again: xr.Dataset, prefix: str) -> tuple[int, list[Mismatch]]:
    """Number of things compared, and those that differ."""
    names = sorted(map(str, {*stored.variables, *again.variables}))
    attributes = sorted(map(str, {*stored.attrs, *again.attrs} - {*VERSIONS, *_QUESTION}))
    found = [_variable(prefix + name, stored.variables.get(name), again.variables.get(name)) for name in names]
    found += [
        None
        if stored.attrs.get(name) == again.attrs.get(name)
        else Mismatch(f"{prefix}attribute {name}", "is not that of the run repeated")
        for name in attributes
    ]
    return len(found), [mismatch for mismatch in found if mismatch is not None]


def _variable(name: str, stored: xr.Variable | None, again: xr.Variable | None) -> Mismatch | None:
    if stored is None or again is None:
        return Mismatch(name, "is in the repetition only" if stored is None else "is in the file only")
    if stored.dims != again.dims or stored.shape != again.shape:
        before, after = (dict(zip(map(str, v.dims), v.shape, strict=True)) for v in (stored, again))
        return Mismatch(name, f"has the shape {before}, repeated {after}")
    a, b = stored.values, again.values
    if a.dtype != b.dtype:
        return Mismatch(name, f"is of the type {a.dtype}, repeated {b.dtype}")
    if a.dtype.kind != "f":
        differ = a != b
        return Mismatch(name, "other labels", int(differ.sum()), a.size) if differ.any() else None
    # as whole numbers: NaN equals itself, and 0.0 is not -0.0
    words = f"u{a.dtype.itemsize}"
    differ = np.ascontiguousarray(a).view(words) != np.ascontiguousarray(b).view(words)
    if not differ.any():
        return None
    gaps = np.abs(a[differ] - b[differ])
    largest = float(np.nanmax(gaps)) if np.isfinite(gaps).any() else math.nan
    return Mismatch(name, f"by at most {largest:.6g}", int(differ.sum()), a.size, largest)

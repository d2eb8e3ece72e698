"""What a command looks at: a measure of one arm, or its paired difference from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import xarray as xr

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.ladder import neighbours
from churnsim.decisions.measures import ANY, NPV_WITH_VALUE
from churnsim.decisions.progress import Progress
from churnsim.metrics.catalogue import Kind
from churnsim.scenario.model import BASE_ARM
from churnsim.uncertainty.question import Question, question

if TYPE_CHECKING:
    from churnsim.results.runs import Run
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario


@dataclass(frozen=True)
class Asked:
    """A measure of an arm, or its difference from another, and where it comes from."""

    measure: str
    label: str
    kind: Kind
    currency: str
    horizon_months: int
    arm: str
    against: str | None
    why: str
    """Why these arms, where nobody named them; else empty."""
    seed: int
    file: ScenarioFile = field(repr=False, compare=False)
    arms: Mapping[str, Scenario] = field(repr=False, compare=False)
    """All arms that may be named, the base among them."""
    book: Book | None = field(repr=False, compare=False)
    dataset: xr.Dataset | None = field(repr=False, compare=False)
    """What has been simulated already with draws of its own: a stored run, or what the arms were chosen by."""
    stored: bool
    """Whether that is a run which the user gave: its draws are taken, however many."""

    @property
    def text(self) -> str:
        """E.g. "NPV over 60 months of csm 9, less that of csm 8"."""
        over = f" over {self.horizon_months} months" if self.measure == "npv" else ""
        less = f", less that of {self.against}" if self.against is not None else ""
        return f"{self.label}{over} of {self.arm}{less}"

    @property
    def correlated(self) -> bool:
        """Whether the scenario states rank correlations."""
        return bool(self.file.scenario.correlations)


def ask(
    file: ScenarioFile,
    *,
    measure: str | None = None,
    arm: str | None = None,
    against: str | None = None,
    alone: bool = False,
    posts: Iterable[int] | None = None,
    team: str | None = None,
    seed: int | None = None,
    book: Book | None = None,
    run: Run | None = None,
    progress: Progress | None = None,
) -> Asked:
    """Settle what is looked at.

    `posts`: the arms are the rungs of a headcount ladder, named "TEAM N", and `arm` and `against` may be plain numbers;
    left out, the arms are those of the file. `arm` left out: the one that decides (`Question.deciding`), for which the
    arms are simulated unless there is only one. `against` left out: the rung below, or the base; `alone`: nothing.
    `measure` left out: the net present value that decides. `run`: a stored run in the place of the file; its rungs and
    what it holds are used. Raises InputError.
    """
    from churnsim.scenario.book import resolve_book

    if against is not None and alone:
        raise InputError("either an arm to compare with, or the arm alone: not both")
    if measure is not None and measure not in ANY:
        raise unknown("measure", measure, ANY)
    dataset = None
    if run is not None:
        stored = int(run.dataset.attrs["seed"])
        if seed not in (None, stored):
            raise InputError(f"the run was simulated with seed {stored}: give the scenario file to ask for another one")
        file, book, dataset, seed = run.scenario_file, run.book, run.dataset, stored
        if run.command == "headcount" and posts is None:
            posts, team = run.options["posts"], run.options["team"]
    seed = file.scenario.run.seed if seed is None else seed
    known = question(file, team=team, posts=posts)
    arm, against = _named(known, arm), _named(known, against)
    book = resolve_book(file) if book is None else book
    why = ""
    if arm is None:
        others = [name for name in known.arms if name != BASE_ARM]
        if known.rungs is None and len(others) < 2:
            arm, lower = (others[0], BASE_ARM) if others else (BASE_ARM, None)
        else:
            if dataset is None or not _holds(dataset, list(known.rungs.values()) if known.rungs else others):
                dataset = _simulated(file, known, seed, book, progress)
            arm, lower = known.deciding(dataset)
            best = neighbours(dataset, known.rungs)[0] if known.rungs else arm
            why = f"{best} has the highest mean NPV of the {'ladder' if known.rungs else 'arms'}"
    else:
        lower = _below(known, arm)
    against = None if alone else against or lower
    if arm == against:
        raise InputError(f"the arm {arm!r} cannot be compared with itself")
    if dataset is not None and not _holds(dataset, [name for name in (arm, against) if name is not None]):
        dataset = None
    measure = measure or _decisive([known.arms[name] for name in (arm, against) if name is not None])
    about, scenario = ANY[measure], file.scenario
    return Asked(
        measure,
        about.label,
        about.kind,
        scenario.money.currency,
        scenario.run.horizon_months,
        arm,
        against,
        why,
        seed,
        file,
        known.arms,
        book,
        dataset,
        run is not None and dataset is run.dataset,
    )


def _named(known: Question, name: str | None) -> str | None:
    """The name of an arm, which may be a number of posts; None where none is given."""
    if name is not None and known.rungs is not None and name.isdigit():
        name = known.rungs.get(int(name), name)
    if name is not None and name not in known.arms:
        raise unknown("arm", name, known.arms)
    return name


def _below(known: Question, arm: str) -> str | None:
    """What an arm is compared with, where nobody says: the rung below, else the base; the base with nothing."""
    rungs = list(known.rungs.values()) if known.rungs else []
    if arm in rungs[1:]:
        return rungs[rungs.index(arm) - 1]
    return None if arm == BASE_ARM else BASE_ARM


def _holds(dataset: xr.Dataset, arms: Iterable[str]) -> bool:
    return set(arms) <= {str(name) for name in dataset["arm"].values}


def _simulated(
    file: ScenarioFile, known: Question, seed: int, book: Book | None, progress: Progress | None
) -> xr.Dataset:
    from churnsim.results.simulation import simulate

    return simulate(file, arms=known.arms, seed=seed, book=book, progress=progress)


def _decisive(arms: list[Scenario]) -> str:
    return NPV_WITH_VALUE if any(arm.money.after_horizon.kind != "none" for arm in arms) else "npv"

"""Which outcome a command asks: a measure of one arm, or its paired difference from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import xarray as xr

from churnsim.decisions.headcount import team_of, with_posts
from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.ladder import neighbours
from churnsim.decisions.measures import EVERY, NPV_WITH_VALUE
from churnsim.decisions.progress import Progress
from churnsim.scenario.model import BASE_ARM

if TYPE_CHECKING:
    from churnsim.results.runs import Run
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario


@dataclass(frozen=True)
class Question:
    """A measure of an arm, or its difference from another, and where it comes from."""

    measure: str
    label: str
    kind: Literal["money", "share"]
    currency: str
    horizon_months: int
    arm: str
    against: str | None
    why: str
    """Why these arms, where nobody named them; else empty."""
    file: ScenarioFile = field(repr=False, compare=False)
    arms: Mapping[str, Scenario] = field(repr=False, compare=False)
    """All arms that may be named, the base among them."""
    book: Book | None = field(repr=False, compare=False)
    seed: int
    dataset: xr.Dataset | None = field(default=None, repr=False, compare=False)
    """What has been simulated already with draws of its own: a stored run, or the ladder that was climbed."""

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


def question(
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
) -> Question:
    """Settle what is asked.

    `posts`: the arms are the rungs of a headcount ladder, named "TEAM N"; `arm` and `against` may then be plain
    numbers. Left out, the arms are those of the file. `arm` left out: with `posts` the rung of highest mean NPV, for
    which the ladder is climbed as `headcount` climbs it; else the first arm of the file, or the base where there is
    none. `against` left out: the rung below (of the lowest: the rung above against it), or the base; `alone`: nothing.
    `measure` left out: the NPV, with the value after the horizon where some arm has one. `run`: a stored run in the
    place of the file, nothing that it holds is simulated again; one of `headcount` brings its rungs along.
    Raises InputError.
    """
    from churnsim.scenario.book import resolve_book
    from churnsim.scenario.files import arms as arms_of

    if against is not None and alone:
        raise InputError("either an arm to compare with, or the arm alone: not both")
    dataset = None
    if run is not None:
        if seed is not None and seed != int(run.dataset.attrs["seed"]):
            raise InputError("a stored run has its seed: give the scenario file for another one")
        file, book, dataset, seed = run.scenario_file, run.book, run.dataset, int(run.dataset.attrs["seed"])
        if run.command == "headcount" and posts is None:
            posts, team = run.options["posts"], run.options["team"]
    seed = file.scenario.run.seed if seed is None else seed
    book = resolve_book(file) if book is None else book
    why = ""
    if posts is None:
        arms = arms_of(file)
        if arm is None:
            arm = next((name for name in arms if name != BASE_ARM), BASE_ARM)
            why = "" if len(arms) <= 2 else f"{arm} is the first arm of the file"
        lower = None if arm == BASE_ARM else BASE_ARM
    else:
        arms, arm, against, lower, why, dataset = _rungs(file, posts, team, arm, against, seed, book, dataset, progress)
    if dataset is not None and not {arm, against or lower or arm} <= {str(name) for name in dataset["arm"].values}:
        dataset = None
    for name in (arm, against):
        if name is not None and name not in arms:
            raise unknown("arm", name, arms)
    against = None if alone else against or lower
    if arm == against:
        raise InputError(f"the arm {arm!r} cannot be compared with itself")
    measure = measure or _decisive([arms[name] for name in (arm, against) if name is not None])
    if measure not in EVERY:
        raise unknown("measure", measure, EVERY)
    scenario, about = file.scenario, EVERY[measure]
    return Question(
        measure,
        about.label,
        about.kind,
        scenario.money.currency,
        scenario.run.horizon_months,
        arm,
        against,
        why,
        file,
        arms,
        book,
        seed,
        dataset,
    )


def _decisive(arms: list[Scenario]) -> str:
    return NPV_WITH_VALUE if any(arm.money.after_horizon.kind != "none" for arm in arms) else "npv"


def _rungs(
    file: ScenarioFile,
    posts: Iterable[int],
    team: str | None,
    arm: str | None,
    against: str | None,
    seed: int,
    book: Book | None,
    dataset: xr.Dataset | None,
    progress: Progress | None,
) -> tuple[dict[str, Scenario], str, str | None, str | None, str, xr.Dataset | None]:
    """Arms of a ladder, the rung asked for, what it is against, the rung below it, why, and what was simulated."""
    from churnsim.results.simulation import simulate

    base = file.scenario
    team = team_of(base, team)
    rungs = {count: f"{team} {count}" for count in sorted(set(posts))}
    if len(rungs) < 2:
        raise InputError(f"a ladder needs at least two rungs, found {list(rungs) or 'none'}")
    arms = {BASE_ARM: base} | {name: with_posts(base, team, count) for count, name in rungs.items()}

    def named(name: str | None) -> str | None:
        return f"{team} {name}" if name is not None and name.isdigit() else name

    chosen, against, why = named(arm), named(against), ""
    names = list(rungs.values())
    lower: str | None
    if chosen is None:
        if dataset is None or not set(names) <= {str(name) for name in dataset["arm"].values}:
            dataset = simulate(file, arms=arms, seed=seed, book=book, progress=progress)
        best, neighbour = neighbours(dataset, rungs)
        chosen, lower = (neighbour, best) if best == names[0] else (best, neighbour)
        why = f"{best} has the highest mean NPV of {names[0]} to {names[-1]}"
    else:
        at = names.index(chosen) if chosen in names else 0
        lower = names[at - 1] if at else None if chosen == BASE_ARM else BASE_ARM
    return arms, chosen, against, lower, why, dataset

"""Value of information of a scenario's decision: simulate the arms, or take a stored run, and run the pilot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from churnsim.decisions.inputs import InputError
from churnsim.decisions.libraries import needs
from churnsim.decisions.progress import Progress, part
from churnsim.scenario.distributions import central
from churnsim.uncertainty.information import select
from churnsim.uncertainty.inputs import some_input
from churnsim.uncertainty.pilot import Pilot, Showing, check_pilot, run_pilot
from churnsim.uncertainty.question import question
from churnsim.uncertainty.worth import ValueOfInformation, information_of

if TYPE_CHECKING:
    from churnsim.results.runs import Run
    from churnsim.scenario.book import Book
    from churnsim.scenario.distributions import Distribution
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario


def value_of_information(
    source: ScenarioFile | Run,
    *,
    posts: Iterable[int] | None = None,
    team: str | None = None,
    inputs: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    pilot: Pilot | None = None,
    decisions: float = 1.0,
    years: int = 1,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
) -> ValueOfInformation:
    """What finding out is worth before deciding among the arms of a file, rungs of a ladder, or arms of a stored run.

    Parameters
    ----------
    source : a scenario file, whose arms are simulated, or a stored run, of which only a pilot is simulated.
    posts, team : of a file: the rungs of this ladder are the arms.
    inputs : dotted paths of the uncertain numbers to be valued one by one; default: all.
    groups : dotted paths to be valued together, by name; default: the tables of the scenario.
    pilot : a randomised trial to be valued too.
    decisions, years : decisions a year, and years, that the knowledge serves.
    draws, replicates, seed, book : of a file, as in `simulate`.

    Raises InputError.
    """
    from churnsim.results.runs import Run

    with needs("sklearn"):  # told before anything is simulated
        import sklearn  # noqa: F401
    _check_population(decisions, years)
    simulated_share = 0.0
    if isinstance(source, Run):
        if posts is not None or team is not None:
            raise InputError("a stored run has its arms: ask for other posts of a scenario file")
        file, book, dataset = source.scenario_file, source.book, source.dataset
        arms, simulated = _stored_arms(source, file)
    else:
        from churnsim.results.simulation import simulate
        from churnsim.scenario.book import resolve_book

        file, book = source, resolve_book(source) if book is None else book
        arms, simulated = _arms(file, posts, team)
        if pilot is not None:
            check_pilot(file.scenario, pilot)
        _check_names(simulated, inputs, groups)
        simulated_share = 0.9 if pilot else 1.0
        dataset = simulate(
            file,
            arms=simulated,
            draws=draws,
            replicates=replicates,
            seed=seed,
            progress=part(progress, 0.0, simulated_share),
            book=book,
        )
    showing = None
    if pilot is not None:
        showing = _show(file, pilot, dataset, simulated, book, part(progress, simulated_share, 1.0))
    return information_of(
        dataset,
        arms,
        inputs=inputs,
        groups=groups,
        showing=showing,
        decisions=decisions,
        years=years,
        annual_discount=central(file.scenario.money.annual_discount),
    )


def _show(
    file: ScenarioFile,
    pilot: Pilot,
    dataset: xr.Dataset,
    arms: Mapping[str, Scenario],
    book: Book | None,
    progress: Progress | None,
) -> Showing:
    """Run the pilot in the draws of the Dataset."""
    from churnsim.results.design import design

    seed, draws, replicates = int(dataset.attrs["seed"]), dataset.sizes["draw"], dataset.sizes["replicate"]
    levels = design(arms, seed, draws, replicates).levels
    showing = run_pilot(
        file, pilot, draws=draws, replicate=replicates, seed=seed, book=book, levels=levels, progress=progress
    )
    known = {str(name): dataset["inputs"].sel(input=name).values for name in dataset["inputs"]["input"].values}
    for path, samples in showing.inputs.items():
        if path not in known or not np.array_equal(samples, known[path]):
            raise InputError(
                f"the draws of {path} do not come out again as they are in the run: was it written by another version?"
                " Give the scenario file instead"
            )
    return showing


def _arms(file: ScenarioFile, posts: Iterable[int] | None, team: str | None) -> tuple[list[str], dict[str, Scenario]]:
    """Arms to decide among, and all that are simulated."""
    if team is not None and posts is None:
        raise InputError("a team is sized over a range of posts: say which posts too")
    asked = question(file, team=team, posts=posts)
    names = asked.choices
    if len(names) < 2:
        raise InputError("there is nothing to decide: write arms into the scenario file, or give a range of posts")
    return names, dict(asked.arms)


def _stored_arms(run: Run, file: ScenarioFile) -> tuple[list[str], dict[str, Scenario]]:
    if run.command == "headcount":
        return _arms(file, run.options["posts"], run.options["team"])
    names = list(map(str, run.dataset["arm"].values))
    if len(names) < 2:
        raise InputError("the run has a single arm: there is nothing to decide")
    return names, {name: arm for name, arm in question(file).arms.items() if name in names}


def _check_names(
    arms: Mapping[str, Scenario], inputs: Sequence[str] | None, groups: Mapping[str, Sequence[str]] | None
) -> None:
    """Refuse names of inputs before anything is simulated."""
    known: dict[str, Distribution] = {path: law for arm in arms.values() for path, law in arm.uncertain().items()}
    some_input(known)
    asked = [name for members in (groups or {}).values() for name in members] + list(inputs or ())
    select(dict.fromkeys(known, 0.0), asked)


def _check_population(decisions: float, years: int) -> None:
    if not (0.0 < decisions < float("inf") and 1 <= years <= 100):
        raise InputError(f"needs more than 0 decisions a year over 1 to 100 years, found {decisions:g} over {years}")

"""Arguments and options that commands share, and the checks on them that come before any work."""

from __future__ import annotations

import math
import pathlib
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import unknown, wrong_input
from churnsim.scenario.preset_files import PREFIX
from churnsim.scenario.problems import Problem, ScenarioError, unreadable

if TYPE_CHECKING:
    from churnsim.decisions.scorecard import Rule
    from churnsim.results.runs import Run as Stored
    from churnsim.scenario.files import ScenarioFile

File = Annotated[
    str, typer.Argument(metavar="FILE", help="Scenario file, or preset:NAME for a bundled one.", show_default=False)
]
RUN_HELP = "Results that run, headcount or compare wrote with -o."
Run = Annotated[pathlib.Path, typer.Argument(metavar="RUN.nc", help=RUN_HELP, show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of every random number.  [default: the file's]"),
]
Draws = Annotated[
    int | None,
    typer.Option(
        "--draws",
        min=1,
        help="Samples of what is not known.  [default: the file's, else 250; where only the replicates are given,"
        " 1,000 / replicates, from 20 to 250; 1 when nothing is uncertain in any arm]",
    ),
]
Replicates = Annotated[
    int | None,
    typer.Option(
        "--replicates",
        min=1,
        help="Samples of luck per draw.  [default: the file's, else 4; 1,000 when nothing is uncertain in any arm]",
    ),
]
Team = Annotated[str | None, typer.Option("--team", help="Team to size.  [default: the only one]")]
Ladder = Annotated[
    str | None,
    typer.Option("--csm", metavar="A..B", help="Decide on a number of posts.  [default: the arms of the file]"),
]
TargetSe = Annotated[
    float | None,
    typer.Option(
        "--target-se",
        min=0.0,
        help="Choose draws and replicates for this standard error of the NPV that decides, by a pilot.",
    ),
]
Output = Annotated[
    pathlib.Path | None, typer.Option("-o", "--output", metavar="OUT.nc", help="Write the results as netCDF.")
]

FIGURES = (".png", ".svg", ".pdf")
NETCDF = (".nc",)
STORES = (".zarr",)


def scenario_file(name: str) -> ScenarioFile:
    """Read the scenario that a command is given."""
    from churnsim.scenario.files import example, read

    return example(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else read(name)


def is_sweep(name: str) -> bool:
    """Whether a name is that of the store of a sweep: a URL, what ends as one, or a folder that is one."""
    path = pathlib.Path(name)
    return "://" in name or path.suffix.lower() in STORES or (path / "zarr.json").is_file()


def is_run(name: str) -> bool:
    """Whether a name is that of a stored run."""
    return pathlib.Path(name).suffix.lower() in NETCDF


def stored_runs(*paths: pathlib.Path) -> list[Stored]:
    """Read the runs that a command is given; all files that hold none are told at once."""
    from churnsim.results.runs import RunError, load_run

    runs, problems = [], []
    for path in paths:
        try:
            runs.append(load_run(path))
        except OSError as error:
            problems.append(unreadable(path, error))
        except RunError as error:
            problems.append(Problem(str(path), None, "", str(error).removeprefix(f"{path} ")))
    if problems:
        raise ScenarioError(problems)
    return runs


def refuse(options: Mapping[str, object], message: str) -> None:
    """Refuse those of the options that are given, by name."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise wrong_input(", ".join(given), message)


def check_output(path: pathlib.Path | None, suffixes: tuple[str, ...]) -> None:
    """Refuse a file that cannot be written, before the run rather than after it."""
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise wrong_input(str(path), "the name of the output must end otherwise", allowed=", ".join(suffixes))
    if path.is_dir():
        raise wrong_input(str(path), "is a folder, not a file")
    check_folder(path.parent)


def check_folder(folder: pathlib.Path) -> None:
    """Refuse a folder that is not there or cannot be written to."""
    if not folder.is_dir():
        raise wrong_input(str(folder), "there is no such folder")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise wrong_input(str(folder), f"the folder cannot be written to: {error.strerror}") from None


def post_range(text: str) -> Sequence[int]:
    """Numbers of posts from `a..b`, both included, or from a list `a,b,c`."""
    if re.fullmatch(r"\d{1,4}(,\d{1,4})+", text.strip()):
        return [int(part) for part in text.split(",")]
    match = re.fullmatch(r"(\d{1,4})\.\.(\d{1,4})", text.strip())
    if match is None or int(match[1]) >= int(match[2]):
        raise wrong_input(
            "--csm",
            "is not a range of posts",
            found=repr(text),
            allowed="lowest..highest, such as 0..14, or a list, such as 0,3,6",
        )
    return range(int(match[1]), int(match[2]) + 1)


def rule(option: str, text: str, known: Iterable[str]) -> Rule:
    """A metric on one side of a number from `nrr>1.05` or `nrr>105%`; `known` are the names that it may have."""
    from churnsim.decisions.scorecard import Rule

    found = re.fullmatch(r"\s*(\w+)\s*([<>])\s*([-+.\w]+)(%?)\s*", text)
    try:
        if found is None:
            raise ValueError
        name, side, value, percent = found.groups()
        threshold = float(value) / (100.0 if percent else 1.0)
        if not math.isfinite(threshold):
            raise ValueError
    except ValueError:
        raise wrong_input(
            option, "odds are asked of a metric above or below a number", found=repr(text), allowed="as in nrr>1.05"
        ) from None
    if name not in (names := list(known)):
        raise unknown(option, "no metric is called so", name, names, cutoff=0.4)
    return Rule(name, threshold, side == ">")

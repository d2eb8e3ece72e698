"""Arguments and options that commands share, and the checks on them that come before any work."""

from __future__ import annotations

import pathlib
import re
import tempfile
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import wrong_input
from churnsim.scenario.preset_files import PREFIX

if TYPE_CHECKING:
    import xarray as xr

    from churnsim.scenario.files import ScenarioFile

File = Annotated[
    str, typer.Argument(metavar="FILE", help="Scenario file, or preset:NAME for a bundled one.", show_default=False)
]
Run = Annotated[
    pathlib.Path,
    typer.Argument(metavar="RUN.nc", help="Results that run, headcount or compare wrote with -o.", show_default=False),
]
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
Output = Annotated[
    pathlib.Path | None, typer.Option("-o", "--output", metavar="OUT.nc", help="Write the results as netCDF.")
]

FIGURES = (".png", ".svg", ".pdf")
NETCDF = (".nc",)
_HDF5 = b"\x89HDF\r\n\x1a\n"
"""First bytes of netCDF as it is written here."""


def scenario_file(name: str) -> ScenarioFile:
    """Read the scenario that a command is given."""
    from churnsim.scenario.files import example, read

    return example(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else read(name)


def stored_run(path: pathlib.Path) -> xr.Dataset:
    """Read the results that a command is given; refuse what is no run of churnsim, or one that lacks today's fields."""
    if not path.exists():
        raise wrong_input(str(path), "there is no such file")
    if path.is_dir():
        raise wrong_input(str(path), "is a folder, not a file")
    with path.open("rb") as file:
        hdf5 = file.read(len(_HDF5)) == _HDF5
    from churnsim.results.storage import load

    advice = "give the file that churnsim run, headcount or compare wrote with -o"
    try:
        dataset = load(path) if hdf5 else None
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise wrong_input(str(path), f"cannot be read as netCDF ({error}): is it cut short? {advice}") from None
    if dataset is None or "churnsim_version" not in dataset.attrs:
        raise wrong_input(str(path), f"is no run of churnsim: {advice}")
    if "cost_by_year" not in dataset:
        version = dataset.attrs["churnsim_version"]
        raise wrong_input(str(path), f"churnsim {version} wrote it without the fields of a year: run it again")
    return dataset


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


def post_range(text: str) -> range:
    """Numbers of posts from `a..b`, both included."""
    match = re.fullmatch(r"(\d{1,4})\.\.(\d{1,4})", text.strip())
    if match is None or int(match[1]) >= int(match[2]):
        raise wrong_input(
            "--csm", "is not a range of posts", found=repr(text), allowed="lowest..highest, such as 0..14"
        )
    return range(int(match[1]), int(match[2]) + 1)

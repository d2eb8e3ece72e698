"""The command sweep: many scenarios from a plan file."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from churnsim.cli.failures import FAILED, guarded, wrong_input
from churnsim.cli.key import ctrl_c
from churnsim.cli.options import Json
from churnsim.cli.output import Progress, announce_compiling, print_json
from churnsim.scenario.problems import ScenarioError

if TYPE_CHECKING:
    from churnsim.sweeps.plan import Plan
    from churnsim.sweeps.sweep import Tally

SHOWN = 20
"""Failed points that are spelt out."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(guarded(sweep))


def sweep(
    plans: Annotated[str, typer.Argument(metavar="PLANS.toml", help="Plan file.", show_default=False)],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="STORE.zarr",
            help="Folder or URL of the store; one that is there is gone on with.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say how many points, how large and how long, and simulate no more than that takes."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes of this machine.  [default: this one, on all cores]"),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option("--dask", metavar="ADDRESS", help="Scheduler of a running Dask cluster, as tcp://host:8786."),
    ] = None,
    reuse: Annotated[
        str | None,
        typer.Option("--reuse", metavar="OLD.zarr", help="Copy the points that this store has of the same inputs."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Simulate every point of a plan into a store; run again, it goes on where it was stopped."""
    if output is None and not dry_run:
        raise wrong_input("sweep", "nowhere to store: say -o store.zarr, or --dry-run to see how large it would be")
    if workers is not None and dask is not None:
        raise wrong_input("--workers", "are started here, those of --dask run already: say one of them")
    with ctrl_c() as key:
        if dry_run:
            key.ends(lambda: _dry_run(plans, output, workers, as_json, key.check))
            return
        assert output is not None
        store = output
        try:
            with _progress() as report:
                plan, tally = key.ends(lambda: _run(plans, store, workers, dask, reuse, report, key.check))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "Stopped; nothing that is stored is lost, the same command goes on from here."
            ) from None
    _show(plan, tally, store, as_json)
    if tally.failed:
        raise typer.Exit(FAILED)


def _run(
    plans: str,
    store: str,
    workers: int | None,
    dask: str | None,
    reuse: str | None,
    report: Progress | None,
    check: Callable[[], None],
) -> tuple[Plan, Tally]:
    from churnsim.sweeps.plan import read_plan
    from churnsim.sweeps.sweep import run_sweep

    plan = read_plan(plans)
    check()
    announce_compiling()
    return plan, run_sweep(plan, store, workers, dask, reuse, report, _tell, check)


def looks_like_plan(file: str) -> bool:
    """Whether a file names a scenario or has axes, as plans do, rather than being one."""
    from churnsim.scenario.files import load, read_text
    from churnsim.scenario.preset_files import PREFIX

    if file.startswith(PREFIX):
        return False
    try:
        return not {"scenario", "axes", "sample"}.isdisjoint(load(read_text(pathlib.Path(file)), file))
    except ScenarioError:
        return False


def validate_plan(file: str, as_json: bool) -> None:
    """Check a plan, its scenario and its book, and say what it has."""
    from churnsim.scenario.book import resolve_book
    from churnsim.sweeps.capacity import is_series
    from churnsim.sweeps.plan import read_plan

    plan = read_plan(file)
    book = resolve_book(plan.file)
    sizes = {d.name: len(d) for d in plan.dimensions}
    if as_json:
        size = {"draws": plan.draws, "replicates": plan.replicates, "accounts": 0 if book is None else len(book)}
        measures = [name for name in plan.measures if not is_series(name)]
        print_json(
            {"file": file, "valid": True, "scenario": plan.file.name, "dimensions": sizes, "points": plan.points}
            | {"arms": list(plan.arm_names), "measures": measures, **size}
        )
        return
    axes = ", ".join(f"{name} {size}" for name, size in sizes.items())
    typer.echo(
        f"{file} is valid: {plan.points:,} points ({axes}) of {plan.file.name}, arms {len(plan.arm_names)}, "
        f"{plan.draws} draws x {plan.replicates} replicates."
    )


def _tell(tally: Tally, todo: int) -> None:
    """What there is to do; without a terminal only where points that were stored are done again."""
    parts = {
        "in the store already": tally.found,
        "copied": tally.reused,
        "of other inputs or another version, simulated again": tally.changed,
        "damaged, simulated again": tally.damaged,
    }
    if sys.stderr.isatty() or tally.changed or tally.damaged:
        words = [f"{count:,} {what}" for what, count in parts.items() if count]
        told = "; ".join([f"{tally.points:,} points of {tally.paths:,} paths", *words, f"{todo:,} to simulate"])
        typer.echo(f"{told}.", err=True)


def _show(plan: Plan, tally: Tally, output: str, as_json: bool) -> None:
    failed = [{"point": plan.label(point), "error": error} for point, error in sorted(tally.failed.items())]
    if as_json:
        counts = {k: getattr(tally, k) for k in ("points", "found", "changed", "damaged", "reused", "simulated")}
        sizes = {d.name: len(d) for d in plan.dimensions}
        print_json({"store": output, "dimensions": sizes, "arms": list(plan.arm_names), **counts, "failed": failed})
        return
    there = tally.found + tally.reused + tally.simulated
    typer.echo(f"{output}: {there:,} of {tally.points:,} points, {tally.simulated:,} simulated now.")
    if failed:
        typer.echo(f"{len(failed):,} failed:")
        for entry in failed[:SHOWN]:
            typer.echo(f"  {entry['point']}: {entry['error']}")
        if len(failed) > SHOWN:
            typer.echo(f"  ... and {len(failed) - SHOWN:,} more; all are in the store's attribute 'failed'")
        return
    typer.echo(f"Read it: churnsim report {output}; in Python: xarray.open_zarr({output!r})")


def _dry_run(name: str, output: str | None, workers: int | None, as_json: bool, check: Callable[[], None]) -> None:
    from churnsim.sweeps.dry_run import estimate
    from churnsim.sweeps.plan import read_plan

    plan = read_plan(name)
    announce_compiling()
    found = estimate(plan, output, workers, check)
    if as_json:
        print_json({"plan": name, **found.to_json()})
        return
    for line in found.lines():
        typer.echo(line)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on standard error, on a terminal only: points done, points a second, time left."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(TextColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.3g} points/s")

    columns = (
        TextColumn("Sweeping"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=60.0) as bar:
        known = bar.add_task("", total=None)
        first: list[int] = []

        def update(done: int, total: int) -> None:
            # what was there before says nothing of the rate
            if not first:
                first.append(done)
                bar.reset(known, completed=0, total=total - done)
            bar.update(known, completed=done - first[0])

        yield update

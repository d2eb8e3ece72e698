"""Commands about scenario files: init, presets, validate, schema."""

from __future__ import annotations

import datetime
import os
import pathlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import File, Json, check_folder, scenario_file
from churnsim.cli.output import print_json
from churnsim.cli.sweep import looks_like_plan, validate_plan
from churnsim.outputs import written_beside

if TYPE_CHECKING:
    from churnsim.scenario.starter.text import Starter


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (init, presets, validate, schema):
        app.command()(guarded(command))


def init(
    file: Annotated[pathlib.Path, typer.Argument(metavar="FILE", help="Scenario file to write.", show_default=False)],
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="Bundled scenario to start from.  [default: midmarket, or the one that is most like the book]",
        ),
    ] = None,
    book: Annotated[pathlib.Path | None, typer.Option("--book", metavar="CSV", help="Your book of accounts.")] = None,
    as_of: Annotated[
        datetime.datetime | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Day of your figures.  [default: from the book, or the preset]",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented scenario to start from; its first lines are yours to fill in."""
    from churnsim.scenario.preset_files import preset_text

    if preset is not None:
        preset_text(preset)  # refused before anything else is read
    check_folder(file.parent)
    if file.is_dir():
        raise wrong_input(str(file), "is a folder, not a file")
    if file.exists() and not force:
        raise wrong_input(str(file), "the file exists; --force overwrites it")
    made = _starter(file, preset, book, as_of.date() if as_of is not None else None)
    with written_beside(file) as beside:
        beside.write_text(made.text, encoding="utf-8")
    if as_json:
        facts = {"file": str(file), "preset": made.preset, "book": None if book is None else str(book)}
        print_json(facts | {"segments": made.like, "fill_in": made.fill_in, "next": made.commands})
        return
    source = f"the preset {made.preset!r}" if book is None else f"{book} and the preset {made.preset!r}"
    if book is not None and preset is None:
        source += ", the one most like it in ARR and term"
    typer.echo(f"Wrote {file} from {source}.")
    if book is not None:
        typer.echo("Segments: " + ", ".join(f"{name} (modelled after {other!r})" for name, other in made.like.items()))
    typer.echo(f"Fill in the lines marked FILL IN, {file}:{made.fill_in[0]} to {made.fill_in[-1]}, then:")
    for command in made.commands:
        typer.echo(f"  {command}")


def presets(as_json: Json = False) -> None:
    """List the bundled scenarios."""
    import tomllib

    from churnsim.scenario.preset_files import preset_text
    from churnsim.scenario.preset_files import presets as names

    found = {name: str(tomllib.loads(preset_text(name)).get("description", "")) for name in names()}
    if as_json:
        print_json({"presets": [{"name": name, "description": text} for name, text in found.items()]})
        return
    for name, text in found.items():
        typer.echo(f"{name:<12}  {text}".rstrip())


def validate(file: File, as_json: Json = False) -> None:
    """Check a scenario file, its arms and its book of accounts; or a plan file of a sweep and all that it names."""
    from churnsim.scenario.book import resolve_book
    from churnsim.scenario.starter.marks import to_fill_in

    if looks_like_plan(file):
        validate_plan(file, as_json)
        return
    read = scenario_file(file)
    book = resolve_book(read)
    scenario = read.scenario
    facts: dict[str, Any] = {
        "segments": list(scenario.segments),
        "teams": list(scenario.teams),
        "playbooks": list(scenario.playbooks),
        "arms": list(scenario.arms),
        "uncertain": list(scenario.uncertain()),
        "accounts": 0 if book is None else len(book),
        "arr": 0.0 if book is None else float(book.arr.sum()),
        "fill_in": to_fill_in(read.text),
    }
    if as_json:
        print_json({"file": file, "valid": True, **facts})
        return
    counts = [f"{name} {len(facts[name])}" for name in ("segments", "teams", "playbooks", "arms")]
    counts += [f"uncertain numbers {len(facts['uncertain'])}", f"accounts in the book {facts['accounts']:,}"]
    counts.append(f"their ARR {facts['arr']:,.0f} {scenario.money.currency}")
    typer.echo(f"{file} is valid: {', '.join(counts)}.")
    if facts["fill_in"]:
        lines = ", ".join(map(str, facts["fill_in"]))
        typer.echo(f"Illustrations until you replace them and take off the mark FILL IN: lines {lines}.")


def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from churnsim.scenario.schema import schema_text

    print(schema_text(), end="")


def _starter(file: pathlib.Path, preset: str | None, book: pathlib.Path | None, as_of: datetime.date | None) -> Starter:
    """The text to write, which is valid with its book."""
    from churnsim.scenario.book import read_book
    from churnsim.scenario.files import parse
    from churnsim.scenario.starter.facts import book_facts
    from churnsim.scenario.starter.likeness import nearest_preset
    from churnsim.scenario.starter.text import starter

    if book is None:
        made = starter(preset or "midmarket", file.stem, str(file), as_of)
        parse(made.text, name=str(file))
        return made
    facts = book_facts(book, as_of)
    path = _relative(book, file.parent)
    made = starter(preset or nearest_preset(facts), file.stem, str(file), as_of, facts, path)
    # dates that do not go with as_of are told here, with their lines in the book
    read_book(book, parse(made.text, name=str(file)).scenario)
    return made


def _relative(book: pathlib.Path, folder: pathlib.Path) -> str:
    """Path of a book from the scenario's folder, as the scenario writes it."""
    try:
        path = os.path.relpath(book, folder)
    except ValueError:  # another drive
        path = str(book.resolve())
    return pathlib.PurePath(path).as_posix()

"""Commands about scenario files: init, presets, validate, schema."""

from __future__ import annotations

import json
import os
import pathlib
import re
from typing import Annotated, Any

import typer

from churnsim.cli.failures import guarded, wrong_input
from churnsim.cli.options import File, Json, check_folder, scenario_file
from churnsim.cli.output import print_json


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (init, presets, validate, schema):
        app.command()(guarded(command))


def init(
    file: Annotated[pathlib.Path, typer.Argument(metavar="FILE", help="Scenario file to write.", show_default=False)],
    preset: Annotated[str, typer.Option("--preset", help="Bundled scenario to start from.")] = "midmarket",
    book: Annotated[pathlib.Path | None, typer.Option("--book", metavar="CSV", help="Your book of accounts.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented scenario to start from."""
    from churnsim.scenario.preset_files import preset_text

    text = preset_text(preset)
    check_folder(file.parent)
    if file.is_dir():
        raise wrong_input(str(file), "is a folder, not a file")
    if file.exists() and not force:
        raise wrong_input(str(file), "the file exists; --force overwrites it")
    if book is not None:
        text = _with_book(text, book, file.parent)
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    following = f"churnsim headcount {file}"
    if as_json:
        print_json({"file": str(file), "preset": preset, "next": following})
    else:
        typer.echo(f"Wrote {file}, a copy of the preset {preset!r}. Edit it, check it with: churnsim validate {file}")
        typer.echo(f"Next: {following}")


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
    """Check a scenario file, its arms and its book of accounts."""
    from churnsim.scenario.book import resolve_book

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
    }
    if as_json:
        print_json({"file": file, "valid": True, **facts})
        return
    counts = [f"{name} {len(facts[name])}" for name in ("segments", "teams", "playbooks", "arms")]
    counts += [f"uncertain numbers {len(facts['uncertain'])}", f"accounts in the book {facts['accounts']:,}"]
    typer.echo(f"{file} is valid: {', '.join(counts)}.")


def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from churnsim.scenario.schema import schema_text

    print(schema_text(), end="")


def _with_book(text: str, book: pathlib.Path, folder: pathlib.Path) -> str:
    """The scenario's text with another book, by its path from the scenario's folder."""
    if not book.is_file():
        raise wrong_input(str(book), "there is no such file")
    try:
        path = os.path.relpath(book, folder)
    except ValueError:  # another drive
        path = str(book.resolve())
    line = f"book = {json.dumps(pathlib.PurePath(path).as_posix(), ensure_ascii=False)}"
    new, count = re.subn(r"^book\s*=.*$", lambda _: line, text, count=1, flags=re.MULTILINE)
    return new if count else f"{line}\n{text}"

"""A calibrated scenario as text: the user's file with the scales replaced, comments and order kept."""

from __future__ import annotations

import os
import pathlib
import re
import tomllib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import tomlkit
from tomlkit.items import Item

from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.preset_files import PREFIX
from churnsim.scenario.response import Response

_MARK = re.compile(r";? ?calibrated, was .*$")
HEADING = "written by churnsim calibrate: what scales answer in each draw"
Responses = Mapping[str, Mapping[str, Response]]


def written(
    file: ScenarioFile,
    values: Mapping[str, float],
    responses: Responses = MappingProxyType({}),
    folder: pathlib.Path | None = None,
) -> str:
    """The text of `file` with numbers at dotted paths replaced, each marked with what stood there.

    `responses` replace the tables under `[calibration]`, at the end of the text.
    Correlations of numbers that are uncertain no more go. The path of a book follows when the text will lie in another
    `folder`. Numbers that already stand there are left as they are.
    """
    document = tomlkit.parse(file.text)
    expected: dict[str, Any] = tomllib.loads(file.text)
    for path, value in values.items():
        parts = path.split(".")
        old = _at(expected, parts)
        if old != value:
            _put(document, parts, value, None if old is None else _shown(old))
            _set(expected, parts, value)
    for name, pair in list(expected.get("correlations", {}).items()):
        if any(path in values for path in pair["between"]):
            del expected["correlations"][name]
            document["correlations"].remove(name)
    if not expected.get("correlations", True):
        del expected["correlations"]
        document.remove("correlations")
    _put_responses(document, expected, as_tables(responses))
    book = _book_from(file, folder)
    if book is not None:
        document["book"] = expected["book"] = book
    text = tomlkit.dumps(document)
    if tomllib.loads(text) != expected:
        raise RuntimeError("the calibrated file could not be written: another document came out")
    return text


def as_tables(responses: Responses) -> dict[str, dict[str, dict[str, float]]]:
    """Responses as plain values."""
    return {scale: {path: one.model_dump() for path, one in own.items()} for scale, own in responses.items()}


def _put_responses(
    document: tomlkit.TOMLDocument, expected: dict[str, Any], tables: dict[str, dict[str, dict[str, float]]]
) -> None:
    if expected.pop("calibration", None) is not None:
        document.remove("calibration")
    if not tables:
        return
    expected["calibration"] = tables
    whole = tomlkit.table(is_super_table=True)
    for scale, own in tables.items():
        table = tomlkit.table()
        for path, one in own.items():
            line = tomlkit.inline_table()
            line.update(one)
            table.add(tomlkit.key([path]), line)
        whole.add(tomlkit.key([scale]), table)
    first = next(iter(whole.values()))
    first.comment(HEADING)
    first.trivia.comment_ws = "  "
    document.add("calibration", whole)


def _put(node: Any, parts: list[str], value: float, was: str | None) -> None:
    for part in parts[:-1]:
        if part not in node:
            node[part] = tomlkit.inline_table() if isinstance(node, tomlkit.items.InlineTable) else tomlkit.table()
        node = node[part]
    inline = isinstance(node, tomlkit.items.InlineTable)
    old = None if inline or parts[-1] not in node else node[parts[-1]]
    node[parts[-1]] = value
    if not inline:
        comment = "" if old is None else _comment_of(old)
        mark = "calibrated" if was is None else f"calibrated, was {was}"
        node[parts[-1]].comment(f"{comment}; {mark}" if comment else mark)
        node[parts[-1]].trivia.comment_ws = "  " if old is None else old.trivia.comment_ws or "  "


def _comment_of(item: Item) -> str:
    """An item's comment without the mark of an earlier calibration."""
    text = item.trivia.comment.removeprefix("#").strip()
    return _MARK.sub("", text).strip() if text != "calibrated" else ""


def _shown(old: Any) -> str:
    if isinstance(old, dict):
        return "{ " + ", ".join(f"{key} = {value!r}" for key, value in old.items()).replace("'", '"') + " }"
    return f"{old:g}"


def _at(node: Any, parts: list[str]) -> Any:
    for part in parts:
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node


def _set(node: dict[str, Any], parts: list[str], value: float) -> None:
    for part in parts[:-1]:
        node = node.setdefault(part, {})
    node[parts[-1]] = value


def _book_from(file: ScenarioFile, folder: pathlib.Path | None) -> str | None:
    """The book's path as seen from another folder; None where it stays as it is."""
    book = file.scenario.book
    if folder is None or book == "none" or book.startswith(PREFIX) or pathlib.PurePath(book).is_absolute():
        return None
    home = file.path.parent if file.path is not None else pathlib.Path()
    if home.resolve() == folder.resolve():
        return None
    try:
        return pathlib.PurePath(os.path.relpath(home / book, folder)).as_posix()
    except ValueError:  # another drive
        return (home / book).resolve().as_posix()

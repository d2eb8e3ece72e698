"""The bundled scenarios and their synthetic books."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from churnsim.scenario.problems import Problem, ScenarioError, listing, nearest

PREFIX = "preset:"
"""A name with this prefix means a bundled file wherever a path may stand."""


def presets() -> list[str]:
    """Names of the bundled scenarios."""
    folder = _folder()
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def preset_text(name: str) -> str:
    """Commented text of a bundled scenario. Raises ScenarioError when there is none of that name."""
    return _existing(name, f"{name}.toml").read_text(encoding="utf-8")


def preset_book(name: str) -> Traversable:
    """The bundled synthetic book of a preset. Raises ScenarioError when there is none of that name."""
    return _existing(name, f"{name}-book.csv")


def _folder() -> Traversable:
    return files("churnsim.scenario") / "presets"


def _existing(name: str, file: str) -> Traversable:
    entry = _folder() / file
    if name not in presets() or not entry.is_file():
        known = presets()
        problem = Problem(
            f"{PREFIX}{name}", None, "", "there is no such preset", None, listing(known), nearest(name, known)
        )
        raise ScenarioError([problem])
    return entry

"""What is wrong with an input, told so that the user can mend it.

A `Problem` names the file, the line, the key, what was found, what is allowed and the nearest valid name.
`ScenarioError` carries all of them at once. Nothing here imports pydantic, so the command line can load it early.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

SHOWN = 50
"""Problems that a message spells out; a large book can have as many as it has rows."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that is wrong; texts that do not apply are None."""

    file: str
    line: int | None
    key: str
    """Dotted path in a scenario, column in a book, empty where the whole file is meant."""
    message: str
    found: str | None = None
    allowed: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"
        if self.found is not None:
            text += f", found {self.found}"
        if self.nearest is not None:
            text += f"; did you mean {self.nearest!r}?"
        if self.allowed is not None:
            text += f" (allowed: {self.allowed})"
        return text

    def to_json(self) -> dict[str, Any]:
        """All fields by name."""
        return dataclasses.asdict(self)


class ScenarioError(ValueError):
    """An input is wrong; `problems` holds everything that was found, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line or 0))
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"... and {len(self.problems) - SHOWN:,} more problems")
        return "\n".join(lines)


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that is most like `word`, or None when none is like it."""
    import difflib

    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def listing(names: Sequence[str]) -> str:
    """Names in a row, 'none' when there are none."""
    return ", ".join(names) or "none"


def shown(value: Any) -> str:
    """A value as an error shows it: as TOML would write it, cut when long."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = repr(value)
    elif isinstance(value, dict):
        text = "{ " + ", ".join(f"{key} = {shown(item)}" for key, item in value.items()) + " }" if value else "{}"
    elif isinstance(value, list):
        text = "[" + ", ".join(map(shown, value)) + "]"
    else:
        try:
            text = str(value)
        except ValueError:  # an integer of more digits than Python prints
            text = "a number of thousands of digits"
    return text if len(text) <= 70 else text[:67] + "..."


def unreadable(path: Any, error: OSError) -> Problem:
    """Why a file cannot be read."""
    reasons = {FileNotFoundError: "there is no such file", IsADirectoryError: "is a folder, not a file"}
    message = reasons.get(type(error), f"cannot be read: {error.strerror or error}")
    return Problem(str(path), None, "", message)


def not_utf8(path: Any, data: bytes, error: UnicodeDecodeError) -> Problem:
    """Where a file leaves UTF-8."""
    line = data.count(b"\n", 0, error.start) + 1
    return Problem(
        str(path), line, "", "is not UTF-8: save the file with that encoding", f"byte 0x{data[error.start]:02x}"
    )

"""The commented text of a preset in blocks, one a table, so that tables can be renamed and numbers replaced.

A preset writes one key a line, `key = value  # comment`, below headers of bare keys, `[segments.core.intent]`; comments
that stand right above a header belong to it. Read and written again the text is the same, byte for byte.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable

_HEADER = re.compile(r"\[(?P<path>[\w.-]+)\](?P<comment>\s*#.*)?")
_PAIR = re.compile(r'(?P<key>"(?:[^"\\]|\\.)*"|[\w.-]+) = (?P<value>[^#]*?)(?P<comment>\s+#.*)?')
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclasses.dataclass
class Block:
    """One table of the file; the first has an empty path and no header."""

    path: tuple[str, ...]
    comment: str
    """What follows the header on its line."""
    lead: list[str]
    """Empty lines and comments above the header."""
    lines: list[str]

    def text(self) -> list[str]:
        """Lines as they are written."""
        header = [f"[{dotted(self.path)}]{self.comment}"] if self.path else []
        return [*self.lead, *header, *self.lines]

    def pairs(self) -> dict[str, tuple[str, str]]:
        """Value and comment, as written, by key."""
        found = ((match, line) for line in self.lines if (match := _PAIR.fullmatch(line)))
        return {match["key"]: (match["value"], (match["comment"] or "").strip()) for match, _ in found}

    def set(self, key: str, value: str, comment: str) -> None:
        """Replace the value and the comment of a key that is there."""
        for i, line in enumerate(self.lines):
            match = _PAIR.fullmatch(line)
            if match and match["key"] == key:
                self.lines[i] = pair(key, value, comment)
                return
        raise KeyError(key)

    def copy(self, path: tuple[str, ...]) -> Block:
        """The same below another header."""
        return Block(path, self.comment, list(self.lead), list(self.lines))


def blocks(text: str) -> list[Block]:
    """Blocks of a preset's text."""
    found = [Block((), "", [], [])]
    for line in text.splitlines():
        match = _HEADER.fullmatch(line)
        if match is None:
            found[-1].lines.append(line)
            continue
        above = found[-1].lines
        lead: list[str] = []
        while above and (not above[-1] or above[-1].startswith("#")):
            lead.insert(0, above.pop())
        found.append(Block(tuple(match["path"].split(".")), match["comment"] or "", lead, []))
    return found


def joined(parts: Iterable[Block]) -> str:
    """Text of blocks."""
    return "".join(f"{line}\n" for part in parts for line in part.text())


def pair(key: str, value: str, comment: str, column: int = 34) -> str:
    """`key = value  # comment`, the comment at a column or behind a longer value."""
    statement = f"{key} = {value}"
    return f"{statement.ljust(column - 1)} # {comment}" if comment else statement


def dotted(path: Iterable[str]) -> str:
    """A key of TOML from its parts, quoted where they are not bare."""
    return ".".join(part if _BARE.fullmatch(part) else quoted(part) for part in path)


def quoted(text: str) -> str:
    """A basic string of TOML; a name or a path is printable, so that JSON's is one."""
    return json.dumps(text, ensure_ascii=False)


def number(value: float, digits: int = 3) -> str:
    """A number of so many significant digits as TOML writes it, thousands apart."""
    rounded = float(f"{value:.{digits}g}")
    return f"{int(rounded):_}" if rounded.is_integer() and abs(rounded) >= 100 else repr(rounded)

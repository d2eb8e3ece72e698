"""Line numbers of the keys of a TOML text, which `tomllib` does not give.

The scanner only has to find keys in a text that is known to be valid: it skips strings, arrays and comments, and
follows headers, dotted keys, quoted keys and inline tables.
"""

from __future__ import annotations

import bisect
import re

Path = tuple[str, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\r\n#]+")
STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


def key_lines(text: str) -> dict[Path, int]:
    """Line (from 1) on which each key of a valid TOML text is first written, by its path; headers count."""
    return _Scanner(text).scan()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Line of the key, or of its nearest ancestor that is written; 1 when there is none."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                brackets = 2 if self.text.startswith("[[", self.at) else 1
                self.at += brackets
                table = self.key(())
                self.at += brackets
            else:
                self.pair(table)
            self.skip()
        return self.lines

    def skip(self) -> None:
        match = _BLANK.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"the text is not valid TOML at character {self.at}")
        self.at = match.end()
        return match.group()

    def key(self, table: Path) -> Path:
        """Read a dotted key; note the line of it and of every table that it opens."""
        path = table
        while True:
            self.skip()
            line = bisect.bisect_left(self.breaks, self.at) + 1
            if self.text[self.at] in "\"'":
                import tomllib

                part = str(tomllib.loads(f"key = {self.take(STRING)}")["key"])
            else:
                part = self.take(_BARE)
            path = (*path, part)
            self.lines.setdefault(path, line)
            self.skip()
            if not self.text.startswith(".", self.at):
                return path
            self.at += 1

    def pair(self, table: Path) -> None:
        path = self.key(table)
        self.at += 1  # the equals sign
        self.skip()
        self.value(path)

    def value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening in "\"'":
            self.take(STRING)
        elif opening in "[{":
            closing = "]" if opening == "[" else "}"
            self.at += 1
            self.skip()
            while self.text[self.at] != closing:
                if opening == "[":
                    self.value(path)
                else:
                    self.pair(path)
                self.skip()
                if self.text[self.at] == ",":
                    self.at += 1
                    self.skip()
            self.at += 1
        else:
            self.take(_SCALAR)

"""Comments of a scenario's text: where a number comes from, as its author wrote it behind it.

A source is the comment on the key's own line; a line without one takes that of its table's header. Grades stand in
brackets: [P] read in a primary source, [S] second-hand, [W] weak (vendor), [J] judgement, [C] computed, [B] from the
company's own book.
"""

from __future__ import annotations

import bisect
import re

from churnsim.scenario.lines import STRING, Path, key_lines

GRADES = {
    "P": "read in a primary source",
    "S": "second-hand",
    "W": "weak (vendor)",
    "J": "judgement",
    "C": "computed",
    "B": "from your own book",
}
_TOKEN = re.compile(rf"(?:{STRING.pattern})|(?P<comment>#[^\n]*)", re.DOTALL)
_GRADE = re.compile(rf"\[([{''.join(GRADES)}])\]")


def sources(text: str) -> dict[Path, str]:
    """Comment of each key of a valid TOML text that has one, by the key's path; headers of tables count as keys."""
    behind = _comments(text)
    return {path: behind[line] for path, line in key_lines(text).items() if line in behind}


def source_of(known: dict[Path, str], path: Path) -> str:
    """Comment of a key, or of the nearest table around it that has one; "" when there is none."""
    return next((known[path[:n]] for n in range(len(path), 0, -1) if path[:n] in known), "")


def grades_in(comment: str) -> str:
    """Grades that a comment cites, e.g. "J" or "J, P"; "" when it cites none."""
    return ", ".join(dict.fromkeys(_GRADE.findall(comment)))


def _comments(text: str) -> dict[int, str]:
    """Comments by line, those that stand behind something."""
    breaks = [match.start() for match in re.finditer("\n", text)]
    rows = text.split("\n")
    found: dict[int, str] = {}
    for match in _TOKEN.finditer(text):
        if match["comment"] is not None:
            line = bisect.bisect_left(breaks, match.start()) + 1
            if not rows[line - 1].lstrip().startswith("#"):
                found[line] = match["comment"].lstrip("#").strip()
    return found

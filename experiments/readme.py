"""Writes the outputs that README quotes, by running the commands that stand beside them.

    python -m experiments.readme [WORD]         # only the blocks whose command holds WORD

A block stands between `<!-- output of: COMMAND (SHAPE) -->` and `<!-- end -->`. Of the command's output the shape
`quote` shows the first paragraph as a quotation, `indent N` the first N paragraphs, `fence` all.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(
    r"(<!-- output of: (?P<command>.*?) \((?P<shape>\w+) ?(?P<count>\d*)\) -->\n).*?(<!-- end -->)",
    re.DOTALL,
)


def shown(output: str, shape: str, count: str) -> str:
    """The part of a command's output that README shows, in Markdown."""
    paragraphs = output.strip("\n").split("\n\n")
    if shape == "fence":
        return f"```text\n{output.strip()}\n```\n"
    if shape == "quote":
        return "".join(f"> {line.rstrip()}\n" for line in paragraphs[0].splitlines())
    part = "\n\n".join(paragraphs[: int(count)]).splitlines()
    return "\n" + "".join(f"    {line}".rstrip() + "\n" for line in part) + "\n"


def refresh(match: re.Match[str]) -> str:
    """The block with its command's output of today."""
    if len(sys.argv) > 1 and sys.argv[1] not in match["command"]:
        return match[0]
    print(match["command"], file=sys.stderr)
    words = shlex.split(match["command"])
    program = Path(sys.executable).parent / words[0]
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
    run = subprocess.run([program, *words[1:]], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return match[1] + shown(run.stdout, match["shape"], match["count"]) + match[5]


def main() -> None:
    """Refresh README."""
    README.write_text(BLOCK.sub(refresh, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

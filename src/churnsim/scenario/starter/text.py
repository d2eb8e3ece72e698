"""The text of a file to start from: first the lines that a company must fill in, then what to do with them, then the
preset, made over for the company's book where there is one.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import shlex
import tomllib
from typing import Any

from churnsim.scenario.preset_files import PREFIX, preset_text
from churnsim.scenario.starter.blocks import Block, blocks, dotted, joined, number, pair, quoted
from churnsim.scenario.starter.facts import BookFacts
from churnsim.scenario.starter.likeness import nearest_segments, preset_facts
from churnsim.scenario.starter.made_over import made_over
from churnsim.scenario.starter.marks import FILL_IN, to_fill_in

COLUMN = 46
"""Where the comments of the first lines stand."""
CHURN, NRR = "annual_logo_churn", "annual_net_retention"
WORDS = {
    CHURN: "accounts lost a year (churn), 0.15 is 15%",
    NRR: "NRR with expansion, 1.05 is 105%",
    "annual_gross_retention": "GRR: the same as NRR without expansion, at most 1",
    "involuntary_share": "share of the lost accounts whose payment failed",
    "median_months_to_first_value": "median months from signing to first value",
}
"""Observed figures in a company's words."""


@dataclasses.dataclass(frozen=True)
class Starter:
    """A file to start from."""

    text: str
    preset: str
    like: dict[str, str]
    """Segment of the preset by segment of the file."""
    commands: list[str]
    """What to run next, in order."""

    @property
    def fill_in(self) -> list[int]:
        """Lines, from 1, that are illustrations as yet."""
        return to_fill_in(self.text)


def starter(
    preset: str,
    name: str,
    file: str,
    as_of: datetime.date | None = None,
    book: BookFacts | None = None,
    path: str = "",
) -> Starter:
    """The file for a company called `name`, to be written as `file`; `path` leads from it to the book.

    `as_of` is the day of the figures, where it is known; the facts of the book are those of its month.
    Raises ScenarioError when there is no such preset.
    """
    text = preset_text(preset)
    document = tomllib.loads(text)
    parts = blocks(text)
    like = {segment: segment for segment in document["segments"]} if book is None else nearest_segments(book, preset)
    left_out: list[str] = []
    if book is not None:
        parts, left_out = made_over(parts, document, book, like, preset)
    posts = _posts(document, preset, book)
    commands = _commands(file, max(14, math.ceil(1.5 * max(posts.values(), default=0))))
    observed = _observed(document, like)
    top = [pair("name", quoted(name), "your company", COLUMN), *_as_of(document, book, as_of)]
    top += _sizes(document, preset, observed) if book is None else _book(book, path, observed)
    for team, count in posts.items():
        top += _team(parts, team, count, preset, book)
    root = parts[0]
    root.lines = [
        *top,
        "",
        *_next(commands),
        *(_without_book(preset, file) if book is None else _with_book(preset, left_out)),
        *_if_known(observed),
        "",
        *_rest_of_root(parts, document, book, preset),
    ]
    kept: list[Block] = []
    lead: list[str] = []
    for part in parts:
        lead += _without_hint(part.lead)
        if part.path[:1] != ("observed",) and not (part.path[:1] == ("teams",) and len(part.path) == 2):
            part.lead, lead = lead, []
            kept.append(part)
    return Starter(joined(kept), preset, like, list(commands))


def _line(path: tuple[str, ...], value: str, words: str) -> str:
    """A line of the top."""
    return pair(dotted(path), value, f"{FILL_IN}: {words}", COLUMN)


def _observed_line(segment: str, key: str, value: str | None, words: str, *, theirs: bool = False) -> str:
    """A line of the top with an observed figure; one without a value, or another company's, says nothing as yet."""
    path = dotted(("observed", segment, key))
    if value is None or theirs:
        return pair(f"# {path}", value or "", f"{FILL_IN}, take off the #: {words}", COLUMN)
    return pair(path, value, f"{FILL_IN}: {words}", COLUMN)


def _as_of(document: dict[str, Any], book: BookFacts | None, as_of: datetime.date | None) -> list[str]:
    if as_of is not None:
        return [pair("as_of", str(as_of), "day of the figures; month 1 is the month after", COLUMN)]
    if book is None:
        return [_line(("as_of",), str(document["as_of"]), "day of the figures; month 1 is the month after")]
    return [_line(("as_of",), str(book.as_of), "day of the book; this ends the month of its last start")]


def _observed(document: dict[str, Any], like: dict[str, str]) -> dict[tuple[str, str], str | None]:
    """Value of each observed figure by (segment, key), None where the preset has none."""
    known = document.get("observed", {})
    return {
        (segment, key): None if value is None else repr(float(value))
        for segment, source in like.items()
        for key in WORDS
        for value in [known.get(source, {}).get(key)]
    }


def _sizes(document: dict[str, Any], preset: str, observed: dict[tuple[str, str], str | None]) -> list[str]:
    """ARR, accounts, churn and NRR of each segment."""
    size = {segment.name: segment for segment in preset_facts(preset).segments}
    lines = []
    for segment in document["segments"]:
        of = f"of segment {segment}"
        lines += [
            _line(("opening", segment, "arr"), number(size[segment].arr), f"ARR {of} on that day"),
            _line(("opening", segment, "accounts"), str(size[segment].accounts), "its paying accounts"),
            *(_observed_line(segment, key, observed[segment, key], WORDS[key]) for key in (CHURN, NRR)),
        ]
    return lines


def _book(book: BookFacts, path: str, observed: dict[tuple[str, str], str | None]) -> list[str]:
    """The book, then churn and NRR of each segment, with what the book says of it."""
    total = f"[B] accounts {book.accounts:,}, ARR {book.arr:,.0f}"
    lines = [pair("book", quoted(path), total, COLUMN)]
    for segment in book.segments:
        size = f"accounts {segment.accounts:,}, ARR {float(f'{segment.arr:.3g}'):,.0f}"
        lines += [
            _observed_line(segment.name, key, observed[segment.name, key], words, theirs=True)
            for key, words in ((CHURN, f"{WORDS[CHURN]}; {size}"), (NRR, WORDS[NRR]))
        ]
    return lines


def _posts(document: dict[str, Any], preset: str, book: BookFacts | None) -> dict[str, int]:
    """Posts of each team: the preset's, or with a book as many for its ARR as the preset has for its own."""
    today = {name: int(team["posts"]["today"]) for name, team in document.get("teams", {}).items()}
    if book is None:
        return today
    share = book.arr / preset_facts(preset).arr
    return {name: max(1, round(count * share)) for name, count in today.items()}


def _team(parts: list[Block], team: str, posts: int, preset: str, book: BookFacts | None) -> list[str]:
    """Posts and cost of a team."""
    own = next(part for part in parts if part.path == ("teams", team))
    guess = "" if book is None else f"; {posts} is a guess, for your ARR as in the preset {preset}"
    cost = own.pairs()["annual_cost"][0]
    return [
        _line(("teams", team, "posts", "today"), str(posts), f"CSMs today{guess}"),
        _line(("teams", team, "annual_cost"), cost, "loaded cost of a CSM a year"),
    ]


def _commands(file: str, top_rung: int) -> dict[str, str]:
    """Commands that follow, each with what it tells; a ladder is worth climbing beyond today's posts."""
    own, fitted = shlex.quote(file), shlex.quote(file.removesuffix(".toml") + "-calibrated.toml")
    return {
        f"churnsim validate {own}": "what is wrong, and which lines still say FILL IN",
        f"churnsim calibrate {own} -o {fitted}": "fits the hazards below to churn and NRR above",
        f"churnsim headcount {fitted} --csm 0..{top_rung} -o ladder.nc": "how many CSMs to fund, how sure that is",
        "churnsim report ladder.nc -o report.html": "the same on one page",
    }


def _next(commands: dict[str, str]) -> list[str]:
    """Commands that follow, as comments."""
    width = max(map(len, commands))
    return [
        "# The lines above are your company. What is marked FILL IN is an illustration until you replace it. Then:",
        *(f"#   {command.ljust(width)}   {words}" for command, words in commands.items()),
        "# Next in weight: new accounts, what they pay, [segments.*.acquisition]; margin, discount, currency, [money].",
        "# A number that you know only roughly is a range: { low = 145_000, mode = 165_000, high = 210_000 }.",
    ]


def _without_book(preset: str, file: str) -> list[str]:
    return [
        f"# Below stands the preset {preset}. Its accounts are synthetic, brought to their number and ARR above.",
        f"# Your own say more: churnsim init {shlex.quote(file)} --force --book accounts.csv",
        "# A segment that you do not have: arr = 0 and accounts = 0 above, leads_per_month = 0 in its channels below.",
        '# A segment renamed throughout the file says whose accounts it takes: opening.NEW.like = "OLD", by its arr.',
    ]


def _with_book(preset: str, left_out: list[str]) -> list[str]:
    lines = [
        "# [B] is computed from your book. What a book does not show, such as who left, how you bill, what plays do,",
        f"# is the preset's, {preset}: of the segment of the same name, else of the nearest in mean ARR and term.",
    ]
    if left_out:
        lines.append(f"# Playbooks left out, for segments that your book does not have: {', '.join(left_out)}.")
    return lines


def _if_known(observed: dict[tuple[str, str], str | None]) -> list[str]:
    """Further targets of calibration, to be taken up by who knows them."""
    rest = {path: value for path, value in observed.items() if path[1] not in (CHURN, NRR) and value is not None}
    if not rest:
        return []
    lines = [
        pair(f"# {dotted(('observed', *path))}", value or "", WORDS[path[1]], COLUMN) for path, value in rest.items()
    ]
    return ["#", "# Fill in and take off the first # where you know them as well:", *lines]


def _rest_of_root(parts: list[Block], document: dict[str, Any], book: BookFacts | None, preset: str) -> list[str]:
    """The other keys of the file, then those of the teams: dotted, as a table must not be opened twice."""
    lines = []
    if book is None:
        lines.append(pair("book", quoted(f"{PREFIX}{preset}"), "a synthetic book, brought to the size above"))
        lines.append(f"description = {quoted(document['description'])}")
    else:
        lines.append(f"description = {quoted(f'own book, accounts {book.accounts:,}, on the preset {preset}')}")
    lines.append("")
    for part in parts:
        if part.path[:1] == ("teams",) and len(part.path) == 2:
            for key, (value, comment) in part.pairs().items():
                if key not in ("posts", "annual_cost"):
                    lines.append(pair(dotted((*part.path, key)), value, comment.removeprefix("#").strip(), COLUMN))
    return lines


def _without_hint(lead: list[str]) -> list[str]:
    """Comments above a header without the preset's own hint at observed figures, which stand at the top now."""
    start = next((i for i, line in enumerate(lead) if line.startswith("# What you measure.")), None)
    if start is None:
        return lead
    end = next((i for i in range(start, len(lead)) if not lead[i].startswith("#")), len(lead))
    before = lead[:start]
    while before and before[-1] == "#":
        before.pop()
    return before + lead[end:]

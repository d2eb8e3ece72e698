"""A preset's tables made over for a book: segments by its names, with the terms and the new accounts that it shows."""

from __future__ import annotations

import re
from math import log
from typing import Any

from churnsim.scenario.starter.blocks import Block, number, pair, quoted
from churnsim.scenario.starter.facts import SOLD_MONTHS, YEAR, BookFacts, SegmentFacts

SHORTEST_SCRUTINY = 6
"""Months of a term below which a renewal is no occasion of its own; the presets' monthly plans have no scrutiny."""
_OF_A_SEGMENT = re.compile(r'"segments\.(?P<segment>[\w-]+)\.(?P<key>[^"]+)"(?P<rest>.*)')
_SEGMENTS = re.compile(r"segments = \[[^\]]*\],?\s*")


def made_over(
    parts: list[Block], document: dict[str, Any], book: BookFacts, like: dict[str, str], preset: str
) -> tuple[list[Block], list[str]]:
    """The blocks, and the playbooks left out because none of their segments is in the book."""
    left_out = [
        name
        for name, play in document.get("playbooks", {}).items()
        if (only := play.get("trigger", {}).get("segments")) and not set(only) & set(like.values())
    ]
    made: list[Block] = []
    done = False
    for part in parts:
        if part.path[:1] == ("segments",):
            if not done:
                done = True
                for facts in book.segments:
                    source = like[facts.name]
                    own = [other for other in parts if other.path[:2] == ("segments", source)]
                    made += _segment(own, document["segments"][source], facts, source, preset)
        elif not _belongs_to(part, left_out):
            part.lines = _renamed(part.lines, like, left_out)
            if part.path[:1] != ("arms",) or part.pairs():
                made.append(part)
    return made, left_out


def _belongs_to(part: Block, playbooks: list[str]) -> bool:
    """Whether a block is a table of one of the playbooks, or ties one to something else."""
    if part.path[:1] == ("correlations",):
        return any(_names(line, playbooks) for line in part.lines)
    return part.path[:1] == ("playbooks",) and part.path[1] in playbooks


def _renamed(lines: list[str], like: dict[str, str], left_out: list[str]) -> list[str]:
    """Lines outside the segments by the book's names; one that sets a value of a segment, once for each after it."""
    changed = []
    for line in lines:
        if _names(line, left_out):
            continue
        match = _OF_A_SEGMENT.fullmatch(line)
        if match:
            own = [name for name, source in like.items() if source == match["segment"]]
            changed += [quoted(f"segments.{name}.{match['key']}") + match["rest"] for name in own]
        else:
            changed.append(_SEGMENTS.sub(lambda found: _listed(found[0], like), line))
    return changed


def _names(line: str, playbooks: list[str]) -> bool:
    """Whether a line has a path into one of the playbooks."""
    return any(f'"playbooks.{name}.' in line for name in playbooks)


def _listed(found: str, like: dict[str, str]) -> str:
    """A list of the preset's segments as one of the book's."""
    names = [quoted(name) for name, source in like.items() if quoted(source) in found]
    end = found[found.index("]") + 1 :]
    return f"segments = [{', '.join(names)}]{end}"


def _segment(own: list[Block], table: dict[str, Any], facts: SegmentFacts, source: str, preset: str) -> list[Block]:
    """The blocks of one segment of the book."""
    made = [part.copy(("segments", facts.name, *part.path[2:])) for part in own]
    heading = f' {facts.name}: accounts {facts.accounts:,}, ARR {facts.arr:,.0f}; after "{source}" of {preset}'
    made[0].lead = ["", f"# {heading.rjust(118, '-')}"]
    factor = _arrivals(table, facts)
    for part in made:
        inner = part.path[2:]
        if inner == ("acquisition",):
            who = f"the {facts.entry_of:,} new accounts of the last {facts.recent_months} months"
            if facts.entry_of != facts.new_accounts:
                who = f"all its accounts ({facts.entry_of:,}), as few are new"
            part.set("entry_arr_mean", number(facts.entry_arr_mean), f"[B] mean ARR of {who}")
            part.set("entry_arr_cv", number(facts.entry_arr_cv, 2), "[B] their spread, sd / mean")
        elif inner[:2] == ("acquisition", "channels") and len(inner) == 3:
            channel = table["acquisition"]["channels"][inner[2]]
            leads = number(factor * channel["leads_per_month"])
            new = facts.new_accounts / facts.recent_months
            part.set("leads_per_month", leads, f"[B] {new:.2g} new accounts a month still in the book, all channels")
            if channel.get("cost_per_lead"):
                dearer = facts.entry_arr_mean / table["acquisition"]["entry_arr_mean"]
                words = "[J] as much per unit of new ARR as in the preset"
                part.set("cost_per_lead", number(dearer * channel["cost_per_lead"]), words)
        elif inner == ("contracts",):
            words = f"[B] starts of the last {SOLD_MONTHS} months by term"
            part.set(
                "term_weight", _weights(facts), words + ("; 0: no longer sold" if 0 in facts.sold.values() else "")
            )
    return _with_scrutiny(made, own, table, facts)


def _arrivals(table: dict[str, Any], facts: SegmentFacts) -> float:
    """Factor on the preset's leads that brings as many new accounts as the book had lately."""
    expected = 0.0
    for channel in table["acquisition"]["channels"].values():
        seasons = channel.get("seasonality", {})
        year = sum(float(seasons.get(str(month), 1.0)) for month in range(1, 13))
        expected += channel["leads_per_month"] * channel["conversion_probability"] * year
    return facts.new_accounts / facts.recent_months * YEAR / expected


def _weights(facts: SegmentFacts) -> str:
    return "{ " + ", ".join(f'"{term}" = {count}' for term, count in facts.sold.items()) + " }"


def _with_scrutiny(made: list[Block], own: list[Block], table: dict[str, Any], facts: SegmentFacts) -> list[Block]:
    """The blocks with renewal scrutiny for the book's terms: of each, the preset's for the nearest term."""
    known = table.get("contracts", {}).get("scrutiny", {})
    written = _scrutiny_lines(own)
    lines = []
    for term in facts.sold:
        if known and term >= SHORTEST_SCRUTINY:
            near = min(known, key=lambda other: abs(log(int(other) / term)))
            value = "{ " + ", ".join(f"{key} = {item}" for key, item in known[near].items()) + " }"
            words = written.get(near, "[J]") if int(near) == term else f"[J] as {near} months in the preset"
            lines.append(pair(f'"{term}"', value, words))
    place = next(i for i, part in enumerate(made) if part.path[2:] == ("contracts",))
    rest = [part for part in made if part.path[2:4] != ("contracts", "scrutiny")]
    if lines:
        header = ("segments", facts.name, "contracts", "scrutiny")
        rest.insert(place + 1, Block(header, "", [""], lines))
    return rest


def _scrutiny_lines(own: list[Block]) -> dict[str, str]:
    """Comment of the preset by term."""
    found: dict[str, str] = {}
    for part in own:
        if part.path[2:] == ("contracts", "scrutiny"):
            found |= {key.strip('"'): comment.removeprefix("#").strip() for key, (_, comment) in part.pairs().items()}
        elif part.path[2:4] == ("contracts", "scrutiny"):
            found[part.path[4]] = "; ".join(c.removeprefix("#").strip() for _, c in part.pairs().values() if c)
    return found

"""Which preset, and which of its segments, a company is most like: those nearest in ARR per account and in term.

The distance of two segments is |ln ratio of mean ARR| + |ln ratio of mean term|, that of a book and a preset the mean
over the book's segments, weighted by ARR, of the distance to the nearest segment of the preset's own book.
"""

from __future__ import annotations

from functools import cache
from math import log

from churnsim.scenario.preset_files import preset_book, presets
from churnsim.scenario.starter.facts import BookFacts, SegmentFacts, facts_of


@cache
def preset_facts(preset: str) -> BookFacts:
    """What the bundled book of a preset shows."""
    return facts_of(preset_book(preset).read_bytes(), f"preset:{preset}")


def distance(a: SegmentFacts, b: SegmentFacts) -> float:
    """How unlike two segments are; 0 for the same mean ARR and term."""
    return abs(log(a.arr / a.accounts * b.accounts / b.arr)) + abs(log(a.mean_term / b.mean_term))


def nearest_preset(book: BookFacts) -> str:
    """The preset that a book is most like."""

    def unlike(preset: str) -> float:
        known = preset_facts(preset).segments
        return sum(own.arr * min(distance(own, other) for other in known) for own in book.segments)

    return min(presets(), key=unlike)


def nearest_segments(book: BookFacts, preset: str) -> dict[str, str]:
    """The preset's segment that each of the book is modelled after: of the same name, else the nearest."""
    known = {segment.name: segment for segment in preset_facts(preset).segments}
    return {
        own.name: own.name if own.name in known else min(known, key=lambda name: distance(own, known[name]))
        for own in book.segments
    }

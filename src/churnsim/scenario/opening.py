"""Opening totals of a segment: how many accounts there are at month 0 and what ARR they bring, without a book.

Where the scenario's book is a bundled synthetic one, its accounts of the segment are taken in even steps along their
start dates until there are `accounts` of them, more than once where the book has fewer, and every ARR is multiplied by
the one factor that brings their sum to `arr`. See `churnsim.scenario.synthetic_book`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Finite, Table


class Opening(Table):
    """The segment at month 0."""

    arr: Annotated[Finite, Field(ge=0)]
    """Annual recurring revenue of all its accounts together."""
    accounts: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    """Paying accounts."""
    like: str | None = None
    """Segment of the bundled book whose accounts are taken; left out: the one of the same name."""

"""What a book of accounts shows of a company: its date, and by segment ARR, accounts, new accounts, terms.

A book holds those who are still customers. What started lately is taken for what sales brings in: of those who came
and left since a book knows nothing, so where contracts may end within the year the last quarter counts.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import math
import pathlib

import numpy as np

from churnsim.scenario.book import BookError
from churnsim.scenario.book_rows import Account, Reader, month_of
from churnsim.scenario.problems import Problem, unreadable

YEAR, QUARTER = 12, 3
"""Months whose starts tell new accounts a month, and what they pay: the quarter where terms are short."""
SHORT_TERM = 6
"""Mean term in months below which they are."""
SOLD_MONTHS = 24
"""Starts that tell which terms are sold; a year has too few of the long ones."""
ENOUGH = 5
"""New accounts below which what they pay is told by all accounts of the segment."""
MOST_SEGMENTS = 20
"""Names beyond which the column holds something else."""


@dataclasses.dataclass(frozen=True)
class SegmentFacts:
    """One segment of the book."""

    name: str
    accounts: int
    arr: float
    """Of all accounts together."""
    recent_months: int
    """Months that count as recent, YEAR or QUARTER."""
    new_accounts: int
    """Started in the last `recent_months`."""
    entry_of: int
    """Accounts that tell what a new one pays: the new ones, or all where these are few."""
    entry_arr_mean: float
    entry_arr_cv: float
    sold: dict[int, int]
    """Accounts by term in months, ascending, among those started in the last SOLD_MONTHS; 0 for terms of older ones."""
    mean_term: float
    """Geometric mean over all accounts, in months."""


@dataclasses.dataclass(frozen=True)
class BookFacts:
    """The book as a whole."""

    as_of: datetime.date
    """As given; else the last day of the first month that lies before no start and in which no contract has longer to
    run than its term."""
    segments: list[SegmentFacts]

    @property
    def accounts(self) -> int:
        """Of all segments."""
        return sum(segment.accounts for segment in self.segments)

    @property
    def arr(self) -> float:
        """Of all segments."""
        return sum(segment.arr for segment in self.segments)


def book_facts(path: pathlib.Path, as_of: datetime.date | None = None) -> BookFacts:
    """Read a book without a scenario, as of a day where it is known. Raises BookError with all problems."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BookError([unreadable(path, error)]) from None
    return facts_of(data, str(path), as_of)


def facts_of(data: bytes, name: str, as_of: datetime.date | None = None) -> BookFacts:
    """The same from the bytes of a file."""
    reader = Reader(None, name)
    reader.read(data)
    by_segment: dict[str, list[Account]] = {}
    for account in reader.accounts:
        by_segment.setdefault(account.segment, []).append(account)
    if len(by_segment) > MOST_SEGMENTS:
        few = ", ".join(map(repr, list(by_segment)[:3]))
        message = f"has {len(by_segment)} different names, such as {few}: join them to a few groups that behave alike"
        reader.problems.append(Problem(name, None, "segment", message, allowed=f"at most {MOST_SEGMENTS} segments"))
    if reader.problems:
        raise BookError(reader.problems)
    if as_of is None:
        last = max(
            account.start if account.renewal is None else max(account.start, account.renewal - account.term)
            for account in reader.accounts
        )
        year, index = divmod(last, 12)
        as_of = datetime.date(year, index + 1, calendar.monthrange(year, index + 1)[1])
    month = month_of(as_of)
    return BookFacts(as_of, [_segment(segment, rows, month) for segment, rows in by_segment.items()])


def _segment(name: str, rows: list[Account], month: int) -> SegmentFacts:
    mean_term = math.exp(sum(math.log(row.term) for row in rows) / len(rows))
    recent_months = YEAR if mean_term >= SHORT_TERM else QUARTER
    new = [row for row in rows if row.start > month - recent_months]
    entry = np.array([row.arr for row in (new if len(new) >= ENOUGH else rows)])
    sold = dict.fromkeys(sorted({row.term for row in rows}), 0)
    for row in [row for row in rows if row.start > month - SOLD_MONTHS] or rows:
        sold[row.term] += 1
    return SegmentFacts(
        name,
        len(rows),
        math.fsum(row.arr for row in rows),
        recent_months,
        len(new),
        entry.size,
        float(entry.mean()),
        float(entry.std() / entry.mean()),
        sold,
        mean_term,
    )

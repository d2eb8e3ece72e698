"""Rows of a book of accounts: the CSV format and everything that can be wrong with it.

    account_id, segment, start_date, arr, contract_term_months [, renewal_date, products, health]

`Reader` reads a book against a scenario, or on its own when there is no scenario yet.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from typing import NamedTuple

from churnsim.scenario.expansion import MOST_PRODUCTS
from churnsim.scenario.hashing import hash_text
from churnsim.scenario.model import Scenario
from churnsim.scenario.problems import Problem, listing, nearest, not_utf8, shown

REQUIRED = ("account_id", "segment", "start_date", "arr", "contract_term_months")
OPTIONAL = ("renewal_date", "products", "health")
COLUMNS = REQUIRED + OPTIONAL
LONGEST_TERM = 600
"""Months; what a scenario's `term_weight` takes."""
LONGEST_TENURE = 12_000
"""Months."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"\d{1,9}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class Account(NamedTuple):
    """One row that is right."""

    account_id: str
    id_hash: int
    segment: str
    start: int
    """Month of the start; the month of as_of is 0, without a scenario that of `month_of`."""
    arr: float
    term: int
    renewal: int | None
    """Month of the renewal; None without a scenario where no date is given."""
    products: int
    health: float
    """NaN where not given."""


def month_of(date: datetime.date) -> int:
    """Months since the year 0."""
    return date.year * 12 + date.month - 1


class Reader:
    """Reads rows and gathers problems; a value that is wrong is None.

    Without a scenario any segment and any term will do, and no date lies too early or too late.
    """

    def __init__(self, scenario: Scenario | None, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.as_of = scenario.as_of if scenario is not None else None
        self.terms: dict[str, list[int]] = {}
        """Terms by segment, of the scenario."""
        for segment, table in scenario.segments.items() if scenario is not None else ():
            self.terms[segment] = [int(term) for term in table.contracts.term_weight]
        self.accounts: list[Account] = []
        self.lines: dict[str, int] = {}
        self.hashes: dict[int, str] = {}
        self.months: dict[str, int | None] = {}

    def _problem(
        self,
        line: int | None,
        column: str,
        message: str,
        found: str | None = None,
        allowed: str | None = None,
        near: str | None = None,
    ) -> None:
        self.problems.append(Problem(self.name, line, column, message, found, allowed, near))

    def read(self, data: bytes) -> None:
        """Read the bytes of a file."""
        try:
            self._read_text(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            self.problems.append(not_utf8(self.name, data, error))
        except csv.Error as error:
            self._problem(None, "", f"is not a CSV file: {error}")

    def _read_text(self, text: str) -> None:
        header, _, _ = text.lstrip("\r\n").partition("\n")
        delimiter = max(",;\t", key=header.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header_cells = next((row for row in rows if any(cell.strip() for cell in row)), None)
        if header_cells is None:
            self._problem(
                None, "", "the book is empty", allowed=f"a header with {', '.join(REQUIRED)}, then one row per account"
            )
            return
        names = [cell.strip() for cell in header_cells]
        if not self._header(names, rows.line_num):
            return
        at = [names.index(column) if column in names else len(names) for column in COLUMNS]
        count = 0
        for cells in rows:
            if not any(cells) or not any(cell.strip() for cell in cells):
                continue
            count += 1
            if len(cells) != len(names):
                self._problem(rows.line_num, "", f"the row has {len(cells)} cells, the header has {len(names)}")
                continue
            cells.append("")  # what a missing optional column holds
            self._row(rows.line_num, [cells[index].strip() for index in at])
        if not count:
            self._problem(None, "", "the book is empty: there is a header but no account")

    def _header(self, names: list[str], line: int) -> bool:
        missing = [column for column in COLUMNS if column not in names]
        others = [name for name in names if name not in COLUMNS]
        for name in COLUMNS:
            if names.count(name) > 1:
                self._problem(line, name, f"the column stands in the header {names.count(name)} times")
        for name in others:
            near = nearest(name, missing, cutoff=0.7)
            if near is not None:
                self._problem(line, name, "unknown column", allowed=", ".join(COLUMNS), near=near)
        for column in missing:
            if column in REQUIRED:
                near = nearest(column, others)
                found = f"the columns {listing(names)}"
                self._problem(line, column, "the column is missing", found if near is None else f"a column {near!r}")
        return not self.problems

    def _row(self, line: int, cells: list[str]) -> None:
        name, segment, start_date, arr_text, term_text, renewal_date, products_text, health_text = cells
        before = len(self.problems)
        id_hash = self._identity(line, name)
        self._check_segment(line, segment)
        start = self._month(line, "start_date", start_date)
        if start is not None and self.as_of is not None and start > 0:
            self._problem(line, "start_date", f"lies after the month of as_of ({self.as_of})", start_date)
        elif start is not None and self.as_of is not None and start < -LONGEST_TENURE:
            message = f"lies more than {LONGEST_TENURE // 12:,} years before as_of ({self.as_of})"
            self._problem(line, "start_date", message, start_date)
        arr = self._number(line, "arr", arr_text, "a number above 0")
        if arr is not None and not arr > 0.0:
            self._problem(line, "arr", "out of range", arr_text, "a number above 0")
        term = self._term(line, segment, term_text)
        renewal = self._month(line, "renewal_date", renewal_date) if renewal_date else None
        if renewal is not None:
            self._check_renewal(line, renewal_date, renewal, term)
        products = 1
        if products_text:
            if _WHOLE.fullmatch(products_text) and 1 <= int(products_text) <= MOST_PRODUCTS:
                products = int(products_text)
            else:
                allowed = f"a whole number from 1 to {MOST_PRODUCTS}, or nothing"
                self._problem(line, "products", "is wrong", shown(products_text), allowed)
        health: float | None = math.nan
        if health_text:
            health = self._number(line, "health", health_text, "a number from 0 to 1, or nothing")
            if health is not None and not 0.0 <= health <= 1.0:
                self._problem(line, "health", "out of range", health_text, "a number from 0 to 1, or nothing")
        if len(self.problems) > before or start is None or term is None or arr is None or health is None:
            return
        if renewal is None and self.as_of is not None:
            renewal = start + term * (-start // term + 1)
        self.accounts.append(Account(name, id_hash, segment, start, arr, term, renewal, products, health))

    def _check_segment(self, line: int, segment: str) -> None:
        if not segment:
            self._problem(line, "segment", "is missing", allowed=listing(list(self.terms)) if self.terms else None)
        elif self.as_of is None:
            if "." in segment or not segment.isprintable():
                self._problem(line, "segment", "a name needs printable characters and no dot", shown(segment))
        elif segment not in self.terms:
            known = listing(list(self.terms))
            self._problem(line, "segment", "unknown segment", shown(segment), known, nearest(segment, self.terms))

    def _identity(self, line: int, name: str) -> int:
        if not name:
            self._problem(line, "account_id", "is missing")
            return 0
        first = self.lines.setdefault(name, line)
        if first != line:
            self._problem(line, "account_id", f"stands twice, first in line {first}", shown(name))
            return 0
        id_hash = hash_text(name)
        other = self.hashes.setdefault(id_hash, name)
        if other != name:
            self._problem(line, "account_id", f"has the same 64-bit hash as {other!r}: change one of them", shown(name))
        return id_hash

    def _month(self, line: int, column: str, text: str) -> int | None:
        """Months from as_of to a date; few dates are different, so each is worked out once."""
        if text not in self.months:
            self.months[text] = None
            if _DATE.fullmatch(text):
                try:
                    date = datetime.date.fromisoformat(text)
                    self.months[text] = month_of(date) - (month_of(self.as_of) if self.as_of is not None else 0)
                except ValueError:
                    pass
        month = self.months[text]
        if month is None:
            self._problem(
                line,
                column,
                "is not a date" if text else "is missing",
                shown(text) if text else None,
                "a date such as 2026-01-31",
            )
        return month

    def _number(self, line: int, column: str, text: str, allowed: str) -> float | None:
        if not text:
            self._problem(line, column, "is missing", allowed=allowed)
            return None
        value = float(text) if _NUMBER.fullmatch(text) else math.inf
        if math.isinf(value):
            comma = " (write it with a decimal point and nothing between the thousands)" if "," in text else ""
            self._problem(line, column, f"is not a number{comma}", shown(text), allowed)
            return None
        return value

    def _term(self, line: int, segment: str, text: str) -> int | None:
        column = "contract_term_months"
        known = self.terms.get(segment)
        if not _WHOLE.fullmatch(text) or int(text) < 1:
            self._problem(
                line, column, "is not a whole number of months" if text else "is missing", shown(text) if text else None
            )
        elif known is not None and int(text) not in known:
            allowed = f"{', '.join(map(str, known))}: the terms in segments.{segment}.contracts.term_weight"
            self._problem(line, column, f"no contract of the segment {segment!r} has this term", text, allowed)
        elif int(text) > LONGEST_TERM:
            self._problem(line, column, "out of range", text, f"a whole number of months from 1 to {LONGEST_TERM}")
        else:
            return int(text)
        return None

    def _check_renewal(self, line: int, text: str, month: int, term: int | None) -> None:
        if self.as_of is None:
            return
        if month < 1:
            self._problem(line, "renewal_date", f"must lie after the month of as_of ({self.as_of})", text)
        elif term is not None and month > term:
            message = f"lies {month} months after as_of, beyond the end of a running contract of {term} months"
            self._problem(line, "renewal_date", message, text)

"""The book of accounts: existing customers, read from a CSV file.

    account_id, segment, start_date, arr, contract_term_months [, renewal_date, products, health]

Dates round to the month that they fall in, and months count from the month of the scenario's `as_of`, which is month 0.
An account without a renewal date renews at the first multiple of its term after its start that lies in month 1 or
later. Columns of other names are left alone, unless they look like a misspelt one. Rows are sorted by the hash of
their id, so that the order of the file never matters.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
import math
import pathlib
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.hashing import hash_text
from churnsim.scenario.model import Scenario
from churnsim.scenario.preset_files import PREFIX, preset_book
from churnsim.scenario.problems import Problem, ScenarioError, listing, nearest, not_utf8, shown, unreadable

REQUIRED = ("account_id", "segment", "start_date", "arr", "contract_term_months")
OPTIONAL = ("renewal_date", "products", "health")
COLUMNS = REQUIRED + OPTIONAL

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"\d{1,9}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class BookError(ScenarioError):
    """A book is wrong: the key of each problem is a column, its line the one in the file."""


@dataclasses.dataclass(frozen=True, eq=False)
class Book:
    """Accounts in order of their hash; all arrays have one entry per account."""

    account_id: list[str]
    id_hash: np.ndarray
    """uint64, see `churnsim.scenario.hashing`."""
    segment: np.ndarray
    """int32, index into the scenario's segments."""
    start_month: np.ndarray
    """int32, months from as_of to the start; 0 in the month of as_of, else negative."""
    arr: np.ndarray
    """float64, annual recurring revenue."""
    term_months: np.ndarray
    """int32, length of the contract."""
    renewal_month: np.ndarray
    """int32, month of the first renewal, at least 1."""
    products: np.ndarray
    """int32, number of products, 1 where not given."""
    health: np.ndarray
    """float64 from 0 to 1, NaN where not given."""

    def __len__(self) -> int:
        return len(self.account_id)


def resolve_book(file: ScenarioFile) -> Book | None:
    """The book that a scenario names: none, a bundled one, or a file beside the scenario."""
    name = file.scenario.book
    if name == "none":
        return None
    if name.startswith(PREFIX):
        data = preset_book(name.removeprefix(PREFIX)).read_bytes()
        return parse_book(data, file.scenario, name)
    folder = file.path.parent if file.path is not None else pathlib.Path()
    return read_book(folder / name, file.scenario)


def read_book(path: str | pathlib.Path, scenario: Scenario) -> Book:
    """Read and check a CSV file. Raises BookError with all problems."""
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise BookError([unreadable(path, error)]) from None
    return parse_book(data, scenario, str(path))


def parse_book(data: bytes, scenario: Scenario, name: str) -> Book:
    """Check the bytes of a CSV file; `name` stands for the file in errors. Raises BookError with all problems."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BookError([not_utf8(name, data, error)]) from None
    reader = _Reader(scenario, name)
    try:
        reader.read(text)
    except csv.Error as error:
        reader.problem(None, "", f"is not a CSV file: {error}")
    if reader.problems:
        raise BookError(reader.problems)
    return reader.book()


class _Account(NamedTuple):
    account_id: str
    id_hash: int
    segment: int
    start: int
    arr: float
    term: int
    renewal: int
    products: int
    health: float


class _Reader:
    """Reads rows and gathers problems; a value that is wrong is None."""

    def __init__(self, scenario: Scenario, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.as_of = scenario.as_of
        self.segments = {segment: index for index, segment in enumerate(scenario.segments)}
        self.terms = {name: [int(term) for term in s.contracts.term_weight] for name, s in scenario.segments.items()}
        self.accounts: list[_Account] = []
        self.lines: dict[str, int] = {}
        self.hashes: dict[int, str] = {}
        self.months: dict[str, int | None] = {}

    def problem(
        self,
        line: int | None,
        column: str,
        message: str,
        found: str | None = None,
        allowed: str | None = None,
        near: str | None = None,
    ) -> None:
        self.problems.append(Problem(self.name, line, column, message, found, allowed, near))

    def read(self, text: str) -> None:
        header, _, _ = text.lstrip("\r\n").partition("\n")
        delimiter = max(",;\t", key=header.count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header_cells = next((row for row in rows if any(cell.strip() for cell in row)), None)
        if header_cells is None:
            self.problem(
                None, "", "the book is empty", allowed=f"a header with {', '.join(REQUIRED)}, then one row per account"
            )
            return
        names = [cell.strip() for cell in header_cells]
        if not self.header(names, rows.line_num):
            return
        at = [names.index(column) if column in names else len(names) for column in COLUMNS]
        count = 0
        for cells in rows:
            if not any(cells) or not any(cell.strip() for cell in cells):
                continue
            count += 1
            if len(cells) != len(names):
                self.problem(rows.line_num, "", f"the row has {len(cells)} cells, the header has {len(names)}")
                continue
            cells.append("")  # what a missing optional column holds
            self.row(rows.line_num, [cells[index].strip() for index in at])
        if not count:
            self.problem(None, "", "the book is empty: there is a header but no account")

    def header(self, names: list[str], line: int) -> bool:
        missing = [column for column in COLUMNS if column not in names]
        others = [name for name in names if name not in COLUMNS]
        for name in COLUMNS:
            if names.count(name) > 1:
                self.problem(line, name, f"the column stands in the header {names.count(name)} times")
        for name in others:
            near = nearest(name, missing, cutoff=0.7)
            if near is not None:
                self.problem(line, name, "unknown column", allowed=", ".join(COLUMNS), near=near)
        for column in missing:
            if column in REQUIRED:
                near = nearest(column, others)
                found = f"the columns {listing(names)}"
                self.problem(line, column, "the column is missing", found if near is None else f"a column {near!r}")
        return not self.problems

    def row(self, line: int, cells: list[str]) -> None:
        name, segment, start_date, arr_text, term_text, renewal_date, products_text, health_text = cells
        before = len(self.problems)
        id_hash = self.identity(line, name)
        if segment not in self.segments:
            self.problem(
                line,
                "segment",
                "unknown segment",
                shown(segment),
                listing(list(self.segments)),
                nearest(segment, self.segments),
            )
        start = self.month(line, "start_date", start_date)
        if start is not None and start > 0:
            self.problem(line, "start_date", f"lies after the month of as_of ({self.as_of})", start_date)
        arr = self.number(line, "arr", arr_text, "a number above 0")
        if arr is not None and not arr > 0.0:
            self.problem(line, "arr", "out of range", arr_text, "a number above 0")
        term = self.term(line, segment, term_text)
        renewal = self.month(line, "renewal_date", renewal_date) if renewal_date else None
        if renewal is not None:
            self.check_renewal(line, renewal_date, renewal, term)
        products = 1
        if products_text:
            if _WHOLE.fullmatch(products_text) and int(products_text) >= 1:
                products = int(products_text)
            else:
                self.problem(
                    line, "products", "is wrong", shown(products_text), "a whole number of at least 1, or nothing"
                )
        health: float | None = math.nan
        if health_text:
            health = self.number(line, "health", health_text, "a number from 0 to 1, or nothing")
            if health is not None and not 0.0 <= health <= 1.0:
                self.problem(line, "health", "out of range", health_text, "a number from 0 to 1, or nothing")
        if len(self.problems) > before or start is None or term is None or arr is None or health is None:
            return
        if renewal is None:
            renewal = start + term * (-start // term + 1)
        self.accounts.append(
            _Account(name, id_hash, self.segments[segment], start, arr, term, renewal, products, health)
        )

    def identity(self, line: int, name: str) -> int:
        if not name:
            self.problem(line, "account_id", "is missing")
            return 0
        first = self.lines.setdefault(name, line)
        if first != line:
            self.problem(line, "account_id", f"stands twice, first in line {first}", shown(name))
            return 0
        id_hash = hash_text(name)
        other = self.hashes.setdefault(id_hash, name)
        if other != name:
            self.problem(line, "account_id", f"has the same 64-bit hash as {other!r}: change one of them", shown(name))
        return id_hash

    def month(self, line: int, column: str, text: str) -> int | None:
        """Months from as_of to a date; few dates are different, so each is worked out once."""
        if text not in self.months:
            self.months[text] = None
            if _DATE.fullmatch(text):
                try:
                    date = datetime.date.fromisoformat(text)
                    self.months[text] = (date.year - self.as_of.year) * 12 + date.month - self.as_of.month
                except ValueError:
                    pass
        month = self.months[text]
        if month is None:
            self.problem(
                line,
                column,
                "is not a date" if text else "is missing",
                shown(text) if text else None,
                "a date such as 2026-01-31",
            )
        return month

    def number(self, line: int, column: str, text: str, allowed: str) -> float | None:
        if not text:
            self.problem(line, column, "is missing", allowed=allowed)
            return None
        value = float(text) if _NUMBER.fullmatch(text) else math.inf
        if math.isinf(value):
            comma = " (write it with a decimal point and nothing between the thousands)" if "," in text else ""
            self.problem(line, column, f"is not a number{comma}", shown(text), allowed)
            return None
        return value

    def term(self, line: int, segment: str, text: str) -> int | None:
        column = "contract_term_months"
        known = self.terms.get(segment)
        if not _WHOLE.fullmatch(text) or int(text) < 1:
            self.problem(
                line, column, "is not a whole number of months" if text else "is missing", shown(text) if text else None
            )
        elif known is not None and int(text) not in known:
            allowed = f"{', '.join(map(str, known))}: the terms in segments.{segment}.contracts.term_weight"
            self.problem(line, column, f"no contract of the segment {segment!r} has this term", text, allowed)
        else:
            return int(text)
        return None

    def check_renewal(self, line: int, text: str, month: int, term: int | None) -> None:
        if month < 1:
            self.problem(line, "renewal_date", f"must lie after the month of as_of ({self.as_of})", text)
        elif term is not None and month > term:
            message = f"lies {month} months after as_of, beyond the end of a running contract of {term} months"
            self.problem(line, "renewal_date", message, text)

    def book(self) -> Book:
        rows = sorted(self.accounts, key=lambda account: account.id_hash)

        def column(values: Iterator[int], dtype: type) -> np.ndarray:
            return np.fromiter(values, dtype=dtype, count=len(rows))

        return Book(
            account_id=[row.account_id for row in rows],
            id_hash=column((row.id_hash for row in rows), np.uint64),
            segment=column((row.segment for row in rows), np.int32),
            start_month=column((row.start for row in rows), np.int32),
            arr=np.fromiter((row.arr for row in rows), dtype=np.float64, count=len(rows)),
            term_months=column((row.term for row in rows), np.int32),
            renewal_month=column((row.renewal for row in rows), np.int32),
            products=column((row.products for row in rows), np.int32),
            health=np.fromiter((row.health for row in rows), dtype=np.float64, count=len(rows)),
        )

"""The book of accounts: existing customers, read from a CSV file.

    account_id, segment, start_date, arr, contract_term_months [, renewal_date, products, health]

Dates round to the month that they fall in, and months count from the month of the scenario's `as_of`, which is month 0.
An account without a renewal date renews at the first multiple of its term after its start that lies in month 1 or
later. Columns of other names are left alone, unless they look like a misspelt one. Rows are sorted by the hash of
their id, so that the order of the file never matters.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator

import numpy as np

from churnsim.scenario.book_rows import Account, Reader
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.model import Scenario
from churnsim.scenario.preset_files import PREFIX, preset_book
from churnsim.scenario.problems import ScenarioError, unreadable
from churnsim.scenario.synthetic_book import synthetic_book


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
    """The book that a scenario names: none, a bundled one, at its own size or at that of `[opening]`, or a file."""
    name = file.scenario.book
    if name == "none":
        return None
    if name.startswith(PREFIX):
        stated = any(total.accounts for total in file.scenario.opening.values())
        if file.scenario.opening and not stated:
            return None
        bundled = preset_book(name.removeprefix(PREFIX))
        data = synthetic_book(file.scenario, file.text, file.name) if stated else bundled.read_bytes()
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
    reader = Reader(scenario, name)
    reader.read(data)
    if reader.problems:
        raise BookError(reader.problems)
    return _book(reader.accounts, scenario)


def _book(accounts: list[Account], scenario: Scenario) -> Book:
    segments = {name: index for index, name in enumerate(scenario.segments)}
    rows = sorted(accounts, key=lambda account: account.id_hash)

    def column(values: Iterator[int | None], dtype: type) -> np.ndarray:
        return np.fromiter(values, dtype=dtype, count=len(rows))

    return Book(
        account_id=[row.account_id for row in rows],
        id_hash=column((row.id_hash for row in rows), np.uint64),
        segment=column((segments[row.segment] for row in rows), np.int32),
        start_month=column((row.start for row in rows), np.int32),
        arr=np.fromiter((row.arr for row in rows), dtype=np.float64, count=len(rows)),
        term_months=column((row.term for row in rows), np.int32),
        renewal_month=column((row.renewal for row in rows), np.int32),
        products=column((row.products for row in rows), np.int32),
        health=np.fromiter((row.health for row in rows), dtype=np.float64, count=len(rows)),
    )

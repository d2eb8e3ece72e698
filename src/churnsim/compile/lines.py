"""Who shares a past: lines of accounts, classes of them, and buckets of the month of first value.

A line holds the accounts of one segment and term, of one half by ARR where the plays tell sizes apart, and of one
number of products where causes of churn do. A class is a line's accounts of one tenure and contract start. Buckets of
the month of first value: 0 at entry, single months, pairs of months, the last one not yet; where some customers are
misfits, those of right customers first, then the same for misfits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnsim.scenario.book import Book

Arm = dict[str, np.ndarray]
"""Tables of one arm by name, with leading axis D."""
GROUPS = 2
"""Groups by ARR in a segment; more of them change the churn of the presets by less than 0.02 points."""
SINGLE, PAIRED = 6, 11
"""Buckets are single months up to 6 medians (and a year), then pairs up to 11; later (1 in 2,000) counts as not yet."""
NOT_YET = 1_000_000
MOST_PRODUCTS = 5
"""Accounts with more products share the line of those with so many."""


class Lines(NamedTuple):
    """Lines (L,), in the order of the tables."""

    segment: np.ndarray
    term: np.ndarray
    """Position in the table of terms."""
    months: np.ndarray
    """Length of the contract."""
    log_arr: np.ndarray
    """Mean ln ARR of the accounts."""
    arr: list[np.ndarray]
    """ARR of each line's accounts."""
    products: np.ndarray
    """Number of products, 1 where no cause of churn asks for it."""


class Classes(NamedTuple):
    """Classes (J,)."""

    line: np.ndarray
    tenure: np.ndarray
    since: np.ndarray
    """Tenure at the start of the running contract."""
    accounts: np.ndarray


class Buckets(NamedTuple):
    """Buckets (F,)."""

    first: np.ndarray
    """First month; NOT_YET for the last bucket of each kind."""
    last: np.ndarray
    """Last month (F/kinds - 1,) of the buckets of one kind, but for its last."""
    kinds: int = 1
    """2 where misfits have buckets of their own."""

    @property
    def misfit(self) -> np.ndarray:
        """1 (F,) for misfits."""
        return np.repeat(np.arange(self.kinds), len(self.last) + 1)

    @property
    def waiting(self) -> np.ndarray:
        """Buckets (kinds,) of those who wait for first value."""
        return np.flatnonzero(self.first == NOT_YET)


def buckets(tenures: int, longest_median: float, kinds: int) -> Buckets:
    """Buckets for accounts of less than `tenures` months, whose median months to first value are at most so long."""
    single = min(max(int(SINGLE * longest_median), 12), tenures)
    paired = min(max(int(PAIRED * longest_median), single), tenures)
    first = np.array([*range(single), *range(single, paired + 2, 2)])
    return Buckets(np.tile(np.append(first[:-1], NOT_YET), kinds), first[1:] - 1, kinds)


def group(book: Book, groups: int) -> np.ndarray:
    """Group (B,) of each account by the rank of its ARR in its segment."""
    out = np.zeros(len(book), np.int64)
    for s in np.unique(book.segment):
        mine = np.flatnonzero(book.segment == s)
        order = np.lexsort((book.id_hash[mine], book.arr[mine]))
        out[mine[order]] = np.arange(len(mine)) * groups // len(mine)
    return out


def sort_out(
    book: Book, term: np.ndarray, since: np.ndarray, terms: list[int], groups: int, by_products: bool
) -> tuple[Lines, Classes, np.ndarray]:
    """Lines and classes of a book, and the class (B,) of each account; `term` (B,) is a position in `terms`."""
    part = group(book, groups)
    products = np.clip(book.products if by_products else 1, 1, MOST_PRODUCTS) + np.zeros_like(part)
    key, line = np.unique(np.stack([book.segment, term, part, products], axis=1), axis=0, return_inverse=True)
    line = line.reshape(-1)
    arr = [book.arr[line == k] for k in range(len(key))]
    # the group's mean over all terms, so that a line of few accounts has the rank of its group
    log_arr = [np.log(book.arr[(book.segment == s) & (part == g)]).mean() for s, _, g, _ in key]
    lines = Lines(key[:, 0], key[:, 1], np.asarray(terms)[key[:, 1]], np.array(log_arr), arr, key[:, 3])
    rows = np.stack([line, -book.start_month, since], axis=1)
    kinds, class_of, accounts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return lines, Classes(kinds[:, 0], kinds[:, 1], kinds[:, 2], accounts), class_of.reshape(-1)

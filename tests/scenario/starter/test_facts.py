"""What a book shows, by hand on a small one, and which preset is like it."""

from __future__ import annotations

import datetime
import math

import pytest

from churnsim.scenario.book import BookError
from churnsim.scenario.preset_files import presets
from churnsim.scenario.starter.facts import BookFacts, book_facts, facts_of
from churnsim.scenario.starter.likeness import distance, nearest_preset, nearest_segments, preset_facts

HEADER = "account_id,segment,start_date,arr,contract_term_months,renewal_date"
ROWS = """\
a,Mid,2020-05-01,40000,36,
b,Mid,2025-02-10,20000,12,
c,Mid,2024-03-31,30000,12,
d,Mid,2025-06-15,10000,24,
e,Small,2025-06-01,600,1,
"""


def facts(rows: str, as_of: datetime.date | None = None) -> BookFacts:
    return facts_of(f"{HEADER}\n{rows}".encode(), "book.csv", as_of)


def problems_of(data: bytes) -> list[str]:
    with pytest.raises(BookError) as caught:
        facts_of(data, "book.csv")
    return [str(problem) for problem in caught.value.problems]


def test_a_small_book_by_hand() -> None:
    book = facts(ROWS)
    assert book.as_of == datetime.date(2025, 6, 30)
    assert (book.accounts, book.arr) == (5, 100_600.0)
    mid, small = book.segments
    assert (mid.name, mid.accounts, mid.arr, mid.new_accounts) == ("Mid", 4, 100_000.0, 2)
    # two new accounts are few: all four tell what one pays
    assert (mid.entry_of, mid.entry_arr_mean) == (4, 25_000.0)
    assert math.isclose(mid.entry_arr_cv, math.sqrt(1.25e8) / 25_000.0)
    # the term of 36 months was sold in 2020 only
    assert mid.sold == {12: 2, 24: 1, 36: 0}
    assert math.isclose(mid.mean_term, (36 * 12 * 12 * 24) ** 0.25)
    assert (small.accounts, small.sold, small.entry_arr_cv) == (1, {1: 1}, 0.0)


def test_enough_new_accounts_tell_what_they_pay() -> None:
    new = "".join(f"n{i},Mid,2025-0{i + 1}-01,{1000 * (i + 1)},12,\n" for i in range(5))
    (mid,) = facts("old,Mid,2019-01-01,90000,12,\n" + new).segments
    assert (mid.new_accounts, mid.entry_of, mid.entry_arr_mean) == (5, 5, 3000.0)
    assert math.isclose(mid.entry_arr_cv, math.sqrt(2.0) / 3.0)


def test_new_is_what_started_in_the_twelve_months_up_to_as_of() -> None:
    rows = "a,x,2024-12-31,1,12,\nb,x,2025-01-01,1,12,\nc,x,2025-12-01,1,12,\n"
    assert facts(rows).segments[0].new_accounts == 2
    assert facts(rows, datetime.date(2026, 1, 15)).segments[0].new_accounts == 1
    assert facts(rows, datetime.date(2027, 3, 1)).segments[0].new_accounts == 0


def test_where_terms_are_short_the_last_quarter_tells_what_is_new() -> None:
    rows = "a,x,2025-12-01,1,1,\nb,x,2025-10-01,1,1,\nc,x,2025-09-30,1,1,\n"
    (monthly,) = facts(rows).segments
    assert (monthly.recent_months, monthly.new_accounts) == (3, 2)
    (yearly,) = facts(rows.replace(",1,1,", ",1,12,")).segments
    assert (yearly.recent_months, yearly.new_accounts) == (12, 3)


def test_as_of_lets_no_contract_have_longer_to_run_than_its_term() -> None:
    # renewed in February 2026 until February 2027, months after the last start
    assert facts("a,x,2023-02-01,1,12,2027-02-01\nb,x,2025-11-01,1,12,\n").as_of == datetime.date(2026, 2, 28)


def test_a_book_in_which_nothing_is_recent_sells_what_it_holds() -> None:
    (only,) = facts("a,x,2018-01-01,1,12,\nb,x,2018-01-01,1,36,\n", datetime.date(2025, 1, 1)).segments
    assert only.sold == {12: 1, 36: 1}
    assert only.new_accounts == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["the book is empty"]),
        (f"{HEADER}\n".encode(), ["there is a header but no account"]),
        (
            b"account_id,segment,start_date,arr\na,x,2025-01-01,1\n",
            ["book.csv:1: contract_term_months: the column is missing"],
        ),
        (f"{HEADER}\na,,2025-01-01,1,12,\n".encode(), ["book.csv:2: segment: is missing"]),
        (
            f"{HEADER}\na,v2.1,2025-01-01,1,12,\n".encode(),
            ["book.csv:2: segment: a name needs printable characters and no dot"],
        ),
        (
            f"{HEADER}\na,x,2025-13-01,1,12,\nb,x,2025-01-01,-1,601,\n".encode(),
            ["book.csv:2: start_date", "book.csv:3: arr", "from 1 to 600"],
        ),
        (f"{HEADER}\na,x,2025-01-01,\xe4,12,\n".encode("latin-1"), ["book.csv:2: is not UTF-8"]),
        (f'{HEADER}\n"a,x\n'.encode(), ["is not a CSV file"]),
    ],
)
def test_what_is_wrong_with_a_book(data: bytes, words: list[str]) -> None:
    problems = problems_of(data)
    for word in words:
        assert any(word in problem for problem in problems), problems


def test_a_column_of_names_is_no_column_of_segments() -> None:
    rows = "".join(f"a{i},customer {i},2025-01-01,1,12,\n" for i in range(21))
    (problem,) = problems_of(f"{HEADER}\n{rows}".encode())
    assert "21 different names" in problem
    assert facts(rows.replace("customer 20,", "customer 19,")).accounts == 21


def test_a_book_that_is_not_there(tmp_path) -> None:
    with pytest.raises(BookError, match="there is no such file"):
        book_facts(tmp_path / "none.csv")


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_most_like_itself(name: str) -> None:
    book = preset_facts(name)
    assert nearest_preset(book) == name
    assert nearest_segments(book, name) == {segment.name: segment.name for segment in book.segments}


def test_distance_is_that_of_mean_arr_and_term() -> None:
    a, b = facts("a,x,2025-01-01,1000,12,\nb,y,2025-01-01,4000,3,\n").segments
    assert math.isclose(distance(a, b), 2 * math.log(4.0))
    assert distance(a, a) == 0.0


def test_segments_of_other_names_are_like_the_nearest() -> None:
    book = facts("a,Plan M,2025-01-01,3000,1,\nb,Plan Y,2025-01-01,6000,12,\nc,monthly,2025-01-01,6000,12,\n")
    assert nearest_segments(book, "smb") == {"Plan M": "monthly", "Plan Y": "annual", "monthly": "monthly"}
    assert nearest_preset(facts("a,x,2025-01-01,150000,36,\n")) == "enterprise"

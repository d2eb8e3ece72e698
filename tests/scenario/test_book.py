from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest

from churnsim.scenario import book as books
from churnsim.scenario.book import BookError, parse_book, read_book, resolve_book
from churnsim.scenario.files import parse
from churnsim.scenario.hashing import hash_text
from churnsim.scenario.problems import Problem
from tests.scenario.small import TEXT, changed, only

SCENARIO = parse(TEXT).scenario
HEADER = "account_id,segment,start_date,arr,contract_term_months,renewal_date,products,health"
GOOD = f"""{HEADER}
a-1,core,2024-03-15,12000,12,2026-03-15,2,0.75
a-2,growth,2025-12-31,50000.5,36,,,
"a-3, Ltd",core,2024-12-02,9000,12,,1,
"""


def read_text(text: str) -> books.Book:
    return parse_book(text.encode(), SCENARIO, "book.csv")


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(BookError) as caught:
        read_text(text)
    assert all(problem.file == "book.csv" for problem in caught.value.problems)
    return caught.value.problems


def problem_of_row(row: str) -> Problem:
    """The only problem of a row, which stands in line 2."""
    (problem,) = problems_of(f"{HEADER}\n{row}\n")
    assert problem.line == 2
    return problem


def test_columns_become_arrays_in_the_order_of_the_hash():
    book = read_text(GOOD)
    rows = {
        "a-1": (0, -21, 12000.0, 12, 3, 2, 0.75),
        "a-2": (1, 0, 50000.5, 36, 36, 1, math.nan),
        "a-3, Ltd": (0, -12, 9000.0, 12, 12, 1, math.nan),
    }
    order = sorted(rows, key=hash_text)
    assert book.account_id == order
    assert len(book) == 3
    assert book.id_hash.tolist() == [hash_text(name) for name in order]
    columns = (
        book.segment,
        book.start_month,
        book.arr,
        book.term_months,
        book.renewal_month,
        book.products,
        book.health,
    )
    for i, column in enumerate(columns):
        np.testing.assert_array_equal(column, [rows[name][i] for name in order])
    types = (book.id_hash, *columns)
    assert [str(column.dtype) for column in types] == ["uint64", *["int32"] * 2, "float64", *["int32"] * 3, "float64"]


def test_the_order_of_the_file_does_not_matter():
    head, *rows = GOOD.strip().split("\n")
    first, second = read_text(GOOD), read_text("\n".join([head, *reversed(rows)]))
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


@pytest.mark.parametrize(
    ("start", "term", "month"),
    [
        ("2025-12-01", 12, 12),
        ("2024-12-31", 12, 12),
        ("2025-01-01", 12, 1),
        ("2024-11-30", 12, 11),
        ("2019-02-01", 36, 26),
    ],
)
def test_a_renewal_that_is_not_given_is_the_next_end_of_term(start, term, month):
    segment = "growth" if term == 36 else "core"
    assert read_text(f"{HEADER}\na,{segment},{start},1,{term},,,\n").renewal_month.tolist() == [month]


@pytest.mark.parametrize(
    "change", [lambda t: t.replace("\n", "\r\n"), lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\n\n")]
)
def test_line_endings_byte_order_marks_and_blank_lines_are_read(change):
    assert read_text(change(GOOD)).account_id == read_text(GOOD).account_id


def test_semicolons_are_told_from_the_header():
    text = f"{HEADER}\na-1,core,2024-03-15,12000,12,2026-03-15,2,0.75\n".replace(",", ";")
    assert read_text(text).arr.tolist() == [12000.0]


def test_optional_columns_and_others_may_be_left_out_or_there():
    book = read_text("owner,arr,segment,account_id,contract_term_months,start_date\nEve,5,core,x,12,2025-06-01\n")
    assert (book.products.tolist(), np.isnan(book.health).tolist()) == ([1], [True])


def test_an_unknown_segment_names_the_nearest():
    problem = problem_of_row("a,croe,2024-03-15,1,12,,,")
    assert (problem.key, problem.found, problem.nearest, problem.allowed) == (
        "segment",
        "'croe'",
        "core",
        "core, growth",
    )


def test_a_duplicate_id_names_both_lines():
    (problem,) = problems_of(
        f"{HEADER}\na,core,2024-03-15,1,12,,,\nb,core,2024-03-15,1,12,,,\na,core,2024-03-15,1,12,,,\n"
    )
    assert (problem.key, problem.line) == ("account_id", 4)
    assert "first in line 2" in problem.message


def test_two_ids_of_one_hash_are_refused(monkeypatch):
    monkeypatch.setattr("churnsim.scenario.book_rows.hash_text", lambda text: 7)
    problem = problems_of(f"{HEADER}\na,core,2024-03-15,1,12,,,\nb,core,2024-03-15,1,12,,,\n")[0]
    assert (problem.line, "same 64-bit hash as 'a'" in problem.message) == (3, True)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",core,2024-03-15,1,12,,,", "account_id", "is missing"),
        ("a,core,2024-02-30,1,12,,,", "start_date", "is not a date"),
        ("a,core,15.03.2024,1,12,,,", "start_date", "is not a date"),
        ("a,core,20240315,1,12,,,", "start_date", "is not a date"),
        ("a,core,,1,12,,,", "start_date", "is missing"),
        ("a,core,2026-01-01,1,12,,,", "start_date", "after the month of as_of"),
        ("a,core,2024-03-15,-1,12,,,", "arr", "out of range"),
        ("a,core,2024-03-15,0,12,,,", "arr", "out of range"),
        ("a,core,2024-03-15,,12,,,", "arr", "is missing"),
        ("a,core,2024-03-15,nan,12,,,", "arr", "is not a number"),
        ("a,core,2024-03-15,1_000,12,,,", "arr", "is not a number"),
        ('a,core,2024-03-15,"1,000",12,,,', "arr", "nothing between the thousands"),
        ("a,core,2024-03-15,1e999,12,,,", "arr", "is not a number"),
        ("a,core,2024-03-15,1,0,,,", "contract_term_months", "whole number"),
        ("a,core,2024-03-15,1,12.0,,,", "contract_term_months", "whole number"),
        ("a,core,2024-03-15,1,36,,,", "contract_term_months", "no contract of the segment 'core' has this term"),
        ("a,core,2024-03-15,1,12,2025-12-31,,", "renewal_date", "must lie after the month of as_of"),
        ("a,core,2024-03-15,1,12,2027-01-31,,", "renewal_date", "beyond the end of a running contract"),
        ("a,core,2024-03-15,1,12,soon,,", "renewal_date", "is not a date"),
        ("a,core,2024-03-15,1,12,,0,", "products", "is wrong"),
        ("a,core,2024-03-15,1,12,,1001,", "products", "is wrong"),
        ("a,core,0900-03-15,1,12,,,", "start_date", "lies more than 1,000 years before as_of"),
        ("a,core,2024-03-15,1,12,,,1.2", "health", "out of range"),
        ("a,core,2024-03-15,1,12,,,good", "health", "is not a number"),
        ("a,core,2024-03-15", "", "3 cells, the header has 8"),
    ],
)
def test_a_cell_that_is_wrong(row, column, words):
    problem = problem_of_row(row)
    assert problem.key == column
    assert words in problem.message


def test_all_problems_come_at_once():
    rows = "a,core,never,-1,12,,,\nb,cor,2024-03-15,1,12,,,3\n"
    problems = problems_of(f"{HEADER}\n{rows}")
    assert [(p.line, p.key) for p in problems] == [(2, "start_date"), (2, "arr"), (3, "segment"), (3, "health")]


def test_a_long_list_of_problems_is_cut():
    rows = "".join(f"a{i},core,never,1,12,,,\n" for i in range(200))
    with pytest.raises(BookError, match=r"\.\.\. and 150 more problems"):
        read_text(f"{HEADER}\n{rows}")


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, f"{HEADER}\n\n , ,,,,,,\n"])
def test_an_empty_book_is_refused(text):
    (problem,) = problems_of(text)
    assert "the book is empty" in problem.message


def test_a_misspelt_column_names_the_nearest():
    problems = problems_of(GOOD.replace("arr,", "ar,", 1).replace("health", "helth", 1))
    assert [(p.key, p.nearest) for p in problems] == [("ar", "arr"), ("helth", "health"), ("arr", None)]


def test_a_column_that_stands_twice_is_refused():
    assert "stands in the header 2 times" in problems_of("arr," + GOOD)[0].message


@pytest.mark.parametrize("data", [b"account_id\xff", b'account_id,"seg\n', b"\x00\x01"])
def test_what_is_no_csv_is_refused(data):
    with pytest.raises(BookError):
        parse_book(data, SCENARIO, "book.csv")


def test_a_book_lies_beside_its_scenario(tmp_path):
    from churnsim.scenario.files import read

    (tmp_path / "book.csv").write_text(GOOD, encoding="utf-8")
    path = tmp_path / "small.toml"
    path.write_text(changed('name = "small"', 'name = "small"\nbook = "book.csv"'), encoding="utf-8")
    book = resolve_book(read(path))
    assert book is not None
    assert len(book) == 3
    assert resolve_book(parse(TEXT)) is None


def test_a_book_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BookError, match="there is no such file"):
        read_book(tmp_path / "none.csv", SCENARIO)
    with pytest.raises(BookError) as caught:
        read_book(tmp_path, SCENARIO)
    assert "is a folder" in only(caught.value).message


def test_a_preset_book_that_does_not_exist_names_those_that_do():
    from churnsim.scenario.problems import ScenarioError

    file = parse(changed('name = "small"', 'name = "small"\nbook = "preset:midmarkt"'))
    with pytest.raises(ScenarioError) as caught:
        resolve_book(file)
    assert only(caught.value).nearest == "midmarket"


def test_a_large_book_reads_in_seconds():
    rows = "".join(
        f"account-{i:06d},core,20{10 + i % 15}-0{1 + i % 9}-{1 + i % 28:02d},{1000 + i},12,,1,0.5\n"
        for i in range(200_000)
    )
    begin = time.perf_counter()
    assert len(read_text(f"{HEADER}\n{rows}")) == 200_000
    # some 2 s on an idle core; the margin is for a busy one
    assert time.perf_counter() - begin < 20.0

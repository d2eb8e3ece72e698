"""Opening totals: a bundled synthetic book brought to the size of the company."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.compile.segments import term_share
from churnsim.compile.values import Values
from churnsim.scenario.book import Book, resolve_book
from churnsim.scenario.files import arms, override, parse
from churnsim.scenario.preset_files import preset_text, presets
from churnsim.scenario.problems import ScenarioError
from tests.scenario.small import line_with, only

MIDMARKET = preset_text("midmarket")


def with_opening(*lines: str, text: str = MIDMARKET) -> str:
    """A preset with lines before its first."""
    return "".join(f"opening.{line}\n" for line in lines) + text


def book_of(text: str) -> Book:
    book = resolve_book(parse(text))
    assert book is not None
    return book


def problem_of(text: str) -> tuple[str, str, int | None]:
    with pytest.raises(ScenarioError) as caught:
        resolve_book(parse(text, "my.toml"))
    problem = only(caught.value)
    assert problem.file == "my.toml"
    return problem.key, str(problem), problem.line


@pytest.mark.parametrize(("core", "growth"), [(420, 180), (1, 1), (37, 2000), (421, 0)])
def test_accounts_and_arr_are_those_stated(core: int, growth: int) -> None:
    sizes = {"core": (core, 5_000_000.0), "growth": (growth, 3e6 if growth else 0.0)}
    book = book_of(with_opening(*(f"{name} = {{ accounts = {n}, arr = {arr} }}" for name, (n, arr) in sizes.items())))
    for index, (accounts, arr) in enumerate(sizes.values()):
        own = book.segment == index
        assert own.sum() == accounts
        assert math.isclose(book.arr[own].sum(), arr, rel_tol=1e-12, abs_tol=0.0)
    assert len(set(book.account_id)) == core + growth


def test_the_size_of_the_bundled_book_is_that_book_with_another_arr() -> None:
    plain = book_of(MIDMARKET)
    own = plain.segment == 0
    total = float(plain.arr[own].sum())
    book = book_of(
        with_opening(f"core = {{ accounts = 420, arr = {2 * total!r} }}", "growth = { accounts = 0, arr = 0 }")
    )
    # the same accounts, in the same order of their hash
    assert book.account_id == [name for name, here in zip(plain.account_id, own, strict=True) if here]
    assert np.array_equal(book.start_month, plain.start_month[own])
    assert np.array_equal(book.term_months, plain.term_months[own])
    assert np.array_equal(book.health, plain.health[own], equal_nan=True)
    np.testing.assert_allclose(book.arr, 2.0 * plain.arr[own], rtol=1e-12)


def test_tenures_are_those_of_the_bundled_book_at_any_size() -> None:
    plain = book_of(MIDMARKET)
    months = np.sort(plain.start_month[plain.segment == 0])
    for accounts in (60, 840):
        stated = f"core = {{ accounts = {accounts}, arr = 1e6 }}"
        book = book_of(with_opening(stated, "growth = { accounts = 0, arr = 0 }"))
        places = (2 * np.arange(accounts) + 1) * 420 // (2 * accounts)
        assert np.array_equal(np.sort(book.start_month), months[places])


def test_dates_move_with_as_of() -> None:
    stated = with_opening("core = { accounts = 420, arr = 1e6 }", "growth = { accounts = 180, arr = 1e6 }")
    now = book_of(stated)
    for date in ("2024-02-29", "2031-07-01"):
        then = book_of(stated.replace("as_of = 2025-12-31", f"as_of = {date}"))
        assert np.array_equal(then.start_month, now.start_month)
        assert np.array_equal(then.renewal_month, now.renewal_month)


def test_a_term_that_is_not_sold_becomes_the_nearest_that_is() -> None:
    old = 'term_weight = { "12" = 0.75, "24" = 0.20, "36" = 0.05 }'
    assert old in MIDMARKET
    text = MIDMARKET.replace(old, 'term_weight = { "6" = 1.0, "30" = 1.0 }')
    for term in ("12", "24", "36"):  # the scrutiny of core, which stands first, has the old terms
        text = text.replace(
            f'"{term}" = {{ first_renewal_churn', f'"{6 if term == "12" else 30}" = {{ first_renewal_churn', 1
        )
    text = text.replace('"30" = { first_renewal_churn = 0.05, duration_exponent = 0.8 }  # [J]\n', "", 1)
    plain = book_of(MIDMARKET)
    book = book_of(
        with_opening("core = { accounts = 420, arr = 1e6 }", "growth = { accounts = 180, arr = 1e6 }", text=text)
    )
    core = plain.segment == 0
    changed = np.where(plain.term_months == 12, 6, 30)
    assert np.array_equal(book.term_months, np.where(core, changed, plain.term_months))


def test_a_renamed_segment_says_whose_accounts_it_takes() -> None:
    text = (
        MIDMARKET.replace("segments.core", "segments.heart")
        .replace("observed.core", "observed.heart")
        .replace('"core"', '"heart"')
    )
    sizes = ("growth = { accounts = 180, arr = 1e6 }",)
    stated = with_opening("heart = { accounts = 40, arr = 1e6 }", *sizes, text=text)
    key, message, line = problem_of(stated)
    assert (key, line) == ("opening.heart", 1)
    assert "no segment 'heart'" in message
    assert "core, growth" in message
    book = book_of(with_opening('heart = { accounts = 40, arr = 1e6, like = "core" }', *sizes, text=text))
    assert (book.segment == 0).sum() == 40
    # both may take the same accounts; their copies are told apart
    book = book_of(with_opening('heart = { accounts = 40, arr = 1e6, like = "growth" }', *sizes, text=text))
    assert len(set(book.account_id)) == 220
    key, message, _ = problem_of(with_opening('heart = { accounts = 1, arr = 1.0, like = "grow" }', *sizes, text=text))
    assert key == "opening.heart.like"
    assert "did you mean 'growth'?" in message


@pytest.mark.parametrize(
    ("lines", "key", "words"),
    [
        (["core = { accounts = 4, arr = 1e6 }"], "opening", "names no size of the segment 'growth'"),
        (["core = { accounts = 4, arr = 0 }", "growth = { accounts = 0, arr = 0 }"], "opening.core", "both be above 0"),
        (["core = { accounts = 0, arr = 9 }", "growth = { accounts = 0, arr = 0 }"], "opening.core", "both be above 0"),
        (["core = { accounts = -1, arr = 9 }"], "opening.core.accounts", "at least 0"),
        (["core = { accounts = 1.5, arr = 9 }"], "opening.core.accounts", "a whole number"),
        (["core = { accounts = 1 }"], "opening.core.arr", "is missing"),
        (["core = { acounts = 1, arr = 9 }"], "opening.core.acounts", "did you mean 'accounts'?"),
    ],
)
def test_what_is_wrong_with_a_size(lines: list[str], key: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(with_opening(*lines), "my.toml")
    assert any(problem.key == key and words in str(problem) for problem in caught.value.problems), str(caught.value)


@pytest.mark.parametrize("book", ["none", "accounts.csv"])
def test_only_a_bundled_book_is_brought_to_a_size(book: str) -> None:
    sizes = [f"{name} = {{ accounts = 1, arr = 9 }}" for name in ("core", "growth")]
    text = with_opening(*sizes, text=MIDMARKET.replace('book = "preset:midmarket"', f'book = "{book}"'))
    key, message, line = problem_of(text)
    assert (key, line) == ("opening", line_with(text, "opening"))
    assert "preset:" in message


def test_a_size_of_a_segment_that_is_not_there() -> None:
    sizes = [f"{name} = {{ accounts = 1, arr = 9 }}" for name in ("core", "growth", "grwoth")]
    key, message, _ = problem_of(with_opening(*sizes))
    assert key == "opening.grwoth"
    assert "core, growth" in message


def test_no_accounts_at_all_is_no_book() -> None:
    assert (
        resolve_book(parse(with_opening(*(f"{name} = {{ accounts = 0, arr = 0 }}" for name in ("core", "growth")))))
        is None
    )


def test_arms_share_the_opening() -> None:
    file = parse(with_opening(*(f"{name} = {{ accounts = 5, arr = 9e5 }}" for name in ("core", "growth"))))
    with pytest.raises(ScenarioError, match="arms share one history"):
        override(file, {"opening.core.accounts": 7})
    assert all(arm.opening == file.scenario.opening for arm in arms(file).values())


@pytest.mark.parametrize("name", presets())
def test_a_preset_is_left_as_it_is_without_a_size(name: str) -> None:
    from churnsim.scenario.preset_files import preset_book

    file = parse(preset_text(name))
    book = resolve_book(file)
    assert book is not None
    assert not file.scenario.opening
    assert len(book) == len(preset_book(name).read_text(encoding="utf-8").splitlines()) - 1


def test_a_term_of_weight_0_is_not_sold_but_kept_in_the_book() -> None:
    text = MIDMARKET.replace(
        'term_weight = { "12" = 0.75, "24" = 0.20, "36" = 0.05 }', 'term_weight = { "12" = 3, "24" = 1, "36" = 0 }'
    )
    file = parse(text)
    assert file.scenario.segments["core"].contracts.term_weight == {"12": 3, "24": 1, "36": 0}
    assert (book_of(text).term_months[book_of(text).segment == 0] == 36).any()
    shares = term_share(Values(file.scenario, {}, 1, "segments.core."), [1, 12, 24, 36])
    np.testing.assert_allclose(shares, [[0.0, 0.75, 1.0, 1.0]], rtol=1e-12)
    with pytest.raises(ScenarioError, match="needs a term whose weight is above 0"):
        parse(text.replace('{ "12" = 3, "24" = 1, "36" = 0 }', '{ "12" = 0, "24" = 0, "36" = 0 }'))

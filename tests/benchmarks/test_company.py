"""The company of the benchmark is the same at every size, and its book is one that the reader would accept."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.company import OLDEST, company

SIZES = (200, 2_000, 200_000)


@pytest.fixture(scope="module")
def companies():
    return {accounts: company(accounts) for accounts in SIZES}


def test_hours_and_leads_per_account_do_not_depend_on_the_size(companies):
    for accounts, (file, _) in companies.items():
        team = file.scenario.teams["csm"]
        assert team.posts.today * team.hours_per_month / accounts == pytest.approx(1.1)
        channels = file.scenario.segments["small"].acquisition.channels
        assert channels["marketing"].leads_per_month / accounts == pytest.approx(250 / 2_000)


def test_the_book_is_whole_and_made_again_the_same(companies):
    for accounts, (_, book) in companies.items():
        assert len(book) == accounts
        again = company(accounts)[1]
        assert np.array_equal(book.id_hash, again.id_hash)
        assert np.array_equal(book.arr, again.arr)


def test_the_book_obeys_the_rules_of_books(companies):
    for file, book in companies.values():
        assert (np.diff(book.id_hash.astype(object)) > 0).all()
        assert ((book.start_month <= 0) & (book.start_month >= -OLDEST)).all()
        assert ((book.renewal_month >= 1) & (book.renewal_month <= book.term_months)).all()
        assert ((book.renewal_month - book.start_month) % book.term_months == 0).all()
        assert (book.arr > 0).all()
        for s, segment in enumerate(file.scenario.segments.values()):
            known = {int(term) for term in segment.contracts.term_weight}
            assert set(book.term_months[book.segment == s].tolist()) == known


def test_the_terms_asked_for_are_there(companies):
    _, book = companies[2_000]
    assert set(book.term_months.tolist()) == {1, 12, 36}

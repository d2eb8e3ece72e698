"""Books of existing accounts for a generated scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from churnsim.scenario.book import Book
from churnsim.scenario.hashing import hash_text
from tests.naive_twin.drawing import number
from tests.naive_twin.scenarios import scenarios


@st.composite
def scenarios_with_book(draw: Any) -> tuple[dict[str, Any], Book]:
    """A scenario and some twenty accounts that it starts with."""
    document = draw(scenarios())
    rows = []
    for a in range(draw(st.integers(1, 20))):
        s = draw(st.integers(0, len(document["segments"]) - 1))
        terms = list(list(document["segments"].values())[s]["contracts"]["term_weight"])
        term, tenure = int(draw(st.sampled_from(terms))), draw(st.integers(0, 40))
        health = draw(st.one_of(st.just(np.nan), number(0.0, 1.0)))
        arr = draw(number(500.0, 90_000.0))
        rows.append((f"account {a}", s, -tenure, arr, term, term - tenure % term, draw(st.integers(1, 4)), health))
    rows.sort(key=lambda row: hash_text(row[0]))
    name, segment, start, arrs, terms, renewal, products, health = map(list, zip(*rows, strict=True))
    return document, Book(
        account_id=name,
        id_hash=np.array([hash_text(text) for text in name], np.uint64),
        segment=np.array(segment, np.int32),
        start_month=np.array(start, np.int32),
        arr=np.array(arrs),
        term_months=np.array(terms, np.int32),
        renewal_month=np.array(renewal, np.int32),
        products=np.array(products, np.int32),
        health=np.array(health),
    )

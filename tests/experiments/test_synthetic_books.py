from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from tests.experiments.scripts import script

books = script("synthetic_books/make_books.py")


@pytest.mark.parametrize("preset", list(books.SIZES))
def test_the_committed_book_comes_out_again_with_the_same_bytes(preset: str) -> None:
    assert (books.PRESETS / f"{preset}-book.csv").read_bytes() == books.make(preset).encode()


@pytest.mark.parametrize("preset", list(books.SIZES))
def test_ids_say_synthetic_and_no_account_starts_after_the_book(preset: str) -> None:
    rows = list(csv.DictReader(io.StringIO(books.make(preset))))
    assert all(row["account_id"].startswith("SYN-") for row in rows)
    assert len({row["account_id"] for row in rows}) == sum(books.SIZES[preset].values())
    assert max(row["start_date"] for row in rows) <= books.load(preset).as_of.isoformat()


def test_survival_without_causes_frailty_and_exits_is_exponential_at_renewals() -> None:
    import dataclasses

    scenario = books.load("self-serve")
    path = books.mean_path(scenario, "monthly", 24, 0.0)
    flat = dataclasses.replace(path, hazard=np.full(24, 0.05))
    ages = np.arange(24)
    exits = scenario.segments["monthly"].exits
    bare = scenario.segments["monthly"].model_copy(
        update={"exits": exits.model_copy(update={"payment_failure_probability": 0.0, "annual_closure": 0.0})}
    )
    scenario = scenario.model_copy(update={"segments": {"monthly": bare}})
    np.testing.assert_allclose(books.survival(scenario, "monthly", 1, flat, ages), np.exp(-0.05 * ages), rtol=1e-12)
    yearly = books.survival(scenario, "monthly", 12, flat, ages)
    np.testing.assert_allclose(yearly, np.where(ages < 12, 1.0, np.exp(-0.6)), rtol=1e-12)

"""The benchmark of sweeps runs the job that it names. Nothing here asserts a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.company import company, write_company
from benchmarks.sweeps import ACCOUNTS, DRAWS, JOB, MONTHS, REPLICATES, job, overhead, plan_of

from churnsim.scenario.book import resolve_book
from churnsim.scenario.files import read

pytest.importorskip("zarr")


def test_the_job_is_the_one_that_is_named(tmp_path: Path):
    plan = plan_of(tmp_path, 3, ACCOUNTS, DRAWS, REPLICATES)
    assert JOB == 10_000
    assert (plan.points, plan.paths) == (3, 100)
    assert plan.file.scenario.run.horizon_months == MONTHS == 36
    book = resolve_book(plan.file)
    assert book is not None
    assert len(book) == 500


def test_the_company_on_disk_is_the_company(tmp_path: Path):
    file, book = company(200)
    written = read(write_company(tmp_path, 200))
    assert written.scenario.teams == file.scenario.teams
    assert written.scenario.segments == file.scenario.segments
    found = resolve_book(written)
    assert found is not None
    # the file names accounts, and the order of a book is that of the hash of their names
    mine, theirs = (sorted(range(200), key=lambda i: b.account_id[i]) for b in (book, found))
    for column in ("segment", "start_month", "arr", "term_months", "renewal_month", "health"):
        np.testing.assert_array_equal(getattr(book, column)[mine], getattr(found, column)[theirs], err_msg=column)


def test_tiny_cases_are_measured():
    found = overhead(2)
    assert found["ms_in_sweep"] > 0.0
    assert found["ms_by_hand"] > 0.0
    found = job(2, 1, 100, 1, 2)
    assert (found["points"], found["paths_per_point"]) == (2, 2)
    assert found["seconds"] > 0.0
    assert found["peak_bytes"] > 1e7
    assert found["bytes_stored"] > 2 * 3 * 2 * 8

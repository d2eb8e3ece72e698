"""The mean path of the past against the engine's own path."""

import numpy as np
import pytest

from churnsim.compile.lines import NOT_YET, Buckets, Classes, Lines
from churnsim.compile.mean_path import Path, walk
from churnsim.compile.tables import build
from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE_LEFT, TENURE
from churnsim.engine.onboarding import REACHED
from churnsim.engine.tables import Tables
from churnsim.scenario.book import Book
from tests.closed_forms.cohort import scenario_file
from tests.engine.paths import Runner
from tests.invariants.birth import segment

NO_CLASSES = Classes(*(np.zeros(0, np.int64) for _ in Classes._fields))


def path_without_plays(tables: Tables, months: int) -> tuple[Path, Buckets]:
    """The mean path of the only segment, with a bucket for each month."""
    single = Buckets(np.array([*range(months + 1), NOT_YET]), np.arange(months + 1))
    line = Lines(np.zeros(1, int), np.zeros(1, int), tables.terms[:1], np.zeros(1), [np.ones(1)], np.ones(1, int))
    arm = {name: np.asarray(values[0]) for name, values in tables._asdict().items() if name in NEEDED}
    nothing = np.zeros((0, 1, months + 2), np.float32)
    return walk(arm, line, NO_CLASSES, single, months, lambda *_: (nothing, nothing)), single


NEEDED = (
    *("segment", "cause", "team", "posts", "serves", "play", "factor"),
    *("quality", "base_hazard", "scrutiny"),
)


@pytest.mark.parametrize("median", [0.0, 4.0])
def test_accounts_without_plays_follow_the_mean_path(median: float) -> None:
    core = segment({"12": 1.0}, onboarding={"median_months_to_first_value": median})
    core["intent"]["annual_churn"] = 0.0
    months = 30
    runner = Runner(scenario_file({"core": core}, months))
    accounts = runner.run(0).accounts
    tenure = accounts.whole[TENURE]
    path, single = path_without_plays(runner.compiled.tables, months)
    a, g = path.adoption[0, :, 0].T, path.engagement[0, :, 0].T
    # each account stands on one of the paths of its tenure: find the bucket from adoption, then compare engagement
    for state, at, engagement, reached in zip(
        accounts.reals[ADOPTION],
        tenure,
        accounts.reals[ENGAGEMENT],
        accounts.reals[FIRST_VALUE_LEFT] == REACHED,
        strict=True,
    ):
        bucket = np.argmin(np.abs(a[:, at] - state) + np.abs(g[:, at] - engagement))
        assert a[bucket, at] == pytest.approx(state, abs=1e-5)
        assert g[bucket, at] == pytest.approx(engagement, abs=1e-5)
        if at > 0 and state > 0.0:
            assert (single.first[bucket] <= at) == reached
    assert len(np.unique(tenure)) == months


def test_survivors_of_a_hazard_beyond_all_reason_have_the_least_of_it() -> None:
    """exp(-Lambda) is 0 in floats for every month of first value: the weights are still shares, without a warning."""
    core = segment({"1": 1.0}, onboarding={"median_months_to_first_value": 4.0})
    core["intent"] = {"annual_churn": 1.0 - 1e-15, "causes": {"fit": {"weight": 1.0, "adoption": -3.0}}}
    file = scenario_file({"core": core}, 12)
    months = 600
    book = Book(
        account_id=["a"],
        id_hash=np.array([1], np.uint64),
        segment=np.zeros(1, np.int32),
        start_month=np.full(1, -months, np.int32),
        arr=np.full(1, 1e4),
        term_months=np.ones(1, np.int32),
        renewal_month=np.ones(1, np.int32),
        products=np.ones(1, np.int32),
        health=np.full(1, np.nan),
    )
    past = build({"base": file.scenario}, book, 1, np.arange(2)).tables.book
    assert past.past_hazard.min() > 750.0
    share = np.diff(past.bucket_share, axis=2, prepend=0.0)
    assert np.all(share >= 0.0)
    assert share.sum(axis=2) == pytest.approx(1.0)
    assert np.array_equal(share > 0.0, past.past_hazard == past.past_hazard.min(axis=2, keepdims=True))

"""The mean path of the past against the engine's own path."""

import numpy as np
import pytest

from churnsim.compile.lines import NOT_YET, Buckets, Classes, Lines
from churnsim.compile.mean_path import Path, walk
from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE, TENURE
from churnsim.engine.tables import Tables
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
        accounts.reals[ADOPTION], tenure, accounts.reals[ENGAGEMENT], accounts.reals[FIRST_VALUE], strict=True
    ):
        bucket = np.argmin(np.abs(a[:, at] - state) + np.abs(g[:, at] - engagement))
        assert a[bucket, at] == pytest.approx(state, abs=1e-5)
        assert g[bucket, at] == pytest.approx(engagement, abs=1e-5)
        if at > 0 and state > 0.0:
            assert (single.first[bucket] <= at) == (reached == 1.0)
    assert len(np.unique(tenure)) == months

"""The mean path of the past against the engine's own path."""

import numpy as np
import pytest

from churnsim.compile.history import mean_path
from churnsim.engine.accounts import ADOPTION, ENGAGEMENT, FIRST_VALUE, TENURE
from tests.closed_forms.cohort import scenario_file
from tests.engine.paths import Runner
from tests.invariants.birth import segment


@pytest.mark.parametrize("median", [0.0, 4.0])
def test_accounts_without_plays_follow_the_mean_path(median: float) -> None:
    core = segment({"12": 1.0}, onboarding={"median_months_to_first_value": median})
    core["intent"]["annual_churn"] = 0.0
    months = 30
    runner = Runner(scenario_file({"core": core}, months))
    accounts = runner.run(0).accounts
    tenure = accounts.whole[TENURE]
    path = mean_path(runner.compiled.tables.segment[0, :, 0], months + 2, months)
    a, g = path.adoption[0], path.engagement[0]
    # each account stands on one of the paths of its tenure: find the bucket from adoption, then compare engagement
    for state, at, engagement, reached in zip(
        accounts.reals[ADOPTION], tenure, accounts.reals[ENGAGEMENT], accounts.reals[FIRST_VALUE], strict=True
    ):
        bucket = np.argmin(np.abs(a[:, at] - state) + np.abs(g[:, at] - engagement))
        assert a[bucket, at] == pytest.approx(state, abs=1e-5)
        assert g[bucket, at] == pytest.approx(engagement, abs=1e-5)
        if at > 0 and state > 0.0:
            assert path.reached[bucket, at - 1] == (reached == 1.0)
    assert len(np.unique(tenure)) == months

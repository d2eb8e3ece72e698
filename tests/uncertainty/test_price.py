"""What a Dataset says of another price of a CSM is what a simulation at that price says."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from churnsim.decisions.headcount import with_posts
from churnsim.decisions.inputs import InputError
from churnsim.decisions.measures import decisive
from churnsim.results.simulation import simulate
from churnsim.uncertainty.price import linear_in_price, over_price
from tests.invariants.rich import rich_book, rich_file

UNSURE = {"teams.csm.annual_cost": {"low": 80_000.0, "mode": 100_000.0, "high": 150_000.0}}
RUN_OFF = {"money.after_horizon": {"kind": "run_off", "run_off_months": 9}}
MULTIPLE = {"money.after_horizon": {"kind": "multiple", "multiple": 3.0}}
SIZE = {"draws": 3, "replicates": 2, "seed": 5}


def run(values: dict) -> tuple[xr.Dataset, object]:
    file = rich_file(values)
    arms = {f"csm {n}": with_posts(file.scenario, "csm", n) for n in (0, 3, 5)}
    return simulate(file, arms=arms, book=rich_book(file), **SIZE), file.scenario


@pytest.mark.parametrize("after", [{}, RUN_OFF, MULTIPLE], ids=["none", "run_off", "multiple"])
def test_the_value_is_linear_in_the_price(after):
    dataset, _ = run(UNSURE | after)
    today = dataset["inputs"].sel(input="teams.csm.annual_cost", drop=True)
    assert len(np.unique(today)) == 3
    free, posts = linear_in_price(dataset, "csm", today)
    assert (posts.sel(arm="csm 0") < posts.sel(arm="csm 5")).all()
    for price in (0.0, 60_000.0, 200_000.0):
        again, _ = run({"teams.csm.annual_cost": price} | after)
        np.testing.assert_allclose((free - price * posts).values, decisive(again).of(again).values, rtol=1e-9)


def test_odds_over_the_price_of_a_run():
    dataset, scenario = run(UNSURE)
    arms = ["csm 0", "csm 3", "csm 5"]
    found, why = over_price(dataset, scenario, arms, "csm")
    assert why is None
    today = float(dataset["inputs"].sel(input="teams.csm.annual_cost").mean())
    assert found.today == pytest.approx(today)
    assert found.prices[0].price == pytest.approx(0.5 * today)
    assert found.prices[-1].price == pytest.approx(2.0 * today)
    assert set(found.prices[0].best) == set(arms), "the base is no rung"
    assert found.prices[0].beats is not None
    costs = [at.gain.mean for at in found.prices]
    assert np.ptp(np.diff(costs)) == pytest.approx(0.0, abs=1e-6 * abs(costs[0])), "a line"


def test_why_there_are_no_odds():
    dataset, scenario = run({})
    arms = ["csm 0", "csm 3"]

    def why(*asked: object, of: xr.Dataset = dataset) -> str:
        found, words = over_price(of, *asked)
        assert found is None
        return words

    assert "several teams (csm, onboarding): say --team" in why(scenario, arms)
    assert "not given" in why(None, arms)
    assert "one arm" in why(scenario, ["csm 0"], "csm")
    assert "earlier churnsim" in why(scenario, arms, "csm", of=dataset.drop_vars("salaries_discounted"))
    changed = dataset.assign_attrs(arms='{"csm 3": {"teams.csm.annual_cost": 1.0}}')
    assert "csm 3 change it" in why(scenario, arms, "csm", of=changed)
    with pytest.raises(InputError, match="nearest: 'csm'"):
        over_price(dataset, scenario, arms, "csn")
    free, costless = run({"teams.csm.annual_cost": 0.0})
    assert "is 0" in why(costless, arms, "csm", of=free)

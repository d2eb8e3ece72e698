import sys
import types

import pytest

from churnsim.decisions.headcount import fresh_seed, headcount, team_of, with_posts
from churnsim.decisions.inputs import InputError
from tests.decisions.fake import dataset
from tests.decisions.scenario import scenario_file


@pytest.fixture
def calls(monkeypatch):
    """Stand in for the engine: record what is asked, answer with a ladder that peaks at 2."""
    seen = []

    def simulate(file, *, arms, draws=None, replicates=None, seed=None, record="summary", progress=None, book=None):
        seen.append({"arms": arms, "draws": draws, "replicates": replicates, "seed": seed})
        for done in range(3):
            if progress:
                progress(done, 2)
        posts = {name: arm.teams["csm"].posts.from_month.get("1", 4) for name, arm in arms.items()}
        gains = [30_000.0, 10_000.0, -10_000.0, -20_000.0, -30_000.0]
        return dataset(posts, gains, draws=draws or 20, replicates=replicates or 3, seed=11 if seed is None else seed)

    module = types.ModuleType("churnsim.results.simulation")
    module.simulate = simulate
    monkeypatch.setitem(sys.modules, "churnsim.results.simulation", module)
    return seen


def test_rungs_replace_the_plan_from_month_1_and_keep_todays_staff(calls):
    file = scenario_file()
    ladder = headcount(file, posts=range(4))
    arms = calls[0]["arms"]
    assert list(arms) == ["base", "csm 0", "csm 1", "csm 2", "csm 3"]
    assert arms["base"] is file.scenario
    for count in range(4):
        posts = arms[f"csm {count}"].teams["csm"].posts
        assert (posts.today, posts.from_month) == (4, {"1": count})
    assert file.scenario.teams["csm"].posts.from_month == {"7": 6}, "the file's own scenario stays as it is"
    assert ladder.recommended == 2


def test_only_the_posts_change():
    scenario = scenario_file().scenario
    changed = with_posts(scenario, "csm", 9).model_dump()
    before = scenario.model_dump()
    changed["teams"]["csm"]["posts"] = before["teams"]["csm"]["posts"]
    assert changed == before


def test_rungs_have_no_hiring_rule():
    file = scenario_file(hiring=True)
    assert file.scenario.teams["csm"].hiring.most_posts == 9
    changed = with_posts(file.scenario, "csm", 3)
    assert changed.teams["csm"].hiring is None
    assert file.scenario.teams["csm"].hiring is not None, "the file's own scenario stays as it is"
    before, after = file.scenario.model_dump(), changed.model_dump()
    for part in ("posts", "hiring"):
        after["teams"]["csm"][part] = before["teams"]["csm"][part]
    assert after == before


def test_the_choice_is_simulated_again_with_the_derived_seed(calls):
    ladder = headcount(scenario_file(), posts=[3, 1, 2], draws=12, seed=5)
    assert (calls[0]["draws"], calls[0]["replicates"], calls[0]["seed"]) == (12, None, 5)
    assert list(calls[1]["arms"]) == ["base", "csm 2", "csm 1"]
    assert (calls[1]["draws"], calls[1]["replicates"], calls[1]["seed"]) == (12, 3, fresh_seed(5))
    assert ladder.fresh.seed == fresh_seed(5)


def test_the_seed_of_the_file_is_the_one_that_fresh_seeds_come_from(calls):
    headcount(scenario_file(), posts=range(3))
    assert calls[0]["seed"] is None
    assert calls[1]["seed"] == fresh_seed(11)


def test_fresh_seed_is_fixed_and_valid():
    assert fresh_seed(0) == fresh_seed(0)
    seeds = {fresh_seed(seed) for seed in range(200)}
    assert len(seeds | set(range(200))) == 400
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_progress_runs_once_through_the_whole(calls):
    seen = []
    headcount(scenario_file(), posts=range(4), progress=lambda done, total: seen.append((done, total)))
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 1000)
    assert {total for _, total in seen} == {1000}
    assert 625 in done, "five arms of eight are the ladder's"


@pytest.mark.parametrize(
    ("posts", "message"),
    [
        ([3], "at least two rungs"),
        ([], "at least two rungs"),
        ([2, 2], "at least two rungs"),
        ([-1, 3], "from 0 to 1000 posts, found -1"),
        ([3, 1001], "from 0 to 1000 posts, found 1001"),
    ],
)
def test_wrong_rungs(calls, posts, message):
    with pytest.raises(InputError, match=message):
        headcount(scenario_file(), posts=posts)
    assert not calls


def test_the_team():
    one, two, none = (scenario_file(teams=n).scenario for n in (1, 2, 0))
    assert team_of(one, None) == "csm"
    assert team_of(two, "support") == "support"
    with pytest.raises(InputError, match="several teams, say which: csm, support"):
        team_of(two, None)
    with pytest.raises(InputError, match=r"no team is called 'suport' \(nearest: 'support'\); there are csm, support"):
        team_of(two, "suport")
    with pytest.raises(InputError, match="the scenario has no team"):
        team_of(none, None)

"""Special case 7: a change from month m leaves the months before it; one more of anything changes nothing else."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import xarray as xr

from churnsim.engine import team
from churnsim.engine.accounts import FRAILTY, WHOLE
from churnsim.engine.workspace import OWNERS
from churnsim.results.simulation import simulate
from churnsim.scenario.files import override
from tests.closed_forms.cohort import LIMIT
from tests.engine.paths import Accounts, Runner
from tests.engine.python import callable_from_python
from tests.invariants.rich import differences, rich_book, rich_file

SIZE = {"draws": 3, "replicates": 6, "seed": 9, "record": "full"}
PLENTY = {"teams.csm.hours_per_month": 1e5, "teams.onboarding.hours_per_month": 1e5}


def monthly(dataset: xr.Dataset) -> xr.Dataset:
    return dataset[[name for name in dataset.data_vars if "month" in dataset[name].dims]]


@pytest.mark.parametrize("month", [2, 13, 26])
def test_posts_from_a_month_on_leave_the_months_before(month: int) -> None:
    file = rich_file({"teams.csm.posts": {"today": 3}})
    arms = {
        "more": override(file, {"teams.csm.posts.from_month": {str(month): 6}}),
        "fewer": override(file, {"teams.csm.posts.from_month": {str(month): 0}}),
    }
    whole = monthly(simulate(file, arms=arms, book=rich_book(file), **SIZE))
    for name in arms:
        pair = (whole.sel(arm="base", drop=True), whole.sel(arm=name, drop=True))
        before = [part.sel(month=slice(1, month - 1)) for part in pair]
        assert differences(*before) == []
        after = [part.sel(month=slice(month, None)).drop_vars("posts") for part in pair]
        assert month == 26 or differences(*after)


def test_one_more_post_is_its_own_luck_and_cost() -> None:
    file = rich_file(PLENTY | {"teams.csm.orphan_engagement_loss": 0.0, "teams.csm.posts": {"today": 5}})
    arms = {"six": override(file, {"teams.csm.posts.today": 6})}
    dataset = simulate(file, arms=arms, book=rich_book(file), **SIZE)
    changed = differences(dataset.sel(arm="base"), dataset.sel(arm="six"))
    of_team = ("headcount", "ramped_fte", "hours_available", "leavers", "salaries", "recruiting", "cost", "npv")
    money = ("contribution", "discounted_contribution", "posts", "arm")
    assert [name for name in changed if not name.startswith((*of_team, *money))] == []
    # the sixth post's own departures come on top of those of the five
    more = (dataset["leavers_by_month"].sel(arm="six") - dataset["leavers_by_month"].sel(arm="base")).values
    assert more.min() == 0.0
    assert more.max() == 1.0


class Scratch(NamedTuple):
    """What `team.own` needs of a workspace."""

    owner_draws: np.ndarray
    owner_record: np.ndarray


own = callable_from_python(team.own)


def owned(accounts: np.ndarray, posts: int) -> np.ndarray:
    """Post of each account among so many of one team."""
    out = np.full(len(accounts), 77, np.int32)
    scratch = Scratch(np.zeros((8, OWNERS)), np.zeros((2, OWNERS)))
    own(scratch, out, accounts, np.uint64(12345), posts, np.uint64(987_654_321))
    return out


def test_a_sixth_post_moves_a_sixth_of_the_accounts() -> None:
    accounts = np.arange(20_000, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    five, six = owned(accounts, 5), owned(accounts, 6)
    moved = five != six
    assert np.all(six[moved] == 5)
    n = len(accounts)
    assert abs(moved.sum() - n / 6) < LIMIT * np.sqrt(n * (1 / 6) * (5 / 6))
    counts = np.bincount(five, minlength=5)
    assert np.abs(counts - n / 5).max() < LIMIT * np.sqrt(n * 0.2 * 0.8)
    # many posts need more uniforms than are drawn at once
    thousand, more = owned(accounts, 1000), owned(accounts, 1001)
    assert np.all(more[thousand != more] == 1000)
    assert set(owned(accounts, 0)) == {-1}


def common(one: Accounts, other: Accounts) -> tuple[Any, Any]:
    """State of the accounts of the first path, in both."""
    place = np.searchsorted(other.ids, one.ids)
    assert np.array_equal(other.ids[place], one.ids)
    return (one.reals, one.whole), (other.reals[:, place], other.whole[:, place])


def test_one_more_channel_leaves_everybody_else() -> None:
    # where sums are reordered the events are compared: the accounts themselves, to the bit
    fair = {"leads_per_month": 9.0, "conversion_probability": 0.5}
    paths = []
    for more in ({}, {"segments.core.acquisition.channels.fair": fair}):
        file = rich_file(PLENTY | more)
        paths.append([Runner(file, rich_book(file)).run(replicate) for replicate in range(3)])
    for one, other in zip(*paths, strict=True):
        before, after = common(one.accounts, other.accounts)
        for a, b in zip(before, after, strict=True):
            assert a.tobytes() == b.tobytes()
        assert len(other.accounts.ids) > len(one.accounts.ids)
        # the other segment's ledger is the same too
        assert np.array_equal(one.ledgers.flows[:, 1], other.ledgers.flows[:, 1])
        assert np.array_equal(one.ledgers.churn[:, 1], other.ledgers.churn[:, 1])


def test_stricter_sales_screen_leads_and_do_not_redraw_them() -> None:
    ids = []
    for probability in (0.2, 0.4):
        values = {
            f"segments.{s}.acquisition.channels.web.conversion_probability": probability for s in ("core", "large")
        }
        file = rich_file(values | {f"segments.{s}.intent.annual_churn": 0.0 for s in ("core", "large")})
        ids.append(Runner(file).run(0).accounts.ids)
    assert np.isin(*ids).mean() > 0.999
    assert 0 < len(ids[0]) < len(ids[1])


def test_one_more_uncertain_input_leaves_the_others() -> None:
    certain = rich_file()
    uncertain = rich_file({"money.annual_cost_to_serve": {"low": 10.0, "mode": 30.0, "high": 50.0}})
    one, other = (simulate(file, book=rich_book(file), **SIZE) for file in (certain, uncertain))
    assert set(other["input"].values) == {*one["input"].values, "money.annual_cost_to_serve"}
    assert differences(one["inputs"].to_dataset(), other["inputs"].sel(input=one["input"]).to_dataset()) == []
    changed = set(differences(one, other)) - {"input", "inputs"}
    money = ("cost", "contribution", "discounted_contribution", "npv")
    assert changed
    assert [name for name in changed if not name.startswith(money)] == []


def test_an_uncertain_input_that_an_arm_knows_leaves_the_others() -> None:
    file = rich_file()
    arms = {"known": override(file, {"segments.large.intent.annual_churn": 0.2})}
    dataset = simulate(file, arms=arms, book=rich_book(file), **SIZE)
    core = dataset.sel(segment="core")
    flows = [name for name in core.data_vars if name.startswith(("accounts_new", "leads"))]
    assert differences(core[flows].sel(arm="base", drop=True), core[flows].sel(arm="known", drop=True)) == []


def test_rows_of_state_are_what_this_file_takes_them_for() -> None:
    file = rich_file()
    accounts = Runner(file, rich_book(file)).run(0).accounts
    assert np.all(accounts.reals[FRAILTY] > 0.0)
    assert set(np.unique(accounts.whole[WHOLE])) <= set(range(4))

"""Steps between two scenarios: what moves together, and that a valid scenario lies between any two."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from churnsim.decisions.changes import BookChange, book_under, changes_between, mixed, values
from churnsim.decisions.steps import BOOK, MOST_STEPS, Group, Stage, Way, groups_of, obstacle
from churnsim.scenario.checks import check
from churnsim.scenario.files import parse
from churnsim.scenario.model import BASE_ARM, Scenario
from tests.invariants.rich import WHOLE, rich_book, rich_file
from tests.scenario.small import TEXT


def scenario(*swaps: tuple[str, str]) -> Scenario:
    text = TEXT
    for old, new in swaps:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse(text).scenario


SMALL = scenario()


def groups(before: Scenario, after: Scenario, *, book: bool = False) -> list[Group]:
    return groups_of(changes_between(before, after), book, before, after)


def way(before: Scenario, after: Scenario) -> Way:
    return Way((None, None), before, after, lambda between: {BASE_ARM: between})


def test_every_value_has_its_path() -> None:
    found = values(SMALL)
    assert found["segments", "core", "intent", "annual_churn"] == {"low": 0.1, "mode": 0.14, "high": 0.2}
    assert found["segments", "growth", "intent", "duration"] == {"kind": "weibull", "shape": 0.8}
    assert found["teams", "csm", "posts", "from_month", "13"] == 5
    assert found["playbooks", "review", "effects", "engagement"] == 0.1
    assert found["arms", "six", "teams.csm.posts.today"] == 6


def test_settings_of_the_run_are_no_changes() -> None:
    after = scenario(("run.horizon_months = 24", "run = { horizon_months = 24, seed = 5, draws = 9, replicates = 2 }"))
    assert changes_between(SMALL, after) == ()


def test_values_move_alone_and_tables_of_data_as_one() -> None:
    after = scenario(
        ("hours = 2.5", "hours = 3.0"),
        ('{ today = 4, from_month = { "13" = 5 } }', '{ today = 3, from_month = { "7" = 4, "19" = 6 } }'),
        ('kind = "weibull", shape = 0.8', 'kind = "weibull", shape = 0.9'),
        ('"teams.csm.posts.today" = 6', '"teams.csm.posts.today" = 7'),
    )
    assert [group.name for group in groups(SMALL, after, book=True)] == [
        "book",
        "segments.growth.intent.duration",
        "teams.csm.posts.today",
        "teams.csm.posts.from_month (3 values)",
        "playbooks.review.hours",
        "arms.six.teams.csm.posts.today",
    ]


def test_many_changes_move_by_table() -> None:
    before, after = rich_file().scenario, rich_file(WHOLE).scenario
    changes = changes_between(before, after)
    found = groups_of(changes, False, before, after)
    assert len(changes) > 60
    assert len(found) <= MOST_STEPS
    moved = [path for group in found for path in group.paths]
    assert sorted(moved) == sorted(change.path for change in changes)
    assert any(group.name.startswith("segments (") for group in found) or any(
        group.name.startswith("segments.core (") for group in found
    )


@pytest.mark.parametrize("values_after", [WHOLE, {"playbooks.letter": None, "teams.csm.productivity": 1.5}])
def test_all_changes_made_give_the_other_scenario(values_after: dict[str, object]) -> None:
    before, after = rich_file().scenario, rich_file(values_after).scenario
    for one, other in ((before, after), (after, before)):
        paths = [change.path for change in changes_between(one, other)]
        made, problems = check(mixed(one, other, paths))
        assert (made, problems) == (other, [])
        assert mixed(one, other, []) == one.model_dump(exclude_none=True)


def test_names_keep_their_order_while_they_come_and_go() -> None:
    play = '[playbooks.{}]\nchannel = "digital"\ncost_per_delivery = 1.0\neffects = {{ adoption = 0.1 }}\n\n'
    before = scenario(("[policy]", play.format("last") + "[policy]"))
    after = scenario(("[policy]", play.format("between") + play.format("last") + "[policy]"))
    (change,) = groups(before, after)
    between = mixed(before, after, change.paths)
    assert list(between["playbooks"]) == ["review", "between", "last"]
    assert list(mixed(after, before, change.paths)["playbooks"]) == ["review", "last"]


def test_changes_that_need_each_other_are_joined() -> None:
    # what is exact has no ranks: the number may not be settled while it is correlated
    after = scenario(
        ("{ low = 0.10, mode = 0.14, high = 0.20 }", "0.14"),
        (TEXT[TEXT.index("[correlations.churn]") : TEXT.index("[arms.six]")], ""),
        ("hours = 2.5", "hours = 3.0"),
    )
    loose = groups(SMALL, after)
    assert [group.name for group in loose] == [
        "segments.core.intent.annual_churn",
        "playbooks.review.hours",
        "correlations (2 values)",
    ]
    joined = way(SMALL, after).joined(loose)
    assert len(joined) == 1
    assert joined[0].name.startswith("segments.core.intent.annual_churn + playbooks.review.hours + correlations")
    apart = [loose[0], loose[2], loose[1]]
    assert len(way(SMALL, after).joined(apart)) == 2


def test_stages_hold_what_was_moved_and_nothing_else() -> None:
    after = scenario(("hours = 2.5", "hours = 3.0"), ("today = 4", "today = 5"))
    posts, hours = groups(SMALL, after)
    stage = way(SMALL, after).stage([hours])
    assert isinstance(stage, Stage)
    assert stage.scenario.playbooks["review"].hours == 3.0
    assert stage.scenario.teams["csm"].posts.today == 4
    assert posts.name == "teams.csm.posts.today"


def test_a_book_keeps_its_segments_under_another_scenario() -> None:
    file = rich_file()
    book = rich_book(file)
    turned = file.scenario.model_copy(update={"segments": dict(reversed(file.scenario.segments.items()))})
    there = book_under(book, file.scenario, turned)
    assert there is not None
    assert np.array_equal(there.segment, 1 - book.segment)
    without = file.scenario.model_copy(update={"segments": {"core": file.scenario.segments["core"]}})
    with pytest.raises(KeyError):
        book_under(book, file.scenario, without)
    core = book.segment == 0
    only = dataclasses.replace(book, segment=book.segment[core])
    assert book_under(only, file.scenario, without) is not None
    assert book_under(None, file.scenario, without) is None


def test_no_accounts_changed_is_no_change() -> None:
    assert not BookChange(3, 3, 1.0, 1.0, 0, 0.0, 0, 0.0, 0, 0.0, 0).any
    assert BookChange(3, 3, 1.0, 1.0, 0, 0.0, 0, 0.0, 0, 0.0, 1).any
    assert BOOK == ("book",)


def test_orders_and_currencies_that_no_step_can_change() -> None:
    assert obstacle(SMALL, SMALL) == ""
    segments = dict(reversed(SMALL.segments.items()))
    assert obstacle(SMALL, SMALL.model_copy(update={"segments": segments})) == "the segments stand in another order"
    more = scenario(("[policy]", '[teams.desk]\nsegments = ["core"]\nposts = { today = 1 }\n\n[policy]'))
    assert obstacle(SMALL, more) == "", "names may come and go"
    money = SMALL.money.model_copy(update={"currency": "CHF"})
    assert obstacle(SMALL, SMALL.model_copy(update={"money": money})) == "the currency was USD and is CHF"

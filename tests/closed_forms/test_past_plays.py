"""Plays of the past: the mean path with plays, and the state in which existing accounts begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from churnsim.compile import history, past_hours, past_plays
from churnsim.compile.lines import NOT_YET, Buckets, Classes, Lines
from churnsim.compile.mean_path import Path, walk
from churnsim.compile.tables import build, terms_of
from churnsim.engine.accounts import (
    ADOPTION,
    ENGAGEMENT,
    FIRST_VALUE_LEFT,
    INTENT,
    LIFT,
    SHIELD,
    SINCE_TOUCH,
    TENURE,
    TO_RENEWAL,
)
from churnsim.engine.ledger import DEMANDED
from churnsim.engine.onboarding import REACHED
from churnsim.results.simulation import simulate
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile, override
from tests.closed_forms.cohort import arrivals_once, scenario_file
from tests.engine.paths import Accounts, Runner
from tests.invariants.birth import segment
from tests.invariants.rich import differences, rich_book, rich_file

LIMIT = 4.0
TEAM = {
    "segments": ["core"],
    "posts": {"today": 100},
    "annual_attrition": 0.0,
    "ramp_months": 0.0,
}
CERTAIN = {
    "review": {
        "channel": "csm",
        "team": "csm",
        "hours": 0.1,
        "cadence_months": 3,
        "trigger": {"stages": ["growth"]},
        "repeat_factor": 0.9,
        "effects": {"engagement": 0.2, "adoption": 0.1, "shield": 0.3, "expansion_lift": 0.2},
    },
    "renewal": {
        "channel": "csm",
        "team": "csm",
        "hours": 0.1,
        "cadence_months": 2,
        "trigger": {"stages": ["renewal_window"], "tenure_months": {"min": 10.0}},
        "effects": {"engagement": 0.1, "shield": -0.1},
    },
    "welcome": {
        "channel": "digital",
        "trigger": {"stages": ["onboarding"]},
        "effects": {"engagement": -0.1},
    },
}
"""Plays that reach everybody in time and always succeed, so that the mean path is the path."""


def company(playbooks: dict[str, Any], months: int = 40, **core: Any) -> ScenarioFile:
    """One segment on annual terms with a team that has all the hours it needs."""
    return scenario_file({"core": segment({"12": 1.0}, **core)}, months, teams={"csm": TEAM}, playbooks=playbooks)


def book(tenure: np.ndarray, term: int = 12) -> Book:
    """Accounts of one segment by months since their start, in step with their term."""
    n = len(tenure)
    ids = np.sort(np.random.default_rng(3).integers(1, 2**63, n).astype(np.uint64))
    return Book(
        account_id=[str(i) for i in ids],
        id_hash=ids,
        segment=np.zeros(n, np.int32),
        start_month=-np.asarray(tenure, np.int32),
        arr=np.full(n, 1000.0),
        term_months=np.full(n, term, np.int32),
        renewal_month=(term - tenure % term).astype(np.int32),
        products=np.ones(n, np.int32),
        health=np.full(n, np.nan),
    )


NO_LEADS = {"entry_arr_mean": 1000.0}


def opened(file: ScenarioFile, accounts: Book) -> tuple[Runner, Accounts]:
    """The book's accounts as they begin."""
    runner = Runner(file, accounts, capacity=16)
    runner.run(0)
    work = runner.work
    n = len(accounts)
    return runner, Accounts(work.start_ids[:n], np.zeros(n), work.start_reals[:, :n], work.start_whole[:, :n])


OF_ARM = (
    *("segment", "cause", "base_hazard", "scrutiny", "team", "posts", "serves"),
    *("play", "strength", "covers", "priority", "arr_exponent"),
)


def path_with_plays(runner: Runner, months: int) -> tuple[Path, past_plays.Deliveries, Buckets]:
    """The mean path of the only segment, with a bucket for each month of first value."""
    single = Buckets(np.array([*range(months + 1), NOT_YET]), np.arange(months + 1))
    line = Lines(np.zeros(1, int), np.zeros(1, int), np.array([12]), np.zeros(1), [np.full(1, 1000.0)], np.ones(1, int))
    classes = Classes(*(np.zeros(0, np.int64) for _ in Classes._fields))
    base, tables = runner.base, runner.compiled.tables
    arm = {
        name: np.asarray(part[0])
        for name, part in tables._asdict().items()
        if isinstance(part, np.ndarray) and len(part) == 1
    }
    given = past_plays.openings(arm, line, single, months)
    diary = past_plays.Diary(given, base.health.lag_months, np.zeros(len(base.teams)))
    return walk(arm, line, classes, single, months, diary.month), diary.made, single


def test_accounts_with_certain_plays_follow_the_mean_path() -> None:
    months = 40
    core = {"intent": {"annual_churn": 0.0}}
    runner = Runner(company(CERTAIN, months, **core))
    accounts = runner.run(0).accounts
    path, made, single = path_with_plays(runner, months)
    reals, tenure = accounts.reals, accounts.whole[TENURE]
    state = np.stack([reals[ADOPTION], reals[ENGAGEMENT]])
    found = np.stack([path.adoption[0, tenure, 0], path.engagement[0, tenure, 0]])
    distance = np.abs(found - state[:, :, None]).sum(axis=0)
    # a bucket whose first value lies ahead is as good as any such
    bucket = np.argmin(distance, axis=1)
    assert distance[np.arange(len(bucket)), bucket].max() < 1e-5
    reached = reals[FIRST_VALUE_LEFT] == REACHED
    # until adoption begins to grow the path does not tell
    told = (tenure > 0) & (reals[ADOPTION] > 0.0)
    assert np.array_equal((single.first[bucket] <= tenure)[told], reached[told])
    old = reached & (tenure > 12)
    deliveries = accounts.whole[-2 * len(CERTAIN), old]
    assert made.so_far[tenure[old], 0, 0, bucket[old]] == pytest.approx(deliveries, abs=1e-3)


def test_existing_accounts_begin_as_accounts_from_birth_stand() -> None:
    tenure = 30
    core = {"intent": {"annual_churn": 0.0}}
    born = Runner(company(CERTAIN, tenure + 1, acquisition=arrivals_once(5000.0), **core)).run(0).accounts
    assert np.all(born.whole[TENURE] == tenure)
    _, again = opened(company(CERTAIN, 2, acquisition=NO_LEADS, **core), book(np.full(5000, tenure)))

    def compare(mine: np.ndarray, theirs: np.ndarray) -> None:
        error = np.sqrt(mine.var() / len(mine) + theirs.var() / len(theirs))
        assert abs(mine.mean() - theirs.mean()) < LIMIT * error + 1e-6

    for row in (ADOPTION, ENGAGEMENT, SHIELD, LIFT):
        assert born.reals[row].std() > 0.001
        compare(again.reals[row], born.reals[row])
    since = [np.minimum(accounts.whole[SINCE_TOUCH], 36) for accounts in (again, born)]
    compare(*since)
    compare(*(months == 3 for months in since))
    for play in range(len(CERTAIN)):
        row = play - len(CERTAIN)
        last = again.whole[row], born.whole[row] - tenure - 1
        compare(*(np.maximum(month, -36) for month in last))
        compare(*(again.whole[row - len(CERTAIN)], born.whole[row - len(CERTAIN)]))


def test_demand_does_not_burst_in_the_first_month() -> None:
    review = {"review": CERTAIN["review"]}
    file = company(review, 12, intent={"annual_churn": 0.0}, acquisition=NO_LEADS)
    tenure = np.random.default_rng(1).integers(24, 60, 6000)
    path = Runner(file, book(tenure), capacity=16).run(0)
    months = path.ledgers.plays[:, 0, DEMANDED]
    # three quarters of the accounts stand in growth; a play every three months
    third = len(tenure) * 0.75 / 3.0
    assert np.abs(months - third).max() < 0.15 * third


def test_plays_without_effect_leave_customers_as_they_are() -> None:
    silent = {f"playbooks.{name}.effects": {"shield": 0.0} for name in ("welcome", "review", "renewal", "letter")}
    without = rich_file({"playbooks": {}, "arms": {}})
    with_plays = rich_file({**silent, "arms": {}})
    accounts = rich_book(with_plays)
    size = {"draws": 3, "replicates": 4, "seed": 5, "book": accounts, "record": "full"}
    one, other = simulate(without, **size), simulate(with_plays, **size)
    of_plays = ("plays_", "play_cost", "hours_", "cost", "contribution", "discounted_contribution", "npv")
    unequal = [name for name in differences(one, other) if not name.startswith(of_plays)]
    # nothing of the plays is uncertain, so the inputs' labels agree too
    assert unequal in ([], ["playbook"])
    assert "plays_delivered" in differences(one, other)


@pytest.mark.parametrize("posts", [0, 1, 2])
def test_scarce_hours_are_used_up_and_no_more(posts: int) -> None:
    file = rich_file({"teams.csm.posts": {"today": posts}, "arms": {}})
    accounts = rich_book(file, 400)
    base = file.scenario
    terms = terms_of(base)
    tables = build({"base": base}, accounts, 1, np.arange(2)).tables
    delivered = np.zeros(2)
    arm = {"team": tables.team[0], "posts": tables.posts[0]}
    play = tables.play[0, 0]
    share = np.diff(tables.book.bucket_share.mean(axis=0), axis=1, prepend=0.0)[tables.book.class_of]
    for p in range(len(play)):
        if play["team"][p] >= 0:
            rate = tables.book.play_rate[p, tables.book.line, :, tables.book.tenure]
            covered = tables.covers[0, p][np.repeat(np.arange(2), np.diff(tables.book.first))]
            delivered[play["team"][p]] += play["seconds"][p] * (covered * (rate * share).sum(axis=1)).sum()
    limit = past_hours.steady_seconds(arm)
    assert len(terms) == 3
    assert delivered[0] == pytest.approx(limit[0], rel=0.03)
    if posts == 0:
        assert np.all(tables.book.play_rate[1] == 0.0)


def test_rescues_thin_past_and_silent_intent() -> None:
    # a rescue a month that never fails: only a firing in a contract's last month leads to an exit
    always = {"save": {"channel": "digital", "effects": {"rescue": 1.0}}}
    core = {
        "intent": {"annual_churn": 0.5, "frailty": {"law": "none"}},
        "onboarding": {"median_months_to_first_value": 0.0},
        "acquisition": NO_LEADS,
    }
    tenure = np.repeat([17, 30], 3000)
    runner, start = opened(company(always, 2, **core), book(tenure))
    monthly = np.log(2.0) / 12.0
    table = runner.compiled.tables.book
    # two causes of this file answer to nothing here: the hazard is the base
    by_contract = dict(zip(table.tenure, table.past_hazard[0, table.class_of, 0], strict=True))
    assert by_contract == pytest.approx({17: monthly, 30: 2 * monthly}, rel=1e-5)
    intending = start.whole[INTENT] >= 0
    p = -np.expm1(-monthly)
    assert abs(intending.sum() - len(tenure) * p) < LIMIT * np.sqrt(len(tenure) * p * (1 - p))
    # without rescues all who decided since the contract start still intend to leave
    _, start = opened(company({}, 2, **core), book(tenure))
    waited = 12 - start.whole[TO_RENEWAL] + 0
    p = -np.expm1(-monthly * waited)
    intending = start.whole[INTENT] >= 0
    assert abs(intending.sum() - p.sum()) < LIMIT * np.sqrt((p * (1 - p)).sum())


def test_whether_a_play_ever_came_is_what_its_last_delivery_says() -> None:
    file = rich_file({"arms": {}})
    tables = build({"base": file.scenario}, rich_book(file), 1, np.arange(1)).tables
    book, play = tables.book, tables.play[0, 0]
    spacing = np.maximum(np.maximum(play["cadence"], np.where(play["touches"] != 0, play["touch_min"], 1)), 1)
    assert spacing.max() > 1
    months = book.play_rate.shape[3]
    for tenure in (0, 1, 2, 7, months):
        last, since = np.zeros(book.play_rate.shape[:3]), np.ones(book.play_rate.shape[:3])
        for ago in range(1, tenure + 1):
            for p in np.flatnonzero(ago > spacing):
                since[p] *= 1.0 - book.play_chance[p, ..., tenure - ago + spacing[p]]
            last += since * book.play_rate[..., tenure - ago]
        ever = book.play_ever[..., tenure]
        assert np.all(ever >= last)
        assert ever == pytest.approx(last, abs=1.5 * past_plays.ROUNDING)
    assert 0.0 < ever.min() < 0.5 < ever.max()


def test_the_past_of_a_draw_does_not_depend_on_its_batch() -> None:
    file = rich_file({"arms": {}})
    accounts = rich_book(file)
    many = build({"base": file.scenario}, accounts, 1, np.arange(7)).tables.book
    history._last.clear()
    few = build({"base": file.scenario}, accounts, 1, np.arange(2, 4)).tables.book
    for name, part in many._asdict().items():
        same = getattr(few, name)
        whole = len(part) == len(same)
        assert np.array_equal(part if whole else part[2:4], same, equal_nan=part.dtype.kind == "f"), name
        assert whole or len(part) == 7


@pytest.mark.parametrize(
    ("path", "value", "touches"),
    [
        ("money.gross_margin", 0.3, False),
        ("teams.{team}.annual_cost", 90_000.0, False),
        ("teams.{team}.ramp_months", 0.5, True),
        ("segments.{segment}.intent.annual_churn", 0.4, True),
        ("health.noise_sd", 0.31, True),
    ],
)
def test_the_plays_of_the_past_are_kept_where_nothing_touches_it(path: str, value: float, touches: bool) -> None:
    file = rich_file({"arms": {}})
    accounts = rich_book(file)
    team = next(t for t, table in file.scenario.teams.items() if not table.department)
    changed = override(file, {path.format(team=team, segment=next(iter(file.scenario.segments))): value})
    build({"base": file.scenario}, accounts, 1, np.arange(2))
    before = history._last[0][-1]
    kept = build({"base": changed}, accounts, 1, np.arange(2)).tables.book
    assert (history._last[0][-1] is not before) == touches
    history._last.clear()
    made = build({"base": changed}, accounts, 1, np.arange(2)).tables.book
    for name, part in kept._asdict().items():
        assert part.tobytes() == getattr(made, name).tobytes(), name

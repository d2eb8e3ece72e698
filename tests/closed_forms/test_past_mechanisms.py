"""Existing accounts under sponsors, misfits, milestones, gaps and products, against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaincinv
from scipy.stats import gamma

from churnsim.compile import history, past_hours
from churnsim.compile.lines import MOST_PRODUCTS
from churnsim.compile.tables import build
from churnsim.engine.accounts import (
    ADOPTION,
    ARR,
    ENGAGEMENT,
    ENTRY_ARR,
    FIRST_VALUE_LEFT,
    GAP,
    MISFIT,
    N_SPONSOR,
    PRODUCTS,
    TENURE,
)
from churnsim.engine.ledger import FIRST_VALUES
from churnsim.engine.onboarding import REACHED
from churnsim.engine.tables import Book as BookTables
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from tests.closed_forms.cohort import arrivals_once, scenario_file
from tests.closed_forms.test_past_plays import book, opened
from tests.engine.paths import Accounts, Runner
from tests.invariants.rich import rich_book, rich_file

LIMIT = 4.0
HAZARD = 0.4
"""Log hazard of a year at the reference."""


def core(cause: dict[str, Any] | None = None, **tables: Any) -> dict[str, Any]:
    """Customers of a constant hazard, with first value at once, whose only cause answers as given."""
    intent = {"annual_churn": float(-np.expm1(-HAZARD)), "causes": {"all": {"weight": 1.0} | (cause or {})}}
    acquisition = {"entry_arr_mean": 1000.0, "channels": {"web": channel()}}
    standard = {"intent": intent, "acquisition": acquisition, "contracts": {"term_weight": {"12": 1.0}}}
    return standard | tables


def channel(**keys: float) -> dict[str, float]:
    return {"leads_per_month": 1e-9, "conversion_probability": 0.5} | keys


def of_book(segment: dict[str, Any], accounts: Book, **company: Any) -> BookTables:
    """Tables of the book."""
    file = scenario_file({"core": segment}, 2, **company)
    return build({"base": file.scenario}, accounts, 1, np.arange(1)).tables.book


def test_first_value_after_three_milestones_follows_the_gamma_law() -> None:
    tenure, median = 12, 9.0
    segment = core(onboarding={"median_months_to_first_value": median, "milestones": 3})
    segment["intent"]["annual_churn"] = 0.0
    accounts = book(np.full(20_000, tenure))
    rate = gammaincinv(3, 0.5) / median
    reached = gamma.cdf(rate * np.arange(30), 3)
    table = of_book(segment, accounts)
    by_month = np.append(table.first_month[1:-1] - 1, tenure)
    assert table.bucket_share[0, 0, :-1] == pytest.approx(reached[np.minimum(by_month, tenure)], rel=1e-5)
    assert table.to_value[0, 0, -1] == pytest.approx(rate * tenure, rel=1e-6)
    # those who wait have the milestones of their past behind them
    path = Runner(scenario_file({"core": segment}, 12), accounts, capacity=16).run(0)
    p = np.diff(reached[tenure : tenure + 13])
    found = path.ledgers.flows[:, 0, FIRST_VALUES]
    z = (found - p * len(accounts)) / np.sqrt(p * (1.0 - p) * len(accounts))
    assert np.abs(z).max() < LIMIT


@pytest.mark.parametrize("law", [{"law": "none"}, {"law": "gamma", "variance": 1.5}])
def test_misfits_are_rarer_the_longer_they_had_to_stay(law: dict[str, Any]) -> None:
    ratio = 3.0
    segment = core({"misfit": float(np.log(ratio))})
    segment["intent"]["frailty"] = law
    strict = channel(misfit_share=0.5, strictness=0.6, false_rejection=0.5)
    segment["acquisition"]["channels"] = {"web": channel(misfit_share=0.3), "events": strict}
    tenure = np.array([0, 12, 24, 36, 59])
    table = of_book(segment, book(tenure))
    before = (0.3 + 0.5 * 0.4) / (0.7 + 0.5 * 0.7)
    hazard = HAZARD * (tenure // 12)
    if law["law"] == "none":
        after = before * np.exp(-(ratio - 1.0) * hazard)
    else:
        after = before * ((1.0 + 1.5 * hazard) / (1.0 + 1.5 * ratio * hazard)) ** (1.0 / 1.5)
    half = len(table.misfit) // 2
    right = table.bucket_share[0, table.class_of, half - 1]
    by_tenure = dict(zip(table.tenure, (1.0 - right) / right, strict=True))
    assert by_tenure == pytest.approx(dict(zip(tenure, after, strict=True)), rel=1e-5)
    assert np.array_equal(table.misfit, np.repeat([0, 1], half))


def test_segments_without_misfits_have_no_buckets_for_them() -> None:
    assert np.all(of_book(core(), book(np.arange(20))).misfit == 0)
    only_referrals = core(advocacy={"annual_referrals": 1.0, "conversion_probability": 0.5, "misfit_share": 0.2})
    assert np.all(of_book(only_referrals, book(np.arange(20))).misfit == 0)


def test_sponsors_are_gone_as_their_chain_says() -> None:
    departure, back, slope, tenure = 0.3, 5.0, 1.2, 40
    leaves, returns = 1.0 - 0.7 ** (1 / 12), 1.0 - 0.5 ** (1 / back)
    sponsor = {"annual_departure": departure, "median_months_to_return": back}
    file = scenario_file({"core": core({"no_sponsor": slope}, sponsor=sponsor)}, 2)
    runner, start = opened(file, book(np.full(20_000, tenure)))
    table = runner.compiled.tables.book
    months = np.arange(tenure + 1)
    absent = leaves / (leaves + returns) * (1.0 - (1.0 - leaves - returns) ** months)
    assert table.absent[0, : tenure + 1, 0, 0] == pytest.approx(absent, rel=1e-5)
    assert table.multiplier[0, :tenure, 0, 0] == pytest.approx(1.0 + absent[1:] * np.expm1(slope), rel=1e-5)
    gone = start.whole[N_SPONSOR] % 2
    p = absent[tenure]
    assert abs(gone.sum() - len(gone) * p) < LIMIT * np.sqrt(len(gone) * p * (1.0 - p))
    assert np.array_equal(start.whole[N_SPONSOR], gone)


def test_gaps_have_faded_since_entry() -> None:
    segment = core({"expectation_gap": 2.0}, expectation={"half_life_months": 10.0})
    segment["acquisition"]["channels"] = {"web": channel(over_promise=0.6), "events": channel(over_promise=0.2)}
    tenure = np.array([0, 7, 30])
    runner, start = opened(scenario_file({"core": segment}, 2), book(tenure))
    assert start.reals[GAP] == pytest.approx(0.4 * 0.5 ** (start.whole[TENURE] / 10.0), rel=1e-5)
    multiplier = runner.compiled.tables.book.multiplier[0, :30, 0, 0]
    assert multiplier == pytest.approx(np.exp(0.8 * 0.5 ** (np.arange(30) / 10.0)), rel=1e-5)


def test_pushy_sales_have_left_a_gap() -> None:
    # first value at once, no engagement: every upsell is pushy
    segment = core({"expectation_gap": 1e-6}, expansion={"upsell": {"annual_rate": 1.2, "fraction": 0.1}})
    segment["expectation"] = {"pushy_gap": 0.5, "pushy_below_health": 1.0, "half_life_months": 6.0}
    gap = of_book(segment, book(np.array([24]))).gap[0, 0, 0]
    fades = 0.5 ** (1 / 6)
    assert gap == pytest.approx(0.5 * 0.1 * fades * (1.0 - fades**24) / (1.0 - fades), rel=1e-5)


def test_products_hold_accounts_from_the_start() -> None:
    products = np.array([1, 2, 3, MOST_PRODUCTS, MOST_PRODUCTS + 4])
    accounts = book(np.full(5, 13))
    accounts.products[:] = products
    runner, start = opened(scenario_file({"core": core({"products": -0.5})}, 2), accounts)
    table = runner.compiled.tables.book
    beyond = np.minimum(products, MOST_PRODUCTS) - 1
    assert table.multiplier[0, 5, table.line, 0] == pytest.approx(np.exp(-0.5 * beyond), rel=1e-5)
    assert np.array_equal(start.whole[PRODUCTS], products)
    assert np.array_equal(start.reals[ENTRY_ARR], start.reals[ARR])
    # lines are not split where nothing asks for it
    assert np.all(of_book(core(), accounts).line == 0)


def test_misfits_and_poor_products_reach_less() -> None:
    engagement = {"monthly_adoption_share": 0.2, "adoption_ceiling": 0.9, "misfit_ceiling_factor": 0.5}
    segment = core({"misfit": 1.0}, engagement=engagement)
    segment["acquisition"]["channels"]["web"]["misfit_share"] = 0.4
    table = of_book(segment, book(np.array([30])), product={"initial_quality": 0.8})
    half = len(table.misfit) // 2
    grown = 0.8 * 0.9 * (1.0 - 0.8 ** np.arange(31))
    assert table.adoption[0, :31, 0, 0] == pytest.approx(grown, rel=1e-5)
    assert table.adoption[0, :31, 0, half] == pytest.approx(0.5 * grown, rel=1e-5)


def test_features_of_the_past_have_raised_the_ceiling() -> None:
    feature = {"channel": "digital", "cadence_months": 6, "effects": {"ceiling": 0.1}}
    engagement = {"monthly_adoption_share": 1.0, "adoption_ceiling": 0.5}
    table = of_book(core(engagement=engagement), book(np.array([20])), playbooks={"feature": feature})
    # plays of the months that begin at tenure 0, 6, 12 and 18; adoption follows in the month after
    assert table.room[0, 0, 0] == pytest.approx(0.9**4, rel=1e-5)
    assert table.adoption[0, [6, 8, 20], 0, 0] == pytest.approx(1.0 - 0.5 * 0.9 ** np.array([1, 2, 4]), rel=1e-5)


def everything() -> dict[str, Any]:
    """A segment with incidents, sponsors, misfits and an onboarding in three steps, whom nobody leaves."""
    segment = core(
        {"misfit": 1.0, "no_sponsor": 1.0},
        onboarding={"median_months_to_first_value": 6.0, "milestones": 3},
        engagement={"misfit_ceiling_factor": 0.6},
        sponsor={"annual_departure": 0.3, "median_months_to_return": 6.0, "engagement_loss": 0.3},
        support={
            "annual_incidents": 4.0,
            "first_contact_resolution": 0.5,
            "engagement_loss": 0.2,
            "misfit": 0.5,
            "no_first_value": 0.7,
        },
    )
    segment["intent"]["annual_churn"] = 0.0
    return segment


def test_existing_accounts_begin_as_accounts_from_birth_stand() -> None:
    tenure = 9
    desk = {"agents": 4, "handling_hours": 0.4, "patience_hours": 0.3}
    born_core, old_core = everything(), everything()
    born_core["acquisition"] = arrivals_once(8000.0)
    born_core["acquisition"]["channels"]["web"]["misfit_share"] = 0.3
    old_core["acquisition"]["channels"]["web"]["misfit_share"] = 0.3
    born = Runner(scenario_file({"core": born_core}, tenure + 1, desk=desk), capacity=9000).run(0).accounts
    assert np.all(born.whole[TENURE] == tenure)
    runner, again = opened(scenario_file({"core": old_core}, 2, desk=desk), book(np.full(8000, tenure)))
    traits: dict[str, tuple[Callable[[Accounts], np.ndarray], float]] = {
        "first value": (lambda accounts: accounts.reals[FIRST_VALUE_LEFT] == REACHED, 0.0),
        "misfit": (lambda accounts: accounts.whole[MISFIT], 0.0),
        "no sponsor": (lambda accounts: accounts.whole[N_SPONSOR] % 2, 0.0),
        "adoption": (lambda accounts: accounts.reals[ADOPTION], 0.0),
        "engagement": (lambda accounts: accounts.reals[ENGAGEMENT], 0.003),
    }
    for name, (of, slack) in traits.items():
        mine, theirs = of(again), of(born)
        error = np.sqrt(mine.var() / len(mine) + theirs.var() / len(theirs))
        assert theirs.std() > 0.05
        assert abs(mine.mean() - theirs.mean()) < LIMIT * error + slack, name
    # without the desk's queue engagement would stand higher
    calm = of_book(old_core, book(np.full(8000, tenure)))
    queue = runner.compiled.tables.book
    assert np.all(queue.engagement[0, tenure, 0] < calm.engagement[0, tenure, 0] - 0.01)


def test_incidents_take_hours_from_plays() -> None:
    file = rich_file({"arms": {}, "desk": {"agents": 2}})
    hours = {"annual_incidents": 6.0, "reactive_hours": 2.0}
    busy = rich_file({"arms": {}, "desk": {"agents": 2}} | {f"segments.{s}.support": hours for s in segments(file)})
    accounts = rich_book(file, 400)
    calm_rate, busy_rate = (deliveries(f, accounts).rate.sum() for f in (file, busy))
    assert 0.0 < busy_rate < 0.95 * calm_rate


def segments(file: ScenarioFile) -> list[str]:
    return list(file.scenario.segments)


def deliveries(file: ScenarioFile, accounts: Book) -> Any:
    """Expected deliveries of the past."""
    history._last.clear()
    build({"base": file.scenario}, accounts, 1, np.arange(1))
    return history._last[0][-1]


def test_dilution_serves_all_at_part_of_the_strength() -> None:
    file = rich_file({"teams.csm.posts": {"today": 1}, "policy.rationing": "dilute", "arms": {}})
    accounts = rich_book(file, 400)
    made = deliveries(file, accounts)
    tables = build({"base": file.scenario}, accounts, 1, np.arange(1)).tables
    share = np.diff(tables.book.bucket_share[0], axis=1, prepend=0.0)[tables.book.class_of]
    covers = tables.covers[0][:, np.repeat(np.arange(2), np.diff(tables.book.first))]
    by_team = np.flatnonzero(tables.play[0, 0]["team"] == 0)
    seconds = [
        tables.play[0, 0]["seconds"][p]
        * (covers[p] * (made.rate[tables.book.tenure, p, tables.book.line] * share).sum(axis=1)).sum()
        for p in by_team
    ]
    limit = past_hours.steady_seconds({"team": tables.team[0], "posts": tables.posts[0]})[0]
    assert made.diluted[by_team[0], 0, 0] == pytest.approx(limit / sum(seconds), rel=0.03)
    assert made.diluted[by_team[0], 0, 0] < 0.9
    assert np.all(made.diluted[tables.play[0, 0]["team"] < 0] == 1.0)
    assert np.all(made.month(5, np.zeros(0), np.zeros(0))[1][by_team] <= made.diluted[by_team[0]])

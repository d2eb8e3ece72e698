"""What a sweep shows of hours: when capacity runs out, what an hour brings."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from churnsim.reports.content import Bars, Lines
from churnsim.reports.html import html
from churnsim.reports.sections.sweep import Asked
from churnsim.reports.sweep import Subject, report_of, subject_of
from churnsim.reports.sweep_json import to_json
from churnsim.sweeps.capacity import first_short, loads_of, short_for_good, stored_names
from tests.reports.test_html import Page
from tests.reports.test_sweep import flat, shown
from tests.sweeps.stores import stored

MONTHS = 24
POSTS = {"few": 5.0, "plan": 8.0, "many": 20.0}


def company(measures: tuple[str, ...] = ("capacity", "arr", "hours"), **options: Any) -> Subject:
    """Demand rises by 30 hours a month, from 730; a post has 100 hours, of which an hour brings less in large teams."""

    def values(arm: str, luck: np.ndarray, growth: float) -> dict[str, Any]:
        months = np.arange(1.0, MONTHS + 1.0)
        demanded = 700.0 + 30.0 * growth * months + 10.0 * luck[..., None]
        available = np.broadcast_to(100.0 * POSTS[arm], demanded.shape)
        hours = np.minimum(demanded, available).sum(-1)
        loads = loads_of(demanded, available)
        found = {"capacity": hours / demanded.sum(-1), "hours": hours, "arr": 3e6 + 1e3 * np.sqrt(hours) + luck}
        found |= {
            "short_first": first_short(demanded, available),
            "short_for_good": short_for_good(demanded, available),
        }
        return found | {f"load_month_{m + 1}": loads[..., m] for m in range(MONTHS)}

    names = stored_names(measures, MONTHS)
    return subject_of(stored({"growth": (1.0, 1.5)}, tuple(POSTS), values, measures=names, draws=30), **options)


@pytest.fixture(scope="module")
def subject() -> Subject:
    return company()


def test_the_answer_says_in_which_month_capacity_runs_out_with_odds_and_error(subject):
    text = flat(shown(subject))
    assert text.startswith(
        "Futures that run out of capacity for good within 24 months: 100% (95% interval 89% to 100%)"
    )
    # 8 posts: 700 + 30 g m exceeds 800 in month 4 (g = 1) and 3 (1.5); twelve months in a row at once
    assert "from month 1 on (95% interval 1 to 1) with few and plan, not by month 24 with many" in text
    assert "The first month in which demand exceeds hours is in the median future month 1" in text
    assert "When demand exceeds the hours there are" in text
    assert "None" not in text
    assert "nan" not in text


def test_the_fan_is_that_of_the_arm_asked_for(subject):
    section = next(s for s in report_of(subject).sections if s.key == "capacity")
    fan, odds = (view.chart for view in section.views)
    assert isinstance(fan, Lines)
    assert isinstance(odds, Lines)
    arm, level = fan.lines
    assert arm.label == "few"
    assert set(level.y) == {1.0}
    assert arm.y[0] == pytest.approx(1.47, abs=0.03)
    for (low, high), (inner, outer) in zip(arm.bands[:1], arm.bands[1:], strict=True):
        assert all(a <= b <= c <= d for a, b, c, d in zip(low, inner, outer, high, strict=True))
    asked = company(asked=Asked(arm="many"))
    section = next(s for s in report_of(asked).sections if s.key == "capacity")
    assert section.views[0].chart.lines[0].label == "many"  # type: ignore[union-attr]
    assert [line.label for line in odds.lines] == list(POSTS)
    assert odds.lines[2].y[0] == 0.0


def test_an_hour_is_said_where_hours_are_stored(subject):
    assert subject.hourly is None, "it is read by capacity, which is no money"
    found = subject_of_arr()
    text = flat(shown(found))
    assert text.startswith("An hour brings most in plan:")
    assert "of closing ARR above few; then many" in text
    page = report_of(found)
    assert page.title == "An hour brings most in plan, of 2 arms held against few"
    assert page.sections[0].key == "per_hour"
    chart = page.sections[0].views[0].chart
    assert isinstance(chart, Bars)
    assert list(chart.places) == ["plan", "many"]


def subject_of_arr() -> Subject:
    return company(("arr", "capacity", "hours"))


def test_pages_and_json_are_whole(subject):
    for each in (subject, subject_of_arr()):
        found = json.loads(json.dumps(to_json(each), allow_nan=False))
        assert found["capacity"]["months"] == MONTHS
        many = found["capacity"]["arms"]["many"]["for_good"]
        assert many["within"]["share"] == 0.0
        assert many["quantiles"][2]["value"] is None
        assert len(found["capacity"]["points"]) == 2
        tables = [t for s in report_of(each).sections for t in (*(v.table for v in s.views), *s.tables, *s.folded)]
        for table in tables:
            assert {len(c.cells("USD")) for c in table.columns} == {table.rows}, table.title
        page = Page(html(report_of(each)))
        assert "When capacity runs out" in page.text
        ids = [value for name, value in page.attributes if name == "id"]
        assert len(ids) == len(set(ids))
    assert to_json(subject)["per_hour"] is None
    hourly = to_json(subject_of_arr())["per_hour"]
    assert hourly["against"] == "few"
    assert not math.isnan(hourly["arms"][0]["per_hour"]["se"])


def test_arms_of_the_same_hours_are_no_error():
    found = company(("arr", "hours"), asked=Asked(arm="few", against="many"))
    assert found.hourly is None
    text = flat(shown(found))
    assert "closing ARR of few less that of many" in text
    assert "An hour brings" not in text


def test_hours_themselves_can_be_read(subject):
    found = company(("hours", "arr"))
    assert found.hourly is None
    text = flat(shown(found))
    assert "highest hours delivered in 100%" in text
    assert re.search(r" 1\d,\d{3} ± \d+ ", text), "hours, with their error"

"""What a report says of each kind of run, and that its numbers are those of the run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.decisions.headcount import ladder_of
from churnsim.metrics.estimates import estimate
from churnsim.reports.content import Column, Report, Section, Table, Waterfall, of_estimates
from churnsim.reports.report import report_of
from churnsim.results.runs import Run
from tests.reports import small_runs
from tests.reports.small_runs import ARM, CAUSE, COMMENT, REASON, SEGMENT, comparison_run, ladder_run, plain_run

EVERYWHERE = {"movements", "churn", "assumptions", "definitions", "provenance"}
BY_MONTH = {"fan", "cash", "hours", "masked"}


@pytest.fixture(scope="module")
def run() -> Run:
    return ladder_run()


@pytest.fixture(scope="module")
def report(run: Run) -> Report:
    return report_of(run)


def section(report: Report, key: str) -> Section:
    return next(s for s in report.sections if s.key == key)


def shown(report: Report) -> set[str]:
    return {s.key for s in report.sections if not s.missing}


def tables(s: Section) -> list[Table]:
    return [*(view.table for view in s.views), *s.tables, *s.folded]


def column(table: Table, title: str) -> Column:
    return next(c for c in table.columns if c.title == title)


def test_a_ladder_shows_every_section_and_the_sentence(run, report):
    assert shown(report) >= EVERYWHERE | BY_MONTH | {"ladder", "horizons", "nobody"}
    assert report.answer == ladder_of(run).sentence
    assert "±" in dict(report.facts)["NPV against the plan"]


def test_tables_are_whole_and_every_picture_has_a_title_and_numbers_behind_it(report):
    for s in report.sections:
        for table in tables(s):
            assert {len(c.values) for c in table.columns} == {table.rows}, table.title
            for c in table.columns:
                assert len(c.cells("USD")) == table.rows
        for view in s.views:
            assert view.title
            assert any(not c.is_text for c in view.table.columns)


def test_movements_add_up_to_closing_arr(run, report):
    chart = section(report, "movements").views[0].chart
    assert isinstance(chart, Waterfall)
    assert chart.opening[1] + sum(step for _, step in chart.steps) == pytest.approx(chart.closing[1])
    arm = ladder_of(run).chosen.arm
    closing = run.dataset["arr_closing"].sel(arm=arm, window="horizon").sum("segment")
    assert chart.closing[1] == pytest.approx(float(closing.mean()))


def test_cash_is_what_is_billed_less_what_is_spent(run, report):
    table = section(report, "cash").views[0].table
    billed, spent, left = (np.array(column(table, name).values) for name in ("billings", "spent", "cash left"))
    np.testing.assert_allclose(billed - spent, left)
    second, arm = run.second, ladder_of(run).chosen.arm
    assert second is not None
    own = second.sel(arm=arm)
    revenue = own["total_revenue_by_month"].sum("month")
    assert spent[-1] == pytest.approx(float((revenue - own["contribution"].sel(window="horizon")).mean()))
    assert billed[-1] == pytest.approx(float(own["total_billings_by_month"].sum("month").mean()))


def test_the_fan_is_of_the_second_look_and_ends_with_the_last_month(run, report):
    table = section(report, "fan").views[0].table
    assert column(table, "month").values == [12.0, 24.0, 26.0]
    second, arm = run.second, ladder_of(run).chosen.arm
    assert second is not None
    e = estimate(second["total_arr_closing_by_month"].sel(arm=arm, month=24))
    assert table.columns[1].values[1] == e.mean
    assert table.columns[1].errors[1] == e.se


def test_shares_of_lost_arr_add_up_by_cause_and_by_reason(report):
    view = section(report, "churn").views[0]
    for title in ("share, root cause", "share, stated"):
        values = [v for v in column(view.table, title).values if not math.isnan(v)]
        assert sum(values) == pytest.approx(1.0)
    assert CAUSE in view.title
    assert REASON in column(view.table, "").values


def test_assumptions_cite_the_comment_behind_the_key(report):
    yours, ours = section(report, "assumptions").folded
    row = column(yours, "key").values.index(f"segments.{SEGMENT}.intent.annual_churn")
    assert column(yours, "source").values[row] == COMMENT
    assert column(yours, "grade").values[row] == "J"
    assert column(yours, "value").values[row] == "PERT, low 0.1, mode 0.2, high 0.4"
    row = column(yours, "key").values.index("run.horizon_months")
    assert column(yours, "source").values[row] == "yours"
    assert "money.annual_discount" in column(ours, "key").values
    assert "money.annual_discount" not in column(yours, "key").values


def test_provenance_has_seeds_versions_and_the_text_in_full(run, report):
    s = section(report, "provenance")
    names = s.folded[0].columns[0].values
    assert len(names) == len(set(names)), "each fact stands once"
    facts = dict(zip(*(c.values for c in s.folded[0].columns), strict=True))
    assert run.second is not None
    assert facts["seed"] == str(run.dataset.attrs["seed"])
    assert facts["seed of the second look"] == str(run.second.attrs["seed"])
    assert {"version of churnsim", "scenario hash", "version of numba"} <= set(facts)
    assert s.text == run.dataset.attrs["scenario_text"]


def test_a_comparison_shows_its_arms_and_says_that_it_is_no_ladder():
    report = report_of(comparison_run())
    assert shown(report) >= EVERYWHERE | BY_MONTH | {"arms", "horizons"}
    assert not {"ladder", "nobody"} & {s.key for s in report.sections}
    assert ARM in section(report, "arms").views[0].chart.places


def test_a_plain_run_shows_what_it_can_and_says_why_not_the_rest():
    report = report_of(plain_run())
    assert shown(report) == EVERYWHERE | {"overview"}
    assert "--record paths" in section(report, "fan").missing
    assert "headcount" in section(report, "ladder").missing
    assert "± " in report.answer


@pytest.mark.parametrize("record", ["paths", "full"])
def test_a_plain_run_with_months_shows_them(record):
    assert shown(report_of(plain_run(record))) == EVERYWHERE | BY_MONTH | {"overview"}


def test_a_company_without_a_team_has_no_hours():
    report = report_of(plain_run("paths", team=False))
    assert section(report, "hours").missing == "the scenario has no team"


def test_one_draw_speaks_of_luck_alone():
    report = report_of(ladder_run(draws=1, replicates=8, certain=True))
    assert "luck alone" in section(report, "fan").words[1]
    assert section(report, "drivers").missing == "nothing in the scenario is uncertain"
    assert report.changes == ("nothing in the scenario is uncertain",)


def test_a_single_path_has_numbers_without_errors():
    report = report_of(ladder_run(draws=1, replicates=1))
    assert "cannot be told apart" in section(report, "fan").words[1]
    assert "± ?" in dict(report.facts)["NPV against the plan"]


def test_a_short_horizon_has_one_view():
    report = report_of(ladder_run(months=8))
    assert section(report, "horizons").missing == "the horizon is 8 months, so there is one view only"
    assert column(section(report, "fan").views[0].table, "month").values == [8.0]


def test_a_ladder_that_begins_higher_says_nothing_of_nobody():
    report = report_of(ladder_run(rungs=(1, 2)))
    assert section(report, "nobody").missing == "the lowest rung tried is 1 CSM"


def test_without_stated_reasons_leavers_are_taken_at_their_word():
    report = report_of(plain_run(reasons=False))
    view = section(report, "churn").views[0]
    assert len(view.chart.dots) == 1
    assert "share, stated" not in [c.title for c in view.table.columns]


def test_masked_values_are_counted():
    import xarray as xr

    values = xr.DataArray([[1.0, math.nan], [3.0, 2.0]], dims=("draw", "replicate"))
    assert of_estimates("x", "count", [estimate(values), None]).cells("USD") == ["2 ± 1 (1 masked)", "–"]


def test_the_small_company_is_hostile():
    assert small_runs.file().scenario.name.startswith("<script>")

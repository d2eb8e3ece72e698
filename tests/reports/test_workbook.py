"""The workbook read back: its cells hold the run's own numbers, typed, and no text of a user's is a formula."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import pathlib
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from churnsim.decisions.headcount import ladder_of
from churnsim.metrics.estimates import estimate, quantile
from churnsim.reports.workbook import write_workbook
from churnsim.results.runs import Run
from churnsim.scenario.model import leaves
from tests.reports.runs import (
    DRAWS,
    REPLICATES,
    ladder_run,
    plain_run,
)

SHEETS = ["Summary", "Ladder", "Fan", "Movements", "Assumptions", "Definitions", "Audit"]


def book_of(run: Run, path: pathlib.Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(write_workbook(run, path / "board.xlsx"))


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    return book_of(ladder_run(), tmp_path_factory.mktemp("board"))


def cells(book: openpyxl.Workbook) -> Iterator[Cell]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.value is not None)


def column(sheet: Worksheet, title: str, header: int | None = None) -> list[Cell]:
    """Cells below the first header of that name, down to the first row that is all empty."""
    rows = [header] if header else range(1, sheet.max_row + 1)
    row, number = next(
        (row, n) for row, n in itertools.product(rows, range(1, sheet.max_column + 1))
        if sheet.cell(row, n).value == title
    )  # fmt: skip
    found = []
    while any(sheet.cell(row + 1, n).value is not None for n in range(1, sheet.max_column + 1)):
        row += 1
        found.append(sheet.cell(row, number))
    return found


def values(sheet: Worksheet, title: str, header: int | None = None) -> list[Any]:
    return [cell.value for cell in column(sheet, title, header)]


def test_the_sheets_of_a_ladder_have_frozen_headers_and_print_on_a_page_across(board):
    assert board.sheetnames == SHEETS
    for sheet in board:
        assert sheet.freeze_panes is not None
        assert sheet.page_setup.orientation == "landscape"
        # left out, it is 1 page; 0 pages down are as many as it takes
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for name in ("Ladder", "Fan", "Movements", "Assumptions", "Definitions"):
        sheet = board[name]
        top = int("".join(filter(str.isdigit, sheet.freeze_panes))) - 1
        assert sheet.print_title_rows == f"${top}:${top}"


def test_the_ladder_holds_what_was_decided(board):
    ladder, sheet = ladder_of(ladder_run()), board["Ladder"]
    assert values(sheet, "CSMs") == [0, 1, 2]
    by_title = {
        "NPV, USD": ([r.npv.mean for r in ladder.rungs], "#,##0"),
        "NPV, USD: standard error": ([r.npv.se for r in ladder.rungs], "#,##0"),
        "NRR, last full year": ([r.nrr.mean for r in ladder.rungs], "0.0%"),
        "hours a month demanded": ([r.hours_demanded.mean for r in ladder.rungs], "#,##0"),
        "CS cost, USD": ([r.cost.mean for r in ladder.rungs], "#,##0"),
    }
    for title, (expected, number_format) in by_title.items():
        assert values(sheet, title) == pytest.approx(expected, rel=1e-12)
        assert {cell.number_format for cell in column(sheet, title)} == {number_format}
    steps = [rung.step for rung in ladder.rungs[1:]]
    assert values(sheet, "marginal NPV, USD")[0] is None
    assert values(sheet, "marginal NPV, USD")[1:] == pytest.approx([s.npv.difference.mean for s in steps], rel=1e-12)
    assert values(sheet, "marginal NPV: 95% interval, low")[1:] == pytest.approx([s.npv.difference.low for s in steps])
    assert values(sheet, "pays back: odds")[1:] == [s.npv.odds.share for s in steps]
    half = values(sheet, "half of the interval")[1:]
    assert half == pytest.approx([(s.npv.difference.high - s.npv.difference.low) / 2 for s in steps])
    bold = [cell.font.bold for cell in column(sheet, "CSMs")]
    assert bold == [rung.posts == ladder.recommended for rung in ladder.rungs]


def test_the_summary_says_the_decision_in_its_own_words(board):
    ladder, sheet = ladder_of(ladder_run()), board["Summary"]
    assert sheet["A3"].value == ladder.sentence
    gains = [v.difference.mean for look in (ladder.seen, ladder.fresh) for v in (look.neighbour, look.base)]
    assert values(sheet, "gain") == pytest.approx(gains)
    assert values(sheet, "input") == [driver.input for driver in ladder.drivers.inputs]
    assert values(sheet, "per standard deviation, USD") == pytest.approx(
        [driver.effect_per_sd for driver in ladder.drivers.inputs]
    )
    labels = values(sheet, "amounts in USD")
    chosen = ladder.chosen
    assert values(sheet, "mean")[labels.index("NPV")] == pytest.approx(chosen.npv.mean)
    nrr = column(sheet, "mean: standard error")[labels.index("NRR, last year")]
    assert nrr.value == pytest.approx(chosen.nrr.se)
    assert nrr.number_format == "0.0%"


def test_the_fan_is_that_of_the_look_on_fresh_seeds(board):
    run, sheet = ladder_run(), board["Fan"]
    arm = ladder_of(run).chosen.arm
    second = run.second["total_arr_closing_by_month"]
    assert values(sheet, "month") == list(range(1, 27))
    assert [when.date() for when in values(sheet, "in the calendar")[:2]] == [
        datetime.date(2026, 1, 1),
        datetime.date(2026, 2, 1),
    ]
    for name in (arm, "base"):
        paths = second.sel(arm=name, month=26, drop=True)
        assert values(sheet, f"{name}, mean")[-1] == pytest.approx(estimate(paths).mean)
        for p in (5, 25, 50, 75, 95):
            found = quantile(paths, p / 100)
            assert values(sheet, f"{name}, P{p}")[-1] == pytest.approx(found.value)
            assert values(sheet, f"{name}, P{p}: 95% interval, low")[-1] == pytest.approx(found.low)
        order = [values(sheet, f"{name}, P{p}")[-1] for p in (5, 25, 50, 75, 95)]
        assert order == sorted(order)


def test_movements_add_up_by_formula(board):
    run, sheet = ladder_run(), board["Movements"]
    moves = ["opening", "new", "upsell", "cross-sell", "price", "reactivated", "contraction", "churned"]
    rows = list(zip(*(values(sheet, move) for move in moves), strict=True))
    # 4 arms in two windows; the errors below the chart have the same titles
    assert len(rows) == 8
    assert [sum(row) for row in rows] == pytest.approx(values(sheet, "closing"), abs=0.005)
    lost = run.dataset["arr_churned"].sum("segment").sel(arm="base", window="horizon", drop=True)
    assert values(sheet, "churned")[4] == pytest.approx(-estimate(lost).mean)
    checks = column(sheet, "check")
    assert [cell.value for cell in checks] == [f"=ROUND(SUM(C{r}:J{r})-K{r},2)" for r in range(5, 13)]
    waterfall = values(sheet, "amount, USD")
    assert [text[:2] for text in waterfall] == ["=C", "=D", "=E", "=F", "=G", "=H", "=I", "=J", "=K"]


def test_formulas_carry_their_values(tmp_path):
    path = write_workbook(ladder_run(), tmp_path / "board.xlsx")
    shown = openpyxl.load_workbook(path, data_only=True)["Movements"]
    assert values(shown, "check") == [0.0] * 8
    ends = values(shown, "ARR after it")
    assert ends[-2] == pytest.approx(ends[-1])
    assert values(shown, "stands on")[1:-1] == pytest.approx([min(a, b) for a, b in itertools.pairwise(ends[:-1])])


def test_assumptions_hold_every_value_of_the_scenario(board):
    run, sheet = ladder_run(), board["Assumptions"]
    file = run.scenario_file
    paths = values(sheet, "assumption")
    assert paths == [path for path, _ in leaves(file.scenario)]
    row = {path: i for i, path in enumerate(paths)}
    everything = {title: values(sheet, title, 4) for title in ("value, or mean", "unit", "distribution")}
    churn = row["segments.core.intent.annual_churn"]
    assert everything["value, or mean"][churn] == 0.25
    assert everything["distribution"][churn] == "beta: mean 0.25, sd 0.03"
    assert everything["unit"][churn] == "a year"
    assert everything["unit"][row["teams.csm.recruiting_cost"]] == "USD"
    assert everything["unit"][row["teams.csm.hours_per_month"]] == "hours a month"
    assert everything["unit"][row["playbooks.review.cadence_months"]] == "months"
    lines = values(sheet, "line of the file")
    assert "annual_churn" in file.text.split("\n")[lines[churn] - 1]
    assert lines[row["money.gross_margin"]] == "default"
    rung = values(sheet, "arm").index("csm 2")
    assert "teams.csm.posts" in column(sheet, "arm")[rung].offset(column=-3).value


def test_comments_of_the_file_stand_beside_its_values(tmp_path):
    run = ladder_run()
    text = str(run.dataset.attrs["scenario_text"])
    assert "horizon_months = 26\n" in text
    text = text.replace("horizon_months = 26\n", 'horizon_months = 26  # [P] five "years" # [C] or so\n')
    sheet = book_of(_with_text(run, text), tmp_path)["Assumptions"]
    row = values(sheet, "assumption").index("run.horizon_months")
    assert values(sheet, "comment of the file")[row] == '[P] five "years" # [C] or so'
    assert values(sheet, "grade")[row] == "P, C"
    assert "[C] computed" in sheet["A2"].value


def test_what_a_calibration_has_written_is_found_on_its_line(tmp_path):
    run, scale, number = ladder_run(), "segments.core.intent.hazard_factor", "segments.core.intent.annual_churn"
    text = str(run.dataset.attrs["scenario_text"])
    text += f'\n[calibration."{scale}"]\n"{number}" = {{ at = 0.25, log_slope = -1.5 }}  # fitted\n'
    sheet = book_of(_with_text(run, text), tmp_path)["Assumptions"]
    row = values(sheet, "assumption").index(f"calibration.{scale}.{number}.log_slope")
    assert values(sheet, "line of the file")[row] == len(text.splitlines())
    assert values(sheet, "comment of the file")[row] == "fitted"


def _with_text(run: Run, text: str) -> Run:
    return dataclasses.replace(run, dataset=run.dataset.assign_attrs(scenario_text=text))


def test_the_audit_repeats_the_run(board):
    run, sheet = ladder_run(), board["Audit"]
    facts = dict(zip(values(sheet, "what"), values(sheet, "value"), strict=True))
    assert facts["command"] == (
        f"churnsim headcount SCENARIO.toml --team csm --csm 0..2 --draws {DRAWS} --replicates {REPLICATES} --seed 0"
        " -o RUN.nc"
    )
    assert facts["seed"] == str(run.dataset.attrs["seed"])
    assert facts["seed of the second look"] == str(run.second.attrs["seed"])
    assert facts["draws"] == DRAWS
    assert facts["metric policy of NRR and GRR"].startswith(run.dataset.attrs["metric_policy"] + " (")
    assert facts["hash of the scenario (SHA-256)"] == run.dataset.attrs["scenario_hash"]
    written = [text or "" for text in values(sheet, "text")]
    assert "\n".join(written) == str(run.dataset.attrs["scenario_text"])


def test_numbers_are_numbers_and_nothing_is_masked_in_silence(board):
    for cell in cells(board):
        assert cell.data_type in ("n", "s", "d", "f")
        assert str(cell.value).lower() not in ("nan", "inf", "-inf")
    sheet = board["Ladder"]
    load = column(sheet, "load: demanded over available")[0]
    assert load.value is None
    assert load.comment.text == "Not defined in any path."
    assert column(sheet, "marginal NPV, USD")[0].comment is None


def test_a_short_horizon_masks_what_needs_a_year(tmp_path):
    sheet = book_of(ladder_run(months=6, top=1), tmp_path)["Ladder"]
    for cell in column(sheet, "NRR, last full year"):
        assert cell.value is None
        assert cell.comment.text == "Not defined in any path."


def test_charts_are_native(tmp_path):
    path = write_workbook(ladder_run(), tmp_path / "board.xlsx")
    with zipfile.ZipFile(path) as archive:
        charts = {name: archive.read(name).decode() for name in archive.namelist() if "charts/chart" in name}
        assert not [name for name in archive.namelist() if "vbaProject" in name or "externalLink" in name]
    bars, fan, waterfall = (charts[name] for name in sorted(charts))
    assert "c:errBars" in bars
    assert "Ladder!$" in bars
    assert fan.count("<c:ser>") == 8
    assert "c:lineChart" in fan
    assert 'c:grouping val="stacked"' in waterfall
    for text in charts.values():
        assert "<c:title>" in text


def test_the_same_run_gives_the_same_bytes(tmp_path):
    one, two = (write_workbook(ladder_run(), tmp_path / name) for name in ("one.xlsx", "two.xlsx"))
    assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.xlsx", "two.xlsx"]


def test_a_failed_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    from churnsim.reports.workbook import audit

    path = tmp_path / "board.xlsx"
    path.write_text("old")
    monkeypatch.setattr(audit, "add_to", lambda book, answer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_workbook(ladder_run(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_without_series_of_paths_says_that_it_has_no_fan(tmp_path):
    book = book_of(plain_run(), tmp_path)
    assert book.sheetnames == ["Summary", "Arms", "Movements", "Assumptions", "Definitions", "Audit"]
    texts = [str(cell.value) for cell in cells(book)]
    assert any("The sheet Fan is left out" in text for text in texts)
    assert any(text.startswith("No decision was asked for") for text in texts)

"""The command report, as a user types it."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest

from churnsim.results.runs import save_run
from tests.cli.test_cli import call, refused
from tests.reports.runs import ladder_run


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return save_run(ladder_run(), tmp_path_factory.mktemp("run") / "run.nc")


def test_a_workbook_of_a_stored_run(stored, tmp_path):
    board = tmp_path / "board.xlsx"
    result = call("report", stored, "--xlsx", board)
    assert (result.exit_code, result.stdout) == (0, f"Workbook: {board}\n")
    assert board.read_bytes().startswith(b"PK")
    result = call("report", stored, "--xlsx", board, "--json")
    assert json.loads(result.stdout) == {"run": str(stored), "xlsx": str(board)}


def test_what_cannot_be_reported(stored, tmp_path):
    text = tmp_path / "text.nc"
    text.write_text("no run")
    refused(call("report", tmp_path / "none.nc", "--xlsx", tmp_path / "a.xlsx"), "none.nc", "no such file")
    refused(call("report", text, "--xlsx", tmp_path / "a.xlsx"), "is no run of churnsim")
    refused(call("report", stored, "--xlsx", tmp_path / "a.xls"), "must end otherwise", ".xlsx")
    refused(call("report", stored, "--xlsx", tmp_path / "none" / "a.xlsx"), "there is no such folder")
    refused(call("report", stored), "nothing to write")
    assert [path.name for path in tmp_path.iterdir()] == ["text.nc"]


def test_a_page_of_a_stored_run(stored, tmp_path):
    page, board = tmp_path / "report.html", tmp_path / "board.xlsx"
    result = call("report", stored, "-o", page)
    assert (result.exit_code, result.stdout) == (0, f"Report: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    result = call("report", stored, "-o", page, "--xlsx", board, "--json")
    assert json.loads(result.stdout) == {"run": str(stored), "html": str(page), "xlsx": str(board)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board.xlsx", "report.html"]


def test_what_cannot_be_a_page(stored, tmp_path):
    (tmp_path / "folder.html").mkdir()
    refused(call("report", tmp_path, "-o", tmp_path / "a.html"), str(tmp_path))
    refused(call("report", stored, "-o", tmp_path / "a.pdf"), "must end otherwise", ".html")
    refused(call("report", stored, "-o", tmp_path / "folder.html"), "is a folder, not a file")
    refused(call("report", stored, "-o", tmp_path / "none" / "a.html"), "there is no such folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.html"]


@pytest.mark.parametrize(("option", "module"), [("-o", "jinja2"), ("--xlsx", "xlsxwriter")])
def test_without_the_extra_it_says_what_to_install(stored, tmp_path, monkeypatch, option, module):
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / ("a.html" if option == "-o" else "a.xlsx")
    refused(call("report", stored, option, path), "churnsim[report]")
    assert not list(tmp_path.iterdir())

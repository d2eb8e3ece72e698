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


def test_without_the_extra_it_says_what_to_install(stored, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    refused(call("report", stored, "--xlsx", tmp_path / "a.xlsx"), "churnsim[report]")
    assert not list(tmp_path.iterdir())

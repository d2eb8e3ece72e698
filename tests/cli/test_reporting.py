"""The command report, as a user types it."""

from __future__ import annotations

import json
import pathlib

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from churnsim.results.runs import save_run
from tests.reports.small_runs import plain_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return save_run(plain_run(), tmp_path_factory.mktemp("runs") / "run.nc")


def call(*args: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, args)])


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr


def test_a_report_is_written_and_named(run, tmp_path):
    path = tmp_path / "report.html"
    result = call(run, "-o", path)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Report: {path} (")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_json_is_one_object(run, tmp_path):
    path = tmp_path / "report.html"
    result = call(run, "-o", path, "--json")
    assert json.loads(result.stdout) == {"run": str(run), "report": str(path), "bytes": path.stat().st_size}


def test_wrong_input_is_refused_and_nothing_is_written(run, tmp_path):
    text = tmp_path / "text.nc"
    text.write_text("no run")
    page = tmp_path / "report.html"
    refused(call(run), "--output", "-o report.html")
    refused(call(tmp_path / "none.nc", "-o", page), "none.nc", "no such file")
    refused(call(tmp_path, "-o", page), "is a folder, not a run")
    refused(call(text, "-o", page), "text.nc is no run of churnsim")
    refused(call(run, "-o", tmp_path / "report.pdf"), ".html")
    refused(call(run, "-o", tmp_path / "none" / "report.html"), "no such folder")
    (tmp_path / "folder.html").mkdir()
    refused(call(run, "-o", tmp_path / "folder.html"), "is a folder, not a file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.html", "text.nc"]

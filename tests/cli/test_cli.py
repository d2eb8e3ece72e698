"""Commands as a user types them: output, errors, exit codes."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli import failures, output
from churnsim.cli.app import app
from churnsim.scenario.files import override, parse
from churnsim.scenario.schema import schema_text
from tests.scenario.small import TEXT, line_with

COMMANDS = ("demo", "init", "presets", "validate", "run", "headcount", "compare", "schema")
COMMANDS += ("metrics", "report", "verify", "diff", "breakeven", "frontier")
SIMULATING = ("demo", "run", "headcount", "compare", "breakeven", "frontier")


def call(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def small(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def refused(result: Result, *words: str) -> None:
    """The command ended with exit code 2, a message on standard error and nothing on standard output."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_offers_json_and_where_it_simulates_a_seed(command):
    text = call(command, "--help").stdout
    assert "--json" in text
    assert ("--seed" in text) == (command in SIMULATING)


@pytest.mark.parametrize("command", ["run", "headcount", "compare"])
def test_help_states_the_sample_sizes_that_a_run_takes(command):
    """The rule is that of `sample_size`; the numbers of the help are put to it."""
    from churnsim.results.design import sample_size

    text = " ".join(call(command, "--help").stdout.split())
    assert "else 250; where only the replicates are given, 1,000 / replicates, from 20 to 250; 1 when" in text
    assert "else 4; 1,000 when nothing is uncertain" in text
    unsure = parse(TEXT).scenario
    sure = override(unsure, {f"segments.{name}.intent.annual_churn": 0.1 for name in ("core", "growth")})
    assert sample_size({"base": unsure}, None, None) == (250, 4)
    assert [sample_size({"base": unsure}, None, n) for n in (1, 10, 100)] == [(250, 1), (100, 10), (20, 100)]
    assert sample_size({"base": sure}, None, None) == (1, 1000)


def test_presets_are_listed():
    assert "midmarket" in call("presets").stdout
    names = [preset["name"] for preset in json.loads(call("presets", "--json").stdout)["presets"]]
    assert "midmarket" in names


def test_validate_says_what_is_there(small):
    assert "segments 2, teams 1, playbooks 1, arms 2, uncertain numbers 2" in call("validate", small).stdout
    content = json.loads(call("validate", small, "--json").stdout)
    assert content["valid"] is True
    assert content["segments"] == ["core", "growth"]
    assert call("validate", "preset:midmarket").exit_code == 0


def test_validate_tells_every_problem_with_its_line(small):
    small.write_text(TEXT.replace("hours = 2.5", "hours = -1").replace("rank = 0.5", "rank = 2"), encoding="utf-8")
    refused(
        call("validate", small),
        f"{small}:{line_with(TEXT, 'hours = 2.5')}: playbooks.review.hours",
        "correlations.churn.rank",
    )


def test_validate_reads_the_book_too(small):
    small.write_text(f'book = "book.csv"\n{TEXT}', encoding="utf-8")
    refused(call("validate", small), "book.csv: there is no such file")
    (small.parent / "book.csv").write_text(
        "account_id,segment,start_date,arr,contract_term_months\na,cor,2025-01-01,1,12\n"
    )
    refused(call("validate", small), "book.csv:2: segment", "did you mean 'core'?")


def test_problems_in_json_are_one_object_on_standard_output(small):
    small.write_text(TEXT.replace("hours = 2.5", "huors = 2.5"), encoding="utf-8")
    result = call("validate", small, "--json")
    assert result.exit_code == 2
    content = json.loads(result.stdout)
    problem = next(p for p in content["problems"] if p["key"].endswith("huors"))
    assert problem["line"] == line_with(TEXT, "hours = 2.5")
    assert problem["nearest"] == "hours"


def test_schema_prints_the_committed_schema():
    assert call("schema").stdout == schema_text()
    assert json.loads(call("schema", "--json").stdout)["title"] == "Scenario"


@pytest.mark.parametrize("command", ["run", "headcount", "compare"])
@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("none/out.nc", "there is no such folder"),
        ("out.csv", ".nc"),
        ("folder.nc", "is a folder"),
        ("small.toml/out.nc", "no such folder"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_run(command, output, words, small):
    (small.parent / "folder.nc").mkdir()
    refused(call(command, small, "-o", small.parent / output), words)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_folder_without_the_right_to_write_is_refused(small):
    folder = small.parent / "locked"
    folder.mkdir(mode=0o500)
    refused(call("run", small, "-o", folder / "out.nc"), "cannot be written to")


def test_a_folder_that_refuses_files_is_refused(small, monkeypatch):
    def refuse(**kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    refused(call("run", small, "-o", small.parent / "out.nc"), "cannot be written to: Permission denied")
    refused(call("demo", "-o", small.parent), "cannot be written to: Permission denied")


def test_the_figure_is_checked_before_the_run(small):
    refused(call("headcount", small, "--figure", small.parent / "ladder.xyz"), ".png")


@pytest.mark.parametrize("text", ["5", "3..1", "a..b", "-1..4", "2..2", "0...4"])
def test_a_range_of_posts_that_is_none(text, small):
    refused(call("headcount", small, f"--csm={text}"), "not a range of posts", "0..14")


@pytest.mark.parametrize(
    "args", [["--draws", "0"], ["--seed", "-1"], ["--seed", str(2**63)], ["--replicates", "x"], ["--nonsense"]]
)
def test_options_that_are_wrong(args, small):
    refused(call("run", small, *args), "Usage:")


def ending(error: BaseException, *, as_json: bool = False) -> tuple[int, Result]:
    import typer

    one = typer.Typer(pretty_exceptions_enable=False)

    def command(as_json: bool = False) -> None:
        raise error

    one.command()(failures.guarded(command))
    result = CliRunner().invoke(one, ["--as-json"] if as_json else [])
    return result.exit_code, result


def test_a_failed_run_and_a_wrong_argument_have_their_exit_codes():
    from churnsim.decisions.inputs import InputError

    assert ending(FloatingPointError("arm 'x', draw 3, month 7"))[0] == 1
    assert ending(OSError(28, "No space left on device"))[0] == 1
    code, result = ending(InputError("no team is called 'x'"))
    assert (code, result.stderr) == (2, "no team is called 'x'\n")


def test_a_defect_of_ours_is_not_hidden():
    _, result = ending(ValueError("shapes do not match"))
    assert isinstance(result.exception, ValueError)


def test_the_first_run_says_that_it_compiles(monkeypatch, capsys):
    import churnsim.engine

    monkeypatch.setattr(churnsim.engine, "needs_compiling", lambda: True, raising=False)
    output.announce_compiling()
    assert capsys.readouterr().err.startswith("Compiling the simulation core")
    monkeypatch.setattr(churnsim.engine, "needs_compiling", lambda: False)
    output.announce_compiling()
    assert capsys.readouterr() == ("", "")


def test_there_is_no_progress_but_on_a_terminal(capsys):
    with output.progress("Simulating") as report:
        assert report is None
    assert capsys.readouterr().out == ""


def test_a_reader_that_goes_away_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m churnsim schema | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""


def test_the_module_runs_as_the_command_does(tmp_path):
    done = subprocess.run([sys.executable, "-m", "churnsim", "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "churnsim")


def test_a_ladder_may_have_gaps(small):
    answer = json.loads(call("headcount", small, "--csm", "0,2,5", "--draws", 4, "--replicates", 1, "--json").stdout)
    assert [rung["posts"] for rung in answer["rungs"]] == [0, 2, 5]
    refused(call("headcount", small, "--csm", "0,x"), "--csm", "0,3,6")

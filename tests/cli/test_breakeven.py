"""The commands breakeven and frontier as a user types them: output, figures, stored runs, wrong input."""

from __future__ import annotations

import json
import pathlib

import pytest
from typer.testing import CliRunner, Result

from churnsim.cli.app import app
from tests.uncertainty.closed import TEXT

SALARY = "teams.csm.annual_cost"
SIZE = ("--draws", 4, "--replicates", 2, "--seed", 3)
TOOLS = """
[alternatives.gadget]
annual_cost = 50_000.0
values."teams.csm.productivity" = [1.1, 1.2, 1.3]
"""


def call(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "closed.toml"
    path.write_text(TEXT + TOOLS, encoding="utf-8")
    return path


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr


def test_breakeven_prints_a_sentence_a_table_and_a_figure(file, tmp_path):
    figure = tmp_path / "out.png"
    result = call("breakeven", file, "--arm", "swap", "--input", SALARY, "--points", 3, *SIZE, "--figure", figure)
    assert result.exit_code == 0, result.output
    assert "swap has USD" in result.stdout
    assert "It would be worth the same at" in " ".join(result.stdout.split())
    assert SALARY in result.stdout
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_breakeven_of_two_inputs(file, tmp_path):
    figure = tmp_path / "out.svg"
    args = ("--arm", "swap", "--curve", "--input", SALARY, "--input", "money.annual_discount=0.05..0.2")
    result = call("breakeven", file, *args, "--points", 3, *SIZE, "--figure", figure, "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert (content["x"], content["y"]) == (SALARY, "money.annual_discount")
    assert len(content["rows"]) == 3
    assert content["figure"] == str(figure)
    text = figure.read_text()
    assert "swap is worth more" in text
    assert "cannot be told" in text


def test_breakeven_of_posts(file):
    result = call("breakeven", file, "--csm", "4..5", "--input", SALARY, "--points", 3, *SIZE, "--json")
    content = json.loads(result.stdout)
    assert (content["arm"], content["against"]) == ("csm 5", "csm 4")
    assert content["inputs"][0]["verdict"] == "below"


def test_breakeven_of_a_stored_ladder_asks_about_its_recommendation(file, tmp_path):
    ladder = tmp_path / "ladder.nc"
    assert call("headcount", file, "--csm", "3..5", *SIZE, "-o", ladder, "--json").exit_code == 0
    result = call("breakeven", ladder, "--input", SALARY, "--points", 3, *SIZE, "--json")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    # without plays every post loses money, so the lowest rung is recommended
    assert (content["arm"], content["against"]) == ("csm 4", "csm 3")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--csm", "4..5", "--arm", "swap"), ("--csm", "give one of them")),
        (("--team", "csm"), ("--team", "is for --csm")),
        (("--curve", "--input", SALARY), ("--curve", "needs two inputs")),
        (("--csm", "5"), ("--csm", "is not a range of posts")),
        ((), ("several arms, say which: swap, same, dearer",)),
        (("--arm", "swop"), ("nearest: 'swap'",)),
        (("--arm", "swap", "--input", "teams.csm.anual_cost"), ("did you mean 'teams.csm.annual_cost'?",)),
        (("--arm", "swap", "--input", f"{SALARY}=9..1"), ("is not given a range", "PATH=LOW..HIGH")),
        (("--arm", "swap", "--figure", "out.gif"), ("out.gif", ".png, .svg, .pdf")),
    ],
)
def test_breakeven_refuses(file, args, words):
    refused(call("breakeven", file, *args), *words)


def test_frontier_prints_a_sentence_tables_and_a_figure(file, tmp_path):
    figure = tmp_path / "out.pdf"
    args = ("--budget", "50_000..100_000", "--step", "50000", "--among", "gadget,acquisition")
    result = call("frontier", file, *args, *SIZE, "--figure", figure)
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert "With USD 100,000 more a year" in words
    assert "All of it on one thing" in words
    assert "What a step is" in words
    assert figure.read_bytes().startswith(b"%PDF")


def test_frontier_as_json(file):
    result = call("frontier", file, "--budget", "100000", "--among", "gadget", *SIZE, "--json")
    content = json.loads(result.stdout)
    assert [mix["steps"] for mix in content["mixes"]] == [[0], [1], [2]]
    assert content["budgets"][0]["best"]["steps"] == [0]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--budget", "10k"), ("--budget", "is not an amount", "200000..800000")),
        (("--budget", "5..1"), ("--budget",)),
        (("--budget", "-5"), ("--budget",)),
        (("--budget", "100000", "--step", "0"), ("--step", "above 0")),
        (("--budget", "1..1000000", "--step", "1"), ("--step", "too many budgets")),
        (("--budget", "100000", "--among", "gadgit"), ("nearest: 'gadget'",)),
        (("--budget", "1000", "--among", "gadget"), ("pays for no step",)),
    ],
)
def test_frontier_refuses(file, args, words):
    refused(call("frontier", file, *args), *words)


def test_wrong_alternatives_are_told_with_their_line(file):
    file.write_text(file.read_text().replace("productivity", "productivty"), encoding="utf-8")
    line = file.read_text().splitlines().index('values."teams.csm.productivty" = [1.1, 1.2, 1.3]') + 1
    refused(call("frontier", file, "--budget", "100000"), f"closed.toml:{line}: alternatives.gadget.values.teams.csm")

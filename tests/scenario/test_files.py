from __future__ import annotations

import datetime
import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from churnsim.scenario.distributions import Beta
from churnsim.scenario.files import parse, read
from churnsim.scenario.lines import key_lines, line_of
from churnsim.scenario.problems import ScenarioError
from tests.scenario.small import TEXT, changed, line_with, only


def test_a_file_becomes_a_scenario(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    file = read(path)
    assert (file.path, file.text, file.name) == (path, TEXT, str(path))
    assert file.document == tomllib.loads(TEXT)
    assert file.scenario.as_of == datetime.date(2025, 12, 31)
    assert file.scenario.segments["growth"].intent.annual_churn == Beta(dist="beta", mean=0.1, sd=0.02)
    assert file.scenario.causes == ("need", "wrong customer", "churn")


def test_windows_line_endings_and_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "small.toml"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read(path).scenario == parse(TEXT).scenario


def test_every_form_of_key_has_its_line():
    text = """# comment with "quotes" and [brackets]
a.b."c d".'e.f' = 1
text = \"\"\"
not = "a key" \\\"""
\"\"\"
literal = '''
[no.table]'''
[table . "quoted.name"]  # header
inline = { x = 1, y.z = [ "]", { deep = '}' } ] }
list = [
  1, # one = 1
  2,
]
date = 2025-01-01 12:00:00
[[many]]
name = "first"
"""
    tomllib.loads(text)
    lines = key_lines(text)
    assert lines == {
        ("a",): 2,
        ("a", "b"): 2,
        ("a", "b", "c d"): 2,
        ("a", "b", "c d", "e.f"): 2,
        ("text",): 3,
        ("literal",): 6,
        ("table",): 8,
        ("table", "quoted.name"): 8,
        ("table", "quoted.name", "inline"): 9,
        ("table", "quoted.name", "inline", "x"): 9,
        ("table", "quoted.name", "inline", "y"): 9,
        ("table", "quoted.name", "inline", "y", "z"): 9,
        ("table", "quoted.name", "inline", "y", "z", "deep"): 9,
        ("table", "quoted.name", "list"): 10,
        ("table", "quoted.name", "date"): 14,
        ("many",): 15,
        ("many", "name"): 16,
    }
    assert line_of(lines, ("table", "quoted.name", "inline", "w")) == 9
    assert line_of(lines, ("nowhere",)) == 1


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)
SCALARS = st.one_of(
    st.integers(-1000, 1000),
    st.floats(allow_nan=False),
    st.booleans(),
    st.dates(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12),
)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=3), max_leaves=12)


def _paths(node: dict[str, Any], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    paths = {(*path, key) for key in node}
    for key, value in node.items():
        if isinstance(value, dict):
            paths |= _paths(value, (*path, key))
    return paths


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_scanner_finds_exactly_the_keys_that_tomllib_finds(document):
    text = tomlkit.dumps(document)
    found = key_lines(text)
    assert _paths(tomllib.loads(text)) <= set(found)
    written = text.splitlines() if "\n" not in str(document) else None
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
    if written:
        for path, line in found.items():
            assert (
                tomlkit.key(path[-1]).as_string() in text.split("\n")[line - 1]
                or path[-1] in text.split("\n")[line - 1]
            )


def test_what_is_not_toml_names_its_line():
    text = TEXT.replace("hours = 2.5", "hours 2.5")
    with pytest.raises(ScenarioError) as caught:
        parse(text, "small.toml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("small.toml", line_with(text, "hours 2.5"))
    assert "not valid TOML" in problem.message


def test_an_unfinished_file_names_its_last_line():
    with pytest.raises(ScenarioError) as caught:
        parse('name = "x"\nas_of =')
    assert caught.value.problems[0].line == 2


def test_toml_nested_without_end_is_refused():
    with pytest.raises(ScenarioError, match=r"nested too deeply|not valid TOML"):
        parse("a = " + "[" * 100_000)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b'name = "x"\ndescription = "caf\xe9"\n')
    with pytest.raises(ScenarioError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert problem.line == 2
    assert "UTF-8" in problem.message


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ScenarioError, match="there is no such file"):
        read(tmp_path / "none.toml")
    with pytest.raises(ScenarioError, match="is a folder"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("5,000,000", "5,000,000"),
        ("$5M", "$5M"),
        ("15%", "15%"),
        ("31.12.2025", "31.12.2025"),
        ("150k  # cost", "150k"),
    ],
)
def test_a_number_as_a_spreadsheet_writes_it_is_told_how_toml_does(written, found):
    text = changed("run.horizon_months = 24", f"run.horizon_months = {written}")
    with pytest.raises(ScenarioError) as caught:
        parse(text, "my.toml")
    problem = only(caught.value)
    assert problem.line == line_with(text, written)
    assert problem.found == repr(found)
    assert problem.allowed.startswith("numbers such as 5_000_000")


@pytest.mark.parametrize("line", ["x", "[run", 'name = "a', "x = [1", "# x = 5,0"])
def test_another_fault_of_toml_is_no_matter_of_numbers(line):
    with pytest.raises(ScenarioError) as caught:
        parse(f"{line}\n]]", "my.toml")
    assert only(caught.value).allowed is None


def test_an_nrr_in_percent_is_refused():
    with pytest.raises(ScenarioError) as caught:
        parse(f"observed.core.annual_net_retention = 105\n{TEXT}", "my.toml")
    assert "from 0 to 5" in only(caught.value).allowed

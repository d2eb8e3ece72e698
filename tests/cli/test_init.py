"""`churnsim init` as a CFO types it: without a book, with one, and with what can be wrong."""

from __future__ import annotations

import json
import os
import pathlib
import re

import numpy as np
import pytest

from churnsim.results.storage import load
from churnsim.scenario.files import read
from churnsim.scenario.preset_files import preset_book, presets
from tests.cli.test_cli import call, refused

HEADER = "account_id,segment,start_date,arr,contract_term_months"


@pytest.fixture
def book(tmp_path: pathlib.Path) -> pathlib.Path:
    """A book with segments and terms that no preset has; 60 months are not sold any more."""
    rows = [f"m{i},Mid Market,{2023 + i % 3}-0{1 + i % 9}-15,{20_000 + 100 * i},12" for i in range(60)]
    rows += [f"k{i},Key,2024-05-01,150000,{36 if i else 60}" for i in range(8)]
    path = tmp_path / "data" / "my book.csv"
    path.parent.mkdir()
    path.write_text("\n".join([HEADER, *rows, "old,Key,2015-01-01,90000,48", ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize("preset", presets())
def test_a_preset_with_a_top_to_fill_in_is_written_and_valid(preset, tmp_path):
    path = tmp_path / "my.toml"
    result = call("init", path, "--preset", preset)
    assert result.exit_code == 0
    assert os.listdir(tmp_path) == ["my.toml"]
    assert f"Fill in the lines marked FILL IN, {path}:2 to 12" in result.stdout
    assert f"  churnsim validate {path}\n" in result.stdout
    told = call("validate", path)
    assert told.exit_code == 0
    assert "FILL IN: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12." in told.stdout
    assert json.loads(call("validate", path, "--json").stdout)["fill_in"] == list(range(2, 13))


def test_a_line_that_was_filled_in_is_not_told_again(tmp_path):
    path = tmp_path / "my.toml"
    call("init", path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(["as_of = 2026-06-30\n" if line.startswith("as_of") else line for line in lines]), "utf-8")
    content = json.loads(call("validate", path, "--json").stdout)
    assert content["fill_in"] == list(range(3, 13))
    assert content["accounts"] == 600


def test_validate_says_accounts_and_arr_of_the_opening(tmp_path):
    path = tmp_path / "my.toml"
    call("init", path)
    text = path.read_text(encoding="utf-8")
    text = text.replace("opening.core.arr = 7_390_000 ", "opening.core.arr = 2_000_000 ").replace("= 420 ", "= 50 ")
    text = text.replace("opening.growth.arr = 9_320_000 ", "opening.growth.arr = 1_000_000 ").replace("= 180 ", "= 7 ")
    path.write_text(text, encoding="utf-8")
    assert "accounts in the book 57, their ARR 3,000,000 USD" in call("validate", path).stdout


def test_a_book_of_other_segments_and_terms_makes_a_valid_file(book, tmp_path):
    path = tmp_path / "plans" / "my.toml"
    path.parent.mkdir()
    result = call("init", path, "--book", book)
    assert result.exit_code == 0, result.stderr
    assert "the preset 'midmarket', the one most like it in ARR and term" in result.stdout
    assert "Mid Market (modelled after 'core')" in result.stdout
    scenario = read(path).scenario
    assert scenario.book == "../data/my book.csv"
    assert list(scenario.segments) == ["Mid Market", "Key"]
    assert scenario.segments["Key"].contracts.term_weight == {"36": 7, "48": 0, "60": 1}
    content = json.loads(call("validate", path, "--json").stdout)
    assert (content["accounts"], content["arr"]) == (69, 2_667_000.0)


@pytest.mark.parametrize("preset", presets())
def test_the_file_of_a_preset_runs_at_the_size_filled_in(preset, tmp_path):
    path = tmp_path / "my.toml"
    call("init", path, "--preset", preset)
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^(opening\.\w+\.arr) = \S+", r"\1 = 1_000_000", text, flags=re.MULTILINE)
    path.write_text(re.sub(r"^(opening\.\w+\.accounts) = \S+", r"\1 = 40", text, flags=re.MULTILINE), encoding="utf-8")
    out = tmp_path / "out.nc"
    assert call("run", path, "--draws", 2, "--replicates", 1, "-o", out).exit_code == 0
    opening = load(out)["arr_opening"].isel(window=0)
    assert opening.sizes["draw"] == 2
    np.testing.assert_allclose(opening, 1e6, rtol=1e-7)  # the engine keeps ARR of an account in single precision


def test_the_file_of_a_book_runs(book, tmp_path):
    path = tmp_path / "my.toml"
    call("init", path, "--book", book)
    result = call("run", path, "--draws", 2, "--replicates", 2, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["arms"]["base"]["arr"]["mean"] > 0.0


def test_init_in_json_is_one_object(book, tmp_path):
    path = tmp_path / "my.toml"
    content = json.loads(call("init", path, "--book", book, "--preset", "enterprise", "--json").stdout)
    assert content["preset"] == "enterprise"
    assert content["book"] == str(book)
    assert content["segments"] == {"Mid Market": "large", "Key": "large"}
    assert content["fill_in"] == [2, *range(4, 10)]
    assert content["next"][0] == f"churnsim validate {path}"
    plain = json.loads(call("init", path, "--force", "--json").stdout)
    assert (plain["preset"], plain["book"]) == ("midmarket", None)


def test_the_day_of_the_book_can_be_given(book, tmp_path):
    path = tmp_path / "my.toml"
    assert call("init", path, "--book", book, "--as-of", "2026-02-28").exit_code == 0
    assert str(read(path).scenario.as_of) == "2026-02-28"
    # accounts that start later are told with their lines, and nothing is written
    path.unlink()
    refused(
        call("init", path, "--book", book, "--as-of", "2025-05-31"), "my book.csv:", "lies after the month of as_of"
    )
    assert not path.exists()
    refused(call("init", path, "--as-of", "31.12.2025"), "--as-of")


def test_init_does_not_overwrite_unless_told_to(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text("mine", encoding="utf-8")
    refused(call("init", path), "--force")
    assert path.read_text(encoding="utf-8") == "mine"
    assert call("init", path, "--force").exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("name = ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["the book is empty"]),
        (f"{HEADER}\n", ["there is a header but no account"]),
        (
            "account_id,segment,start_date,ARR p.a.,contract_term_months\na,x,2025-01-01,1,12\n",
            [":1: arr: the column is missing"],
        ),
        (
            f"{HEADER}\na,,2025-01-01,1,12\nb,x,2025-01-01,one,12\n",
            [":2: segment: is missing", ":3: arr: is not a number"],
        ),
    ],
)
def test_a_book_that_is_wrong_is_told_by_line_and_column(text, words, tmp_path):
    book = tmp_path / "accounts.csv"
    book.write_text(text, encoding="utf-8")
    refused(call("init", tmp_path / "my.toml", "--book", book), *words)
    assert os.listdir(tmp_path) == ["accounts.csv"]
    result = call("init", tmp_path / "my.toml", "--book", book, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problems"]


def test_a_segment_that_came_later_is_unknown_until_init_runs_again(book, tmp_path):
    path = tmp_path / "my.toml"
    call("init", path, "--book", book)
    with book.open("a", encoding="utf-8") as file:
        file.write("z,Mid Markt,2025-01-01,9000,12\n")
    refused(call("validate", path), "unknown segment", "did you mean 'Mid Market'?")
    assert call("init", path, "--book", book, "--force").exit_code == 0
    assert call("validate", path).exit_code == 0


def test_a_book_that_is_not_there(tmp_path):
    refused(call("init", tmp_path / "my.toml", "--book", tmp_path / "none.csv"), "there is no such file")
    refused(call("init", tmp_path / "my.toml", "--book", tmp_path), "is a folder")


def test_init_names_the_nearest_preset(tmp_path):
    refused(call("init", tmp_path / "my.toml", "--preset", "midmarkt"), "midmarket")
    assert not os.listdir(tmp_path)


def test_init_into_a_folder_that_is_not_there(tmp_path):
    refused(call("init", tmp_path / "none" / "my.toml"), "there is no such folder")


def test_an_init_that_is_stopped_leaves_nothing_beside(tmp_path, monkeypatch):
    def stop(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("churnsim.outputs.os.replace", stop)
    assert call("init", tmp_path / "my.toml").exit_code == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("preset", presets())
def test_the_bundled_books_are_recognised(preset, tmp_path):
    book = tmp_path / "b.csv"
    book.write_bytes(preset_book(preset).read_bytes())
    content = json.loads(call("init", tmp_path / "my.toml", "--book", book, "--json").stdout)
    assert content["preset"] == preset
    assert set(content["segments"].items()) == {(name, name) for name in content["segments"]}

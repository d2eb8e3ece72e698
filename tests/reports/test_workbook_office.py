"""The workbook opened and calculated anew by LibreOffice, where it is installed."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

import openpyxl
import pytest

from churnsim.reports.workbook import write_workbook
from churnsim.results.runs import Run
from tests.reports.runs import ARM, NAME, hostile_comparison, ladder_run
from tests.reports.test_workbook import SHEETS, values

OFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed: apt-get install libreoffice-calc")


def convert(path: pathlib.Path, kind: str) -> pathlib.Path:
    """What LibreOffice makes of a file, with a profile of its own; it calculates formulas anew when it is told to."""
    out = path.parent / "out"
    profile = path.parent / "profile"
    # 0: always calculate files that Excel's format holds
    settings = (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
        "<value>0</value></prop></item></oor:items>"
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(settings)
    command = [str(OFFICE), "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}"]
    subprocess.run(
        [*command, "--convert-to", kind, "--outdir", out, path], check=True, capture_output=True, timeout=240
    )
    return out / f"{path.stem}.{kind}"


def spoilt(run: Run, path: pathlib.Path) -> pathlib.Path:
    """The workbook with 7 more of new ARR in its first row, and without the values of its formulas."""
    book = openpyxl.load_workbook(write_workbook(run, path))
    book["Movements"]["D5"] = book["Movements"]["D5"].value + 7.0
    book.save(path)
    return path


def test_it_calculates_the_checks_and_the_waterfall(tmp_path):
    made = convert(write_workbook(ladder_run(), tmp_path / "board.xlsx"), "ods")
    assert made.stat().st_size > 10_000
    again = openpyxl.load_workbook(convert_back(made), data_only=True)
    assert again.sheetnames == SHEETS
    sheet = again["Movements"]
    assert values(sheet, "check") == [0.0] * 8
    ends = values(sheet, "ARR after it")
    assert ends[-2] == pytest.approx(ends[-1])
    assert not [c.coordinate for part in again for row in part.iter_rows() for c in row if c.data_type == "e"]


def test_a_movement_that_does_not_add_up_fails_its_check(tmp_path):
    again = openpyxl.load_workbook(
        convert_back(convert(spoilt(ladder_run(), tmp_path / "board.xlsx"), "ods")), data_only=True
    )
    assert values(again["Movements"], "check") == [7.0] + [0.0] * 7


def convert_back(path: pathlib.Path) -> pathlib.Path:
    """A file of LibreOffice's as a workbook that openpyxl reads."""
    place = path.parent / "back"
    place.mkdir()
    return convert(pathlib.Path(shutil.copy(path, place)), "xlsx")


def test_names_that_look_like_formulas_are_not_calculated(tmp_path):
    made = convert(write_workbook(hostile_comparison(), tmp_path / "board.xlsx"), "ods")
    again = openpyxl.load_workbook(convert_back(made))
    sheet = again["Arms"]
    assert values(sheet, "arm") == ["base", ARM, "<b>&"]
    facts = dict(zip(values(again["Audit"], "what"), values(again["Audit"], "value"), strict=True))
    assert facts["scenario"] == NAME
    formulas = [c for part in again for row in part.iter_rows() for c in row if c.data_type == "f"]
    assert {cell.parent.title for cell in formulas} == {"Movements"}


def test_it_prints(tmp_path):
    made = convert(write_workbook(ladder_run(), tmp_path / "board.xlsx"), "pdf")
    assert made.read_bytes().startswith(b"%PDF")

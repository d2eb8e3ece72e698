"""Names of users that look like formulas or markup come out of the workbook as the text that they are."""

from __future__ import annotations

import zipfile
from xml.dom import minidom

import openpyxl
import pytest

from churnsim.decisions.compare import comparison_from
from churnsim.reports.workbook import write_workbook
from tests.reports.runs import ARM, NAME, SEGMENTS, TEAM, hostile_comparison, hostile_ladder
from tests.reports.test_workbook import SHEETS, book_of, cells, values


@pytest.mark.parametrize("run", [hostile_ladder, hostile_comparison])
def test_names_that_look_like_formulas_come_out_as_text(run, tmp_path):
    path = write_workbook(run(), tmp_path / "board.xlsx")
    book = openpyxl.load_workbook(path)
    seen = set()
    for cell in cells(book):
        if cell.data_type == "f":
            assert cell.parent.title == "Movements"
            assert not any(name in cell.value for name in (NAME, "HYPERLINK", ARM, TEAM))
        elif isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
            seen.add(cell.value)
            assert cell.quotePrefix, f"{cell.parent.title}!{cell.coordinate}"
        assert cell.hyperlink is None
    assert {NAME} <= seen
    assert any(SEGMENTS["core"] in str(cell.value) for cell in cells(book))
    assert not book.defined_names
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            minidom.parseString(archive.read(name))


def test_arms_are_compared_with_the_base(tmp_path):
    run = hostile_comparison()
    book = book_of(run, tmp_path)
    assert book.sheetnames == ["Arms" if name == "Ladder" else name for name in SHEETS]
    comparison, sheet = comparison_from(run.dataset), book["Arms"]
    assert values(sheet, "arm") == [result.arm for result in comparison.arms] == ["base", ARM, "<b>&"]
    gains = [result.differences["npv"].difference for result in comparison.arms[1:]]
    assert values(sheet, "NPV against base, =A1")[1:] == pytest.approx([gain.mean for gain in gains])
    assert book["Summary"]["A3"].value == comparison.sentence

"""Sheets of typed cells: tables with headers, notes on what is masked, columns that fit, print set-up.

Every text goes through `write_string`, so that none is read as a formula, a link or a number. One that begins as a
formula would is marked as text besides (quote prefix), so that it stays text when its cell is edited.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from churnsim.reports.style import GREY, INK
from churnsim.reports.workbook.cells import MASKED, Block, Cell, Column, Formula, Noted

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

NUMBER_FORMATS = {
    "money": "#,##0",
    "share": "0.0%",
    "points": "0.00%",
    "cents": "#,##0.00",
    "count": "#,##0",
    "ratio": "0.00",
    "whole": "0",
    "line": "0",
    "number": "General",
    "date": "mmm yyyy",
    "text": "@",
}
"""Number format of each kind of cell; a currency stands in the header, never in a format."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_CHARACTERS = 32_767
"""Of a cell, by the file format."""
WIDEST, WIDEST_AMONG_NUMBERS, NARROWEST = 60, 24, 9
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def clean(text: str) -> str:
    """A text that the file format can hold: not too long, and without characters that XML has no place for."""
    return _NO_XML.sub("\ufffd", text)[:MOST_CHARACTERS]


class Book:
    """A workbook and its formats, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        """The format of these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
            self._formats[key] = self.workbook.add_format(base | properties)
        return self._formats[key]

    def header_format(self, column: Column, *, first: bool) -> Format:
        """The format of a header: over its cells, so right-aligned over numbers."""
        text = column.kind in ("text", "line")
        return self.format(
            bold=True,
            text_wrap=True,
            bottom=1,
            bottom_color=GREY,
            bg_color="#F2F2F2",
            quote_prefix=column.title.startswith(FORMULA_STARTS),
            align="left" if text else "right",
            indent=int(column.kind == "text" and not first),
        )

    def cell_format(self, kind: str, *, marked: bool = False, text: str = "", indent: int = 0) -> Format:
        """The format of a cell in a table; `text`: what stands in it, if it is a text."""
        properties: dict[str, Any] = {"num_format": NUMBER_FORMATS["text" if text else kind]}
        if kind == "text":
            properties |= {"text_wrap": True, "align": "left", "indent": indent}
        elif kind == "line":
            properties["align"] = "left"
        elif text:
            properties |= {"text_wrap": True, "align": "right"}
        if text.startswith(FORMULA_STARTS):
            properties["quote_prefix"] = True
        if marked:
            properties |= {"bold": True, "bg_color": "#DDEBF5"}
        return self.format(**properties)


class Sheet:
    """One sheet, written from the top: a title, a line below it, then tables and charts."""

    def __init__(self, book: Book, name: str, title: str, line: str = "", *, across: int = 10) -> None:
        """`name` is a constant of ours; `across`: columns over which long texts run."""
        self.book, self.name, self.across = book, name, across
        self.sheet = book.workbook.add_worksheet(name)
        self.widths: dict[int, float] = {}
        self._wrapped: list[tuple[int, str, int]] = []
        self._texts: list[tuple[int, int, str]] = []
        self.row = 0
        self.line(title, bold=True, font_size=15)
        if line:
            self.line(line)
        self.row += 1
        self._set_up_print()

    def line(self, text: str, **properties: Any) -> None:
        """A text over the sheet's width, in as many lines as it takes."""
        style = self.book.format(text_wrap=True, quote_prefix=text.startswith(FORMULA_STARTS), **properties)
        self.sheet.merge_range(self.row, 0, self.row, self.across - 1, "", style)
        self.sheet.write_string(self.row, 0, clean(text), style)
        self._wrapped.append((self.row, text, int(properties.get("font_size", 11))))
        self.row += 1

    def heading(self, text: str) -> None:
        """What the next table or chart shows."""
        self.line(text, bold=True, font_size=12)

    def place(self, columns: Sequence[Column]) -> Block:
        """Where a table of these columns would stand if it were written now, for formulas within it."""
        keys = {column.key: j for j, column in enumerate(columns)}
        return Block(self.name, self.row, len(columns[0].cells), keys)

    def table(self, columns: Sequence[Column], *, marked: int | None = None, freeze: int | None = None) -> Block:
        """Write a table; `marked` is a row that stands out, `freeze` the columns that stay in sight with the header."""
        block = self.place(columns)
        top = block.top
        for j, column in enumerate(columns):
            self.sheet.write_string(top, j, clean(column.title), self.book.header_format(column, first=j == 0))
            self._texts.append((top, j, column.title))
            self.widen(j, max((len(word) for word in column.title.split()), default=0) + 2)
            for i, cell in enumerate(column.cells):
                self._write(top + 1 + i, j, cell, column.kind_of(i), i == marked)
        if freeze is not None:
            self.sheet.freeze_panes(top + 1, freeze)
            self.sheet.repeat_rows(top)
        self.row = block.end + 1
        return block

    def print_columns(self, count: int, rows: int) -> None:
        """Print the first columns and rows only."""
        self.sheet.print_area(0, 0, rows - 1, count - 1)

    def chart(self, chart: Any, *, width: int = 960, height: int = 400) -> None:
        """Put a chart below what was written."""
        chart.set_size({"width": width, "height": height})
        self.sheet.insert_chart(self.row, 0, chart, {"object_position": 2})
        self.row += math.ceil(height / 20) + 1

    def finish(self) -> None:
        """Set the widths of columns and the heights of long texts, which depend on them."""
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, width)
        total = sum(self.widths.get(column, 8.43) for column in range(self.across))
        most: dict[int, int] = {}
        for row, column, text in self._texts:
            most[row] = max(most.get(row, 1), _lines(text, self.widths[column]))
        for row, lines in most.items():
            if lines > 1:
                self.sheet.set_row(row, 15.0 * lines)
        for row, text, size in self._wrapped:
            lines = _lines(text, 0.95 * total * 11 / size)
            self.sheet.set_row(row, 1.4 * size * lines)

    def _write(self, row: int, column: int, cell: Cell, kind: str, marked: bool) -> None:
        if isinstance(cell, str):
            text = clean(cell)
            style = self.book.cell_format(kind, marked=marked, text=text, indent=int(column > 0 and kind == "text"))
            self.sheet.write_string(row, column, text, style)
            self._texts.append((row, column, text))
            widest = WIDEST if kind == "text" else WIDEST_AMONG_NUMBERS
            self.widen(column, min(max(map(len, text.splitlines()), default=0) + 3, widest))
            return
        style = self.book.cell_format(kind, marked=marked)
        if isinstance(cell, datetime.date):
            self.sheet.write_datetime(row, column, cell, style)
            return
        value = cell.value if isinstance(cell, (Noted, Formula)) else cell
        if value is None:
            self.sheet.write_blank(row, column, None, style)
            return
        if isinstance(cell, Formula):
            self.sheet.write_formula(row, column, cell.text, style, value)
        elif math.isfinite(value):
            self.sheet.write_number(row, column, value, style)
        else:
            self.sheet.write_blank(row, column, None, style)
        note = cell.note if isinstance(cell, Noted) else "" if math.isfinite(value) else MASKED
        if note:
            self.sheet.write_comment(row, column, note, {"author": "churnsim", "x_scale": 1.5, "y_scale": 0.6})
        self.widen(column, len(_shown(value, kind)) + 3)

    def widen(self, column: int, width: float) -> None:
        """Make a column at least this wide, in characters."""
        self.widths[column] = max(self.widths.get(column, NARROWEST), width)

    def _set_up_print(self) -> None:
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&8churnsim&C&8&A&R&8&P / &N")
        self.sheet.hide_gridlines(2)


def _shown(value: float, kind: str) -> str:
    """About what a spreadsheet shows."""
    if not math.isfinite(value):
        return ""
    if kind in ("money", "count"):
        return f"{value:,.0f}"
    return f"{value:.6g}" if kind == "number" else f"{value:.2f}%"


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a width, broken between words."""
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > width:
            lines, used = lines + 1, 0
        used += len(word) + bool(used)
        if used > width:  # a word that is cut
            lines, used = lines + int(used // width), int(used % width)
    return lines

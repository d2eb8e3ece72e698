"""The sheet Fan: total ARR month by month, as it spreads over paths."""

from __future__ import annotations

import datetime
from typing import Any

import xarray as xr

from churnsim.metrics.by_month import by_month
from churnsim.metrics.estimates import estimate, quantile
from churnsim.reports.style import BLUE, GREY, INK, ORANGE
from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.axis import money_axis
from churnsim.reports.workbook.cells import Block, Column, estimates, interval
from churnsim.reports.workbook.sheet import Book, Sheet
from churnsim.scenario.model import BASE_ARM

PROBABILITIES = (0.05, 0.25, 0.50, 0.75, 0.95)


def recorded(answer: Answer) -> bool:
    """Whether the run has ARR by month of every path."""
    return _arr(answer) is not None


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet, where the run has what it needs."""
    arr = _arr(answer)
    if arr is None:
        return
    attrs = answer.series.attrs
    seed = f"{'fresh seeds, seed' if answer.ladder is not None else 'seed'} {attrs['seed']}"
    sheet = Sheet(
        book,
        "Fan",
        f"Total ARR at the end of each month, {answer.currency}",
        f"P5 to P95: of {answer.paths:,} paths, which hold both what is not known and luck ({seed})."
        " The chart stands below the table, 95% intervals of the percentiles to its right.",
    )
    months = arr["month"].values
    start = datetime.date.fromisoformat(str(attrs["as_of"]))
    columns = [
        Column("month", "month", "whole", [int(month) for month in months]),
        Column("date", "in the calendar", "date", [_later(start, int(month)) for month in months]),
    ]
    errors: list[Column] = []
    for arm in answer.arms:
        values = arr.sel(arm=arm, drop=True).transpose("month", "draw", "replicate")
        name = "base" if arm == BASE_ARM else arm
        columns += estimates(f"{arm} mean", f"{name}, mean", "money", [estimate(each) for each in values], answer.paths)
        for p in PROBABILITIES:
            found = [quantile(each, p) for each in values]
            title = f"{name}, P{100 * p:.0f}"
            columns.append(Column(f"{arm} {p}", title, "money", [each.value for each in found]))
            errors += interval(f"{arm} {p}", title, "money", found)
    block = sheet.table([*columns, *errors], freeze=2)
    sheet.sheet.set_h_pagebreaks([sheet.row])
    _chart(book, sheet, block, answer, float(arr.max()))
    sheet.print_columns(len(columns), sheet.row)
    sheet.finish()


def _arr(answer: Answer) -> xr.DataArray | None:
    """Total ARR by (arm, draw, replicate, month), where it was kept."""
    return by_month(answer.series, "arr_closing")


def _chart(book: Book, sheet: Sheet, block: Block, answer: Answer, most: float) -> None:
    chart: Any = book.workbook.add_chart({"type": "line"})
    for arm, colour in zip(answer.arms, (BLUE, ORANGE), strict=False):
        shown = PROBABILITIES if arm == answer.main else (0.05, 0.50, 0.95)
        for p in shown:
            width = {0.05: 1.0, 0.25: 1.5, 0.50: 3.0, 0.75: 1.5, 0.95: 1.0}[p]
            line = {"color": colour, "width": width, "dash_type": "solid" if arm == answer.main else "dash"}
            chart.add_series(
                {
                    "name": [block.sheet, block.top, block.columns[f"{arm} {p}"]],
                    "categories": block.cells("month"),
                    "values": block.cells(f"{arm} {p}"),
                    "line": line,
                }
            )
    chart.set_title(
        {
            "name": "How far ARR spreads: half of the paths end between P25 and P75",
            "name_font": {"size": 12, "color": INK},
        }
    )
    chart.set_y_axis(money_axis(f"total ARR, {answer.currency}", [most]))
    chart.set_x_axis({"name": "month", "interval_unit": 6, "interval_tick": 6, "line": {"color": GREY}})
    chart.set_legend({"position": "right"})
    sheet.chart(chart, width=1100, height=440)


def _later(start: datetime.date, months: int) -> datetime.date:
    """The first of the month that lies so many months after that of `start`."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return datetime.date(year, month + 1, 1)

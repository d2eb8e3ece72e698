"""The sheet Movements: how ARR goes from opening to closing, by arm and window, with a check that it adds up."""

from __future__ import annotations

from typing import Any

from churnsim.metrics.estimates import Estimate, estimate
from churnsim.metrics.retention import window_months
from churnsim.reports.sections.movements import MOVEMENTS
from churnsim.reports.style import BLUE, GREEN, INK, ORANGE
from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.axis import money_axis
from churnsim.reports.workbook.cells import Block, Column, Formula, known
from churnsim.reports.workbook.sheet import Book, Sheet

SIGNS = {
    "arr_opening": 1.0,
    **{name: sign for name, _, sign in MOVEMENTS},
    "arr_closing": 1.0,
}
"""Movements in order; what is lost stands below 0, so that all of them add up to the closing ARR."""


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet."""
    dataset = answer.dataset
    sheet = Sheet(
        book,
        "Movements",
        f"From opening to closing ARR, means in {answer.currency}",
        "What is lost stands below 0. The check is opening plus all movements less closing: 0 to the cent.",
        across=12,
    )
    rows = [(str(arm), str(window)) for window in dataset["window"].values for arm in dataset["arm"].values]
    # months short of a year have one window, twice
    if len(set(window_months(dataset).values.tolist())) == 1:
        rows = [row for row in rows if row[1] == "horizon"]
    months = {str(w): int(n) for w, n in zip(dataset["window"].values, window_months(dataset).values, strict=True)}
    found = {name: _estimates(answer, name, rows) for name in SIGNS}
    labels = [
        Column("arm", "arm", "text", [arm for arm, _ in rows]),
        Column("months", "months", "whole", [months[window] for _, window in rows]),
    ]
    means = [Column(name, _name(name), "money", [e.mean for e in found[name]]) for name in SIGNS]
    block = sheet.place([*labels, *means])
    residuals = [
        sum(found[name][i].mean for name in list(SIGNS)[:-1]) - found["arr_closing"][i].mean for i in range(len(rows))
    ]
    checks = [_check(block, i, residual) for i, residual in enumerate(residuals)]
    shown = rows.index((answer.main, "horizon"))
    block = sheet.table([*labels, *means, Column("check", "check", "cents", checks)], marked=shown, freeze=2)
    _waterfall(book, sheet, block, shown, [found[name][shown].mean for name in SIGNS], answer)
    sheet.heading("Standard errors of the means")
    sheet.table(
        [*labels, *(Column(n, _name(n), "money", [known(e.se, "Not known.") for e in found[n]]) for n in SIGNS)]
    )
    sheet.finish()


def _name(movement: str) -> str:
    """E.g. "cross-sell"."""
    return movement.removeprefix("arr_").replace("_", "-")


def _estimates(answer: Answer, name: str, rows: list[tuple[str, str]]) -> list[Estimate]:
    values = SIGNS[name] * answer.dataset[name].sum("segment")
    return [estimate(values.sel(arm=arm, window=window, drop=True)) for arm, window in rows]


def _check(block: Block, row: int, residual: float) -> Formula:
    first, last = block.cell("arr_opening", row), block.cell("arr_churned", row)
    # adding 0 turns a rounded -0 into 0
    value = round(residual, 2) + 0.0
    return Formula(f"=ROUND(SUM({first}:{last})-{block.cell('arr_closing', row)},2)", value)


def _waterfall(book: Book, sheet: Sheet, table: Block, row: int, amounts: list[float], answer: Answer) -> None:
    """The movements of one arm as floating columns: each stands on an unseen one, by formulas on the table above."""
    sheet.heading(f"From opening to closing ARR: {answer.name(answer.main)}, {answer.months} months")
    names, last = [_name(name) for name in SIGNS], len(SIGNS) - 1
    keys = ("name", "amount", "end", "floor", "total", "rise", "fall")
    here = sheet.place([Column(key, key, "money", names) for key in keys])
    cells: dict[str, list[Formula]] = {key: [] for key in keys[1:]}
    before = 0.0
    for i, (name, amount) in enumerate(zip(SIGNS, amounts, strict=True)):
        own, total = here.cell("amount", i), i in (0, last)
        end = amount if total else before + amount
        previous = here.cell("end", i - 1) if i else ""
        cells["amount"].append(Formula(f"={table.cell(name, row)}", amount))
        cells["end"].append(Formula(f"={own}" if total else f"={previous}+{own}", end))
        floor = "=0" if total else f"=MIN({previous},{here.cell('end', i)})"
        cells["floor"].append(Formula(floor, 0.0 if total else min(before, end)))
        cells["total"].append(Formula(f"={own}" if total else "=0", amount if total else 0.0))
        cells["rise"].append(Formula("=0" if total else f"=MAX({own},0)", 0.0 if total else max(amount, 0.0)))
        cells["fall"].append(Formula("=0" if total else f"=MAX(-{own},0)", 0.0 if total else max(-amount, 0.0)))
        before = end
    titles = {"end": "ARR after it", "floor": "stands on", "total": "total", "rise": "gained", "fall": "lost"}
    block = sheet.table(
        [
            Column("name", "movement", "text", names),
            Column("amount", f"amount, {answer.currency}", "money", cells["amount"]),
            *(Column(key, title, "money", cells[key]) for key, title in titles.items()),
        ]
    )
    chart: Any = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for key, colour in (("floor", None), ("total", BLUE), ("rise", GREEN), ("fall", ORANGE)):
        fill = {"none": True} if colour is None else {"color": colour}
        chart.add_series(
            {
                "name": titles[key],
                "categories": block.cells("name"),
                "values": block.cells(key),
                "fill": fill,
                "border": {"none": True},
                "gap": 40,
            }
        )
    chart.set_title({"name": "Where closing ARR comes from", "name_font": {"size": 12, "color": INK}})
    chart.set_y_axis(money_axis(f"ARR, {answer.currency}", amounts))
    chart.set_x_axis({"name": "movement"})
    chart.set_legend({"position": "bottom", "delete_series": [0]})
    sheet.chart(chart)

"""The sheet Assumptions: every value of the scenario, whether the file writes it or not, and what the arms change."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.cells import Cell, Column
from churnsim.reports.workbook.sheet import Book, Sheet
from churnsim.scenario.comments import GRADES, grades_in, sources
from churnsim.scenario.distributions import Distribution, Pert
from churnsim.scenario.lines import key_lines
from churnsim.scenario.model import leaves

_UNITS: tuple[tuple[str, str], ...] = (
    (r".*_share|.*probability|gross_margin|first_renewal_churn|.*_resolution|price_uplift", "share"),
    (r"annual_.*cost.*", "{currency} a year"),
    (r"(process_)?monthly_cost", "{currency} a month"),
    (r"cost_per_\w+|recruiting_cost|severance_cost|entry_arr_mean", "{currency}"),
    (r"annual_\w+", "a year"),
    (r"hours_per_(agent_)?month", "hours a month"),
    (r"leads_per_month", "leads a month"),
    (r"monthly_\w+", "a month"),
    (r"\w*_months|months_to_\w+|median_months_\w+", "months"),
    (r"(\w+_)?hours", "hours"),
    (r"from_month|today", "posts"),
)
"""Unit of a key, by its words; keys of other words have none."""


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet."""
    file = answer.file
    sheet = Sheet(
        book,
        "Assumptions",
        "What the scenario assumes",
        "Every value by its dotted path. Uncertain values are distributions: their means stand under value. Default:"
        " the file does not write it. Comment: of the file's line, with its source where it names one; grades are "
        + ", ".join(f"[{grade}] {words}" for grade, words in GRADES.items())
        + ".",
        across=8,
    )
    # joined, as leaves are: keys below [calibration] have dots in them
    lines = {".".join(path): line for path, line in key_lines(file.text).items()}
    behind = {".".join(path): comment for path, comment in sources(file.text).items()}
    found = list(leaves(file.scenario))
    comments = [behind.get(path) or None for path, _ in found]
    block = sheet.table(
        [
            Column("path", "assumption", "text", [path for path, _ in found]),
            Column("value", "value, or mean", "number", [_value(leaf) for _, leaf in found]),
            Column("unit", "unit", "text", [_unit(path, leaf, answer.currency) for path, leaf in found]),
            Column("belief", "distribution", "text", [_belief(leaf) for _, leaf in found]),
            *(
                Column(which, f"P{which} of draws", "number", [_sampled(answer, path, int(which)) for path, _ in found])
                for which in ("5", "95")
            ),
            Column("line", "line of the file", "whole", [lines.get(path, "default") for path, _ in found]),
            Column("grade", "grade", "text", [grades_in(comment or "") or None for comment in comments]),
            Column("comment", "comment of the file", "text", comments),
        ],
        freeze=1,
    )
    sheet.sheet.autofilter(block.top, 0, block.end - 1, len(block.columns) - 1)
    _arms(sheet, answer, dict(found))
    sheet.finish()


def _arms(sheet: Sheet, answer: Answer, base: Mapping[str, Any]) -> None:
    """What each arm changes."""
    changes: dict[str, dict[str, Any]] = json.loads(str(answer.dataset.attrs["arms"]))
    rows = [(arm, path, value) for arm, changed in changes.items() for path, value in changed.items()]
    if not rows:
        return
    sheet.heading("What the arms change")
    sheet.table(
        [
            Column("path", "assumption", "text", [path for _, path, _ in rows]),
            Column("value", "value in the arm", "number", [_plain(value) for _, _, value in rows]),
            Column("base", "value in the base", "number", [_value(base.get(path)) for _, path, _ in rows]),
            Column("arm", "arm", "text", [arm for arm, _, _ in rows]),
        ]
    )


def _value(leaf: Any) -> Cell:
    if isinstance(leaf, Distribution):
        return float(f"{leaf.expectation():.6g}")
    if isinstance(leaf, datetime.date):
        return leaf.isoformat()
    return _plain(leaf)


def _plain(value: Any) -> Cell:
    """A JSON value as a cell: numbers as numbers, everything else as text."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _belief(leaf: Any) -> Cell:
    if not isinstance(leaf, Distribution):
        return None
    values = leaf.model_dump(exclude_none=True)
    name = "PERT" if isinstance(leaf, Pert) else values.pop("dist")
    return f"{name}: " + ", ".join(f"{key} {value:,g}" for key, value in values.items())


def _sampled(answer: Answer, path: str, percent: int) -> Cell:
    inputs = answer.dataset["inputs"]
    if path not in inputs["input"].values:
        return None
    return float(f"{float(inputs.sel(input=path).quantile(percent / 100.0)):.4g}")


def _unit(path: str, leaf: Any, currency: str) -> Cell:
    if isinstance(leaf, bool) or not isinstance(leaf, (int, float, Distribution)):
        return None
    parts = path.split(".")
    # months and terms are keys of tables such as from_month
    key = next((part for part in reversed(parts) if not part.isdigit()), "")
    return next((unit.format(currency=currency) for words, unit in _UNITS if re.fullmatch(words, key)), None)

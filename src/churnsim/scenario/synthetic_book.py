"""A synthetic book of the size that `[opening]` states, drawn from a bundled one by a rule without chance.

The bundled book's accounts of a segment, m of them in order of their start, are taken at the places
floor((i + 1/2) m / n), i = 0 ... n - 1, so that n accounts have the tenures of m; the k-th copy of an account has the
id `id-k`. One factor a segment brings the ARR to its total. Dates move with `as_of`, by whole months, and a term that
the segment does not sell becomes the nearest that it does.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from typing import Any

from churnsim.scenario.lines import key_lines, line_of
from churnsim.scenario.model import Scenario
from churnsim.scenario.preset_files import PREFIX, preset_book, preset_text
from churnsim.scenario.problems import Problem, ScenarioError, listing, nearest

Row = dict[str, str]


def synthetic_book(scenario: Scenario, text: str, name: str) -> bytes:
    """The book as a CSV file; `text` and `name` are those of the scenario's file, for errors.

    Raises ScenarioError where the bundled book has no segment to take accounts from.
    """
    preset = scenario.book.removeprefix(PREFIX)
    bundled = bundled_rows(preset)
    _check(scenario, bundled, text, name)
    then: Any = tomllib.loads(preset_text(preset))["as_of"]
    moved = (scenario.as_of.year - then.year) * 12 + scenario.as_of.month - then.month
    out = io.StringIO()
    copies: Counter[str] = Counter()
    writer: csv.DictWriter[str] | None = None
    for segment, total in scenario.opening.items():
        if not total.accounts:
            continue
        rows = bundled[total.like or segment]
        taken = [rows[(2 * i + 1) * len(rows) // (2 * total.accounts)] for i in range(total.accounts)]
        factor = total.arr / sum(float(row["arr"]) for row in taken)
        terms = [int(term) for term in scenario.segments[segment].contracts.term_weight]
        for row in taken:
            copies[row["account_id"]] += 1
            copy, term = copies[row["account_id"]], int(row["contract_term_months"])
            changed = row | {
                "account_id": row["account_id"] if copy == 1 else f"{row['account_id']}-{copy}",
                "segment": segment,
                "start_date": _moved(row["start_date"], moved),
                "arr": repr(float(row["arr"]) * factor),
                "contract_term_months": str(min(terms, key=lambda sold: (abs(sold - term), sold))),
            }
            if writer is None:
                writer = csv.DictWriter(out, list(changed), lineterminator="\n")
                writer.writeheader()
            writer.writerow(changed)
    return out.getvalue().encode()


def bundled_rows(preset: str) -> dict[str, list[Row]]:
    """Rows of a bundled book by segment, in order of their start."""
    rows: dict[str, list[Row]] = {}
    for row in csv.DictReader(preset_book(preset).read_text(encoding="utf-8").splitlines()):
        rows.setdefault(row["segment"], []).append(row)
    for own in rows.values():
        own.sort(key=lambda row: (row["start_date"], row["account_id"]))
    return rows


def _check(scenario: Scenario, bundled: dict[str, list[Row]], text: str, name: str) -> None:
    lines, known = key_lines(text), list(bundled)
    problems = []
    for segment, total in scenario.opening.items():
        source = total.like or segment
        if total.accounts and source not in bundled:
            key = ("opening", segment, "like") if total.like else ("opening", segment)
            message = f"{scenario.book} has no segment {source!r} to take accounts from: say with like = which to take"
            line = line_of(lines, key)
            problems.append(Problem(name, line, ".".join(key), message, None, listing(known), nearest(source, known)))
    if problems:
        raise ScenarioError(problems)


def _moved(date: str, months: int) -> str:
    """The date so many months later; days after the 28th become it."""
    year, month, day = map(int, date.split("-"))
    index = year * 12 + month - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}-{min(day, 28):02d}"

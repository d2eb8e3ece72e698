"""What the answer stands on: assumptions with source and grade, definitions, provenance."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Callable
from typing import Any

from churnsim.metrics import capacity, money, reasons, retention
from churnsim.metrics.policy import STANDARD
from churnsim.reports.content import Column, Section, Table
from churnsim.reports.numbers import run_size
from churnsim.reports.subject import Subject
from churnsim.results.fields import MONEY, MOVEMENTS, UNITS
from churnsim.scenario.comments import GRADES, grades_in, source_of, sources
from churnsim.scenario.distributions import Distribution
from churnsim.scenario.lines import Path, key_lines
from churnsim.scenario.meanings import meaning
from churnsim.scenario.model import leaves

YOURS = "yours"
"""Source of a number that is written without one."""
METRICS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("NRR", retention.net_revenue_retention),
    ("GRR", retention.gross_revenue_retention),
    ("logo churn", retention.logo_churn),
    ("lost ARR won back", retention.reactivation),
    ("CS cost", money.customer_success_cost),
    ("payback month", money.payback_month),
    ("demanded / available", capacity.load),
    ("stated reasons", reasons.stated_reasons),
)
"""Metrics that the report speaks of, with the functions whose docstrings define them."""
FIELDS = (
    "arr_opening",
    *MOVEMENTS,
    "arr_churned",
    "arr_closing",
    "arr_intending",
    "revenue",
    "billings",
    "contribution",
    "npv",
    "value_after_horizon",
    "hours_demanded",
    "hours_available",
    "hours_delivered",
)
"""Fields that the report speaks of."""
WORDS = (
    ("draw", "one sample of every number that is not known (ignorance)"),
    ("replicate", "one sample of luck within a draw"),
    ("path", "one replicate of one draw: a possible course of the company"),
    ("odds", "share of draws in which the mean over replicates is above 0; of paths where there is one draw only"),
    (
        "± ",
        "standard error of the simulation, clustered by draw: it shrinks with more draws, the spread of paths does not",
    ),
    ("masked", "paths left out of a mean because the value is not defined in them"),
)


def assumptions(subject: Subject) -> Section:
    """Every number of the scenario, with what its author wrote behind it."""
    file = subject.file
    known, written = _read(file.text)
    rows = [
        (path, value)
        for path, value in leaves(file.scenario)
        if path not in ("name", "description", "as_of", "book") and value not in ({}, [], None, "")
    ]
    of_file = [(p, v) for p, v in rows if p in written]
    defaults = [(p, v) for p, v in rows if p not in written]
    cited = [source_of(known, written[p]) for p, _ in of_file]
    unsure = sum(isinstance(v, Distribution) for _, v in of_file)
    graded = sum(bool(grades_in(c)) for c in cited)
    words = (
        f"{len(of_file)} values are written in the scenario, {unsure} of them as distributions because they are not"
        f" known; {graded} cite a grade: " + ", ".join(f"{grade} {text}" for grade, text in GRADES.items()) + "."
        f" Where nothing is written behind a number the source is called {YOURS!r}.",
    )
    yours = Table(
        f"The {len(of_file)} values of the scenario",
        (
            Column("key", "code", [p for p, _ in of_file]),
            Column("value", "text", [_shown(v) for _, v in of_file]),
            Column("grade", "text", [grades_in(c) for c in cited]),
            Column("source", "text", [c or YOURS for c in cited]),
        ),
    )
    meant = [meaning(file.scenario, p) for p, _ in defaults]
    ours = Table(
        f"{len(defaults)} defaults that the scenario does not write",
        (
            Column("key", "code", [p for p, _ in defaults]),
            Column("value", "text", [_shown(v) for _, v in defaults]),
            Column("grade", "text", [grades_in(m) for m in meant]),
            Column("meaning and source", "text", meant),
        ),
        note="A default of 0 switches a mechanism off or leaves a cost out; a factor of 1 changes nothing.",
    )
    return Section("assumptions", "Assumptions, with source and grade", words, folded=(yours, ours))


def definitions(subject: Subject) -> Section:
    """What the words and the numbers mean."""
    fields = [name for name in FIELDS if name in subject.dataset]
    units = [subject.currency if UNITS[n][0] == MONEY else UNITS[n][0] for n in fields]
    tables = (
        Table("Words", (_text("word", [w for w, _ in WORDS]), _text("meaning", [m for _, m in WORDS]))),
        Table(
            "Metrics",
            (_text("metric", [name for name, _ in METRICS]), _text("meaning", [_says(f) for _, f in METRICS])),
        ),
        Table(
            "Fields",
            (
                Column("field", "code", fields),
                _text("unit", units),
                _text("meaning", [UNITS[n][1] for n in fields]),
            ),
        ),
    )
    words = (f"NRR, GRR and churn by the metric policy {STANDARD.stamp}; churnsim metrics shows the others.",)
    return Section("definitions", "Definitions", words, folded=tables)


def provenance(subject: Subject) -> Section:
    """All that is needed to run this again, the scenario's text in full."""
    dataset = subject.dataset
    rows: list[tuple[str, str]] = [
        ("command", f"churnsim {subject.run.command}"),
        ("options", json.dumps(subject.run.options, ensure_ascii=False)),
        ("draws and replicates", run_size(dataset.sizes["draw"], dataset.sizes["replicate"])),
    ]
    if subject.run.second is not None:
        rows.append(("seed of the second look", str(subject.run.second.attrs["seed"])))
    elsewhere = {"title", "churnsim_version", "scenario_text", "command", "options", "created_with", "metric_policy"}
    rows += [
        (str(name).replace("_", " "), str(value)) for name, value in dataset.attrs.items() if name not in elsewhere
    ]
    versions = json.loads(str(dataset.attrs.get("created_with", "{}")))
    rows += [(f"version of {name}", str(value)) for name, value in versions.items()]
    rows.append(("metric policy", STANDARD.stamp))
    book = subject.run.book
    rows.append(("accounts in the book", "0" if book is None else f"{len(book):,}"))
    table = Table("How this was made", (_text("", [a for a, _ in rows]), Column("", "code", [b for _, b in rows])))
    words = ("The same scenario, book, seed and versions give the same bytes again, on any number of threads.",)
    return Section("provenance", "Provenance", words, folded=(table,), text=str(dataset.attrs["scenario_text"]))


def _read(text: str) -> tuple[dict[Path, str], dict[str, Path]]:
    """Comments of a text, and its keys by dotted path; none of a scenario that was never a file."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}, {}
    return sources(text), {".".join(path): path for path in key_lines(text)}


def _shown(value: Any) -> str:
    if isinstance(value, Distribution):
        known = {k: v for k, v in value.model_dump(exclude_none=True).items() if k != "dist"}
        name = getattr(value, "dist", "PERT")
        return f"{name}, " + ", ".join(f"{k} {_number(v)}" for k, v in known.items())
    return _number(value)


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.10g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _says(function: Callable[..., Any]) -> str:
    """First paragraph of a docstring, in one line."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def _text(title: str, values: list[str]) -> Column:
    return Column(title, "text", values)

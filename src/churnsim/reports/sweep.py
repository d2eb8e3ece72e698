"""The report of a sweep: one content, shown in the terminal, as a page, as a figure, as JSON."""

from __future__ import annotations

import pathlib
import textwrap
from dataclasses import dataclass

import xarray as xr
from rich.console import Console

from churnsim.decisions.inputs import InputError
from churnsim.outputs import written_beside
from churnsim.reports import tables
from churnsim.reports.cells import amount, say, say_all
from churnsim.reports.content import Column, Report, Section, Table
from churnsim.reports.numbers import percent, run_size
from churnsim.reports.sections import sweep as sections
from churnsim.reports.sections import sweep_hours
from churnsim.reports.sections.sweep import Asked
from churnsim.reports.sweep_hours_words import by_hour, hour_title, runs_out, runs_out_title
from churnsim.reports.sweep_maps import check_drawn
from churnsim.reports.sweep_words import beyond, headline, missing, regret, sentences, tipped, winner
from churnsim.sweeps.capacity import CAPACITY
from churnsim.sweeps.per_hour import PerHour, per_hour
from churnsim.sweeps.picking import in_words, picked
from churnsim.sweeps.reading import Reading, once, read_sweep
from churnsim.sweeps.standings import Standings, standings_over
from churnsim.sweeps.tipping import Tipping, tipping

TERMINAL = ("best", "value", "arms", "per_hour", "capacity", "tipping", "regret", "absent")
"""Sections that the terminal shows, in order, after the one that the answer is about."""
WRAP = 26
"""Characters of a line of a cell there."""
MOST_LINES = 12
"""Rows of a table in the terminal."""


@dataclass(frozen=True)
class Subject:
    """A sweep with what is found in it."""

    reading: Reading
    standings: Standings | None
    """None with a single arm."""
    tips: Tipping | None
    hourly: PerHour | None
    """None where the sweep stores no hours, is not read by money, or no arm delivers more hours."""
    asked: Asked
    texts: tuple[tuple[str, str], ...]
    """Plan and scenario as they were read, and how the sweep was made."""


def subject_of(dataset: xr.Dataset, *, measure: str | None = None, asked: Asked | None = None) -> Subject:
    """Read a sweep. Raises InputError where a measure, an arm or an axis is not one of it, or nothing is finished."""
    asked = asked or Asked()
    reading = once(read_sweep(picked(dataset, asked.at), measure))
    asked = asked.with_arms(reading.twins)
    check_drawn(reading, asked.x, asked.y, asked.arm, asked.against)
    several = len(reading.arms) > 1
    texts = tuple((str(name), str(text)) for name, text in dataset.attrs.items())
    return Subject(
        reading,
        standings_over(reading) if several else None,
        tipping(reading) if several else None,
        _hourly(reading, asked),
        asked,
        texts,
    )


def _hourly(reading: Reading, asked: Asked) -> PerHour | None:
    """What an hour brings, where there are hours to divide money by."""
    if reading.hours is None or reading.kind != "money":
        return None
    try:
        return per_hour(reading, asked.against)
    except InputError:  # no arm delivers more hours than another
        return None


def sentences_of(subject: Subject) -> list[str]:
    """The answer, one thing a sentence: first what the sweep is read for."""
    reading = subject.reading
    said = sentences(reading, subject.standings, subject.tips)
    first: list[str] = []
    after: list[str] = []
    if subject.hourly is not None:
        first.append(by_hour(reading, subject.hourly))
    if reading.capacity is not None:
        to = first if reading.measure == CAPACITY else after
        to += runs_out(reading, reading.capacity)
    ahead = len(missing(reading))
    return [*said[:ahead], *first, *said[ahead:], *after]


def _about(subject: Subject) -> str | None:
    """Key of the section that the answer is about, where it is not which arm wins."""
    if subject.hourly is not None:
        return "per_hour"
    return "capacity" if subject.reading.measure == CAPACITY else None


def _title(subject: Subject) -> str:
    reading, about = subject.reading, _about(subject)
    if subject.hourly is not None:
        return hour_title(subject.hourly)
    if about == "capacity" and reading.capacity is not None:
        return runs_out_title(reading, reading.capacity, sections.shown_arm(reading, subject.asked))
    return headline(reading, subject.standings)


def report_of(subject: Subject) -> Report:
    """Everything that the report says, as data."""
    reading, found = subject.reading, subject.standings
    said = missing(reading)
    said += [] if subject.hourly is None else [by_hour(reading, subject.hourly)]
    if reading.capacity is not None and reading.measure == CAPACITY:
        said += runs_out(reading, reading.capacity)[:2]
    said += [f"There is one arm, {reading.arms[0]}: nothing to choose between."] if found is None else []
    said += [] if found is None else [winner(reading, found), *beyond(reading, found), regret(reading, found)]
    size = run_size(reading.draws, reading.replicates)
    part = f"; {in_words(subject.asked.at)} alone" if subject.asked.at else ""
    return Report(
        name=reading.scenario,
        title=_title(subject),
        answer=" ".join(said),
        facts=_facts(subject),
        changes=tuple(tipped(subject.tips)) or ("Nothing: the sweep has one arm.",),
        size=f"{reading.points:,} points, {reading.horizon_months} months, {size} each, seed {reading.seed}{part}",
        currency=reading.currency,
        sections=_sections(subject),
    )


def print_sweep(subject: Subject, console: Console) -> None:
    """Sentences, then the tables behind them."""
    report = report_of(subject)
    reading = subject.reading
    say_all(console, sentences_of(subject))
    say(console, f"{report.name}: {report.size}; by {reading.label}")
    if reading.masked:
        say(console, f"{reading.masked:,} values are left out where {reading.label} is not defined in some arm.")
    say(console)
    shown = {section.key: section for section in report.sections}
    about = _about(subject)
    for key in sorted(TERMINAL, key=lambda key: key != about):
        section = shown.get(key)
        if section is None or section.missing:
            continue
        for table in (*section.tables, *(view.table for view in section.views)):
            _print(table, report.currency, console)


def print_headline(subject: Subject, console: Console) -> None:
    """The answer in a few words, with what is missing before it."""
    say_all(console, [_title(subject), *missing(subject.reading)])


def write_page(subject: Subject, path: str | pathlib.Path) -> pathlib.Path:
    """Write the page beside `path`, then rename it into place. Raises ModuleNotFoundError where Jinja is missing."""
    from churnsim.reports.html import html

    path = pathlib.Path(path)
    text = html(report_of(subject))
    with written_beside(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path


def _sections(subject: Subject) -> tuple[Section, ...]:
    reading, found, asked = subject.reading, subject.standings, subject.asked
    value = [sections.value(reading, asked)] if asked.arm is not None or found is None else []
    own = (
        *value,
        sections.best(reading, found, asked),
        sections.arms(reading, found),
        sections.tipping(subject.tips),
        sections.regret(reading, found),
        sections.absent(reading),
    )
    about = _about(subject)
    hours = [sweep_hours.hourly(reading, subject.hourly)] if reading.hours is not None else []
    hours += [sweep_hours.capacity(reading, asked)] if reading.capacity is not None else []
    return (
        *(section for section in hours if section.key == about),
        *own,
        *(section for section in hours if section.key != about),
        *_texts(subject),
    )


def _texts(subject: Subject) -> tuple[Section, ...]:
    texts = dict(subject.texts)
    known = {"plan_text": "The plan in full", "scenario_text": "The scenario in full"}
    rows = [(n.replace("_", " "), t) for n, t in texts.items() if n not in known and n != "failed"]
    columns = (Column("", "text", [n for n, _ in rows]), Column("", "code", [t for _, t in rows]))
    words = ("The same plan, scenario, book, seed and versions give the same bytes again, on any number of workers.",)
    made = Section("provenance", "Provenance", words, folded=(Table("How this was made", columns),))
    rest = [
        Section(key, title.removesuffix(" in full"), text=texts[key], text_title=title)
        for key, title in known.items()
        if texts.get(key)
    ]
    return (made, *rest)


def _facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    reading, found = subject.reading, subject.standings
    done = f"{int(reading.finished.sum()):,} of {reading.points:,}"
    points = ("points finished", done + (f", {len(reading.failed):,} failed" if reading.failed else ""))
    if found is None:
        return (points,)
    best, least = found.arms[found.winner], found.arms[found.least_regretted]
    worst = amount(least.worst_regret, reading.kind, reading.currency)
    out = [name for name, arm in found.arms.items() if arm.dominated_by is not None]
    return (
        ("wins most often", f"{found.winner}, {percent(best.futures.share)}"),
        ("least regretted", f"{found.least_regretted}, at most {worst}"),
        ("dominated", ", ".join(out) or "none"),
        points,
    )


def _wrapped(column: Column, currency: str) -> list[str]:
    """Cells, long words in several lines."""
    cells = column.cells(currency)
    if not column.is_text:
        return cells
    return ["\n".join(line for part in cell.split("\n") for line in textwrap.wrap(part, WRAP)) for cell in cells]


def _print(table: Table, currency: str, console: Console) -> None:
    """A table as the terminal has room for it: the last columns go first, long tables are cut."""
    shown = min(table.rows, MOST_LINES)
    columns = [
        tables.Column(column.title, _wrapped(column, currency)[:shown], 0 if i < 2 else i, left=column.is_text)
        for i, column in enumerate(table.columns)
    ]
    tables.print_table(console, table.title, columns, marked=table.marked)
    if shown < table.rows:
        say(console, f"  {table.rows - shown:,} more rows: -o report.html or --json has them")
    if table.note:
        say(console, f"  {table.note}", style="dim")
    say(console)

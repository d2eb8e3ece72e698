"""The report of a run: which sections there are, and what stands first."""

from __future__ import annotations

from churnsim.decisions.words import headline
from churnsim.reports.content import Report, Section
from churnsim.reports.numbers import run_size
from churnsim.reports.sections import arms, drivers, ladder, months, movements, reference
from churnsim.reports.subject import Subject, subject_of
from churnsim.results.runs import Run


def report_of(run: Run) -> Report:
    """Everything that a report of this run says, as data."""
    subject = subject_of(run)
    size = run_size(subject.dataset.sizes["draw"], subject.dataset.sizes["replicate"])
    return Report(
        name=str(subject.dataset.attrs["scenario_name"]),
        title=_title(subject),
        answer=_answer(subject),
        facts=ladder.facts(subject.ladder) if subject.ladder is not None else arms.facts(subject),
        changes=drivers.changes(subject),
        size=f"{subject.months} months, {size}, seed {subject.dataset.attrs['seed']}",
        currency=subject.currency,
        sections=_sections(subject),
    )


def _sections(subject: Subject) -> tuple[Section, ...]:
    """In the order in which they are read."""
    first = [ladder.ladder(subject)]
    if subject.comparison is not None:
        first = [arms.comparison(subject)]
    elif subject.ladder is None:
        first = [arms.overview(subject), *first]
    horizons = ladder.horizons if subject.comparison is None else arms.horizons
    after = [] if subject.comparison is not None else [ladder.nobody(subject)]
    return (
        *first,
        drivers.drivers(subject),
        months.fan(subject),
        movements.movements(subject),
        horizons(subject),
        months.cash(subject),
        months.hours(subject),
        months.masked(subject),
        movements.churn(subject),
        *after,
        reference.assumptions(subject),
        reference.definitions(subject),
        reference.provenance(subject),
    )


def _title(subject: Subject) -> str:
    if subject.ladder is not None:
        return headline(subject.ladder)
    return "Arms against the base" if subject.comparison is not None else "What the simulation shows"


def _answer(subject: Subject) -> str:
    if subject.ladder is not None:
        return subject.ladder.sentence
    return subject.comparison.sentence if subject.comparison is not None else arms.answer(subject)

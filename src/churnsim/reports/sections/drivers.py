"""What would change the decision: the inputs that its gain hangs on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from churnsim.decisions.drivers import Driver
from churnsim.decisions.words import driver_in_words, npv_name, pays_back
from churnsim.reports.content import Column, Section, Table
from churnsim.reports.numbers import percent
from churnsim.reports.subject import Subject
from churnsim.scenario.meanings import meaning

MOST = 10
"""Inputs that are shown."""


def drivers(subject: Subject) -> Section:
    """The inputs that matter most, with their pull and where they turn the answer."""
    key, heading = "drivers", "What would change it"
    found = subject.drivers
    if not found.inputs:
        return Section(key, heading, missing=found.note or "no input moves the decision")
    top = found.inputs[:MOST]
    words = (
        f"Inputs explain {percent(found.explained)} of the variance of the {_gain(subject)} between draws"
        " (adjusted R²); the rest is luck and what is not linear. An effect is told clearly from 0 at 5%, corrected for"
        f" the number of inputs. {_turning(top)}",
    )
    columns: tuple[Column, ...] = (
        Column("input", "code", [d.input for d in top]),
        Column("share of variance", "odds", [d.variance_share for d in top]),
        Column("effect of one sd", "money", [d.effect_per_sd for d in top], errors=[d.se for d in top]),
        Column("told from 0", "text", ["clearly" if d.clear else "faintly" for d in top]),
        Column("lowest sampled", "number", [d.sampled_low for d in top]),
        Column("highest sampled", "number", [d.sampled_high for d in top]),
    )
    if any(math.isfinite(d.tips_at) for d in top):
        columns += (
            Column(f"{_pays(subject)} only", "text", ["" if math.isnan(d.tips_at) else d.side for d in top]),
            Column("this value", "number", [d.tips_at for d in top]),
        )
    title = "The input that matters" if len(top) == 1 else f"The {len(top)} inputs that matter most"
    return Section(key, heading, words, tables=(Table(title, columns),))


def changes(subject: Subject) -> tuple[str, ...]:
    """The two inputs that would change the answer most, in words; or why none are named."""
    found = subject.drivers
    if not found.inputs:
        return (found.note,)
    told = [(driver_in_words(d, _pays(subject)), meaning(subject.file.scenario, d.input)) for d in found.top]
    return tuple(f"{words}: {what}" if what else words for words, what in told)


def _pays(subject: Subject) -> str:
    if subject.ladder is not None:
        return pays_back(subject.ladder)
    return f"{subject.name(subject.main)} beats {subject.name(subject.other or subject.main)}"


def _gain(subject: Subject) -> str:
    if subject.ladder is not None:
        return f"marginal {npv_name(subject.ladder)}"
    return f"NPV of {subject.name(subject.main)} less that of {subject.name(subject.other or subject.main)}"


def _turning(top: Sequence[Driver]) -> str:
    if all(math.isnan(driver.tips_at) for driver in top):
        return "No value of a single one within what was sampled turns the answer, the others at their means."
    return "The last columns say where the fitted line crosses 0, other inputs at their means; a dash: nowhere."

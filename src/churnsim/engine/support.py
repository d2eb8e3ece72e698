"""Incidents and the support desk. Equations and sources: scenario/support.py."""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import ENGAGEMENT, FIRST_VALUE_LEFT, INCIDENT_LEFT, MISFIT, N_INCIDENT
from churnsim.engine.arithmetic import exp32, fma
from churnsim.engine.clocks import fire
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import INCIDENT as INCIDENT_RECORD
from churnsim.engine.journal import note
from churnsim.engine.keys import INCIDENT, uniform
from churnsim.engine.onboarding import reached
from churnsim.engine.vectors import copy
from churnsim.engine.workspace import flagged, padded

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@jit()
def advance_incidents(flag, left, first_value_left, misfit, rate, b_misfit, b_no_value, constant):
    """Use up thresholds by rate exp(b . state); flag = 1 where an incident happens."""
    whole = constant + b_no_value
    for i in range(left.shape[0]):
        of_value = fma(-b_no_value, reached(first_value_left[i]), whole)
        left[i] -= rate * exp32(fma(b_misfit, np.float32(misfit[i]), of_value))
        flag[i] = np.int32(left[i] <= _ZERO)


@jit()
def answered_in_time(incidents, desk):
    """Share of contacts answered within the customers' patience: M/M/c (Erlang C)."""
    agents = desk.agents
    if agents == 0 or incidents == 0:
        return 1.0
    load = incidents * desk.handling / desk.hours_per_agent
    if load >= agents:
        return 0.0
    # Erlang B by its recursion, then C
    blocked = 1.0
    for c in range(1, agents + 1):
        blocked = load * blocked / (c + load * blocked)
    waits = blocked / (1.0 - load / agents * (1.0 - blocked))
    return 1.0 - waits * math.exp(-(agents - load) * desk.patience / desk.handling)


@inline()
def list_incidents(tables, work, a, d, s, low, high, month, key, n):
    """Step 3: append the incidents of the accounts [low, high) to the first `n`: columns in `work.candidate`, words in
    `work.key`. Return how many there are then, -1: no room.
    """
    seg = tables.segment[a, d, s]
    if seg.incident_rate <= _ZERO:
        return n
    reals, end = work.reals, padded(low, high)
    advance_incidents(
        work.flag[: end - low],
        reals[INCIDENT_LEFT, low:end],
        reals[FIRST_VALUE_LEFT, low:end],
        work.whole[MISFIT, low:end],
        seg.incident_rate,
        seg.incident_misfit,
        seg.incident_no_first_value,
        seg.incident_quality_gap * (_ONE - tables.quality[a, d, month]),
    )
    columns = work.chosen[: flagged(work, low, high, np.int32(1), work.chosen)]
    left, number = reals[INCIDENT_LEFT], work.whole[N_INCIDENT]
    firings = 0
    while columns.shape[0] > 0:
        last = n + columns.shape[0]
        if last > work.candidate.shape[0]:
            return -1
        firings += 1
        copy(columns, work.candidate[n:last])
        columns = columns[: fire(work, columns, left, number, firings, key, INCIDENT, 0)]
        copy(work.words[0], work.key[n:last])
        n = last
    return n


@inline()
def have_incidents(tables, work, a, d, month, flows):
    """Step 3: the listed incidents of all segments, first contact at the month's load, reactive hours of the teams."""
    first = work.incident_first
    segments = work.count.shape[0]
    work.reactive[:] = 0.0
    for s in range(segments):
        happened = first[s + 1] - first[s]
        flows[s, book.INCIDENTS] = happened
        if tables.desk_team[a, s] >= 0:
            work.reactive[tables.desk_team[a, s]] += happened * tables.segment[a, d, s].reactive_hours
    answered = answered_in_time(first[segments], tables.desk[a, d])
    for s in range(segments):
        seg = tables.segment[a, d, s]
        columns, words = work.candidate[first[s] : first[s + 1]], work.key[first[s] : first[s + 1]]
        at_once = seg.first_contact * answered
        flows[s, book.INCIDENTS_UNRESOLVED] = answer(
            work.reals[ENGAGEMENT], columns, words, at_once, _ONE - seg.incident_loss
        )
        if work.journal.shape[0] > 0:
            for c in range(columns.shape[0]):
                fails = uniform(np.uint64(np.uint32(words[c]))) >= at_once
                note(work, month, INCIDENT_RECORD, work.ids[columns[c]], 0, 1.0 if fails else 0.0)


@jit()
def answer(engagement, columns, words, resolved_at_once, kept):
    """First contact with the incidents of the accounts `columns`, by their words; return how many stay unresolved.

    `kept`: share of engagement that is left after such an incident.
    """
    unresolved = 0
    for c in range(columns.shape[0]):
        fails = uniform(np.uint64(np.uint32(words[c]))) >= resolved_at_once
        engagement[np.uint32(columns[c])] *= kept if fails else _ONE
        unresolved += np.int64(fails)
    return unresolved

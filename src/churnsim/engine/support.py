"""Incidents and the support desk. Equations and sources: scenario/support.py."""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine import ledger as book
from churnsim.engine.accounts import ARR, ENGAGEMENT, FIRST_VALUE, INCIDENT_LEFT, MISFIT, N_INCIDENT
from churnsim.engine.arithmetic import exp32, exponential32, fma
from churnsim.engine.clocks import MOST_FIRINGS
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import INCIDENT as INCIDENT_RECORD
from churnsim.engine.journal import note
from churnsim.engine.keys import INCIDENT, block, uniform
from churnsim.engine.workspace import collect, lanes

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


@jit()
def advance_incidents(flag, left, first_value, misfit, rate, b_misfit, b_no_value, constant):
    """Use up thresholds by rate exp(b . state); flag = 1 where an incident happens."""
    whole = constant + b_no_value
    for i in range(left.shape[0]):
        left[i] -= rate * exp32(fma(b_misfit, misfit[i], fma(-b_no_value, first_value[i], whole)))
        flag[i] = np.int32(left[i] <= _ZERO)


@jit()
def draw_incidents(threshold, who, ordinal, key):
    """Threshold to the next incident and, in the place of `who`, the word of first contact with this one."""
    for c in range(who.shape[0]):
        w0, w1, _, _ = block(key, who[c], INCIDENT, ordinal[c])
        threshold[c] = exponential32(w0)
        who[c] = w1


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
def have_incidents(tables, work, a, d, month, key, flows):
    """Step 3: incidents of all segments, first contact at the month's load, reactive hours of the teams."""
    reals, whole = work.reals, work.whole
    work.reactive[:] = 0.0
    n = 0
    incidents = 0
    for s in range(work.count.shape[0]):
        seg = tables.segment[a, d, s]
        if seg.incident_rate <= _ZERO:
            continue
        low, high = lanes(work, s)
        advance_incidents(
            work.flag[low:high],
            reals[INCIDENT_LEFT, low:high],
            reals[FIRST_VALUE, low:high],
            reals[MISFIT, low:high],
            seg.incident_rate,
            seg.incident_misfit,
            seg.incident_no_first_value,
            seg.incident_quality_gap * (_ONE - tables.quality[a, d, month]),
        )
        found = collect(work.flag[low : low + work.count[s]], work.candidate[n:], low, np.int32(1))
        for c in range(n, n + found):
            i = work.candidate[c]
            work.success[c] = work.ids[i]
            work.rescue[c] = np.uint64(whole[N_INCIDENT, i] + 1)
        draw_incidents(work.hazard[n : n + found], work.success[n : n + found], work.rescue[n : n + found], key)
        for c in range(n, n + found):
            i = work.candidate[c]
            reals[INCIDENT_LEFT, i] += work.hazard[c]
            fired = 1
            while reals[INCIDENT_LEFT, i] <= _ZERO and fired < MOST_FIRINGS:
                fired += 1
                words = block(key, work.ids[i], INCIDENT, whole[N_INCIDENT, i] + fired)
                reals[INCIDENT_LEFT, i] += exponential32(words[0])
            whole[N_INCIDENT, i] += fired
            if reals[INCIDENT_LEFT, i] <= _ZERO:
                reals[ARR, i] = np.nan  # beyond all reason: the month's check finds it
            work.candidate_play[c] = fired
            incidents += fired
            flows[s, book.INCIDENTS] += fired
            if tables.desk_team[a, s] >= 0:
                work.reactive[tables.desk_team[a, s]] += fired * seg.reactive_hours
        n += found
    answered = answered_in_time(incidents, tables.desk[a, d])
    s = 0
    for c in range(n):
        i = work.candidate[c]
        while i >= work.offset[s + 1]:
            s += 1
        seg = tables.segment[a, d, s]
        word = work.success[c]
        for j in range(work.candidate_play[c]):
            if j > 0:
                ordinal = whole[N_INCIDENT, i] - work.candidate_play[c] + 1 + j
                word = block(key, work.ids[i], INCIDENT, ordinal)[1]
            unresolved = uniform(word) >= seg.first_contact * answered
            if unresolved:
                reals[ENGAGEMENT, i] *= _ONE - seg.incident_loss
                flows[s, book.INCIDENTS_UNRESOLVED] += 1.0
            note(work, month, INCIDENT_RECORD, work.ids[i], 0, 1.0 if unresolved else 0.0)

"""The team's month: posts that open, fill, leave or are cut; hours, cost, orphans. Equations: scenario/team.py."""

from __future__ import annotations

import math

import numpy as np

from churnsim.engine.accounts import ENGAGEMENT, owners
from churnsim.engine.acquisition import draw_owners, first_records, last_record
from churnsim.engine.jit import inline, jit
from churnsim.engine.journal import POST_LEFT, note
from churnsim.engine.keys import POST, block, combine, uniform
from churnsim.engine.ledger import (
    HEADCOUNT,
    HOURS_AVAILABLE,
    HOURS_DEMANDED,
    HOURS_REACTIVE,
    LEAVERS,
    PROCESS,
    RAMPED_FTE,
    RECRUITING,
    SALARIES,
    SEVERANCE,
)
from churnsim.engine.workspace import span

_ONE = np.float32(1.0)
VACANT = np.int32(-1)
MOST_SECONDS = 1e15
"""More than any team can deliver; seconds are whole numbers of 64 bits."""
RAMPED = np.int32(-100_000)
"""Month of filling of today's staff: long enough ago to be ramped."""


@jit()
def attrition_threshold(team_key, post, departures, key):
    """Threshold of the clock to the next departure from a post."""
    words = block(key, combine(team_key, np.uint64(post)), POST, departures)
    return -math.log(uniform(words[0]))


@jit()
def open_team(work, t, posts, team_key, key):
    """Set the posts of team `t` as they stand today: filled and ramped."""
    work.funded[t] = posts
    work.hired[t, :] = 0
    work.overload[t] = 0.0
    for post in range(work.filled_since.shape[1]):
        work.filled_since[t, post] = RAMPED if post < posts else VACANT
        work.vacant_until[t, post] = 0
        work.departures[t, post] = 0
        work.lost[t, post] = 0
        work.attrition_left[t, post] = attrition_threshold(team_key, post, 0, key)


@inline()
def owned(tables, a, d, t, s):
    """Whether it matters who of team `t` owns the accounts of segment `s`."""
    return tables.serves[a, t, s] == 1 and tables.team[a, d, t].orphan_loss != 0.0


@inline()
def inherits_owners(tables, a, d, t):
    """Whether today's owners of team `t` are those of the base arm, which stand in the book's start."""
    same = tables.posts[a, t, 0] == tables.posts[0, t, 0]
    for s in range(tables.serves.shape[2]):
        same = same and (owned(tables, 0, d, t, s) or not owned(tables, a, d, t, s))
    return same


@jit()
def own(work, owner_row, ids, team_key, posts, key):
    """Write the owners of the accounts `ids` among the first `posts` posts of a team to `owner_row`, -1 without posts.

    The argmax over posts of U(account, post) is the last record of that sequence, and the gap to the next record after
    post b follows P(no record up to j) = (b + 1)/(j + 1): so records are drawn instead of all posts (Lamping & Veach
    2014, jump consistent hash). An (n + 1)-th post takes an (n + 1)-th of the accounts and moves no other.
    """
    draws, best, live = work.owner_draws, work.owner_record[0], work.owner_record[1]
    rows, chunk = draws.shape
    for first in range(0, ids.shape[0], chunk):
        n = min(ids.shape[0] - first, chunk)
        draw_owners(draws, ids[first : first + n], team_key, key)
        first_records(best[:n], live[:n], draws, posts)
        for c in range(n):
            record = best[c]
            if live[c] > 0.0:
                record = last_record(record, rows, ids[first + c], team_key, posts, key)
            owner_row[first + c] = np.int16(record) if posts > 0 else np.int16(-1)


@jit()
def assign(tables, work, a, t, posts, key):
    """Set the owners of all accounts of team `t` among its first `posts` posts."""
    for s in range(work.count.shape[0]):
        if tables.serves[a, t, s]:
            low, high = span(work, s)
            own(work, work.whole[owners(tables) + t, low:high], work.ids[low:high], tables.team_key[t], posts, key)


@jit()
def lose_owners(engagement, owner_row, lost, kept):
    """Leave a share of engagement to the accounts whose owner's post is marked in `lost`; -1 is no post."""
    for i in range(engagement.shape[0]):
        post = owner_row[i]
        if post >= 0:
            engagement[i] *= kept if lost[np.uint32(post)] != 0 else _ONE


@jit()
def orphan(tables, work, a, t, loss):
    """Take engagement from the accounts whose owner's post is marked in `work.lost`, and clear the marks."""
    for s in range(work.count.shape[0]):
        if tables.serves[a, t, s]:
            low, high = span(work, s)
            lose_owners(
                work.reals[ENGAGEMENT, low:high],
                work.whole[owners(tables) + t, low:high],
                work.lost[t],
                _ONE - loss,
            )
    work.lost[t, :] = 0


@jit()
def change_posts(tables, work, a, t, team, before, now, month, key, book):
    """Carry out the plan's change from `before` to `now` posts."""
    for post in range(now, before):
        if work.filled_since[t, post] != VACANT:
            book[SEVERANCE] += team.severance_cost
            # the accounts of a vacant post have lost their CSM already
            work.lost[t, post] = 1
        work.filled_since[t, post] = VACANT
    for post in range(before, now):
        work.filled_since[t, post] = VACANT
        work.vacant_until[t, post] = month + team.months_to_fill
    if team.orphan_loss != 0.0 and before != now:
        if now < before:
            orphan(tables, work, a, t, team.orphan_loss)
        assign(tables, work, a, t, now, key)


@inline()
def funded_posts(tables, work, a, d, t, month):
    """Posts of the plan and those that the hiring rule has added."""
    plan = tables.posts[a, t, month]
    return min(plan + work.hired[t, 0], max(tables.team[a, d, t].hire_most, plan))


@inline()
def close_team_month(tables, work, a, d, t, book):
    """Remember how overloaded the team was; after enough months the hiring rule adds a post."""
    team = tables.team[a, d, t]
    demanded, available = book[HOURS_DEMANDED], book[HOURS_AVAILABLE]
    work.overload[t] = max(demanded / available - 1.0, 0.0) if available > 0.0 else 0.0
    if team.hire_months > 0:
        work.hired[t, 1] = work.hired[t, 1] + 1 if demanded - available > team.hire_overload_hours else 0
        if work.hired[t, 1] >= team.hire_months:
            if work.funded[t] < team.hire_most:
                work.hired[t, 0] += 1
            work.hired[t, 1] = 0


@inline()
def staff_month(tables, work, a, d, t, month, key, book):
    """One month of team `t`: write its costs and hours to `book`, return the seconds it can deliver."""
    team = tables.team[a, d, t]
    posts = funded_posts(tables, work, a, d, t, month)
    before = work.funded[t]
    work.funded[t] = posts
    if posts != before:
        change_posts(tables, work, a, t, team, before, posts, month, key, book)
    hours = 0.0
    if posts > 0:
        book[PROCESS] = team.process_cost
    rate = team.attrition_rate * math.exp(team.overload_attrition * work.overload[t])
    wage = team.monthly_cost * (1.0 + team.wage_growth) ** ((month - 1) / 12.0)
    for post in range(posts):
        if work.filled_since[t, post] == VACANT and work.vacant_until[t, post] <= month:
            work.filled_since[t, post] = month
            book[RECRUITING] += team.recruiting_cost
        if work.filled_since[t, post] == VACANT:
            continue
        months_in_post = month - work.filled_since[t, post]
        ramp = 1.0 if team.ramp_months <= 0.0 else min(1.0, (months_in_post + 0.5) / team.ramp_months)
        book[HEADCOUNT] += 1.0
        book[RAMPED_FTE] += ramp
        book[SALARIES] += wage
        hours += ramp * team.hours
        # who leaves does so at the month's end
        work.attrition_left[t, post] -= rate
        if work.attrition_left[t, post] <= 0.0:
            leave_post(tables, work, t, post, team, month, key)
            note(work, month, POST_LEFT, np.uint64(post), t, 0.0)
            book[LEAVERS] += 1.0
    if book[LEAVERS] > 0.0 and team.orphan_loss != 0.0:
        orphan(tables, work, a, t, team.orphan_loss)
    if tables.extra[0] == 1:
        book[HOURS_REACTIVE] = work.reactive[t]
        hours = max(hours - work.reactive[t], 0.0)
    book[HOURS_AVAILABLE] = hours
    return np.int64(math.floor(min(hours * 3600.0, MOST_SECONDS) + 1e-6))


@jit()
def leave_post(tables, work, t, post, team, month, key):
    """A CSM leaves: the post is vacant, its accounts stay with it."""
    work.departures[t, post] += 1
    work.attrition_left[t, post] = attrition_threshold(tables.team_key[t], post, work.departures[t, post], key)
    work.filled_since[t, post] = VACANT
    work.vacant_until[t, post] = month + 1 + team.months_to_fill
    work.lost[t, post] = 1

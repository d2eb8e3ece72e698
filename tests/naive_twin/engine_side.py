"""The engine's side of the comparison: its journal, and its accounts at month 0 as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from churnsim.engine import accounts as rows
from churnsim.engine import ledger
from churnsim.engine.onboarding import REACHED
from churnsim.results.journal import Journal, journal
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.model import Scenario
from tests.engine.paths import Runner
from tests.naive_twin.account import NEVER, UNTOUCHED
from tests.naive_twin.exits import CLOSURE, PAYMENT

NAMES = {"flows": ledger.FLOW, "teams": ledger.TEAMS, "plays": ledger.PLAYS}
State = dict[str, Any]


def engine_journal(scenario: Scenario, book: Book | None = None) -> Journal:
    """Events and ledgers of replicate 0 under the scenario's own seed."""
    return journal(scenario, book=book)


def engine_start(scenario: Scenario, book: Book) -> list[tuple[int, State]]:
    """Accounts of a book at month 0: index of the segment, state."""
    file = ScenarioFile(None, scenario.name, "", {}, scenario)
    runner = Runner(file, book, scenario.run.seed, capacity=2_000)
    runner.run(0)
    tables, work = runner.compiled.tables, runner.work
    out = []
    for s in range(len(scenario.segments)):
        low = work.offset[s]
        for i in range(low, low + tables.book.first[s + 1] - tables.book.first[s]):
            out.append(
                (
                    s,
                    state_of(
                        scenario, s, int(work.start_ids[i]), work.start_reals[:, i], work.start_whole[:, i], tables
                    ),
                )
            )
    return out


def state_of(scenario: Scenario, s: int, who: int, reals: np.ndarray, whole: np.ndarray, tables: Any) -> State:
    """State of one account by name."""
    own = list(scenario.segments.values())[s]
    plays = list(scenario.playbooks)
    deliveries = dict(zip(plays, map(int, whole[len(whole) - 2 * len(plays) :]), strict=False))
    last = dict(zip(plays, map(int, whole[len(whole) - len(plays) :]), strict=True)) if plays else {}
    # who is in a trial's treated group the twin says itself
    last = {play: NEVER if month == rows.NEVER else month for play, month in last.items()}
    cause = int(whole[rows.INTENT])
    out: State = {
        "who": who,
        "arr": float(reals[rows.ARR]),
        "frailty": float(reals[rows.FRAILTY]),
        "adoption": float(reals[rows.ADOPTION]),
        "engagement": float(reals[rows.ENGAGEMENT]),
        "first_value": bool(reals[rows.FIRST_VALUE_LEFT] == REACHED),
        "shield": float(reals[rows.SHIELD]),
        "lift": float(reals[rows.LIFT]),
        "uplift": float(reals[rows.UPLIFT]),
        "intent": None if cause < 0 else scenario.causes[cause],
        "tenure": int(whole[rows.TENURE]),
        "to_renewal": int(whole[rows.TO_RENEWAL]),
        "term": int(tables.terms[whole[rows.TERM]]),
        "renewals": int(whole[rows.RENEWALS]),
        "since_touch": int(whole[rows.SINCE_TOUCH]),
        "exit_month": int(whole[rows.EXIT] // 2),
        "exit_kind": (CLOSURE, PAYMENT)[whole[rows.EXIT] % 2],
        "deliveries": deliveries,
        "delivered_in": last,
        "clocks": {
            "intent": (int(whole[rows.N_INTENT]), float(reals[rows.INTENT_LEFT])),
            "first_value": (0, float(reals[rows.FIRST_VALUE_LEFT])),
            "upsell": (int(whole[rows.N_UPSELL]), float(reals[rows.UPSELL_LEFT])),
            "contraction": (int(whole[rows.N_CONTRACTION]), float(reals[rows.CONTRACTION_LEFT])),
        },
        # where no account needs them these are not kept
        "misfit": False,
        "products": 1,
        "ceiling": own.engagement.adoption_ceiling,
        "sponsor": True,
        "gap": 0.0,
    }
    if tables.extra[0]:
        out |= optional_state(own, reals, whole)
        for name, number, left in (
            ("sponsor", rows.N_SPONSOR, rows.SPONSOR_LEFT),
            ("cross_sell", rows.N_CROSS_SELL, rows.CROSS_SELL_LEFT),
            ("incident", rows.N_INCIDENT, rows.INCIDENT_LEFT),
            ("referral", rows.N_REFERRAL, rows.REFERRAL_LEFT),
        ):
            out["clocks"][name] = (int(whole[number]), float(reals[left]))
    return out


def optional_state(own: Any, reals: np.ndarray, whole: np.ndarray) -> State:
    """What an account carries for the mechanisms that not every scenario has."""
    misfit = bool(whole[rows.MISFIT])
    bare = own.engagement.adoption_ceiling * (own.engagement.misfit_ceiling_factor if misfit else 1.0)
    return {
        "misfit": misfit,
        "products": int(whole[rows.PRODUCTS]),
        "ceiling": 1.0 - (1.0 - bare) * float(reals[rows.ROOM]),
        "sponsor": whole[rows.N_SPONSOR] % 2 == 0,
        "gap": float(reals[rows.GAP]),
    }


assert rows.UNTOUCHED == UNTOUCHED
assert -rows.NEVER == NEVER

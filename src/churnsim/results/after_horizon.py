"""Value after the horizon: what is still to come of the accounts at the horizon, apart from the net present value.

run_off:  the discounted contribution of the arm's own months behind the horizon, in which nobody enters.
multiple: max(0, m + m_N (NRR - 1) + m_G growth) x (ARR less ARR of those that have decided to leave) (1 + d)^(-M/12),
          with NRR of the last full year's cohort and the growth of ARR over the last 12 months; a term that is not
          defined, for want of a full year or of ARR at its start, counts 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from churnsim.engine import ledger
from churnsim.results.summary import Arrays, Ledgers, cash, discount, discounted_salaries

if TYPE_CHECKING:
    from churnsim.scenario.money import AfterHorizon


METRIC_POLICY = "standard"
"""Metric policy (metrics/policy.py) of the NRR that a multiple depends on, and so of every stored run."""


def value_after_horizon(book: Ledgers, money: Arrays, d: int, horizon: int, ways: Sequence[AfterHorizon]) -> np.ndarray:
    """Value after the horizon (R, A) of the paths of draw `d`; `ways` says by arm how it is reckoned."""
    out = np.zeros(book.flows.shape[:2])
    kinds = [way.kind for way in ways]
    if "run_off" in kinds:
        _, _, contribution = cash(book, money, d)
        present = contribution * discount(money, d, contribution.shape[2])
        for a, way in enumerate(ways):
            if way.kind == "run_off":
                out[:, a] = present[:, a, horizon : horizon + way.run_off_months].sum(axis=-1)
    if "multiple" in kinds:
        worth = _multiple(book, money, d, horizon)
        for a, kind in enumerate(kinds):
            if kind == "multiple":
                out[:, a] = worth[:, a]
    return out


def salaries_after_horizon(
    book: Ledgers, money: Arrays, d: int, horizon: int, ways: Sequence[AfterHorizon]
) -> np.ndarray:
    """Discounted salaries (R, A, T) in the run-off of the paths of draw `d`; 0 where the value is not of a run-off."""
    out = np.zeros((*book.teams.shape[:2], book.teams.shape[3]))
    if any(way.kind == "run_off" for way in ways):
        paid = discounted_salaries(book, money, d)
        for a, way in enumerate(ways):
            if way.kind == "run_off":
                out[:, a] = paid[:, a, horizon : horizon + way.run_off_months].sum(axis=1)
    return out


def _multiple(book: Ledgers, money: Arrays, d: int, horizon: int) -> np.ndarray:
    """The value (R, A) by a multiple of ARR, for all arms."""
    multiple = (
        money["multiple"][:, d]
        + money["multiple_per_nrr"][:, d] * _retention(book, horizon)
        + money["multiple_per_growth"][:, d] * _growth(book, horizon)
    )
    end = book.flows[:, :, horizon - 1].sum(axis=2)
    arr = end[..., ledger.ARR_CLOSING] - end[..., ledger.ARR_INTENDING]
    factor = (1.0 + money["annual_discount"][:, d]) ** (-horizon / 12.0)
    return np.asarray(np.maximum(multiple, 0.0) * arr * factor)


def _retention(book: Ledgers, horizon: int) -> np.ndarray:
    """Net revenue retention of the last full year less 1 (R, A)."""
    years = horizon // 12
    if years == 0:
        return np.zeros(book.flows.shape[:2])
    cohort = book.cohorts[:, :, years - 1].sum(axis=2)
    return _change(cohort[..., ledger.COHORT_ARR_OPENING], cohort[..., ledger.COHORT_ARR_NOW])


def _growth(book: Ledgers, horizon: int) -> np.ndarray:
    """Growth of ARR over the last 12 months (R, A)."""
    if horizon < 12:
        return np.zeros(book.flows.shape[:2])
    first, last = book.flows[:, :, horizon - 12], book.flows[:, :, horizon - 1]
    return _change(first[..., ledger.ARR_OPENING].sum(axis=2), last[..., ledger.ARR_CLOSING].sum(axis=2))


def _change(then: np.ndarray, now: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(now - then, then, out=np.zeros_like(then), where=then > 0.0))

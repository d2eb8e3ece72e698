"""From the ledgers of a batch of paths to the numbers that are kept of each path.

Ledgers have the leading axes (R, A) and then the axes of engine/ledger.py. All sums run over the axes of one path, so a
number does not depend on the batch in which its path was simulated.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from churnsim.engine import ledger
from churnsim.results.fields import MOVEMENTS
from churnsim.results.years import account_months, of_years

Arrays = dict[str, np.ndarray]


class Ledgers(NamedTuple):
    """Ledgers of the paths of one draw."""

    flows: np.ndarray  # (R, A, M, S, FLOW)
    churn: np.ndarray  # (R, A, M, S, causes, 2)
    teams: np.ndarray  # (R, A, M, T, TEAMS)
    plays: np.ndarray  # (R, A, M, P, PLAYS)
    cohorts: np.ndarray  # (R, A, Y, S, COHORT)

    @classmethod
    def zeros(cls, paths: tuple[int, int], months: int, segments: int, causes: int, teams: int, plays: int) -> Ledgers:
        """Empty ledgers for (replicates, arms) paths; at least one year of cohorts."""
        return cls(
            np.zeros((*paths, months, segments, len(ledger.FLOW))),
            np.zeros((*paths, months, segments, causes, 2)),
            np.zeros((*paths, months, teams, len(ledger.TEAMS))),
            np.zeros((*paths, months, plays, len(ledger.PLAYS))),
            np.zeros((*paths, max(months // 12, 1), segments, len(ledger.COHORT))),
        )

    def until(self, month: int) -> Ledgers:
        """The first months and their full years, as views."""
        flows, churn, teams, plays = (part[:, :, :month] for part in self[:4])
        return Ledgers(flows, churn, teams, plays, self.cohorts[:, :, : month // 12])


def cash(book: Ledgers, money: Arrays, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Revenue (R, A, M, S), cost by line (R, A, M, lines), contribution (R, A, M) of draw `d`."""

    def of_arm(name: str, axes: int) -> np.ndarray:
        return money[name][:, d].reshape((1, -1) + (1,) * axes)

    flow = book.flows
    revenue = (flow[..., ledger.ARR_OPENING] + flow[..., ledger.ARR_CLOSING]) / 24.0
    served = (flow[..., ledger.ACCOUNTS_OPENING] + flow[..., ledger.ACCOUNTS_CLOSING]).sum(axis=-1) / 2.0
    team = book.teams.sum(axis=3)
    lines = [
        served * of_arm("annual_cost_to_serve", 1) / 12.0,
        team[..., ledger.SALARIES],
        team[..., ledger.RECRUITING],
        team[..., ledger.SEVERANCE],
        flow[..., ledger.PLAY_COST].sum(axis=-1),
        flow[..., ledger.ACQUISITION_COST].sum(axis=-1),
        (flow[..., ledger.ARR_UPSELL] + flow[..., ledger.ARR_CROSS_SELL]).sum(axis=-1)
        * of_arm("expansion_cost_share", 1),
        team[..., ledger.PROCESS],
        of_arm("product_monthly_cost", 1),
        (of_arm("desk_annual_cost", 1) + served * of_arm("annual_deflection_cost", 1)) / 12.0,
        of_arm("annual_fixed_cost", 1) / 12.0,
    ]
    cost = np.stack(np.broadcast_arrays(*lines), axis=-1)
    # one by one, so that a line of zeros changes no bit
    contribution = revenue.sum(axis=-1) * of_arm("gross_margin", 1) - sum(lines[1:], start=lines[0])
    return revenue, cost, contribution


def discount(money: Arrays, d: int, months: int) -> np.ndarray:
    """Discount factors (1, A, M) of the months in draw `d`."""
    t = np.arange(1, months + 1)
    return np.asarray((1.0 + money["annual_discount"][:, d])[None, :, None] ** (-(t - 0.5) / 12.0))


def discounted_salaries(book: Ledgers, money: Arrays, d: int) -> np.ndarray:
    """Loaded cost of filled posts by month and team (R, A, M, T), discounted."""
    factors = discount(money, d, book.teams.shape[2])
    return np.asarray(book.teams[..., ledger.SALARIES] * factors[..., None])


AT_START = ("arr_opening", "accounts_opening")
AT_END = ("arr_closing", "accounts_closing", "arr_intending", "accounts_intending", "promoters", "detractors")
SUMMED = (
    *MOVEMENTS,
    "accounts_new",
    "accounts_reactivated",
    "first_values",
    "months_to_first_value",
    "leads",
    "referrals",
    "upsells",
    "cross_sells",
    "contractions",
    "incidents",
    "incidents_unresolved",
    "billings",
)
"""Columns of `flow` that a window takes from its first month, from its last, and as sums."""
TEAM_SUMS = (
    "headcount",
    "ramped_fte",
    "hours_available",
    "hours_demanded",
    "hours_delivered",
    "leavers",
    "hours_reactive",
)
"""Columns of `teams` that a window sums."""


def summarise(book: Ledgers, money: Arrays, d: int) -> Arrays:
    """Numbers of each path; axes (R, A, ...) with `window`, `year` or `month` next."""
    months = book.flows.shape[2]
    revenue, cost, contribution = cash(book, money, d)
    present = contribution * discount(money, d, months)
    gross = revenue.sum(axis=-1) * money["gross_margin"][:, d].reshape(1, -1, 1)
    ends = (min(12, months), months)

    def summed(monthly: np.ndarray) -> np.ndarray:
        return np.stack([monthly[:, :, :end].sum(axis=2) for end in ends], axis=2)

    def last(monthly: np.ndarray) -> np.ndarray:
        return np.stack([monthly[:, :, end - 1] for end in ends], axis=2)

    flow = {name: book.flows[..., column] for column, name in enumerate(ledger.FLOW)}
    churned = book.churn.sum(axis=4)
    out: Arrays = {}
    for name in AT_START:
        out[name] = np.stack([flow[name][:, :, 0]] * 2, axis=2)
    for name in AT_END:
        out[name] = last(flow[name])
    for name in SUMMED:
        out[name] = summed(flow[name])
    out["arr_churned"] = summed(churned[..., 0])
    out["accounts_churned"] = summed(churned[..., 1])
    out["revenue"] = summed(revenue)
    out["account_months"] = summed(account_months(book.flows))
    with np.errstate(invalid="ignore", divide="ignore"):
        out["health"] = last(flow["health_sum"]) / out["accounts_closing"]
    by_cause = summed(book.churn.sum(axis=3))
    out["arr_churned_by_cause"], out["accounts_churned_by_cause"] = by_cause[..., 0], by_cause[..., 1]
    out["cost"] = summed(cost)
    out["gross_profit"] = summed(gross)
    out["contribution"] = summed(contribution)
    out["npv"] = summed(present)
    for column, name in enumerate(ledger.COHORT):
        out[name] = book.cohorts[:, :, : months // 12, :, column]
    for name in TEAM_SUMS:
        hours = summed(book.teams[..., ledger.TEAMS.index(name)])
        out[f"{name}_months" if name in ("headcount", "ramped_fte") else name] = hours
    # a net present value is linear in what a CSM costs: this is its slope
    out["salaries_discounted"] = summed(discounted_salaries(book, money, d))
    for column, name in enumerate(ledger.PLAYS):
        out[name] = summed(book.plays[..., column])
    out["contribution_by_month"] = contribution
    out["discounted_contribution_by_month"] = present
    return out | of_years(book.flows, churned, revenue, gross, cost)


def monthly(book: Ledgers, money: Arrays, d: int) -> Arrays:
    """Every monthly field of each path; axes (R, A, M, ...)."""
    revenue, cost, _ = cash(book, money, d)
    out = {f"{name}_by_month": book.flows[..., column] for column, name in enumerate(ledger.FLOW)}
    churned = book.churn.sum(axis=4)
    out["arr_churned_by_month"], out["accounts_churned_by_month"] = churned[..., 0], churned[..., 1]
    out["arr_churned_by_cause_by_month"] = book.churn[..., 0]
    out["accounts_churned_by_cause_by_month"] = book.churn[..., 1]
    out["revenue_by_month"] = revenue
    out["cost_by_month"] = cost
    out |= {f"{name}_by_month": book.teams[..., column] for column, name in enumerate(ledger.TEAMS)}
    out |= {f"{name}_by_month": book.plays[..., column] for column, name in enumerate(ledger.PLAYS)}
    return out


PATH_SERIES = ("arr_closing", "arr_churned", "arr_intending", "accounts_closing", "revenue", "billings")
"""Series of segments whose total is kept by month at the level `paths`."""
TEAM_SERIES = ("headcount", "hours_available", "hours_demanded", "hours_delivered")
"""Series of teams whose total is kept by month at the level `paths`."""


def path_series(book: Ledgers, money: Arrays, d: int) -> Arrays:
    """Totals by month of each path; axes (R, A, M)."""
    fields = monthly(book, money, d)
    return {f"total_{name}_by_month": fields[f"{name}_by_month"].sum(axis=-1) for name in (*PATH_SERIES, *TEAM_SERIES)}

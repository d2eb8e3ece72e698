"""Ledger: what is written down each month.

Columns of `flow` (months, segments, columns), of `teams` (months, teams, columns), of `plays` (months, playbooks,
columns) and of `cohort` (years, segments, columns). Churn stands by cause in `churn` (months, segments, causes, 2):
ARR, accounts; the root causes first, then closure, then payment. In every month

    opening + new + upsell + cross-sell + price + reactivated - contraction - churned = closing,

where opening and closing are summed over the accounts and the movements are booked as they happen.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ARR, ARR_ANNIVERSARY, INTENT, TERM, TO_RENEWAL
from churnsim.engine.arithmetic import floor32
from churnsim.engine.jit import jit
from churnsim.engine.vectors import total

FLOW = (
    "arr_opening",
    "arr_new",
    "arr_upsell",
    "arr_price",
    "arr_contraction",
    "arr_closing",
    "arr_intending",
    "accounts_opening",
    "accounts_new",
    "accounts_closing",
    "accounts_intending",
    "health_sum",
    "first_values",
    "months_to_first_value",
    "leads",
    "acquisition_cost",
    "play_cost",
    "upsells",
    "contractions",
    "arr_cross_sell",
    "arr_reactivated",
    "accounts_reactivated",
    "cross_sells",
    "promoters",
    "detractors",
    "incidents",
    "incidents_unresolved",
    "referrals",
    "billings",
)
(
    ARR_OPENING,
    ARR_NEW,
    ARR_UPSELL,
    ARR_PRICE,
    ARR_CONTRACTION,
    ARR_CLOSING,
    ARR_INTENDING,
    ACCOUNTS_OPENING,
    ACCOUNTS_NEW,
    ACCOUNTS_CLOSING,
    ACCOUNTS_INTENDING,
    HEALTH_SUM,
    FIRST_VALUES,
    MONTHS_TO_FIRST_VALUE,
    LEADS,
    ACQUISITION_COST,
    PLAY_COST,
    UPSELLS,
    CONTRACTIONS,
    ARR_CROSS_SELL,
    ARR_REACTIVATED,
    ACCOUNTS_REACTIVATED,
    CROSS_SELLS,
    PROMOTERS,
    DETRACTORS,
    INCIDENTS,
    INCIDENTS_UNRESOLVED,
    REFERRALS,
    BILLINGS,
) = range(len(FLOW))

TEAMS = (
    "headcount",
    "ramped_fte",
    "hours_available",
    "hours_demanded",
    "hours_delivered",
    "leavers",
    "salaries",
    "recruiting",
    "severance",
    "hours_reactive",
    "process",
)
(
    HEADCOUNT,
    RAMPED_FTE,
    HOURS_AVAILABLE,
    HOURS_DEMANDED,
    HOURS_DELIVERED,
    LEAVERS,
    SALARIES,
    RECRUITING,
    SEVERANCE,
    HOURS_REACTIVE,
    PROCESS,
) = range(len(TEAMS))

PLAYS = ("plays_demanded", "plays_delivered", "plays_succeeded")
DEMANDED, DELIVERED, SUCCEEDED = range(len(PLAYS))

COHORT = ("cohort_arr_opening", "cohort_arr_now", "cohort_arr_kept", "cohort_accounts_opening", "cohort_accounts_now")
(COHORT_ARR_OPENING, COHORT_ARR_NOW, COHORT_ARR_KEPT, COHORT_ACCOUNTS_OPENING, COHORT_ACCOUNTS_NOW) = range(len(COHORT))

CLOSURE, PAYMENT = 0, 1
"""Places of the immediate exits behind the root causes."""
_NO_INTENT = np.int16(-1)
_ZERO = np.float32(0.0)
_HALF = np.float32(0.5)


@jit()
def of_those_above(out, arr, values, least):
    """ARR of accounts whose value lies above `least`, 0 of the others; return how many they are."""
    count = np.int32(0)
    for i in range(out.shape[0]):
        above = values[i] > least
        out[i] = arr[i] if above else _ZERO
        count += np.int32(above)
    return count


@jit()
def bill(out, arr, term, to_renewal, which, months, period):
    """Write what accounts with the term number `which`, of so many months, are billed at the month's end.

    A contract is billed at its start and after each `period`, for a whole one.
    """
    years, rest = np.float32(period / 12.0), np.float32(months % period)
    length, per_month = np.float32(period), np.float32(1.0) / np.float32(period)
    for i in range(out.shape[0]):
        left = np.float32(to_renewal[i])
        # half a month more, lest a quotient that is whole is rounded down
        due = left - length * floor32((left + _HALF) * per_month) == rest
        out[i] = arr[i] * years if due & (term[i] == which) else out[i]


@jit()
def bill_all(out, arr, term, to_renewal, terms, billing_months):
    """ARR that is invoiced at the month's end."""
    for i in range(out.shape[0]):
        out[i] = _ZERO
    for k in range(terms.shape[0]):
        bill(out, arr, term, to_renewal, np.int32(k), terms[k], min(billing_months, terms[k]))


@jit()
def close_month(flow, scratch, reals, whole, low, high, terms, billing_months):
    """Add closing sums of the columns [low, high) to their segment's row of `flow`; `scratch` (TILE,) float32."""
    arr, out = reals[ARR, low:high], scratch[: high - low]
    flow[ARR_CLOSING] += total(arr)
    flow[ACCOUNTS_INTENDING] += of_those_above(out, arr, whole[INTENT, low:high], _NO_INTENT)
    flow[ARR_INTENDING] += total(out)
    bill_all(out, arr, whole[TERM, low:high], whole[TO_RENEWAL, low:high], terms, billing_months)
    flow[BILLINGS] += total(out)


@jit()
def of_what_stayed(out, arr, then):
    """ARR as of the last anniversary as far as it is still there."""
    for i in range(out.shape[0]):
        out[i] = min(arr[i], then[i])


@jit()
def close_year(cohort, scratch, reals, low, high):
    """Add the sums of the accounts [low, high) that were active at the last anniversary; `scratch` (TILE,) float32."""
    arr, then, out = reals[ARR, low:high], reals[ARR_ANNIVERSARY, low:high], scratch[: high - low]
    cohort[COHORT_ACCOUNTS_NOW] += of_those_above(out, arr, then, _ZERO)
    cohort[COHORT_ARR_NOW] += total(out)
    of_what_stayed(out, arr, then)
    cohort[COHORT_ARR_KEPT] += total(out)


@jit()
def open_year(cohort, reals, low, high):
    """Note the ARR of today's accounts, the cohort of the year that begins."""
    arr = reals[ARR, low:high]
    then = reals[ARR_ANNIVERSARY, low:high]
    for i in range(arr.shape[0]):
        then[i] = arr[i]
    cohort[COHORT_ARR_OPENING] = total(arr)
    cohort[COHORT_ACCOUNTS_OPENING] = high - low

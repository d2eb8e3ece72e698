"""Ledger: what is written down each month.

Columns of `flow` (months, segments, columns), of `teams` (months, teams, columns), of `plays` (months, playbooks,
columns) and of `cohort` (years, segments, columns). Churn stands by cause in `churn` (months, segments, causes, 2):
ARR, accounts; the root causes first, then closure, then payment. In every month

    opening + new + upsell + cross-sell + price + reactivated - contraction - churned = closing,

where opening and closing are summed over the accounts and the movements are booked as they happen.
"""

from __future__ import annotations

import numpy as np

from churnsim.engine.accounts import ADOPTION, ARR, ARR_ANNIVERSARY, ENGAGEMENT, INTENT
from churnsim.engine.arithmetic import total
from churnsim.engine.jit import jit

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


@jit()
def close_month(flow, reals, whole, low, high, adoption_weight):
    """Write closing sums of one segment's accounts [low, high) to its row of `flow`."""
    arr = reals[ARR, low:high]
    intent = whole[INTENT, low:high]
    flow[ARR_CLOSING] = total(arr)
    flow[ACCOUNTS_CLOSING] = high - low
    weight = np.float64(adoption_weight)
    adoption = total(reals[ADOPTION, low:high])
    flow[HEALTH_SUM] = weight * adoption + (1.0 - weight) * total(reals[ENGAGEMENT, low:high])
    intending = 0
    for i in range(intent.shape[0]):
        intending += np.int32(intent[i] >= 0)
    flow[ACCOUNTS_INTENDING] = intending
    leaving = 0.0
    if intending > 0:
        for i in range(intent.shape[0]):
            if intent[i] >= 0:
                leaving += np.float64(arr[i])
    flow[ARR_INTENDING] = leaving


@jit()
def invoice_sum(out, arr, term, to_renewal, table, width):
    """ARR that is invoiced at the month's end: `table` holds the years billed by term and months to renewal."""
    for i in range(arr.shape[0]):
        out[i] = arr[i] * table[np.uint32(term[i] * width + min(to_renewal[i], width - np.int32(1)))]
    return total(out)


@jit()
def open_invoices(table, terms, billing_months):
    """Years billed at each months-to-renewal of each term: the billing period where one begins, else 0."""
    width = table.shape[0] // terms.shape[0]
    for k in range(terms.shape[0]):
        period = min(billing_months, terms[k])
        for left in range(width):
            due = left <= terms[k] and (terms[k] - left) % period == 0 and left > 0
            table[k * width + left] = period / 12.0 if due else 0.0


@jit()
def close_year(cohort, reals, low, high):
    """Write the sums of the accounts that were active at the last anniversary."""
    arr = reals[ARR, low:high]
    then = reals[ARR_ANNIVERSARY, low:high]
    now_sum = kept = 0.0
    count = 0
    for i in range(arr.shape[0]):
        if then[i] > 0.0:
            now_sum += np.float64(arr[i])
            kept += np.float64(min(arr[i], then[i]))
            count += 1
    cohort[COHORT_ARR_NOW] = now_sum
    cohort[COHORT_ARR_KEPT] = kept
    cohort[COHORT_ACCOUNTS_NOW] = count


@jit()
def open_year(cohort, reals, low, high):
    """Note the ARR of today's accounts, the cohort of the year that begins."""
    arr = reals[ARR, low:high]
    then = reals[ARR_ANNIVERSARY, low:high]
    for i in range(arr.shape[0]):
        then[i] = arr[i]
    cohort[COHORT_ARR_OPENING] = total(arr)
    cohort[COHORT_ACCOUNTS_OPENING] = high - low

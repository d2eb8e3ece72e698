"""Full years of a path, for metrics of a year: movements by segment, money, and retention month by month, chained."""

from __future__ import annotations

import numpy as np

from churnsim.engine import ledger
from churnsim.results.fields import MOVEMENTS

Arrays = dict[str, np.ndarray]

COUNTS = ("accounts_new", "accounts_reactivated")
AT_YEARS_END = ("arr_closing", "arr_intending", "accounts_closing")
IN_SEGMENT = len(MOVEMENTS) + len(COUNTS) + len(AT_YEARS_END) + 5
"""Fields by year and segment: besides, churn of ARR and accounts, revenue, that of first sales, account-months."""
RETAINED = ("nrr", "nrr_with_reactivated", "grr", "logo_retention")
CHAINED = tuple(f"{name}_{how}" for name in RETAINED for how in ("chained", "summed"))
"""Months of a year, all segments together: the product of what each retains, and the sum of what each changes."""


def of_years(
    flows: np.ndarray, churned: np.ndarray, revenue: np.ndarray, gross: np.ndarray, cost: np.ndarray
) -> Arrays:
    """Fields of full years, axes (R, A, Y, ...), from months.

    Parameters: flows (R, A, M, S, FLOW), churned (R, A, M, S, 2), revenue (R, A, M, S), gross profit (R, A, M), cost
    (R, A, M, lines).
    """
    flow = {name: _by_year(flows[..., column]) for column, name in enumerate(ledger.FLOW)}
    lost, left = _by_year(churned[..., 0]), _by_year(churned[..., 1])
    earned = _by_year(revenue)
    out = {f"{name}_by_year": flow[name].sum(axis=3) for name in (*MOVEMENTS, *COUNTS)}
    out |= {f"{name}_by_year": flow[name][:, :, :, -1] for name in AT_YEARS_END}
    out["arr_churned_by_year"], out["accounts_churned_by_year"] = lost.sum(axis=3), left.sum(axis=3)
    out["revenue_by_year"] = earned.sum(axis=3)
    # accounts enter in mid-month
    to_come = (12.5 - np.arange(1, 13)) / 12.0
    out["revenue_of_first_sales_by_year"] = (flow["arr_new"] * to_come[:, None]).sum(axis=3)
    out["account_months_by_year"] = _by_year(account_months(flows)).sum(axis=3)
    out["gross_profit_by_year"] = _by_year(gross).sum(axis=3)
    out["cost_by_year"] = _by_year(cost).sum(axis=3)
    return out | _chained(flow, lost, left)


def account_months(flows: np.ndarray) -> np.ndarray:
    """Mean of opening and closing accounts of each month (..., M, S)."""
    return np.asarray((flows[..., ledger.ACCOUNTS_OPENING] + flows[..., ledger.ACCOUNTS_CLOSING]) / 2.0)


def _chained(flow: Arrays, lost: np.ndarray, left: np.ndarray) -> Arrays:
    """Fields `CHAINED`; NaN (masked) where a month begins with nothing."""
    price = flow["arr_price"]
    # prices fall in some segments where they do: what falls is a loss
    losses = (flow["arr_contraction"] + lost + np.maximum(-price, 0.0)).sum(axis=-1)
    gains = (flow["arr_upsell"] + flow["arr_cross_sell"] + np.maximum(price, 0.0)).sum(axis=-1)
    back = flow["arr_reactivated"].sum(axis=-1)
    arr, accounts = flow["arr_opening"].sum(axis=-1), flow["accounts_opening"].sum(axis=-1)
    changes = ((gains - losses, arr), (gains + back - losses, arr), (-losses, arr), (-left.sum(axis=-1), accounts))
    out: Arrays = {}
    for name, (change, base) in zip(RETAINED, changes, strict=True):
        relative = np.divide(change, base, out=np.full_like(base, np.nan), where=base > 0.0)
        out[f"{name}_chained_by_year"] = (1.0 + relative).prod(axis=-1)
        out[f"{name}_summed_by_year"] = relative.sum(axis=-1)
    return out


def _by_year(monthly: np.ndarray) -> np.ndarray:
    """Months (R, A, M, ...) as full years and their months (R, A, Y, 12, ...)."""
    years = monthly.shape[2] // 12
    return monthly[:, :, : 12 * years].reshape(*monthly.shape[:2], years, 12, *monthly.shape[3:])

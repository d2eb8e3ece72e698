"""Fields: names, units and meanings of what a simulation reports."""

from __future__ import annotations

MONEY = "currency"
"""Stands for the scenario's currency in the units below."""

UNITS: dict[str, tuple[str, str]] = {
    "arr_opening": (MONEY, "ARR at the start of the window"),
    "arr_closing": (MONEY, "ARR at the end of the window"),
    "arr_new": (MONEY, "ARR of new accounts"),
    "arr_upsell": (MONEY, "ARR added by upsell"),
    "arr_cross_sell": (MONEY, "ARR added by cross-sell"),
    "arr_price": (MONEY, "ARR added by price changes at renewal"),
    "arr_reactivated": (MONEY, "ARR of accounts won back"),
    "arr_contraction": (MONEY, "ARR lost to contraction"),
    "arr_churned": (MONEY, "ARR lost with accounts that left"),
    "arr_intending": (MONEY, "ARR of accounts that have decided to leave but still pay, at the end of the window"),
    "accounts_opening": ("accounts", "accounts at the start of the window"),
    "accounts_closing": ("accounts", "accounts at the end of the window"),
    "accounts_new": ("accounts", "new accounts"),
    "accounts_reactivated": ("accounts", "accounts won back"),
    "accounts_churned": ("accounts", "accounts that left"),
    "accounts_intending": ("accounts", "accounts that have decided to leave but still pay, at the end of the window"),
    "revenue": (MONEY, "revenue: mean of opening and closing ARR of each month, over 12"),
    "revenue_of_first_sales": (
        MONEY,
        "revenue that the ARR of the year's new accounts brings up to the year's end, as if it stayed what it was",
    ),
    "account_months": ("account-months", "mean of opening and closing accounts of each month, summed over months"),
    "nrr_chained": ("1", "product over the year's months of the net revenue retention of the month's accounts"),
    "nrr_summed": ("1", "sum over the year's months of that retention less 1"),
    "nrr_with_reactivated_chained": ("1", "product over months, with the ARR of accounts won back in the month"),
    "nrr_with_reactivated_summed": ("1", "sum over months of that retention less 1"),
    "grr_chained": ("1", "product over the year's months of the gross revenue retention of the month's accounts"),
    "grr_summed": ("1", "sum over the year's months of that retention less 1"),
    "logo_retention_chained": ("1", "product over the year's months of the share of accounts that stay"),
    "logo_retention_summed": ("1", "sum over the year's months of that share less 1"),
    "health": ("1", "mean latent health at the end of the window"),
    "health_sum": ("1", "sum of latent health over accounts"),
    "first_values": ("accounts", "accounts that reached first value"),
    "months_to_first_value": ("months", "months from entry to first value, summed over the accounts that reached it"),
    "leads": ("leads", "leads"),
    "upsells": ("events", "upsells"),
    "cross_sells": ("events", "cross-sells"),
    "contractions": ("events", "contractions"),
    "promoters": ("accounts", "accounts that recommend the product, at the end of the window"),
    "detractors": ("accounts", "accounts that advise against the product, at the end of the window"),
    "referrals": ("leads", "leads that promoters brought; they count among the leads"),
    "incidents": ("incidents", "incidents that reached the support desk"),
    "incidents_unresolved": ("incidents", "incidents that were not resolved at first contact"),
    "billings": (MONEY, "cash invoiced"),
    "acquisition_cost": (MONEY, "cost of leads"),
    "play_cost": (MONEY, "cost of plays besides the team's hours"),
    "arr_churned_by_cause": (MONEY, "ARR lost, by root cause or kind of immediate exit"),
    "accounts_churned_by_cause": ("accounts", "accounts lost, by root cause or kind of immediate exit"),
    "cost": (MONEY, "cost by line"),
    "gross_profit": (MONEY, "revenue times gross margin"),
    "contribution": (MONEY, "gross profit less all costs"),
    "npv": (MONEY, "discounted contribution"),
    "value_after_horizon": (MONEY, "value after the horizon, discounted; not in the net present value"),
    "cohort_arr_opening": (MONEY, "ARR at the start of the year"),
    "cohort_arr_now": (MONEY, "ARR at the year's end of the accounts that were active at its start"),
    "cohort_arr_kept": (MONEY, "the same, each account counted with at most its ARR at the start"),
    "cohort_accounts_opening": ("accounts", "accounts at the start of the year"),
    "cohort_accounts_now": ("accounts", "accounts of the year's start that are active at its end"),
    "headcount_months": ("person-months", "filled posts, summed over months"),
    "ramped_fte_months": ("person-months", "filled posts weighted by their ramp, summed over months"),
    "headcount": ("persons", "filled posts"),
    "ramped_fte": ("persons", "filled posts weighted by their ramp"),
    "hours_available": ("hours", "hours that the team can deliver"),
    "hours_reactive": ("hours", "hours that incidents take from the team"),
    "hours_demanded": ("hours", "hours that all eligible plays would take"),
    "hours_delivered": ("hours", "hours delivered"),
    "leavers": ("persons", "CSMs who left"),
    "salaries": (MONEY, "loaded cost of filled posts"),
    "salaries_discounted": (MONEY, "loaded cost of filled posts, discounted; it is in the net present value"),
    "salaries_after_horizon": (MONEY, "loaded cost of filled posts in the run-off, discounted"),
    "recruiting": (MONEY, "cost of filling posts"),
    "severance": (MONEY, "cost of cutting posts"),
    "process": (MONEY, "cost of mature processes"),
    "plays_demanded": ("plays", "eligible plays"),
    "plays_delivered": ("plays", "plays delivered"),
    "plays_succeeded": ("plays", "plays that succeeded"),
    "contribution_by_month": (MONEY, "contribution of the month"),
    "discounted_contribution_by_month": (MONEY, "contribution of the month, discounted"),
    "posts": ("posts", "posts funded by the plan; a hiring rule may add to them"),
    "inputs": ("natural units of the input", "sample of each number that is not known"),
}
"""Units and meaning by variable; variables `X_by_month` and `X_by_year` have those of `X`."""

MOVEMENTS = ("arr_new", "arr_upsell", "arr_cross_sell", "arr_price", "arr_reactivated", "arr_contraction")
"""Movements of ARR that the ledger has by segment; what is churned it has by cause too."""

LINES = (
    "cost_to_serve",
    "salaries",
    "recruiting",
    "severance",
    "plays",
    "acquisition",
    "expansion_selling",
    "process",
    "product",
    "support",
    "fixed",
)
"""Lines of cost."""

WINDOWS = ("first_year", "horizon")
"""Months 1 to 12 (all of a shorter horizon), and all months up to the horizon."""


def attributes(name: str, currency: str) -> dict[str, str]:
    """xarray attributes of a variable."""
    stem = name
    for ending in ("_mean", "_sd_between", "_sd_within"):
        stem = stem.removesuffix(ending)
    stem = stem.removeprefix("total_")
    key = stem if stem in UNITS else stem.removesuffix("_by_month").removesuffix("_by_year")
    unit, meaning = UNITS[key]
    return {"units": currency if unit == MONEY else unit, "long_name": meaning}

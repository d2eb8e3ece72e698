"""The sheet Definitions: what each number of the workbook is, how it is made and in what unit."""

from __future__ import annotations

from churnsim.decisions.measures import has_value_after_horizon
from churnsim.metrics.policy import STANDARD
from churnsim.reports.workbook.answer import Answer
from churnsim.reports.workbook.cells import Column
from churnsim.reports.workbook.sheet import Book, Sheet

MONEY, SHARE = "{currency}", "share"
_DEFINITIONS: tuple[tuple[str, str, str], ...] = (
    ("ARR", "annual recurring revenue of all accounts that pay at the end of the month", MONEY),
    (
        "NRR",
        "ARR at the year's end of the accounts active at its start / their ARR at the start; new accounts and accounts"
        f" won back are left out of both (metric policy {STANDARD.name})",
        SHARE,
    ),
    (
        "GRR",
        "the same, each account counted with at most its ARR at the start: never above 100%",
        SHARE,
    ),
    ("revenue", "mean of opening and closing ARR of each month / 12", MONEY),
    ("CS cost", "salaries + recruiting + severance + cost of plays + process, not discounted", MONEY),
    (
        "contribution",
        "revenue × gross margin − cost to serve − customer success − acquisition − selling of expansion − product −"
        " support − fixed costs",
        MONEY,
    ),
    ("NPV", "sum over months t of contribution / (1 + annual discount)^((t − 1/2) / 12)", MONEY),
    ("marginal NPV", "NPV of a rung less NPV of the rung below, path by path under the same luck", MONEY),
    ("odds", "share of draws whose mean over replicates is above 0; with a single draw, share of paths", SHARE),
    ("share of paths", "share of single paths above 0: it holds luck, which odds over draws average out", SHARE),
    (
        "payback month",
        "first month from which the cumulated discounted marginal contribution stays at or above 0: the month by which"
        " half of the draws have paid back",
        "month",
    ),
    ("does not pay back", "share of draws that have not paid back for good at the horizon", SHARE),
    ("hours demanded", "hours that all eligible plays would take, mean of a month over the horizon", "hours a month"),
    ("hours available", "hours that the filled posts can deliver, less what incidents take", "hours a month"),
    ("hours delivered", "hours of the plays that were delivered", "hours a month"),
    ("load", "hours demanded / hours available", "ratio"),
    ("opening, closing", "ARR at the start and at the end of the window", MONEY),
    ("new", "ARR of new accounts", MONEY),
    ("upsell, cross-sell, price", "ARR added to accounts by more use, by further products, at renewal", MONEY),
    ("reactivated", "ARR of accounts won back", MONEY),
    ("contraction, churned", "ARR lost from accounts that stay, with accounts that leave; below 0 here", MONEY),
    ("check", "opening + all movements − closing", MONEY),
    ("draw, replicate", "a sample of what is not known; a sample of luck within it. A path is one of each", "count"),
    (
        "standard error",
        "standard deviation of the draws' means / √draws; with a single draw, of its paths: the Monte Carlo error,"
        " which more draws make smaller",
        "as the value",
    ),
    ("95% interval", "mean ∓ t × standard error; of shares Wilson's; of percentiles Woodruff's", "as the value"),
    ("P5 … P95", "least value that 5% … 95% of the paths do not exceed", "as the value"),
    (
        "share of variance",
        "part of the variance of the marginal NPV over draws that an input explains (linear regression, Pratt's shares"
        " of the adjusted R²)",
        SHARE,
    ),
    ("told from luck", "the effect differs from 0 at 5%, corrected for the number of inputs (Bonferroni)", "yes or no"),
)
_AFTER_HORIZON = (
    "value after horizon",
    "discounted value of what follows the horizon, as [money.after_horizon] says; not in the NPV",
    MONEY,
)


def add_to(book: Book, answer: Answer) -> None:
    """Write the sheet."""
    rows = list(_DEFINITIONS)
    if has_value_after_horizon(answer.dataset):
        rows.insert([metric for metric, _, _ in rows].index("NPV") + 1, _AFTER_HORIZON)
    sheet = Sheet(book, "Definitions", "What the numbers mean", across=3)
    sheet.table(
        [
            Column("metric", "metric", "text", [metric for metric, _, _ in rows]),
            Column("formula", "formula", "text", [formula for _, formula, _ in rows]),
            Column("unit", "unit", "text", [unit.format(currency=answer.currency) for _, _, unit in rows]),
        ],
        freeze=1,
    )
    sheet.finish()

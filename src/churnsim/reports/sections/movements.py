"""Where ARR comes from and where it goes: movements over the horizon, churn by root cause and by stated reason."""

from __future__ import annotations

import xarray as xr

from churnsim.decisions.words import capital
from churnsim.metrics.estimates import Estimate, estimate
from churnsim.metrics.reasons import stated_reasons
from churnsim.reports.content import Bars, Column, Dots, Section, Table, View, Waterfall, dots_of, of_estimates
from churnsim.reports.numbers import money, percent, percent_with_error
from churnsim.reports.subject import Subject

MOVEMENTS = (
    ("arr_new", "new", 1.0),
    ("arr_upsell", "upsell", 1.0),
    ("arr_cross_sell", "cross-sell", 1.0),
    ("arr_price", "price", 1.0),
    ("arr_reactivated", "won back", 1.0),
    ("arr_contraction", "contraction", -1.0),
    ("arr_churned", "churn", -1.0),
)
"""Field, name and sign; opening plus all of them is closing ARR."""


def movements(subject: Subject) -> Section:
    """From opening to closing ARR over the horizon."""
    horizon = subject.dataset.sel(window="horizon", drop=True)
    wanted = ("arr_opening", "arr_closing", *(name for name, _, _ in MOVEMENTS))
    totals = {name: horizon[name].sum("segment") for name in wanted}

    def values(arm: str) -> dict[str, Estimate]:
        return {name: estimate(total.sel(arm=arm, drop=True)) for name, total in totals.items()}

    by_arm = {arm: values(arm) for arm in subject.arms}
    own, currency = by_arm[subject.main], subject.currency
    kept = [m for m in MOVEMENTS if any(each[m[0]].mean != 0.0 for each in by_arm.values())]
    steps = tuple((label, sign * own[name].mean) for name, label, sign in kept)
    gain, loss = max(steps, key=lambda s: s[1], default=("", 0.0)), min(steps, key=lambda s: s[1], default=("", 0.0))
    ends = [own[name].mean for name in ("arr_opening", "arr_closing")]
    title = (
        f"{capital(subject.name(subject.main))}: ARR goes from {money(ends[0], currency)} to {money(ends[1], currency)}"
    )
    largest = [f"{gain[0]} adds most, {money(gain[1], currency)}"] if gain[1] > 0.0 else []
    largest += [f"{loss[0]} takes most, {money(-loss[1], currency)}"] if loss[1] < 0.0 else []
    title += f" in {subject.months} months" + "".join(f"; {part}" for part in largest)
    chart = Waterfall(
        f"ARR ({currency})", ("opening", own["arr_opening"].mean), steps, ("closing", own["arr_closing"].mean)
    )
    rows = [("arr_opening", "opening", 1.0), *kept, ("arr_closing", "closing", 1.0)]
    columns = [Column("", "text", [("– " if sign < 0.0 else "") + label for _, label, sign in rows])]
    for arm, each in by_arm.items():
        columns.append(of_estimates(capital(subject.name(arm)), "money", [each[name] for name, _, _ in rows]))
    table = Table(f"ARR over {subject.months} months (mean ± standard error)", tuple(columns))
    words = (
        "Opening ARR, what is added and what is taken, closing ARR: every movement is booked in the month in which it"
        " happens, and they add up in every path.",
    )
    return Section("movements", "Where ARR comes from and goes", words, (View(title, chart, table),))


def churn(subject: Subject) -> Section:
    """ARR lost by why customers leave, and by what they say."""
    key, heading = "churn", "Why customers leave, and what they say"
    main = subject.main
    causes = subject.dataset["arr_churned_by_cause"].sel(arm=main, window="horizon", drop=True)
    if not causes.any():
        return Section(key, heading, missing="nobody leaves in any path")
    confusion = subject.file.scenario.stated_reasons
    told = stated_reasons(subject.dataset, confusion, "arr").sel(arm=main, window="horizon", drop=True)
    names = [str(c) for c in causes["cause"].values]
    reasons = [str(r) for r in told["reason"].values]
    root = _shares(causes, "cause", names)
    said = _shares(told, "reason", reasons)
    order = sorted({*root, *said}, key=lambda name: -root[name].mean if name in root else 0.0)
    first = order[0]
    share = percent_with_error(root[first].mean, root[first].se)
    title = f"Most ARR is lost to {first}: {share} of all that is lost"
    dots = [_dots("why they leave", root, order)]
    if confusion:
        most = max(said, key=lambda name: said[name].mean)
        before = root[most].mean if most in root else 0.0
        title += f"; most is said to be {most} ({percent(said[most].mean)}, in truth {percent(before)})"
        dots.append(_dots("what they say", said, order))
        words = "Leavers do not always say why they leave: stated reasons follow the shares in the scenario."
    else:
        words = (
            "The scenario says nothing of what leavers say (write [stated_reasons]), so each is taken to say the truth."
        )
    amounts = [estimate(causes.sel(cause=n, drop=True)) if n in names else None for n in order]
    columns = [Column("", "text", order), of_estimates("ARR lost", "money", amounts)]
    columns.append(of_estimates("share, root cause", "share", [root.get(n) for n in order]))
    if confusion:
        columns.append(of_estimates("share, stated", "share", [said.get(n) for n in order]))
    accounts = subject.dataset["accounts_churned_by_cause"].sel(arm=main, window="horizon", drop=True)
    lost = [estimate(accounts.sel(cause=n, drop=True)) if n in names else None for n in order]
    columns.append(of_estimates("accounts lost", "count", lost))
    title_of_table = f"ARR lost over {subject.months} months, {subject.name(main)} (mean ± standard error)"
    chart = Bars("share of the ARR lost", "odds", order, tuple(dots))
    words_all = (
        "A root cause is what the model holds responsible for the decision to leave; closure (the customer's business"
        " ends) and payment (a charge fails for good) are exits without a decision.",
        words,
    )
    return Section(key, heading, words_all, (View(title, chart, Table(title_of_table, tuple(columns))),))


def _shares(values: xr.DataArray, dim: str, names: list[str]) -> dict[str, Estimate]:
    """Share of each name in the whole, a ratio of sums per path."""
    whole = values.sum(dim)
    return {name: estimate(values.sel({dim: name}, drop=True) / whole.where(whole > 0.0)) for name in names}


def _dots(label: str, shares: dict[str, Estimate], order: list[str]) -> Dots:
    nothing = Estimate(0.0, 0.0, 0.0, 0.0, 0, 0)
    each = [shares.get(name, nothing) for name in order]
    return dots_of(label, each)

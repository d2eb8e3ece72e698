"""Sections by month, over the paths of the arm spoken of and of the other: ARR, cash, hours, masked ARR."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from churnsim.decisions.words import capital
from churnsim.metrics.by_month import Spread, bands, by_month, luck_and_ignorance
from churnsim.metrics.estimates import Estimate, Quantile, estimate, quantile
from churnsim.reports.content import (
    Column,
    Kind,
    Line,
    Lines,
    Section,
    Table,
    View,
    of_estimates,
    of_intervals,
    with_error,
)
from churnsim.reports.numbers import DASH, money, money_with_error
from churnsim.reports.subject import Subject

SHADED = "Lines are means; shaded: the middle 9 of 10 paths of each month."
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)


def fan(subject: Subject) -> Section:
    """ARR of every path as a fan, and what the arm spoken of adds to the other."""
    key, heading = "fan", "ARR by month"
    series = _series(subject, "arr_closing")
    if series is None:
        return Section(key, heading, missing=_no_series(subject))
    last, currency = subject.months, subject.currency
    main = series[subject.main]
    ends = {p: quantile(main.sel(month=last, drop=True), p) for p in (0.05, 0.5, 0.95)}
    words = [
        _bands_in_words(subject),
        _luck_in_words(luck_and_ignorance(main.sel(month=last, drop=True)), subject),
    ]
    title = (
        f"{capital(subject.name(subject.main))}: ARR of {money(ends[0.5].value, currency)} in month {last}, in 9 of 10"
        f" paths {money(ends[0.05].value, currency)} to {money(ends[0.95].value, currency)}"
    )
    lines = tuple(_fan_line(subject.name(arm), values, outlined=arm != subject.main) for arm, values in series.items())
    views = [View(title, Lines(f"ARR ({currency})", "money", _months(main), lines, False), _fan_table(subject, series))]
    if subject.other is not None:
        views.append(_gain(subject, main - series[subject.other]))
    return Section(key, heading, tuple(words), tuple(views))


def cash(subject: Subject) -> Section:
    """Billings against revenue, and the cash that is left."""
    key, heading = "cash", "Cash and billings"
    billings, revenue = _series(subject, "billings"), _series(subject, "revenue")
    earned = subject.series.get("contribution_by_month")
    if billings is None or revenue is None or earned is None:
        return Section(key, heading, missing=_no_series(subject))
    currency, main = subject.currency, subject.main
    contribution = earned.sel(arm=main, drop=True)
    # all that is spent is revenue less contribution
    flow = billings[main] - revenue[main] + contribution
    ahead = estimate((billings[main] - revenue[main]).sum("month"))
    total = estimate(flow.cumsum("month").isel(month=-1, drop=True))
    words = (
        "Customers pay in advance, by the invoice; revenue is earned month by month. Cash is billings less everything"
        " spent (cost of delivery, customer success, acquisition, fixed), before tax and financing, undiscounted.",
        f"Over {subject.months} months billings run {_money(ahead, currency)} ahead of revenue, and cash adds up to"
        f" {_money(total, currency)}. {SHADED}",
    )
    series = {"billings": billings[main], "revenue": revenue[main], "cash left": flow}
    lines = tuple(_mean_line(name, values, band=name == "cash left") for name, values in series.items())
    tops = flow.cumsum("month").mean(("draw", "replicate")).values
    low = int(np.argmin(tops))
    title = (
        f"Cash never falls below where it starts, and adds up to {money(total.mean, currency)}"
        if tops[low] >= 0.0
        else f"Cash is lowest after month {low + 1}, {money(-float(tops[low]), currency)} below where it starts"
    )
    columns = [("billings", billings[main]), ("revenue", revenue[main])]
    columns += [("spent", revenue[main] - contribution), ("cash left", flow)]
    chart = Lines(f"{currency} a month", "money", _months(flow), lines)
    return Section(key, heading, words, (View(title, chart, _by_year(dict(columns), "money", subject)),))


def hours(subject: Subject) -> Section:
    """Hours that plays ask for, hours there are, hours delivered."""
    key, heading = "hours", "Hours demanded and delivered"
    if not subject.dataset.sizes["team"]:
        return Section(key, heading, missing="the scenario has no team")
    found = {name: _series(subject, f"hours_{name}") for name in ("demanded", "available", "delivered")}
    series = {name: values[subject.main] for name, values in found.items() if values is not None}
    if len(series) < 3:
        return Section(key, heading, missing=_no_series(subject))
    asked, given = series["demanded"].sum("month"), series["delivered"].sum("month")
    share = estimate(given / asked.where(asked > 0.0))
    over = estimate((series["demanded"] > series["available"]).mean("month"))
    name = subject.name(subject.main)
    title = (
        f"{capital(name)}: {with_error(share.mean, share.se, 'share', '')} of the hours asked for are delivered"
        if share.clusters
        else f"{capital(name)}: nobody asks for hours"
    )
    words = (
        "Demand is the hours of every play that some account is eligible for. What is not delivered is left undone, or"
        " asked for again later; it is why the next CSM brings something at all."
        + (" All teams together." if subject.dataset.sizes["team"] > 1 else ""),
        f"Demand exceeds the hours there are in {_months_over(over)}. {SHADED}",
    )
    lines = tuple(_mean_line(label, values, band=label == "demanded") for label, values in series.items())
    chart = Lines("hours a month", "count", _months(series["delivered"]), lines)
    return Section(key, heading, words, (View(title, chart, _by_year(series, "count", subject)),))


def masked(subject: Subject) -> Section:
    """ARR that still pays but has decided to leave."""
    key, heading = "masked", "Masked ARR"
    leaving, closing = _series(subject, "arr_intending"), _series(subject, "arr_closing")
    if leaving is None or closing is None:
        return Section(key, heading, missing=_no_series(subject))
    last, currency, main = subject.months, subject.currency, subject.main
    at_end = leaving[main].sel(month=last, drop=True)
    whole = closing[main].sel(month=last, drop=True)
    amount, share = estimate(at_end), estimate(at_end / whole.where(whole > 0.0))
    title = (
        f"{_money(amount, currency)} of the ARR of month {last} has decided to leave and still pays"
        f" ({_percent(share)} of it)"
    )
    words = (
        "A customer who has decided to leave pays until the contract ends. This ARR stands in every revenue report, and"
        " is gone at the next renewals unless somebody changes those minds. No system of record shows it; here it is"
        f" known because the model decides it. {SHADED}",
    )
    lines = tuple(_mean_line(subject.name(arm), values, band=arm == main) for arm, values in leaving.items())
    chart = Lines(f"ARR that has decided to leave ({currency})", "money", _months(leaving[main]), lines)
    table = _by_month_end(subject, {subject.name(arm): values for arm, values in leaving.items()})
    shares = {
        f"share of ARR, {subject.name(arm)}": leaving[arm] / closing[arm].where(closing[arm] > 0.0) for arm in leaving
    }
    columns = tuple(
        of_estimates(name, "share", [estimate(v.sel(month=m, drop=True)) for m in year_ends(last)])
        for name, v in shares.items()
    )
    return Section(key, heading, words, (View(title, chart, Table(table.title, table.columns + columns)),))


def year_ends(months: int) -> list[int]:
    """Months 12, 24 ... and the last."""
    return [*range(12, months, 12), months]


def _series(subject: Subject, name: str) -> dict[str, xr.DataArray] | None:
    """A series of the arms of the report, dims (draw, replicate, month), by arm."""
    values = by_month(subject.series, name)
    return None if values is None else {arm: values.sel(arm=arm, drop=True) for arm in subject.arms}


def _no_series(subject: Subject) -> str:
    level = subject.series.attrs.get("record", "summary")
    if subject.run.command == "run":
        return f"the run keeps no months of single paths (level {level}): churnsim run ... --record paths keeps them"
    return "the run keeps too few series by month: it comes from an earlier version, so simulate it again"


def _months(values: xr.DataArray) -> list[int]:
    return [int(m) for m in values["month"].values]


def _floats(values: np.ndarray) -> list[float]:
    return [float(v) for v in values]


def _fan_line(label: str, values: xr.DataArray, *, outlined: bool) -> Line:
    p5, p25, p50, p75, p95 = (_floats(row) for row in bands(values, FAN))
    return Line(label, p50, ((p5, p95),) if outlined else ((p5, p95), (p25, p75)), bands_as_lines=outlined)


def _mean_line(label: str, values: xr.DataArray, *, band: bool) -> Line:
    mean = _floats(values.mean(("draw", "replicate")).values)
    if not band:
        return Line(label, mean)
    low, high = (_floats(row) for row in bands(values, (0.05, 0.95)))
    return Line(label, mean, ((low, high),))


def _gain(subject: Subject, difference: xr.DataArray) -> View:
    """What one arm has more than the other, in pairs of paths that lived through the same luck."""
    assert subject.other is not None
    last, currency = subject.months, subject.currency
    first = min(12, last)
    end, early = (estimate(difference.sel(month=m, drop=True)) for m in (last, first))
    mine, theirs = subject.name(subject.main), subject.name(subject.other)
    if not difference.any():
        title = f"{capital(mine)} does exactly as {theirs} does"
    elif end.straddles_zero:
        title = f"In month {last} {mine} and {theirs} cannot be told apart by their ARR"
    else:
        word = "more" if end.mean > 0.0 else "less"
        amount = money_with_error(abs(end.mean), end.se, currency)
        title = f"{capital(mine)}: {amount} {word} ARR than {theirs} in month {last}"
        if first < last:
            amount = money_with_error(abs(early.mean), early.se, currency)
            title += f", {amount} {'more' if early.mean > 0.0 else 'less'} in month {first}"
    line = _fan_line(f"{mine} less {theirs}", difference, outlined=False)
    ends = year_ends(last)
    at = [difference.sel(month=m, drop=True) for m in ends]
    table = Table(
        "Difference of ARR, paired path by path",
        (
            _month_column(ends),
            of_estimates("mean ± standard error", "money", [estimate(v) for v in at]),
            *_quantile_columns(at),
        ),
    )
    return View(title, Lines(f"difference of ARR ({currency})", "money", _months(difference), (line,), False), table)


def _fan_table(subject: Subject, series: Mapping[str, xr.DataArray]) -> Table:
    ends = year_ends(subject.months)
    columns: list[Column] = [_month_column(ends)]
    for arm, values in series.items():
        at = [values.sel(month=m, drop=True) for m in ends]
        columns.append(of_estimates(f"{subject.name(arm)}, mean ± standard error", "money", [estimate(v) for v in at]))
        columns += _quantile_columns(at)
    return Table("ARR at the end of each year (P5, P50, P95: quantiles over paths, with 95% interval)", tuple(columns))


def _quantile_columns(at: Sequence[xr.DataArray]) -> list[Column]:
    def column(p: float) -> Column:
        found: list[Quantile] = [quantile(values, p) for values in at]
        return of_intervals(f"P{100 * p:.0f}", "money", found)

    return [column(p) for p in (0.05, 0.5, 0.95)]


def _by_year(series: Mapping[str, xr.DataArray], kind: Kind, subject: Subject) -> Table:
    """Sums of each year, and of the horizon."""
    starts = [1, *(m + 1 for m in year_ends(subject.months)[:-1])]
    ends = year_ends(subject.months)
    names = [f"months {a} to {b}" for a, b in zip(starts, ends, strict=True)] + ["all months"]

    def sums(values: xr.DataArray) -> list[Estimate | None]:
        parts = [values.sel(month=slice(a, b)) for a, b in zip(starts, ends, strict=True)] + [values]
        return [estimate(part.sum("month")) for part in parts]

    columns = [of_estimates(name, kind, sums(v)) for name, v in series.items()]
    return Table("By year (mean ± standard error)", (Column("period", "text", names), *columns))


def _by_month_end(subject: Subject, series: Mapping[str, xr.DataArray]) -> Table:
    ends = year_ends(subject.months)
    columns = [
        of_estimates(name, "money", [estimate(v.sel(month=m, drop=True)) for m in ends]) for name, v in series.items()
    ]
    return Table("At the end of each year (mean ± standard error)", (_month_column(ends), *columns))


def _month_column(ends: Sequence[int]) -> Column:
    return Column("month", "count", [float(m) for m in ends])


def _bands_in_words(subject: Subject) -> str:
    text = "Shaded: the middle half of the paths and the middle 9 of 10; line: the median path of each month."
    if subject.other is not None:
        text += f" Dashed: the same 9 of 10, and the median, of {subject.name(subject.other)}."
    if subject.run.second is not None:
        text += f" Simulated on fresh seeds (seed {subject.series.attrs['seed']})."
    return text


def _luck_in_words(spread: Spread, subject: Subject) -> str:
    last, currency = subject.months, subject.currency
    luck = f"luck (what happens to customers and staff by chance) {_sd(spread.luck, spread.luck_se, currency)}"
    if math.isnan(spread.luck):
        return "With one replicate a draw, luck and ignorance cannot be told apart."
    if math.isnan(spread.ignorance):
        alone = money(spread.luck, currency)
        return f"With a single draw the width is luck alone: a standard deviation of {alone} in month {last}."
    if spread.ignorance == 0.0:
        return (
            f"How wide, as standard deviations in month {last}: {luck}. What ignorance adds is too little to be told"
            " from luck at this size of run."
        )
    ignorance = _sd(spread.ignorance, spread.ignorance_se, currency)
    return (
        f"How wide, as standard deviations in month {last}: ignorance (inputs that are not known)"
        f" {ignorance}, {luck}. Better data can narrow the first, nothing the second."
    )


def _months_over(share: Estimate) -> str:
    if share.mean in (0.0, 1.0):
        return "every month of every path" if share.mean else "no month of any path"
    return f"{with_error(share.mean, share.se, 'share', '')} of months"


def _sd(value: float, se: float, currency: str) -> str:
    return money(value, currency) if math.isnan(se) else money_with_error(value, se, currency)


def _money(e: Estimate, currency: str) -> str:
    return money_with_error(e.mean, e.se, currency)


def _percent(e: Estimate) -> str:
    return with_error(e.mean, e.se, "share", "") if e.clusters else DASH

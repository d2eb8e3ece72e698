"""Sections of arms: a comparison with the base, or the arms of a run side by side."""

from __future__ import annotations

from churnsim.decisions.compare import Comparison
from churnsim.decisions.measures import EVERY, NPV_WITH_VALUE, decisive, measures
from churnsim.metrics.estimates import Estimate, estimate, quantile
from churnsim.reports.content import (
    Column,
    Kind,
    Points,
    Section,
    Table,
    View,
    dots_of,
    money_intervals,
    of_estimates,
    of_intervals,
)
from churnsim.reports.numbers import money, money_with_error, percent_with_error
from churnsim.reports.sections.ladder import why_later
from churnsim.reports.subject import Subject
from churnsim.scenario.model import BASE_ARM

KINDS: tuple[tuple[Kind, str], ...] = (("money", "Money"), ("share", "Retention"))
"""Kinds of measures, each with the title of its table."""


def comparison(subject: Subject) -> Section:
    """Arms against the base, paired."""
    key, heading = "arms", "Arms against the base"
    own = subject.comparison
    if own is None:
        return Section(key, heading, missing="only churnsim compare holds arms against the base")
    others = [result for result in own.arms if result.differences]
    deciding = NPV_WITH_VALUE if NPV_WITH_VALUE in own.arms[0].values else "npv"
    label = EVERY[deciding].label
    gains = [result.differences[deciding] for result in others]
    better = sum(not v.difference.straddles_zero and v.difference.mean > 0.0 for v in gains)
    worse = sum(not v.difference.straddles_zero and v.difference.mean < 0.0 for v in gains)
    title = f"Of {len(others)} arms {better or 'none'} clearly better than the base, {worse or 'none'} clearly worse"
    names = [result.arm for result in others]
    dots = dots_of("mean with 95% interval", [v.difference for v in gains])
    chart = Points("", f"{label} less that of the base ({own.currency})", "money", names, (dots,))
    return Section(key, heading, (), (View(title, chart, _differences(own, deciding)),), folded=(_values(own),))


def horizons(subject: Subject) -> Section:
    """The first 12 months of each arm against the horizon."""
    key, heading = "horizons", f"12 months against {subject.months}"
    own = subject.comparison
    assert own is not None
    if own.horizon_months <= 12:
        return Section(key, heading, missing=f"the horizon is {own.horizon_months} months, so there is one view only")
    known = measures(subject.dataset)
    names = [result.arm for result in own.arms if result.differences]

    def gains(measure: str) -> list[Estimate]:
        values = known[measure].of(subject.dataset)
        base = values.sel(arm=BASE_ARM, drop=True)
        return [estimate(values.sel(arm=name, drop=True) - base) for name in names]

    early, late = gains("npv_first_year"), gains("npv")
    counts = [sum(e.mean > 0.0 for e in each) for each in (early, late)]
    title = (
        f"Arms that gain on average: {counts[0] or 'none'} of {len(names)} within 12 months,"
        f" {counts[1] or 'none'} within {own.horizon_months}"
    )
    chart = Points(
        "",
        f"NPV less that of the base ({own.currency})",
        "money",
        names,
        (dots_of(f"over {own.horizon_months} months", late), dots_of("over 12 months", early)),
    )
    table = Table(
        "NPV less that of the base, by horizon",
        (
            Column("arm", "text", names),
            of_estimates("12 months", "money", early),
            of_estimates(f"{own.horizon_months} months", "money", late),
        ),
    )
    return Section(key, heading, why_later(subject), (View(title, chart, table),))


def overview(subject: Subject) -> Section:
    """The arms of a run, each with the spread of its paths."""
    dataset = subject.dataset
    known = measures(dataset)
    tables = []
    for arm in map(str, dataset["arm"].values):
        rows = [(known[n].label, known[n].kind, known[n].of(dataset).sel(arm=arm, drop=True)) for n in known]
        parts = []
        for kind, what in KINDS:
            own = [(label, values) for label, k, values in rows if k == kind]
            spread = [
                Column(f"P{100 * p:.0f}", kind, [quantile(v, p).value for _, v in own]) for p in (0.05, 0.5, 0.95)
            ]
            estimates = [estimate(v) for _, v in own]
            columns = (
                Column("", "text", [label for label, _ in own]),
                of_estimates("mean ± standard error", kind, estimates),
                *spread,
            )
            parts.append(Table(f"{what}, arm {arm}", columns, note="P5, P50, P95: quantiles over paths."))
        tables += parts
    return Section("overview", "Results", tables=tuple(tables[:2]), folded=tuple(tables[2:]))


def answer(subject: Subject) -> str:
    """A run in one sentence."""
    dataset, currency = subject.dataset.sel(arm=subject.main), subject.currency
    known = measures(subject.dataset)
    opening = estimate(dataset["arr_opening"].sel(window="horizon", drop=True).sum("segment"))
    arr = known["arr"].of(dataset)
    closing, low, high = estimate(arr), quantile(arr, 0.05).value, quantile(arr, 0.95).value
    text = (
        f"ARR goes from {money(opening.mean, currency)} to {money_with_error(closing.mean, closing.se, currency)} in"
        f" {subject.months} months ({money(low, currency)} to {money(high, currency)} in 9 of 10 paths)"
    )
    nrr = estimate(known["nrr"].of(dataset))
    return text + (
        f", with an NRR of {percent_with_error(nrr.mean, nrr.se)} in the last full year." if nrr.clusters else "."
    )


def facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    """What to see at once."""
    dataset, known = subject.dataset, measures(subject.dataset)
    rows = []
    if subject.other is not None:
        worth = decisive(dataset).of(dataset)
        gain = estimate(worth.sel(arm=subject.main, drop=True) - worth.sel(arm=subject.other, drop=True))
        label = f"{decisive(dataset).label} of {subject.name(subject.main)} less that of {subject.name(subject.other)}"
        rows.append((label, money_with_error(gain.mean, gain.se, subject.currency)))
    for name in ("npv", "arr", "nrr", "cost"):
        e = estimate(known[name].of(dataset).sel(arm=subject.main, drop=True))
        show = (
            money_with_error(e.mean, e.se, subject.currency)
            if known[name].kind == "money"
            else percent_with_error(e.mean, e.se)
        )
        rows.append((f"{known[name].label}, {subject.name(subject.main)}", show))
    return tuple(rows)


def _differences(own: Comparison, deciding: str) -> Table:
    others = [result for result in own.arms if result.differences]
    gains = [result.differences[deciding] for result in others]
    columns = [
        Column("arm", "text", [result.arm for result in others]),
        of_estimates(EVERY[deciding].label, "money", [v.difference for v in gains]),
        money_intervals("95% interval", [v.difference for v in gains], own.currency),
        of_intervals("beats base", "odds", [v.odds for v in gains]),
    ]
    for name in others[0].differences:
        if name != deciding:
            estimates = [result.differences[name].difference for result in others]
            columns.append(of_estimates(EVERY[name].label, EVERY[name].kind, estimates))
    note = f"±: standard error, clustered by draw. Beats base: share of {own.odds_over}, with its 95% interval."
    return Table("Difference from the base, paired", tuple(columns), note=note)


def _values(own: Comparison) -> Table:
    columns = [Column("arm", "text", [result.arm for result in own.arms])]
    for name in own.arms[0].values:
        measure = EVERY[name]
        columns.append(of_estimates(measure.label, measure.kind, [result.values[name] for result in own.arms]))
    return Table("Every arm by itself", tuple(columns))

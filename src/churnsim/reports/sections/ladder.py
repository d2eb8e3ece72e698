"""Sections of a ladder: what each rung is worth, when it pays, what no CSMs assumes."""

from __future__ import annotations

from churnsim.decisions.ladder import Ladder, Rung, Step
from churnsim.decisions.words import capital, csms, npv_name, npv_title, pays_back, step_name
from churnsim.reports.content import (
    Column,
    Dots,
    Points,
    Section,
    Table,
    View,
    dots_of,
    money_intervals,
    of_estimates,
    of_intervals,
)
from churnsim.reports.numbers import money_with_error, percent, percent_with_error
from churnsim.reports.subject import Subject

PAYBACK = "Payback month: when half of the draws have paid back for good; a dash: fewer than half ever do."
NOT_A_LADDER = "only churnsim headcount simulates a ladder"


def ladder(subject: Subject) -> Section:
    """Marginal NPV of each rung and its odds, with all that the rungs bring."""
    key, heading = "ladder", "The ladder"
    own = subject.ladder
    if own is None:
        return Section(key, heading, missing=NOT_A_LADDER)
    words = [
        f"Each rung funds a number of CSMs from month 1 on; its marginal {npv_name(own)} is what it brings over the"
        f" rung below, over {own.horizon_months} months, discounted, path by path on the same luck.",
    ]
    if own.enough_hours is not None:
        words.append(
            f"Hours alone would fund {csms(own.enough_hours)}: the lowest rung that covers the demand. That is no"
            " reason to fund them."
        )
    if own.sets_rule_aside:
        words.append("The plan's hiring rule is set aside on every rung.")
    views = (
        View(npv_title(own), _npv_chart(own), _worth_table(own)),
        View(_odds_title(own), _odds_chart(own), _odds_table(own)),
    )
    folded = (_rungs_table(own), _hours_table(own))
    return Section(key, heading, tuple(words), views, tables=(_judgement_table(own),), folded=folded)


def horizons(subject: Subject) -> Section:
    """The first 12 months against the horizon."""
    key, heading = "horizons", f"12 months against {subject.months}"
    own = subject.ladder
    if own is None:
        return Section(key, heading, missing=NOT_A_LADDER)
    if own.horizon_months <= 12:
        return Section(key, heading, missing=f"the horizon is {own.horizon_months} months, so there is one view only")
    steps = _steps(own)
    early, late = [s.npv_first_year.difference for _, s in steps], [s.npv.difference for _, s in steps]
    counts = [sum(e.mean > 0.0 for e in each) for each in (early, late)]
    title = (
        f"Steps that pay back on average: {counts[0] or 'none'} of {len(steps)} within 12 months,"
        f" {counts[1] or 'none'} within {own.horizon_months}"
    )
    places = [str(rung.posts) for rung, _ in steps]
    chart = Points(
        "CSMs funded",
        f"marginal NPV ({own.currency})",
        "money",
        places,
        (dots_of(f"over {own.horizon_months} months", late), dots_of("over 12 months", early)),
        marked=_marked(own),
    )
    table = Table(
        "Marginal NPV by horizon",
        (
            Column("CSMs", "text", places),
            of_estimates("12 months", "money", early),
            of_estimates(f"{own.horizon_months} months", "money", late),
            of_intervals("payback month", "count", [s.payback_month for _, s in steps]),
        ),
        marked=_marked(own),
        note=PAYBACK,
    )
    return Section(key, heading, why_later(subject), (View(title, chart, table),))


def nobody(subject: Subject) -> Section:
    """What the rung without CSMs assumes."""
    key, heading = "nobody", "What 0 CSMs assumes"
    own = subject.ladder
    if own is None:
        return Section(key, heading, missing=NOT_A_LADDER)
    none = own.rungs[0]
    if none.posts > 0:
        return Section(key, heading, missing=f"the lowest rung tried is {csms(none.posts)}")
    scenario = subject.file.scenario
    alone = [name for name, play in scenario.playbooks.items() if play.team is None]
    known = scenario.teams[own.team].posts.today
    words = (
        f"Every step on this ladder stands on the rung below, down to nobody at all. No customer in the book has"
        f" lived so: today they are served by {csms(known)}. What happens without any is not seen in anyone's data; it"
        " follows from what the scenario says of drift, plays and intent, and is the weakest part of the answer.",
        "Without CSMs relationships are left to drift, no play of the team is delivered, and whoever wants to leave is"
        " not talked to. "
        + (
            f"What goes on without a team: {', '.join(alone)}."
            if alone
            else "No play in the scenario goes on without a team."
        ),
        "Steps far from today's number of CSMs lean on this more than steps near it.",
    )
    chosen = own.chosen
    rungs = [none] if chosen is none else [none, chosen]
    names = [csms(rung.posts) for rung in rungs]
    table = Table(
        "What the model says",
        (
            Column("", "text", names),
            of_estimates("ARR at the horizon", "money", [r.arr for r in rungs]),
            of_estimates("NRR, last full year", "share", [r.nrr for r in rungs]),
            of_estimates("GRR, last full year", "share", [r.grr for r in rungs]),
            of_estimates("NPV", "money", [r.npv for r in rungs]),
            of_estimates("NPV less that of the plan", "money", [r.npv_against_base.difference for r in rungs]),
        ),
    )
    return Section(key, heading, words, tables=(table,))


def why_later(subject: Subject) -> tuple[str, ...]:
    """Why the first year shows so little, with the share of the book that can leave in it."""
    words = [
        "A CSM costs from the first day and helps later: hours change adoption and engagement, these change who wants"
        " to leave, and whoever wants to leave still pays until the contract ends. A view of 12 months sees most of the"
        " cost and little of what it saves."
    ]
    book = subject.run.book
    if book is not None and len(book):
        whole = float(book.arr.sum())
        within = [float(book.arr[book.renewal_month <= m].sum()) / whole for m in (3, 6, 12)]
        terms = float((book.arr * book.term_months).sum()) / whole
        words.append(
            f"In this book contracts with {percent(within[0])} of the ARR end within 3 months, {percent(within[1])}"
            f" within 6 and {percent(within[2])} within 12; the mean term is {terms:.0f} months, weighted by ARR."
        )
    return tuple(words)


def _npv_chart(own: Ladder) -> Points:
    steps = _steps(own)
    worth = dots_of("mean with 95% interval", [s.worth.difference for _, s in steps])
    spread = ([s.spread_low for _, s in steps], [s.spread_high for _, s in steps])
    over = f"middle 90% of {own.odds_over}"
    dots = Dots(worth.label, worth.y, worth.low, worth.high, spread, over)
    places = [str(rung.posts) for rung, _ in steps]
    return Points(
        "CSMs funded", f"marginal {npv_name(own)} ({own.currency})", "money", places, (dots,), marked=_marked(own)
    )


def _odds_chart(own: Ladder) -> Points:
    steps = _steps(own)
    odds = [s.worth.odds for _, s in steps]
    dots = Dots(
        f"share of {own.odds_over}, 95% interval",
        [o.share for o in odds],
        [o.low for o in odds],
        [o.high for o in odds],
    )
    label = f"share of {own.odds_over} that {'pay' if own.has_value_after_horizon else 'pay back'}"
    places = [str(rung.posts) for rung, _ in steps]
    return Points("CSMs funded", label, "odds", places, (dots,), level=0.5, marked=_marked(own))


def _odds_title(own: Ladder) -> str:
    first = max(own.index, 1) - 1
    known = [(step_name(rung), percent(step.worth.odds.share)) for rung, step in _steps(own)[first : first + 2]]
    parts = [f"{name} {pays_back(own)} in {share} of {own.odds_over}" for name, share in known[:1]]
    return capital(", ".join(parts + [f"{name} in {share}" for name, share in known[1:]]))


def _worth_table(own: Ladder) -> Table:
    steps = [rung.step for rung in own.rungs]
    worth = [s.worth.difference if s else None for s in steps]
    early = "12 months" if own.horizon_months >= 12 else f"{own.horizon_months} months"
    columns = [Column("CSMs", "text", _posts(own)), of_estimates("NPV", "money", [r.npv for r in own.rungs])]
    if own.has_value_after_horizon:
        columns.append(of_estimates("value after horizon", "money", [r.value_after_horizon for r in own.rungs]))
    columns += [
        of_estimates(f"marginal {npv_name(own)}", "money", worth),
        money_intervals("95% interval", worth, own.currency),
        of_intervals(pays_back(own), "odds", [s.worth.odds if s else None for s in steps]),
        of_estimates(f"marginal NPV, {early}", "money", [s.npv_first_year.difference if s else None for s in steps]),
    ]
    note = (
        f"±: standard error, clustered by draw. {capital(pays_back(own))}: share of {own.odds_over} with a marginal"
        f" {npv_name(own)} above 0, with its 95% interval."
    )
    return Table("What the next CSM is worth", tuple(columns), own.index, note)


def _odds_table(own: Ladder) -> Table:
    steps = [step for _, step in _steps(own)]
    columns = (
        Column("CSMs", "text", [str(rung.posts) for rung, _ in _steps(own)]),
        of_intervals(
            f"{own.odds_over} that {pays_back(own).replace('pays', 'pay')}", "odds", [s.worth.odds for s in steps]
        ),
        of_intervals("paths that do", "odds", [s.worth.odds_of_paths for s in steps]),
        of_intervals("payback month", "count", [s.payback_month for s in steps]),
        of_intervals("never within the horizon", "odds", [s.never for s in steps]),
    )
    return Table("Odds of each step, with 95% intervals", columns, _marked(own), PAYBACK)


def _rungs_table(own: Ladder) -> Table:
    rungs = own.rungs
    early = f"ARR, month {min(12, own.horizon_months)}"
    columns = (
        Column("CSMs", "text", _posts(own)),
        of_estimates(f"ARR, month {own.horizon_months}", "money", [r.arr for r in rungs]),
        of_estimates(early, "money", [r.arr_first_year for r in rungs]),
        of_estimates("NRR", "share", [r.nrr for r in rungs]),
        of_estimates("GRR", "share", [r.grr for r in rungs]),
        of_estimates("CS cost", "money", [r.cost for r in rungs]),
    )
    return Table("What each rung brings (NRR and GRR: last full year)", columns, own.index)


def _hours_table(own: Ladder) -> Table:
    columns = (
        Column("CSMs", "text", _posts(own)),
        of_estimates("demanded", "count", [r.hours_demanded for r in own.rungs]),
        of_estimates("available", "count", [r.hours_available for r in own.rungs]),
        of_estimates("delivered", "count", [r.hours_delivered for r in own.rungs]),
        of_estimates("demanded / available", "ratio", [r.load for r in own.rungs]),
    )
    return Table("Hours a month, mean over the horizon, by rung", columns, own.index)


def _judgement_table(own: Ladder) -> Table:
    looks = [("this ladder", own.seen)] + ([("fresh seeds", own.fresh)] if own.fresh else [])
    rows = [(name, v) for name, look in looks for v in (look.neighbour, look.base)]
    gains = [v.difference for _, v in rows]
    columns = (
        Column("seen on", "text", [name for name, _ in rows]),
        Column("against", "text", [f"{v.arm} – {v.against}" for _, v in rows]),
        of_estimates(f"{npv_name(own)} gained", "money", gains),
        money_intervals("95% interval", gains, own.currency),
        of_intervals("odds above 0", "odds", [v.odds for _, v in rows]),
        Column("pairing", "ratio", [v.variance_ratio for _, v in rows]),
    )
    return Table(
        "The recommended rung, seen again on fresh seeds because it was picked for being highest",
        columns,
        note="Pairing: how many times more draws independent arms would need for the same error.",
    )


def _steps(own: Ladder) -> list[tuple[Rung, Step]]:
    return [(rung, rung.step) for rung in own.rungs if rung.step is not None]


def _marked(own: Ladder) -> int | None:
    """Place of the recommended rung among the steps."""
    return own.index - 1 if own.index else None


def _posts(own: Ladder) -> list[str]:
    same = {own.plan[0]} if len(set(own.plan)) == 1 else set()
    return [f"{rung.posts}{' (plan)' if rung.posts in same else ''}" for rung in own.rungs]


def facts(own: Ladder) -> tuple[tuple[str, str], ...]:
    """What to see at once."""
    judged = own.fresh or own.seen
    gain, step = judged.base, judged.neighbour
    pair = "the step up" if own.index == 0 else "the last step"
    against = "NPV against the plan" if not own.has_value_after_horizon else "gain against the plan"
    return (
        ("CSMs", f"{own.recommended} (plan: {own.plan[0]}{' at first' if len(set(own.plan)) > 1 else ''})"),
        (f"{pair} brings", money_with_error(step.difference.mean, step.difference.se, own.currency)),
        (against, money_with_error(gain.difference.mean, gain.difference.se, own.currency)),
        ("NRR, last full year", percent_with_error(own.chosen.nrr.mean, own.chosen.nrr.se)),
    )

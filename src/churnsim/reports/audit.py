"""A repeated run, and two runs side by side, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from churnsim.decisions.changes import BookChange
from churnsim.decisions.diff import CHURN, Diff, Output
from churnsim.decisions.measures import EVERY, Measure
from churnsim.decisions.verify import Verification
from churnsim.decisions.words import csms
from churnsim.reports.cells import amount, say
from churnsim.reports.numbers import DASH, money, money_with_error, points_with_error, run_size
from churnsim.reports.tables import Column, print_table
from churnsim.scenario.model import BASE_ARM
from churnsim.scenario.problems import shown

MOST_LINES = 40
"""Changed values, or variables that differ, that are spelt out."""


def print_verification(result: Verification, console: Console) -> None:
    """The verdict, what differs, and the versions then and now."""
    say(console, result.sentence, style="bold")
    found = result.differences[:MOST_LINES]
    if found:
        print_table(
            console,
            "What does not come out again",
            [
                Column("name", [mismatch.name for mismatch in found], left=True),
                Column("values", [f"{m.differing:,} of {m.values:,}" if m.values else DASH for m in found]),
                Column("difference", [mismatch.what for mismatch in found], left=True),
            ],
        )
    _say_more(console, len(result.differences))
    packages = [
        f"{name} {then}" + (f" (now {now})" if (now := result.versions_now.get(name)) != then else "")
        for name, then in result.versions_then.items()
    ]
    say(
        console,
        f"churnsim {result.command}, seed {result.seed}, {result.paths:,} paths; made with {', '.join(packages)}.",
    )


def print_diff(result: Diff, console: Console) -> None:
    """What changed, what came out of both runs, and what each input did."""
    npv = result.output(BASE_ARM, "npv")
    pairs = zip((npv.before, npv.after), result.currency, strict=True)
    sides = [amount(side, "money", currency) for side, currency in pairs]
    change = _difference(npv.difference.mean, npv.difference.se, "npv", result.currency[0])
    say(console, f"{result.sentence} NPV of the base: {sides[0]} → {sides[1]} ({change}).", style="bold")
    say(console)
    say(console, f"A: {result.before}")
    say(console, f"B: {result.after}")
    say(console)
    _print_inputs(result, console)
    _print_outputs(result, console)
    if result.steps:
        _print_effects(result, console)


def _print_inputs(result: Diff, console: Console) -> None:
    say(console, "What changed, A → B", style="bold")
    lines = [
        f"{change.key}: {_value(change.before)} → {_value(change.after)}{' (no result depends on it)' * change.inert}"
        for change in result.changes
    ]
    lines += [_book(result.book, *result.currency)] * result.book.any
    lines += [f"{setting.name}: {setting.before} → {setting.after}" for setting in result.settings]
    for line in lines[:MOST_LINES] or ["nothing"]:
        say(console, f"  {line}")
    _say_more(console, len(lines))
    say(console)


def _print_outputs(result: Diff, console: Console) -> None:
    """Measures of the base, then the NPV of the other arms."""
    base = [output for output in result.outputs if output.arm == BASE_ARM]
    print_table(console, "What came out: the base", [_labels(base), *_sides(base, result.currency)])
    others = [output for output in result.outputs if output.arm != BASE_ARM and output.measure == "npv"]
    if others:
        names = Column("arm", [output.arm for output in others], left=True)
        print_table(console, "NPV of the other arms", [names, *_sides(others, result.currency)])
    for side, names_only in (("A", result.only_before), ("B", result.only_after)):
        if names_only:
            say(console, f"Arms that only {side} has: {', '.join(names_only)}")
    old, new = result.recommended.before, result.recommended.after
    if old is not None or new is not None:
        words = ["no ladder" if posts is None else csms(posts) for posts in (old, new)]
        say(console, f"Recommended: {words[0]} in A, {words[1]} in B")
    say(console)


def _print_effects(result: Diff, console: Console) -> None:
    """What each step does to the base, then to the NPV of the other arms that were attributed."""
    currency, names = result.currency[0], [step.name for step in result.steps]
    npv = result.of(BASE_ARM, "npv")
    rests = [output.rest for output in result.outputs if output.arm == BASE_ARM and output.rest is not None]
    rest = any(gap.mean or gap.se for gap in rests)
    labels = [*names, f"B – A with seed {result.seed}"]
    labels += [_reasons(result), "B – A as stored"] * rest
    orders = [f"{money(e.in_order, currency)} / {money(e.in_reverse, currency)}" for e in npv.effects]
    print_table(
        console,
        "What each input did to the base",
        [
            Column("input moved from A to B", labels, left=True),
            Column("NPV", _effects(result, BASE_ARM, "npv", rest=rest)),
            Column("in this order / in reverse", orders + [""] * (len(labels) - len(orders)), 1),
        ],
    )
    others = [name for name in dict.fromkeys(a.measure for a in result.attributed) if name != "npv"]
    print_table(
        console,
        "The same for the other results of the base",
        [
            Column("input moved from A to B", labels, left=True),
            *(
                Column(_measure(name).label.replace(", ", "\n"), _effects(result, BASE_ARM, name, rest=rest), i)
                for i, name in enumerate(others)
            ),
        ],
    )
    arms = [arm for arm in dict.fromkeys(a.arm for a in result.attributed) if arm != BASE_ARM]
    if arms:
        columns = [Column(arm, _effects(result, arm, "npv", rest=False), i) for i, arm in enumerate(arms)]
        step = Column("input moved from A to B", labels[: len(names) + 1], left=True)
        print_table(console, "What each input did to the NPV of other arms", [step, *columns])
    say(
        console,
        f"±: standard error, in pairs, clustered by draw ({run_size(result.draws, result.replicates)}, seed"
        f" {result.seed} in every step). Each effect is the mean of two: inputs moved from A to B one after the other"
        " in this order, and in the reverse order; so effects add up, and an interaction of two inputs is shared"
        " equally. Where the two orders differ much, inputs work through each other.",
    )


def _effects(result: Diff, arm: str, measure: str, *, rest: bool) -> list[str]:
    """Cells of a measure: each step, their sum and, where asked, the rest and the difference as stored."""
    found = result.of(arm, measure)
    means = [(e.effect.mean, e.effect.se) for e in found.effects] + [(found.total.mean, found.total.se)]
    if rest:
        stored = result.output(arm, measure)
        assert stored.rest is not None, "asked for where there is one"
        means += [(gap.mean, gap.se) for gap in (stored.rest, stored.difference)]
    return [_difference(mean, se, measure, result.currency[0]) for mean, se in means]


def _difference(mean: float, se: float, measure: str, currency: str) -> str:
    if _measure(measure).kind == "money":
        return money_with_error(mean, se, currency)
    return points_with_error(mean, se)


def _reasons(result: Diff) -> str:
    """What the rest comes from."""
    names = {setting.name for setting in result.settings}
    reasons = ["seed"] * ("seed" in names) + ["sample"] * bool(names & {"draws", "replicates"})
    reasons += ["versions"] * any(name.startswith("version") for name in names)
    return f"rest: other {', '.join(reasons)}" if reasons else "rest: not repeated, see verify"


def _labels(outputs: Sequence[Output]) -> Column:
    return Column("", [_measure(output.measure).label for output in outputs], left=True)


def _sides(outputs: Sequence[Output], currency: tuple[str, str]) -> list[Column]:
    before = [amount(o.before, _measure(o.measure).kind, currency[0]) for o in outputs]
    after = [amount(o.after, _measure(o.measure).kind, currency[1]) for o in outputs]
    change = [_difference(o.difference.mean, o.difference.se, o.measure, currency[0]) for o in outputs]
    return [Column("A", before), Column("B", after), Column("B – A", change)]


def _measure(name: str) -> Measure:
    return CHURN if name == "churn" else EVERY[name]


def _book(book: BookChange, currency: str, currency_after: str) -> str:
    def some(count: int, what: str, arr: float) -> list[str]:
        return [f"{count:,} {what} ({money(arr, currency)})"] * (count > 0)

    parts = some(book.added, "added", book.arr_added) + some(book.lost, "lost", book.arr_lost)
    parts += some(book.repriced, "with another ARR", book.arr_repriced)
    parts += [f"{book.otherwise:,} changed otherwise"] * (book.otherwise > 0)
    before, after = (
        f"{count:,} accounts of {money(arr, unit)}"
        for count, arr, unit in (
            (book.accounts_before, book.arr_before, currency),
            (book.accounts_after, book.arr_after, currency_after),
        )
    )
    return f"book: {before} → {after}: {', '.join(parts)}"


def _value(value: object) -> str:
    return "none" if value is None else shown(value)


def _say_more(console: Console, count: int) -> None:
    if count > MOST_LINES:
        say(console, f"  ... and {count - MOST_LINES:,} more: --json has them all")

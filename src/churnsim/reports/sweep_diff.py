"""Two sweeps side by side, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from churnsim.reports.cells import say, say_all
from churnsim.reports.numbers import count_with_error, money_with_error, points_with_error, show
from churnsim.reports.tables import Column, print_table
from churnsim.scenario.problems import shown
from churnsim.sweeps.diff import Gap, SweepDiff

MOST_LINES = 12
MOST_NAMED = 4
"""Tables of a file that a sentence names."""
NAMES = ("plan name", "scenario name", "title")
"""Settings that make no number."""


def sentences(found: SweepDiff) -> list[str]:
    """What changed, how far values moved, what became of the best arm; what must not be comes first."""
    said = []
    if found.corrupt:
        said.append(
            f"{_points(len(found.corrupt))} with the same inputs and sample {_have(found.corrupt)} other values, which"
            f" must not be: {_listed(found.corrupt)}. Run both again."
        )
    return [*said, _inputs(found), _differ(found), *_moved(found), *_best(found)]


def print_sweep_diff(found: SweepDiff, console: Console) -> None:
    """Sentences, the changed inputs, arms, and points whose best arm changed."""
    say_all(console, sentences(found))
    say(console, f"A: {found.before}")
    say(console, f"B: {found.after}")
    say(console)
    lines = [f"{name}: {before} → {after}" for name, before, after in found.settings]
    lines += [f"{c.key}: {_value(c.before)} → {_value(c.after)}" for c in found.changes]
    lines += [f"plan, {c.key}: {_value(c.before)} → {_value(c.after)}" for c in found.plan]
    _say_lines("What changed, A → B", lines or ["nothing"], console)
    for title, names in (
        ("Points with other inputs", found.other_inputs),
        ("Points that only A has", found.only_before),
        ("Points that only B has", found.only_after),
        ("Points that one of them has not finished", found.unfinished),
        ("Arms that only A has", found.only_arms_before),
        ("Arms that only B has", found.only_arms_after),
    ):
        if names:
            _say_lines(f"{title}: {len(names):,}", names, console)
    if found.arms:
        _print_arms(found, console)
    if found.best:
        shown_ = found.best[:MOST_LINES]
        columns = [
            Column("point", [b.point for b in shown_], left=True),
            Column("A", [b.before for b in shown_], left=True),
            Column("B", [b.after for b in shown_], left=True),
            Column("told", ["yes" if b.told else "no" for b in shown_], left=True),
        ]
        print_table(console, f"The best arm by {found.label}, where it changed", columns)
        _say_more(len(found.best), console)
        say(console, "told: the best arm leads by more than noise in both.")


def _print_arms(found: SweepDiff, console: Console) -> None:
    names = list(found.arms)
    moved = [found.arms[name] for name in names]
    columns = [
        Column("arm", names, left=True),
        Column("A", [show(m.before, found.kind, found.currency) for m in moved]),
        Column("B", [show(m.after, found.kind, found.currency) for m in moved]),
        Column("B – A", [gap_in_words(m.difference, found) for m in moved]),
        Column("largest at a point", [gap_in_words(m.most, found) for m in moved], 1),
        Column("which is", [m.most_at for m in moved], 2, left=True),
    ]
    print_table(console, f"{found.label} by arm, mean over the {found.both:,} points that both have", columns)
    how = (
        "in pairs: both have the same seed and sample"
        if found.paired
        else "of independent runs: seed or sample are not the same"
    )
    say(console, f"±: standard error, clustered by draw, {how}.")
    say(console)


def gap_in_words(gap: Gap, found: SweepDiff) -> str:
    """A difference with its standard error."""
    if found.kind == "money":
        return money_with_error(gap.mean, gap.se, found.currency)
    if found.kind == "count":
        return count_with_error(gap.mean, gap.se)
    return points_with_error(gap.mean, gap.se)


def _inputs(found: SweepDiff) -> str:
    if not found.both:
        return f"No point is finished in both sweeps; their plans share {found.matched:,}."
    if not found.other_inputs:
        text = f"All {_points(found.both)} that both have finished have the same inputs"
    else:
        text = f"{len(found.other_inputs):,} of {found.both:,} points that both have finished have other inputs"
    extra = [
        f"{len(names):,} only in {side}" for side, names in (("A", found.only_before), ("B", found.only_after)) if names
    ]
    if found.unfinished:
        extra.append(f"{len(found.unfinished):,} not finished in one of them")
    return f"{text}{'; ' if extra else ''}{', '.join(extra)}."


def _differ(found: SweepDiff) -> str:
    """Which inputs differ between the two."""
    parts = [name for name, _, _ in found.settings if name not in NAMES]
    for what, changes in (("scenario", found.changes), ("plan", found.plan)):
        tables: dict[str, int] = {}
        for change in changes:
            top = ".".join(change.path[:2])
            tables[top] = tables.get(top, 0) + 1
        named = [f"{top} ({count:,} values)" if count > 1 else top for top, count in tables.items()]
        more = [f"{len(named) - MOST_NAMED:,} more"] if len(named) > MOST_NAMED else []
        parts += [f"{what} {', '.join(named[:MOST_NAMED] + more)}"] if named else []
    if not parts:
        return "Scenario, plan, sample and versions are the same."
    return f"What differs in the inputs: {'; '.join(parts)}."


def _moved(found: SweepDiff) -> list[str]:
    if not found.arms:
        return []
    if all(m.difference.mean == 0.0 == m.most.mean for m in found.arms.values()):
        return [f"No {found.label} moved."]
    most = max(found.arms, key=lambda arm: abs(found.arms[arm].difference.mean))
    moved = found.arms[most]
    doubt = "" if moved.difference.told else ", which is not told from 0"
    return [
        f"The {found.label} of {most} moved most: {gap_in_words(moved.difference, found)} in the mean over"
        f" points{doubt}; {gap_in_words(moved.most, found)} at {moved.most_at}."
    ]


def _best(found: SweepDiff) -> list[str]:
    if not found.both or len(found.arms) + len(found.only_arms_after) < 2:
        return []
    if not found.best:
        return [f"The best arm is the same at all {_points(found.both)}."]
    told = sum(b.told for b in found.best)
    return [f"The best arm changed at {len(found.best):,} of {_points(found.both)}, told from noise at {told:,}."]


def _say_lines(title: str, lines: Sequence[str], console: Console) -> None:
    say(console, title, style="bold")
    for line in lines[:MOST_LINES]:
        say(console, f"  {line}")
    _say_more(len(lines), console)
    say(console)


def _say_more(count: int, console: Console) -> None:
    if count > MOST_LINES:
        say(console, f"  {count - MOST_LINES:,} more: --json has them")


def _points(count: int) -> str:
    return f"{count:,} point{'' if count == 1 else 's'}"


def _have(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def _value(value: object) -> str:
    return "none" if value is None else shown(value)

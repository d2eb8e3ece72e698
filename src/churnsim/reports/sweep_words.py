"""A sweep in plain words: which arm wins, which is regretted least, which are dominated, what tips the decision."""

from __future__ import annotations

import math

from churnsim.decisions.words import number
from churnsim.metrics.estimates import Share
from churnsim.reports.cells import amount
from churnsim.reports.numbers import percent
from churnsim.reports.risk_words import listed
from churnsim.sweeps.reading import Reading
from churnsim.sweeps.standings import Standings
from churnsim.sweeps.tipping import Along, Line, Pull, Switch, Tipping

MOST_SWITCHES = 4
"""Switches along an axis that a sentence spells out."""


def sentences(reading: Reading, found: Standings | None, tips: Tipping | None) -> list[str]:
    """The answer, one thing a sentence; what is missing first."""
    said, same = missing(reading), twins(reading)
    if found is None:
        return [*said, *same, f"The sweep has one arm, {reading.arms[0]}: there is nothing to choose between."]
    said += [winner(reading, found), *beyond(reading, found), regret(reading, found), dominated(reading, found)]
    return [*said, *same, *tipped(tips)]


def missing(reading: Reading) -> list[str]:
    """Which points are not there; nothing where all are."""
    done = int(reading.finished.sum())
    if done == reading.points:
        return []
    text = f"Preliminary: {done:,} of {reading.points:,} points are finished"
    if reading.failed:
        point, error = next(iter(reading.failed.items()))
        more = f", and {len(reading.failed) - 1:,} more" if len(reading.failed) > 1 else ""
        text += f"; {len(reading.failed):,} failed ({reading.name(point)}: {_first_line(error)}{more})"
    if reading.missing:
        text += f"; {len(reading.missing):,} {'is' if len(reading.missing) == 1 else 'are'} not simulated yet"
    return [f"{text}. What follows speaks of the finished points alone."]


def headline(reading: Reading, found: Standings | None) -> str:
    """The answer in a few words."""
    if found is None:
        return f"{reading.label} of {reading.arms[0]} over {reading.points:,} points"
    share = found.arms[found.winner].futures
    tied = [name for name, arm in found.arms.items() if arm.futures.share == share.share]
    if len(tied) > 1:
        return f"No arm wins in most futures: {' and '.join(tied)} have {percent(share.share)} each"
    if not share.low > 0.5:
        return f"No arm clearly wins in most futures: {found.winner} leads with {percent(share.share)}"
    return f"{found.winner} wins in most futures: {percent(share.share)}"


def winner(reading: Reading, found: Standings) -> str:
    """Which arm is best in most futures."""
    name, best = found.winner, found.arms[found.winner]
    share = best.futures
    lead = "wins in most futures" if share.low > 0.5 else "wins in more futures than any other arm"
    if sum(arm.futures.share == share.share for arm in found.arms.values()) > 1:
        lead = "wins in as many futures as any arm"
    elif not share.low > 0.5 < share.share:
        lead += ", though no arm clearly wins in most"
    clear = "" if best.clear_at == best.best_at else f" (told from the second at {best.clear_at:,})"
    goal = "lowest" if reading.sign < 0.0 else "highest"
    return (
        f"{name} {lead}: it has the {goal} {reading.label} in {odds(share)} of points x {reading.clusters}, and the"
        f" {goal} mean at {best.best_at:,} of {found.points:,} points{clear}."
    )


def regret(reading: Reading, found: Standings) -> str:
    """Which arm is regretted least, whatever comes."""
    name = found.least_regretted
    worst = found.arms[name].worst_regret
    if worst.mean == 0.0:
        return f"{name} is the best arm at every point: there is nothing to regret."
    shown = amount(worst, reading.kind, reading.currency)
    text = (
        f"Whatever comes, {name} is regretted least: it is at most {shown} behind the best arm of a point"
        f" (at {reading.name(found.arms[name].worst_at)})"
    )
    low = min(found.arms, key=lambda arm: found.arms[arm].regret.mean)
    mean = amount(found.arms[low].regret, reading.kind, reading.currency)
    return f"{text}; with all points alike {'it' if low == name else low} has the least mean regret, {mean}."


def twins(reading: Reading) -> list[str]:
    """Which arms are another one, and counted with it."""
    does = "does the same in every path as"
    return [f"{name} {does} {other}, and is counted once, as {other}." for name, other in reading.twins.items()]


def beyond(reading: Reading, found: Standings) -> list[str]:
    """That the best may lie beyond what was tried, where the arm that wins is an end of a ladder."""
    if reading.ladder is None:
        return []
    team, posts = reading.ladder
    names = {found.winner, *(name for name, other in reading.twins.items() if other == found.winner)}
    wins = [n for n in posts if f"{team} {n}" in names]
    low = min(posts)
    if not wins or low < wins[0] < max(posts) or wins[0] == low == 0:
        return []
    end, way = ("lowest", "fewer") if wins[0] == low else ("highest", "more")
    return [f"{team} {wins[0]} is the {end} rung that was tried: the best may lie beyond, so try {way} posts as well."]


def dominated(reading: Reading, found: Standings) -> str:
    """Which arms are never worth having."""
    by: dict[str, list[str]] = {}
    unclear = []
    for name, arm in found.arms.items():
        if arm.dominated_by is not None:
            by.setdefault(arm.dominated_by, []).append(name)
            if arm.dominated_clearly_at < found.points:
                unclear.append(f"{name} at {arm.dominated_clearly_at:,} of {found.points:,} points")
    parts = [f"{listed(names)} by {name}" for name, names in by.items()]
    if not parts:
        return "No arm is dominated: each is better than any other somewhere."
    told = f"told from noise only for {listed(unclear)}" if unclear else "told from noise at every point"
    return f"Dominated, as nowhere better by the mean and somewhere worse: {'; '.join(parts)} ({told})."


def tipped(tips: Tipping | None) -> list[str]:
    """What tips the decision, axis by axis."""
    if tips is None:
        return []
    said = [along(each) for each in tips.along]
    said += [pull(each) for each in tips.pulls[:2]]
    if tips.note:
        said.append(f"What tips the decision among the sampled inputs is not told: {tips.note}.")
    return said


def along(each: Along) -> str:
    """What tips the decision along one axis."""
    line = each.mean if each.mean is not None else each.lines[0] if len(each.lines) == 1 else None
    count = f"{each.turning:,} of {len(each.lines):,}"
    lines = (
        f"with the others held, the best arm changes by more than noise at {count} of their points"
        if len(each.lines) > 1
        else ""
    )
    if line is None:
        return f"{each.axis}: at no point of the other axes are all its values finished; {lines}."
    where = f", in the mean over {each.mean_of:,} points of the other axes" if len(each.lines) > 1 else ""
    known = [arm for arm in line.best if arm is not None]
    if not line.switches:
        if not known:
            return f"{each.axis}: no point of it is finished."
        text = f"No value of {each.axis} tips the decision{where}: {known[0]} is best throughout"
        return f"{text}, though {lines}." if each.turning else f"{text}."
    if all(switch.noise for switch in line.switches):
        between = listed(list(dict.fromkeys(name for s in line.switches for name in (s.before, s.after))))
        text = f"No value of {each.axis} is known to tip the decision{where}: the best arm changes, but only among"
        return f"{text} {between}, within noise{f'; {lines}' if lines else ''}."
    text = f"{each.axis} tips the decision{where}: {switches(line, each.times) if each.numeric else cases(each, line)}"
    return f"{text}; {lines}." if lines else f"{text}."


def switches(line: Line, times: str = "") -> str:
    """Where the best arm changes, in words."""
    real = [switch for switch in line.switches if not switch.noise]
    shown = [f"from {s.before} to {s.after} {place(s, times)}" for s in real[:MOST_SWITCHES]]
    more, noise = len(real) - len(shown), len(line.switches) - len(real)
    rest = [f"{more} more" for _ in range(more > 0)] + [f"{noise} more within noise" for _ in range(noise > 0)]
    return "the best arm goes " + ", ".join(shown + rest)


def cases(each: Along, line: Line) -> str:
    """Which arm is best in which of some named cases."""
    arms = dict.fromkeys(arm for arm in line.best if arm is not None)
    best = {arm: [label for label, own in zip(each.values, line.best, strict=True) if own == arm] for arm in arms}
    doubt = "" if all(s.told for s in line.switches) else " (not every change is told from noise)"
    return ", ".join(f"{arm} is best in {listed(labels)}" for arm, labels in best.items()) + doubt


def place(switch: Switch, times: str = "") -> str:
    """Where a switch is, with its interval."""
    if math.isnan(switch.value):
        doubt = "" if switch.told else ", not told from noise on both sides"
        return f"between {switch.between[0]} and {switch.between[1]}{doubt}"
    return f"at {times}{number(switch.value)} ({interval(switch, times)})"


def interval(switch: Switch, times: str = "") -> str:
    """The 95% interval of a switch."""
    if math.isnan(switch.low):
        return "error not known"
    if math.isinf(switch.low) and math.isinf(switch.high):
        return "the arms cannot be told apart at any value tried"
    low, high = f"{times}{number(switch.low)}", f"{times}{number(switch.high)}"
    if math.isinf(switch.low):
        return f"95% interval up to {high}, open below"
    if math.isinf(switch.high):
        return f"95% interval from {low}, open above"
    return f"95% interval {low} to {high}"


def pull(each: Pull) -> str:
    """A sampled input and where it turns the answer."""
    share = f"{each.input} explains {percent(each.variance_share)} of what {each.arm} gains over {each.against}"
    if each.switch is None:
        return f"{share}; no value within what was sampled turns the answer."
    return f"{share}; the answer turns, the others at their means, {place(each.switch)}."


def odds(share: Share) -> str:
    """A share with its 95% interval, where it has one."""
    if math.isnan(share.low):
        return percent(share.share)
    return f"{percent(share.share)} (95% interval {percent(share.low)} to {percent(share.high)})"


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason given"

"""Break-evens in a sentence: what the difference is today, and what must be true for it to be 0."""

from __future__ import annotations

import math

from churnsim.decisions.words import money, number
from churnsim.uncertainty.breakeven import BreakEven, BreakEvenCurve, BreakEvens, HeldAgainst, InputBreakEven

NAMED = 3
"""Inputs that the sentence names."""


def sentence(found: BreakEvens) -> str:
    """The difference today, and the nearest inputs at which it is 0."""
    lead = _today(found)
    if found.today.identical and all(i.verdict == "identical" for i in found.inputs):
        return f"{lead}, whatever the inputs are: there is nothing to break even."
    near = [i for i in found.inputs if i.break_evens]
    if not near:
        reasons = {
            "noise": "the difference cannot be told from 0 anywhere in the ranges tried: simulate more draws",
            "other": "no input brings it to 0 within the range tried",
        }
        noise = all(i.verdict in ("noise", "identical") for i in found.inputs)
        return f"{lead}; {reasons['noise' if noise else 'other']}."
    named = "; ".join(in_words(i) for i in near[:NAMED])
    rest = len(near) - NAMED
    more = f" ({rest} more below)" if rest > 0 else ""
    return f"{lead}. It would be worth the same at {named}{more}."


def in_words(found: InputBreakEven) -> str:
    """An input and its break-evens, e.g. "X = 0.12 (95% interval 0.10 to 0.14; today 0.08)"."""
    values = " and ".join(f"{number(b.value)} (95% interval {interval(b, found.tried)})" for b in found.break_evens)
    what = "times today's" if "*" in found.input else "="
    return f"{found.input} {what} {values}, {distance(found)}"


def distance(found: InputBreakEven) -> str:
    """How far the nearest break-even is from what the file has, in words."""
    if not found.break_evens:
        return ""
    best = min(found.break_evens, key=lambda b: abs(b.level - 0.5) if math.isfinite(b.level) else abs(b.change))
    return (
        f"{far(best)} ({number(found.today)})"
        if math.isnan(best.level)
        else f"{far(best)}, today {number(found.today)}"
    )


def far(found: BreakEven) -> str:
    """Where a break-even stands: in the percentiles of what the file believes, or relative to an exact number."""
    if math.isnan(found.level):
        return f"{100.0 * found.change:+.0f}% from today" if math.isfinite(found.change) else "from 0"
    if found.level <= 0.0:
        return "below all that the file believes"
    if found.level >= 1.0:
        return "above all that the file believes"
    return f"P{100.0 * found.level:.0f} of what the file believes"


def interval(found: BreakEven, tried: tuple[float, float]) -> str:
    """The 95% interval; an end that the range does not close says so."""
    low = f"below {number(tried[0])}" if found.low is None else number(found.low)
    high = f"above {number(tried[1])}" if found.high is None else number(found.high)
    return f"{low} to {high}"


def verdict(found: InputBreakEven, arm: str, against: str) -> str:
    """Why an input has no break-even; nothing where it has one."""
    if found.verdict == "identical":
        return "the arms never differ"
    if found.verdict == "noise":
        return "within the noise throughout"
    if found.verdict == "touches":
        return "none clear: it comes to 0 and back within the noise"
    if found.verdict == "crosses":
        return f"{len(found.break_evens)} break-evens" if len(found.break_evens) > 1 else ""
    best = arm if found.verdict == "above" else against
    return f"none: {best} is worth more {'throughout' if found.clear else 'on average, not clearly'}"


def curve_sentence(found: BreakEvenCurve) -> str:
    """How the break-even of the second input moves with the first."""
    rows = [row for row in found.rows if row.break_evens]
    lead = _today(found)
    if not rows:
        return f"{lead}; no pair of values tried brings {found.x} and {found.y} to a break-even."
    ends = [rows[0]] if len(rows) == 1 else [rows[0], rows[-1]]
    at = ", and ".join(
        f"where {found.x} is {number(row.x)}{_times(found.x)}, {found.y} must be"
        f" {' or '.join(number(b.value) for b in row.break_evens)}{_times(found.y)}"
        f" (95% interval {interval(row.break_evens[0], (found.y_values[0], found.y_values[-1]))})"
        for row in ends
    )
    return f"{lead}. It would be worth the same {at}."


def _times(name: str) -> str:
    return " times today's" if "*" in name else ""


def _today(found: HeldAgainst) -> str:
    difference = found.today.difference
    what = f"{found.arm} against {found.against}"
    if found.today.identical:
        return f"{what}: exactly the same {found.label} in every path today"
    side = "more" if difference.mean > 0.0 else "less"
    amount = _amount(abs(difference.mean), found.kind, found.currency)
    low, high = (_amount(end, found.kind, found.currency) for end in (difference.low, difference.high))
    return (
        f"{found.arm} has {amount} {side} {found.label} than {found.against} today"
        f" (95% interval of the gain {low} to {high})"
    )


def _amount(value: float, kind: str, currency: str) -> str:
    return money(value, currency) if kind == "money" else f"{100.0 * value:.2f} points"

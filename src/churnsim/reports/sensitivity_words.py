"""Words and numbers of a sensitivity analysis, for the terminal and for figures."""

from __future__ import annotations

import math
from collections.abc import Callable

from churnsim.metrics.estimates import Estimate
from churnsim.reports.cells import odds
from churnsim.reports.numbers import (
    money,
    money_interval,
    money_with_error,
    percent_tenths,
    percent_with_error,
    points,
    points_with_error,
    ratio_with_error,
)
from churnsim.uncertainty.asked import Asked
from churnsim.uncertainty.discovery import Box, Discovery
from churnsim.uncertainty.outcomes import Bounded
from churnsim.uncertainty.tornado import Tornado


def amount(asked: Asked) -> Callable[[Estimate], str]:
    """How a mean of the outcome is shown, with its standard error."""
    if asked.kind == "share" and asked.against is None:
        return lambda e: percent_with_error(e.mean, e.se)
    return change(asked)


def change(asked: Asked) -> Callable[[Estimate], str]:
    """How a change of the outcome is shown, with its standard error."""
    if asked.kind == "money":
        return lambda e: money_with_error(e.mean, e.se, asked.currency)
    if asked.kind != "share":
        return lambda e: ratio_with_error(e.mean, e.se)
    return lambda e: points_with_error(e.mean, e.se)


def bare(asked: Asked) -> Callable[[float], str]:
    """How the outcome is shown without an error."""
    if asked.kind == "money":
        return lambda x: money(x, asked.currency)
    if asked.kind != "share":
        return number
    return percent_tenths if asked.against is None else points


def extent(value: Bounded, asked: Asked) -> str:
    """A size in the outcome's unit with its 95% interval."""
    if asked.kind == "money":
        return f"{money(value.value, asked.currency)} ({money_interval(value.low, value.high, asked.currency)})"
    if asked.kind != "share":
        return f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"
    return f"{100.0 * value.value:.2f} pt ({100.0 * value.low:.2f} to {100.0 * value.high:.2f})"


def number(value: float) -> str:
    """A value of an input."""
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def luck(share: float) -> str:
    """What a share of luck is called."""
    return "not known with one replicate" if math.isnan(share) else f"{100.0 * share:.1f}% of the variance"


def tornado_sentence(found: Tornado) -> str:
    """The two widest bars, and those that tip the sign."""
    widest = " and ".join(bar.input for bar in found.bars[:2])
    text = f"Widest: {widest}."
    tipping = [f"{bar.input} at about {number(bar.tips_at)}" for bar in found.bars if math.isfinite(bar.tips_at)]
    if tipping:
        text += f" The sign tips with {', '.join(tipping)}."
    turning = [bar.input for bar in found.bars if bar.turns]
    if turning:
        text += f" Turning between its ends: {', '.join(turning)}."
    return text


def rule(box: Box) -> str:
    """The limits of a box in words: "annual_cost above 182,000 and rescue from .02 to .08"."""
    parts = []
    for limit in box.limits:
        if math.isinf(limit.low):
            side = f"up to {number(limit.high)}"
        elif math.isinf(limit.high):
            side = f"above {number(limit.low)}"
        else:
            side = f"from {number(limit.low)} to {number(limit.high)}"
        parts.append(f"{limit.input} {side}")
    return " and ".join(parts)


def failing(found: Discovery, asked: Asked) -> str:
    """How many draws fail, in a sentence."""
    side = "less" if found.fails == "below" else "more"
    return (
        f"{asked.text} is {side} than {bare(asked)(found.threshold)} in {odds(found.failing)} of {found.draws:,} draws"
    )

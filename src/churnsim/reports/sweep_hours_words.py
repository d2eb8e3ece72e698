"""What a sweep says about hours, in plain words."""

from __future__ import annotations

import math

from churnsim.metrics.estimates import Quantile
from churnsim.reports.cells import amount
from churnsim.reports.numbers import DASH, percent
from churnsim.reports.risk_words import listed
from churnsim.reports.sweep_words import odds
from churnsim.sweeps.capacity import FAN, Capacity, When
from churnsim.sweeps.per_hour import PerHour
from churnsim.sweeps.reading import Reading

MOST_ARMS = 6
"""Arms that a sentence or a chart has room for."""
LOW, MEDIAN, HIGH = (FAN.index(p) for p in (0.05, 0.5, 0.95))


def runs_out(reading: Reading, found: Capacity) -> list[str]:
    """In how many futures arms run out of capacity, and from which month on, with errors."""
    good = [arm.for_good for arm in found.arms]
    many = len(good) > MOST_ARMS
    shares = _by_arm(reading, [odds(when.within) for when in good])
    said = [f"Futures that run out of capacity for good within {found.months} months: {shares}."]
    if any(math.isfinite(when.quantiles[MEDIAN].value) for when in good):
        said.append(f"In the median future that is {_by_arm(reading, [_from(when, found.months) for when in good])}.")
    first = [arm.first.quantiles[MEDIAN] for arm in found.arms]
    firsts = [f"month {m.value:.0f} ({_interval(m)})" if math.isfinite(m.value) else "none" for m in first]
    said.append(f"The first month in which demand exceeds hours is in the median future {_by_arm(reading, firsts)}.")
    return [*said, f"The tables have all {len(good)} arms."] if many else said


def runs_out_title(reading: Reading, found: Capacity, arm: int) -> str:
    """The same in a few words."""
    when = found.arms[arm].for_good
    value = when.quantiles[MEDIAN].value
    if math.isfinite(value):
        return f"{reading.arms[arm]} is short for good from month {value:.0f} on in the median future"
    return f"{reading.arms[arm]} is short for good by month {found.months} in {percent(when.within.share)} of futures"


def month(known: Quantile) -> str:
    """A month with its interval, a dash behind the horizon."""
    return f"{_month(known.value)} ({_month(known.low)} to {_month(known.high)})"


def months_between(when: When) -> str:
    """The middle nine of ten futures."""
    return f"{_month(when.quantiles[LOW].value)} to {_month(when.quantiles[HIGH].value)}"


def by_hour(reading: Reading, found: PerHour) -> str:
    """In which arm an hour brings most."""
    first = found.arms[0]
    label = reading.label

    def worth(i: int) -> str:
        return amount(found.arms[i].per_hour, "money", reading.currency)

    text = f"An hour brings most in {first.arm}: {worth(0)} of {label} above {found.against}"
    if len(found.arms) > 1 and found.lead is not None:
        told = "" if found.lead.low > 0.0 else ", which is not told from it"
        rest = [f"{each.arm} {worth(i)}" for i, each in enumerate(found.arms)][1:]
        text += f"; then {rest[0]}{told}"
        text += f"; {', '.join(rest[1:])}" if len(rest) > 1 else ""
    if found.left_out:
        text += f". Without hours of their own: {listed(list(found.left_out))}"
    return f"{text}."


def hour_title(found: PerHour) -> str:
    """The same in a few words."""
    return f"An hour brings most in {found.arms[0].arm}, of {len(found.arms)} arms held against {found.against}"


def _by_arm(reading: Reading, texts: list[str]) -> str:
    """Texts of the arms, "A with one and two, B with three"; one that all share without them."""
    arms: dict[str, list[str]] = {}
    for name, text in list(zip(reading.arms, texts, strict=True))[:MOST_ARMS]:
        arms.setdefault(text, []).append(name)
    if len(arms) == 1:
        return f"{texts[0]} with {'every arm' if len(reading.arms) > 1 else reading.arms[0]}"
    return ", ".join(f"{text} with {' and '.join(names)}" for text, names in arms.items())


def _from(when: When, months: int) -> str:
    middle = when.quantiles[MEDIAN]
    if not math.isfinite(middle.value):
        return f"not by month {months}"
    return f"from month {middle.value:.0f} on ({_interval(middle)})"


def _interval(known: Quantile) -> str:
    if not math.isfinite(known.low):
        return "error not known"
    if not math.isfinite(known.high):
        return f"95% interval from {known.low:.0f}, open above"
    return f"95% interval {known.low:.0f} to {known.high:.0f}"


def _month(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else DASH

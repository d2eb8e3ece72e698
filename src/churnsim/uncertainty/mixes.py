"""Mixes of alternatives: every combination of steps that a budget pays for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from churnsim.decisions.inputs import InputError
from churnsim.uncertainty.options import Option

MOST_MIXES = 400
"""Mixes that are simulated at most."""
COUNTED = 1_000_000
"""Mixes that are counted before they are refused."""
ROUNDING = 1e-9

Steps = tuple[int, ...]
"""Steps of each alternative."""


def mixes_up_to(options: Sequence[Option], most: float) -> list[Steps]:
    """Every mix that costs no more than `most`, the empty one first. Raises InputError where there are too many."""
    found = list(islice(_below(options, most * (1.0 + ROUNDING)), COUNTED))
    if len(found) > MOST_MIXES:
        count = f"{'more than ' if len(found) == COUNTED else ''}{len(found):,}"
        raise InputError(
            f"{count} mixes of {', '.join(option.name for option in options)} cost up to {most:,.0f} a year, and at"
            f" most {MOST_MIXES} are simulated: a larger --step, a smaller budget or fewer alternatives (--among) would"
            " fit"
        )
    return found


def _below(options: Sequence[Option], most: float) -> Iterator[Steps]:
    if not options:
        yield ()
        return
    first, rest = options[0], options[1:]
    for count in range(_affordable(first, most) + 1):
        for others in _below(rest, most - count * first.step_cost):
            yield (count, *others)


def _affordable(option: Option, money: float) -> int:
    # a budget of three steps pays for three, whatever rounding says
    steps = int(max(money, 0.0) / option.step_cost * (1.0 + ROUNDING))
    return steps if option.most_steps is None else min(steps, option.most_steps)


def alone_on(options: Sequence[Option], place: int, budget: float) -> Steps | None:
    """All the money on one alternative; None where it pays for no step."""
    count = _affordable(options[place], budget)
    return tuple(count if i == place else 0 for i in range(len(options))) if count else None

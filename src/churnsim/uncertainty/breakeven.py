"""Break-even: what must be true for one arm to be worth as much as another.

One number of the scenario at a time takes trial values in all arms (`trials`). At each both arms are simulated with the
same draws and the same luck; the mean of their paired difference is followed over the values and its crossings of 0 are
the break-evens (`crossing`). For two numbers together the same is done on a grid: at each value of the first, the
values of the second at which the arms are worth the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnsim.decisions.basis import Basis
from churnsim.decisions.inputs import InputError
from churnsim.decisions.plain import plain
from churnsim.decisions.progress import Progress, part
from churnsim.decisions.versus import Versus
from churnsim.metrics.estimates import Array
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from churnsim.uncertainty.crossing import Curve, Verdict, trace
from churnsim.uncertainty.paired_runs import PairedRuns
from churnsim.uncertainty.pairs import Pair
from churnsim.uncertainty.trials import P10, P90, Trial, default_trials, trials_of

POINTS = 5
"""Values on the grid of an input."""


@dataclass(frozen=True)
class BreakEven:
    """A value at which the arms are worth the same."""

    value: float
    low: float | None
    """95% interval; None where it is still open at the least value tried, or not known."""
    high: float | None
    better: str
    """"above" where the arm is worth more for greater values, else "below"."""
    level: float
    """Probability that the file gives to a lesser value; NaN where it has the number as exact."""
    change: float
    """Relative change from today's value; NaN where that is 0."""


@dataclass(frozen=True)
class InputBreakEven:
    """What one number must be."""

    input: str
    meaning: str
    """The key's docstring."""
    today: float
    """Value, or mean where it is a distribution; 1 where several numbers take one factor."""
    p10: float
    """Of what the file believes; NaN where the number is exact."""
    p90: float
    tried: tuple[float, float]
    verdict: Verdict
    clear: bool
    """Whether the sign of the mean difference can be told at every value tried."""
    break_evens: tuple[BreakEven, ...]
    values: tuple[float, ...]
    """Values that were simulated, with the mean difference and half its 95% interval at each."""
    mean: tuple[float, ...]
    half_width: tuple[float, ...]

    @property
    def distance(self) -> float:
        """How far the nearest break-even is from today: probability mass from the median, or relative change."""
        found = [abs(b.level - 0.5) if math.isfinite(b.level) else abs(b.change) for b in self.break_evens]
        return min(found, default=math.inf)


@dataclass(frozen=True)
class HeldAgainst(Basis):
    """One arm against another: the difference today by a measure."""

    arm: str
    against: str
    measure: str
    label: str
    kind: str
    today: Versus


@dataclass(frozen=True)
class BreakEvens(HeldAgainst):
    """What each input must be for the difference of two arms to be 0."""

    inputs: tuple[InputBreakEven, ...]
    """Nearest break-even first; those without one last."""

    @property
    def sentence(self) -> str:
        """The difference today, and what the nearest inputs must be."""
        from churnsim.uncertainty.breakeven_words import sentence

        return sentence(self)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not known is null."""
        return {"sentence": self.sentence, **plain(self)}


@dataclass(frozen=True)
class BreakEvenRow:
    """At one value of the first input, the values of the second at which the arms are worth the same."""

    x: float
    verdict: Verdict
    break_evens: tuple[BreakEven, ...]


@dataclass(frozen=True)
class BreakEvenCurve(HeldAgainst):
    """Two inputs together."""

    x: str
    y: str
    x_today: float
    y_today: float
    x_believed: tuple[float, float]
    """P10 and P90 of the first input; NaN where it is exact."""
    y_believed: tuple[float, float]
    x_values: tuple[float, ...]
    y_values: tuple[float, ...]
    rows: tuple[BreakEvenRow, ...]
    mean: tuple[tuple[float, ...], ...]
    """Mean difference, by first and second input."""
    half_width: tuple[tuple[float, ...], ...]

    @property
    def sentence(self) -> str:
        """How the break-even of the second input moves with the first."""
        from churnsim.uncertainty.breakeven_words import curve_sentence

        return curve_sentence(self)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON types; what is not known is null."""
        return {"sentence": self.sentence, **plain(self)}


def breakeven(
    file: ScenarioFile,
    pair: Pair,
    *,
    inputs: Iterable[str] | None = None,
    measure: str | None = None,
    points: int = POINTS,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    book: Book | None = None,
    progress: Progress | None = None,
) -> BreakEvens:
    """What each input must be for the arms of a pair to be worth the same.

    Parameters
    ----------
    pair : from `churnsim.uncertainty.pairs`.
    inputs : `PATH` or `PATH=LOW..HIGH`; default: see `default_trials`.
    measure : name of `churnsim.decisions.measures`; default: NPV, with the value after the horizon where there is one.
    points : values on the grid of each input; more are simulated where the mean crosses 0.
    draws, replicates : at each value; default: the file's, else 250 x 1, or 1 x 1,000 with nothing uncertain.

    Raises
    ------
    ScenarioError, InputError : an input, a name or a range is wrong.
    """
    trials = default_trials(file, pair.team and [pair.team]) if inputs is None else trials_of(file, inputs)
    if not trials:
        raise InputError("the scenario has no effect, cost or churn to move: name the inputs, as PATH=LOW..HIGH")
    _check_points(points)
    runs = PairedRuns(file, pair, measure, draws, replicates, seed, book)
    steps = points + 3
    today = runs.today(part(progress, 0.0, 1.0 / (1 + len(trials) * steps)))
    found = []
    for i, trial in enumerate(trials):
        count = 0

        def difference(value: float, trial: Trial = trial, i: int = i) -> Array:
            nonlocal count
            start = 1 + i * steps + min(count, steps - 1)
            count += 1
            whole = 1 + len(trials) * steps
            return runs.difference({trial: value}, part(progress, start / whole, (start + 1) / whole))

        found.append(_result(file, trial, trace(difference, trial.low, trial.high, points=points)))
    found.sort(key=lambda result: result.distance)
    return BreakEvens(**runs.facts(), today=today, inputs=tuple(found))


def breakeven_curve(
    file: ScenarioFile,
    pair: Pair,
    inputs: tuple[str, str],
    *,
    measure: str | None = None,
    points: int = POINTS,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    book: Book | None = None,
    progress: Progress | None = None,
) -> BreakEvenCurve:
    """The values of two inputs together at which the arms of a pair are worth the same; arguments as of `breakeven`."""
    trials = trials_of(file, inputs)
    if len(trials) != 2:
        raise InputError(f"a curve needs two inputs, found {len(trials)}")
    _check_points(points)
    a, b = trials
    both = sorted(set(a.paths) & set(b.paths))
    if both:
        raise InputError(f"both inputs move {both[0]}: name inputs that have no number in common")
    runs = PairedRuns(file, pair, measure, draws, replicates, seed, book)
    whole = 1 + points**2
    today = runs.today(part(progress, 0.0, 1.0 / whole))
    xs, ys = np.linspace(a.low, a.high, points), np.linspace(b.low, b.high, points)
    cells = [(float(x), float(y)) for x in xs for y in ys]
    found = [
        runs.difference({a: x, b: y}, part(progress, (1 + k) / whole, (2 + k) / whole))
        for k, (x, y) in enumerate(cells)
    ]
    grid = np.stack(found).reshape(points, points, -1)
    curves = [Curve(ys, row) for row in grid]
    return BreakEvenCurve(
        **runs.facts(),
        today=today,
        x=a.name,
        y=b.name,
        x_today=a.today,
        y_today=b.today,
        x_believed=(a.believed(P10), a.believed(P90)),
        y_believed=(b.believed(P10), b.believed(P90)),
        x_values=tuple(map(float, xs)),
        y_values=tuple(map(float, ys)),
        rows=tuple(
            BreakEvenRow(float(x), curve.verdict, _break_evens(b, curve)) for x, curve in zip(xs, curves, strict=True)
        ),
        mean=tuple(tuple(map(float, curve.mean)) for curve in curves),
        half_width=tuple(tuple(map(float, curve.half_width)) for curve in curves),
    )


def _check_points(points: int) -> None:
    if not 3 <= points <= 101:
        raise InputError(f"the grid of an input needs from 3 to 101 points, found {points}")


def _result(file: ScenarioFile, trial: Trial, curve: Curve) -> InputBreakEven:
    from churnsim.scenario.meanings import meaning

    return InputBreakEven(
        input=trial.name,
        meaning=f"factor on {len(trial.paths)} numbers" if trial.is_factor else meaning(file.scenario, trial.name),
        today=trial.today,
        p10=trial.believed(P10),
        p90=trial.believed(P90),
        tried=(trial.low, trial.high),
        verdict=curve.verdict,
        clear=curve.clear,
        break_evens=_break_evens(trial, curve),
        values=tuple(map(float, curve.values)),
        mean=tuple(map(float, curve.mean)),
        half_width=tuple(map(float, curve.half_width)),
    )


def _break_evens(trial: Trial, curve: Curve) -> tuple[BreakEven, ...]:
    if curve.verdict != "crosses":
        return ()
    return tuple(
        BreakEven(
            value=found.value,
            low=found.low if math.isfinite(found.low) else None,
            high=found.high if math.isfinite(found.high) else None,
            better="above" if found.above_from_here else "below",
            level=trial.level(found.value),
            change=found.value / trial.today - 1.0 if trial.today else math.nan,
        )
        for found in curve.crossings
    )

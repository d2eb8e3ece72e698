"""Calibrate a scenario: scales for which the simulated status quo shows the KPIs that the company observes.

What is solved, under the base arm with its book, team and plays:

1. Each scale becomes one number, such that the KPI's mean over draws and luck meets its target (sweeps.py). The scale's
   own range in the file goes, because the KPI says what it is; all other uncertain numbers stay as they are.
2. In each draw the scale answers those other numbers, so that the KPI meets its target draw by draw and not only on
   average (responses.py): effective plays go with a high base hazard. The file carries this as `[calibration]`, a
   log-linear function of the uncertain numbers, so that it holds for any draws, seeds and arms.
3. Another sweep sets the numbers of step 1 once more.

What the function leaves is said: `spread` is the standard deviation between draws, luck taken off, in draws that the
calibration has not seen, and `spread_before` what it is without step 2.
"""

from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Callable
from typing import Any

import xarray as xr

from churnsim.calibration.kpis import FIRST_VALUE, LOGO_CHURN, Target, check_targets, refused
from churnsim.calibration.responses import respond
from churnsim.calibration.status_quo import StatusQuo, Trial, size
from churnsim.calibration.sweeps import OutOfReach, Search
from churnsim.calibration.unidentified import unidentified
from churnsim.calibration.written import as_tables, written
from churnsim.metrics.estimates import Estimate
from churnsim.scenario.book import resolve_book
from churnsim.scenario.distributions import Distribution, central
from churnsim.scenario.files import ScenarioFile, parse
from churnsim.scenario.hashing import hash_text
from churnsim.scenario.model import Scenario, leaves
from churnsim.scenario.response import Response

DIGITS = 5
"""Significant digits of a scale in the file."""


@dataclasses.dataclass(frozen=True)
class Fit:
    """One KPI of one segment after calibration."""

    segment: str
    kpi: str
    kind: str
    """"share" or "months"."""
    target: float
    reached: Estimate
    """In the simulations that the scales were solved in."""
    residual: float
    """Reached less target."""
    tolerance: float
    met: bool
    """Whether the residual is within the tolerance."""
    fresh: Estimate
    """With other draws and other luck, which the scales have not seen."""
    spread: float
    """Standard deviation between fresh draws, luck taken off; NaN with a single draw, and for months to first value."""
    spread_before: float
    """The same with one scale for all draws."""
    scale: str
    """Dotted path of the scale."""
    before: str
    """What stood there."""
    after: float


@dataclasses.dataclass(frozen=True)
class Calibration:
    """A calibrated scenario and how well it meets what was observed."""

    scenario: str
    draws: int
    replicates: int
    seed: int
    sweeps: int
    simulations: int
    fits: tuple[Fit, ...]
    settled: dict[str, str]
    """Ranges that became numbers because a KPI pins them together with a scale, by dotted path: what stood there."""
    responses: dict[str, dict[str, Response]]
    """What scales answer in each draw, by the scale's dotted path and that of the uncertain number."""
    unidentified: tuple[str, ...]
    """What the KPIs cannot tell, which stays as it was assumed."""
    file: ScenarioFile = dataclasses.field(repr=False, compare=False)
    """The calibrated scenario with its text."""

    @property
    def met(self) -> bool:
        """Whether all targets are met."""
        return all(fit.met for fit in self.fits)

    def content(self) -> dict[str, Any]:
        """Everything but the file, by name."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "file"}
        return {"sentence": self.sentence, "met": self.met, **own, "responses": as_tables(self.responses)}

    @property
    def sentence(self) -> str:
        """How it went."""
        missed = [f"{fit.segment} {fit.kpi}" for fit in self.fits if not fit.met]
        if missed:
            return f"{len(missed)} of {len(self.fits)} observed KPIs are not met within tolerance: {', '.join(missed)}."
        return f"All {len(self.fits)} observed KPIs are met within tolerance."


def calibrate(
    file: ScenarioFile,
    *,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    folder: pathlib.Path | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Solve the scales of a scenario for the KPIs of its `[observed.SEGMENT]`.

    Parameters
    ----------
    file : the scenario.
    draws, replicates, seed : default: 50, as many as give some 6,000 accounts a draw, the file's.
    folder : where the calibrated text will lie, for the path of its book; default: where the file lies.
    progress : called as progress(done, total) in simulations; the total is a guess.

    Raises
    ------
    ScenarioError : no KPI is observed, or one cannot be reached; all of them at once, with what can be.
    """
    targets = check_targets(file)
    book = resolve_book(file)
    draws, replicates = size(file.scenario, book, draws, replicates)
    done = [0]

    def told() -> None:
        done[0] += 1
        if progress is not None:
            progress(done[0], max(done[0] + 1, 8 * len({t.kpi.name for t in targets})))

    quo = StatusQuo(
        _without_responses(file, targets),
        draws=draws,
        replicates=replicates,
        seed=file.scenario.run.seed if seed is None else seed,
        threads=threads,
        told=told,
        book=book,
    )
    settled = _settled(file.scenario, targets)
    found = dict(leaves(file.scenario))
    start = {t.path: central(found[t.path]) for t in targets}
    _check_measurable(quo, targets)
    search = Search(quo, targets, settled | start)
    _sweep(search, file)
    sweeps = search.sweeps
    once = dict(search.values)
    search.responses = respond(quo, targets, once)
    if search.responses:
        _sweep(search, file)
        sweeps += search.sweeps
    values = {path: _round(value) for path, value in search.values.items()}
    trial = quo.at(values, search.responses)
    other = quo.fresh(fresh_seed(quo.seed))
    fresh, before = other.at(values, search.responses), other.at(once)
    fits = [_fit(target, trial, fresh, before, found[target.path], values[target.path]) for target in targets]
    text = written(file, values, quo.file.scenario.calibration | search.responses, folder)
    return Calibration(
        scenario=file.scenario.name,
        draws=draws,
        replicates=replicates,
        seed=quo.seed,
        sweeps=sweeps,
        simulations=done[0] + 1,
        fits=tuple(sorted(fits, key=lambda fit: list(file.scenario.segments).index(fit.segment))),
        settled={path: _shown(found[path]) for path in settled},
        responses=search.responses,
        unidentified=unidentified(file.scenario),
        file=dataclasses.replace(parse(text, file.name), path=file.path),
    )


def _sweep(search: Search, file: ScenarioFile) -> None:
    """Run a search. Raises ScenarioError with all targets that are out of reach."""
    out_of_reach = search.run()
    if out_of_reach:
        raise refused(file, [_words(one) for one in out_of_reach])


def fresh_seed(seed: int) -> int:
    """Seed of the second look."""
    return hash_text(f"churnsim calibration {seed}") >> 1


def _settled(scenario: Scenario, targets: list[Target]) -> dict[str, float]:
    """Annual churns that are uncertain where logo churn is observed, at their means."""
    out = {}
    for target in targets:
        churn = scenario.segments[target.segment].intent.annual_churn
        if target.kpi is LOGO_CHURN and isinstance(churn, Distribution):
            out[f"segments.{target.segment}.intent.annual_churn"] = _round(churn.expectation())
    return out


def _check_measurable(quo: StatusQuo, targets: list[Target]) -> None:
    """Refuse KPIs of segments in which nothing can be measured."""
    trial = quo.at({})
    wrong: list[tuple[str, str, str | None]] = []
    for target in targets:
        if math.isnan(trial.estimate(target.segment, target.kpi).mean):
            what = (
                "accounts reach first value soon enough" if target.kpi is FIRST_VALUE else "accounts are there to see"
            )
            wrong.append((target.key, f"cannot be compared with the simulation: too few {what}", None))
    if wrong:
        raise refused(quo.file, wrong)


def _without_responses(file: ScenarioFile, targets: list[Target]) -> ScenarioFile:
    """The file without what an earlier calibration made the scales of these targets answer."""
    due = {target.path for target in targets}
    kept = {scale: own for scale, own in file.scenario.calibration.items() if scale not in due}
    return dataclasses.replace(file, scenario=file.scenario.model_copy(update={"calibration": kept}))


def _fit(target: Target, trial: Trial, fresh: Trial, without: Trial, before: float | Distribution, after: float) -> Fit:
    reached = trial.estimate(target.segment, target.kpi)
    residual = reached.mean - target.value
    spread = spread_before = math.nan
    if target.kpi is not FIRST_VALUE:
        spread, spread_before = (between_draws(one.by_path(target.segment, target.kpi)) for one in (fresh, without))
    return Fit(
        segment=target.segment,
        kpi=target.kpi.name,
        kind=target.kpi.kind,
        target=target.value,
        reached=reached,
        residual=residual,
        tolerance=target.kpi.tolerance,
        met=abs(residual) <= target.kpi.tolerance,
        fresh=fresh.estimate(target.segment, target.kpi),
        spread=spread,
        spread_before=spread_before,
        scale=target.path,
        before=_shown(before),
        after=after,
    )


def between_draws(values: xr.DataArray) -> float:
    """Standard deviation between draws of values by (draw, replicate), with the luck of the replicates taken off."""
    if values.sizes["draw"] < 2 or values.sizes["replicate"] < 2:
        return math.nan
    between = float(values.mean("replicate").var("draw", ddof=1))
    within = float(values.var("replicate", ddof=1).mean("draw")) / values.sizes["replicate"]
    return math.sqrt(max(between - within, 0.0))


def _words(lost: OutOfReach) -> tuple[str, str, str | None]:
    t, kpi = lost.target, lost.target.kpi
    low, high = sorted((lost.at_low, lost.at_high))
    end = kpi.high if abs(lost.at_high - t.value) < abs(lost.at_low - t.value) else kpi.low
    best = lost.at_high if end == kpi.high else lost.at_low
    show = "{:.3f}".format if kpi.kind == "share" else "{:.1f} months".format
    what = f"{show(t.value)} cannot be reached: with {t.path} = {end:g}, an end of what is tried, it is {show(best)}"
    if high - low < kpi.tolerance:
        return t.key, f"{what}, as at the other end: {t.path} does not move it", None
    return t.key, what, f"{show(low)} to {show(high)} with the other scales as they are"


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _shown(value: float | Distribution) -> str:
    if not isinstance(value, Distribution):
        return f"{value:g}"
    return ", ".join(
        f"{k} {v:g}" if not isinstance(v, str) else v for k, v in value.model_dump(exclude_none=True).items()
    )

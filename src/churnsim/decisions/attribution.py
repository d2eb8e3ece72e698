"""What each changed input does to the results: paired reruns on the way from one run to another.

With steps 1 .. K in a stated order, P_i is run A's scenario with the first i steps made and S_i the one with all but
the first i made, so P_0 = S_K = A and P_K = S_0 = B. All are simulated with the same seed, each with its own past. In
every path

    effect_i = ((Y(P_i) - Y(P_{i-1})) + (Y(S_{i-1}) - Y(S_i))) / 2,      sum_i effect_i = Y(B) - Y(A),

the mean of making the steps in this order and in the reverse one. Where inputs interact in pairs at most this is the
Shapley value (Shapley 1953): each pair's interaction is shared equally. The two orders are kept apart beside it; as far
as they agree, the order does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from churnsim.decisions.measures import Measure
from churnsim.decisions.progress import Progress, part
from churnsim.decisions.steps import Group, Stage, Way
from churnsim.metrics.estimates import Estimate, estimate

Values = dict[str, xr.DataArray]
"""By measure, each by (arm, draw, replicate)."""


@dataclass(frozen=True)
class Effect:
    """What a step adds to a value, in pairs."""

    effect: Estimate
    """Mean of both orders."""
    in_order: float
    """With only the steps before it made."""
    in_reverse: float
    """With only the steps after it made."""


@dataclass(frozen=True)
class Attributed:
    """One measure of one arm: the effects add up to the total, but for rounding."""

    arm: str
    measure: str
    effects: tuple[Effect, ...]
    """One of each step."""
    total: Estimate
    """B less A with the same seed and sample, in pairs."""


def attribute(
    way: Way,
    groups: Sequence[Group],
    measures: Mapping[str, Measure],
    *,
    seed: int,
    draws: int,
    replicates: int,
    progress: Progress | None = None,
) -> tuple[tuple[Attributed, ...], Values, Values]:
    """Simulate both ends and all stages between them; return the effects, and the values of both ends."""
    stages = [way.ends()[0], *_between(way, [groups[:i] for i in range(1, len(groups))]), way.ends()[1]]
    reverse = _between(way, [groups[i:] for i in range(1, len(groups))])
    done, count = 0, len(stages) + len(reverse)

    def simulated(stage: Stage) -> Values:
        nonlocal done
        values = _simulate(stage, measures, seed, draws, replicates, part(progress, done / count, (done + 1) / count))
        done += 1
        return values

    forward = [simulated(stage) for stage in stages]
    backward = [forward[-1], *map(simulated, reverse), forward[0]]
    names = [str(arm) for arm in forward[0]["npv"]["arm"].values]
    found = tuple(_attributed(arm, measure, forward, backward) for arm in names for measure in measures)
    return found, forward[0], forward[-1]


def simulations(groups: Sequence[Group]) -> int:
    """Simulations that `attribute` makes."""
    return 2 * len(groups)


def _between(way: Way, made: Sequence[Sequence[Group]]) -> list[Stage]:
    stages = [way.stage(groups) for groups in made]
    return [stage for stage in stages if stage is not None]  # none is: `Way.joined` has seen to that


def _simulate(
    stage: Stage, measures: Mapping[str, Measure], seed: int, draws: int, replicates: int, progress: Progress | None
) -> Values:
    from churnsim.results.simulation import simulate

    dataset = simulate(
        stage.scenario,
        arms=stage.arms,
        book=stage.book,
        seed=seed,
        draws=draws,
        replicates=replicates,
        progress=progress,
    )
    return {name: measure.of(dataset) for name, measure in measures.items()}


def _attributed(arm: str, measure: str, forward: Sequence[Values], backward: Sequence[Values]) -> Attributed:
    there, back = ([values[measure].sel(arm=arm, drop=True) for values in way] for way in (forward, backward))
    # a path counts where the value is defined in all stages, or the effects would not add up
    defined = xr.concat([*there, *back], "stage").notnull().all("stage")
    ahead = [(there[i] - there[i - 1]).where(defined) for i in range(1, len(there))]
    # of the last step first made
    behind = [(back[i - 1] - back[i]).where(defined) for i in range(1, len(back))]
    effects = tuple(
        Effect(estimate((one + other) / 2.0), estimate(one).mean, estimate(other).mean)
        for one, other in zip(ahead, behind, strict=True)
    )
    return Attributed(arm, measure, effects, estimate((there[-1] - there[0]).where(defined)))

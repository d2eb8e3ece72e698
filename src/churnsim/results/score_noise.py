"""The noise of the health score that attains a target AUC, solved once per draw.

The AUC is the probability that an account that leaves within 12 months of the score has a lower score than one that
stays (Hanley & McNeil 1982). It is computed from the scores without noise in month 12 of the base arm without plays,
over all pairs of a leaver and a stayer:

    AUC(sd) = mean Phi((score of the stayer - score of the leaver) / (sd sqrt 2)),

the clipping of scores to [0, 1] left aside. AUC(0) is the ceiling: what health itself tells. The luck of this look is
that of replicate 0 and on, so that all arms get the noise of one and the same past.
"""

from __future__ import annotations

import numpy as np

from churnsim.compile.draws import sample
from churnsim.compile.levels import Levels, Plain
from churnsim.compile.tables import Compiled, build
from churnsim.compile.values import Values
from churnsim.engine import journal as kinds
from churnsim.engine.tables import Tables
from churnsim.results.trace import trace
from churnsim.scenario.book import Book
from churnsim.scenario.model import Scenario
from churnsim.scenario.problems import Problem, ScenarioError

MONTH = 12
"""Month of the score."""
AHEAD = 12
"""Months within which leavers leave."""
LEAVERS = 300
"""Leavers that are enough; more replicates are run until there are so many, at most MOST_REPLICATES."""
MOST_REPLICATES = 20
POINTS = 400
"""Quantiles of each side that stand for its accounts."""
WIDEST = 20.0
"""Noise beyond which a score tells nothing."""


def build_tables(
    arms: dict[str, Scenario],
    book: Book | None,
    seed: int,
    draws: np.ndarray,
    name: str = "scenario",
    levels: Levels | None = None,
) -> Compiled:
    """As `compile.tables.build`, with the score's noise solved where an arm states a target AUC.

    `name` of the scenario's file is for errors.
    """
    base_name = next(iter(arms))
    # the base's noise in draw 0 is the usual one, whatever the batch
    solved = np.union1d(0, draws)
    noise = solve(arms, book, seed, solved, name, levels)
    usual = float(noise[base_name][0]) if base_name in noise else None
    mine = np.searchsorted(solved, draws)
    return build(arms, book, seed, draws, {arm: sd[mine] for arm, sd in noise.items()}, usual, levels)


def solve(
    arms: dict[str, Scenario],
    book: Book | None,
    seed: int,
    draws: np.ndarray,
    name: str = "scenario",
    levels: Levels | None = None,
) -> dict[str, np.ndarray]:
    """Noise (D,) by arm, for the arms that state a target AUC.

    Raises ScenarioError where a target lies above the ceiling of a draw, with the least ceiling of these draws.
    """
    wanted = {name: arm for name, arm in arms.items() if arm.health.target_auc is not None}
    if not wanted:
        return {}
    base = next(iter(arms.values()))
    health = base.health.model_copy(update={"target_auc": None, "noise_sd": 0.0})
    run = base.run.model_copy(update={"horizon_months": MONTH + base.health.lag_months + AHEAD})
    watched = base.model_copy(update={"health": health, "run": run})
    tables = build({"base": watched}, book, seed, draws, levels=levels).tables
    tables = tables._replace(covers=np.zeros_like(tables.covers))
    seen = [_look(tables, seed, d, int(draw), base.health.lag_months) for d, draw in enumerate(draws)]
    if not all(len(left) and len(stayed) for left, stayed in seen):
        raise _refused(name, "nobody leaves within a year of month 12, or nobody stays: no score can be judged")
    ceilings = np.array([auc(*scores, sd=0.0) for scores in seen])
    out = {}
    for arm, scenario in wanted.items():
        samples = sample(scenario, base.rank_correlations(), levels or Plain(seed), draws)
        target = Values(scenario, samples, len(draws))("health.target_auc")
        if (target >= ceilings).any():
            found = f"an AUC of {target.max():.3f} cannot be attained in every draw"
            where = "" if scenario is base else f" (arm {arm!r})"
            raise _refused(name, f"{found}{where}: health without any noise has {ceilings.min():.3f} at the least")
        out[arm] = np.array([_noise(*scores, t) for scores, t in zip(seen, target, strict=True)])
    return out


def auc(leavers: np.ndarray, stayers: np.ndarray, sd: float) -> float:
    """Probability that a leaver's score with noise lies below a stayer's, over all pairs."""
    from scipy.special import ndtr

    gap = stayers[:, None] - leavers[None, :]
    if sd == 0.0:
        return float(np.mean(np.where(gap > 0.0, 1.0, np.where(gap < 0.0, 0.0, 0.5))))
    return float(np.mean(ndtr(gap / (sd * np.sqrt(2.0)))))


def _look(tables: Tables, seed: int, d: int, draw: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores without noise of leavers and of stayers."""
    leavers: list[np.ndarray] = []
    stayers: list[np.ndarray] = []
    for replicate in range(MOST_REPLICATES):
        events = trace(tables, seed, d, draw, replicate, watch=MONTH).events
        scores = events[events["kind"] == kinds.HEALTH]
        exits = events[events["kind"] == kinds.EXIT]
        early = exits["who"][exits["month"] <= MONTH + lag]
        late = exits["who"][exits["month"] > MONTH + lag]
        scores = scores[~np.isin(scores["who"], early)]
        leaves = np.isin(scores["who"], late)
        leavers.append(scores["value"][leaves])
        stayers.append(scores["value"][~leaves])
        if sum(map(len, leavers)) >= LEAVERS:
            break
    return _quantiles(np.concatenate(leavers)), _quantiles(np.concatenate(stayers))


def _quantiles(scores: np.ndarray) -> np.ndarray:
    rank = (np.arange(POINTS) + 0.5) / POINTS
    return np.quantile(scores, rank) if len(scores) > POINTS else scores


def _noise(leavers: np.ndarray, stayers: np.ndarray, target: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda sd: auc(leavers, stayers, sd) - target, 1e-6, WIDEST, xtol=1e-6))


def _refused(name: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(name, None, "health.target_auc", message)])

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


def build_tables(arms: dict[str, Scenario], book: Book | None, seed: int, draws: np.ndarray) -> Compiled:
    """As `compile.tables.build`, with the score's noise solved where an arm states a target AUC."""
    base_name, base = next(iter(arms.items()))
    usual = solve({base_name: base}, book, seed, np.array([0])).get(base_name)
    noise = solve(arms, book, seed, draws)
    return build(arms, book, seed, draws, noise, None if usual is None else float(usual[0]))


def solve(arms: dict[str, Scenario], book: Book | None, seed: int, draws: np.ndarray) -> dict[str, np.ndarray]:
    """Noise (D,) by arm, for the arms that state a target AUC.

    Raises ScenarioError where a target lies above the ceiling.
    """
    wanted = {name: arm for name, arm in arms.items() if arm.health.target_auc is not None}
    if not wanted:
        return {}
    base = next(iter(arms.values()))
    health = base.health.model_copy(update={"target_auc": None, "noise_sd": 0.0})
    run = base.run.model_copy(update={"horizon_months": MONTH + base.health.lag_months + AHEAD})
    tables = build({"base": base.model_copy(update={"health": health, "run": run})}, book, seed, draws).tables
    tables = tables._replace(covers=np.zeros_like(tables.covers))
    seen = [_look(tables, seed, d, int(draw), base.health.lag_months) for d, draw in enumerate(draws)]
    out = {}
    for name, arm in wanted.items():
        target = Values(arm, sample(arm, base.rank_correlations(), seed, draws), len(draws))("health.target_auc")
        out[name] = np.array([_noise(*scores, t, name) for scores, t in zip(seen, target, strict=True)])
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
    return np.concatenate(leavers), np.concatenate(stayers)


def _noise(leavers: np.ndarray, stayers: np.ndarray, target: float, arm: str) -> float:
    from scipy.optimize import brentq

    if not len(leavers) or not len(stayers):
        raise _refused(arm, "nobody leaves within a year of month 12, or nobody stays: no score can be judged")
    rank = (np.arange(POINTS) + 0.5) / POINTS
    left, stayed = (np.quantile(x, rank) if len(x) > POINTS else x for x in (leavers, stayers))
    ceiling = auc(left, stayed, 0.0)
    if target >= ceiling:
        raise _refused(arm, f"an AUC of {target:.3f} cannot be attained: health without any noise has {ceiling:.3f}")
    return float(brentq(lambda sd: auc(left, stayed, sd) - target, 1e-6, WIDEST, xtol=1e-6))


def _refused(arm: str, message: str) -> ScenarioError:
    where = "" if arm == "base" else f" (arm {arm!r})"
    return ScenarioError([Problem("scenario", None, "health.target_auc", message + where)])

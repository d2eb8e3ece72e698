"""The mean path: state, hazard and effects of plays by tenure, given the month of first value and whether a misfit.

The recursion takes the month's steps in the engine's order (MODEL: the month), with what is random about plays,
sponsors and incidents replaced by its mean; a CSM who leaves takes the expected share. A rescue thins the hazard of
intent: a firing counts as far as no rescue comes before the contract ends. The product has had its initial quality
throughout, and an account its number of products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from churnsim.compile.lines import Arm, Buckets, Classes, Lines
from churnsim.compile.past_effects import Effects
from churnsim.compile.past_hazard import causes, contract_hazard, sum_of_causes
from churnsim.compile.past_state import Gaps, Incidents, Sponsors

ONE = np.float32(1.0)
SPREAD = (
    *("adoption_share", "initial_engagement", "drift", "rowing", "adoption_weight"),
    *("constant_weight", "shield_decay", "lift_decay"),
)
Deliver = Callable[[int, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From the tenure, health and the share without a sponsor, (D, L, F) each, to deliveries per account and month, and
their strength, (P, L, F) each."""


class Path(NamedTuple):
    """The mean path by line and bucket, and where it has led each class by month 0."""

    adoption: np.ndarray  # (D, N + 1, L, F) float32
    engagement: np.ndarray  # (D, N + 1, L, F) float32
    multiplier: np.ndarray  # (D, N, L, F) float32: sum_c w_c exp(eta_c)
    rescue: np.ndarray  # (D, N, L, F) float32: P(an intent is cleared in the month); (D, 0, 0, 0) without such plays
    absent: np.ndarray  # (D, N + 1, L, F) float32: P(no sponsor); (D, 0, 0, 0) where sponsors never leave
    not_yet: np.ndarray  # (D, N + 1, L, kinds): P(no first value by that tenure), -1 where it comes at entry
    to_value: np.ndarray  # (D, N + 1, L, kinds): hazard of first value, cumulated
    hazard: np.ndarray  # (D, J, F): cumulated to the contract start at Z = 1, thinned by rescues
    shield: np.ndarray  # (D, J, F) float32, at month 0
    lift: np.ndarray  # (D, J, F) float32, at month 0
    gap: np.ndarray  # (D, J, F) float32: expectation gap at month 0
    room: np.ndarray  # (D, J, F) float32: share of the room above the ceiling that features have left by month 0
    uplift: np.ndarray  # (D, J): remembered price uplift at month 0


def empty(draws: int, months: int, lines: int, buckets: Buckets, classes: int, rescues: bool, sponsors: bool) -> Path:
    """A path to be written."""
    size = len(buckets.first)
    monthly, classed, none = (lines, size), (draws, classes, size), (draws, 0, 0, 0)
    kinds = (draws, months + 1, lines, buckets.kinds)
    return Path(
        adoption=np.zeros((draws, months + 1, *monthly), np.float32),
        engagement=np.zeros((draws, months + 1, *monthly), np.float32),
        multiplier=np.zeros((draws, months, *monthly), np.float32),
        rescue=np.zeros((draws, months, *monthly) if rescues else none, np.float32),
        absent=np.zeros((draws, months + 1, *monthly) if sponsors else none, np.float32),
        not_yet=np.ones(kinds),
        to_value=np.zeros(kinds),
        hazard=np.zeros(classed),
        shield=np.zeros(classed, np.float32),
        lift=np.zeros(classed, np.float32),
        gap=np.zeros(classed, np.float32),
        room=np.zeros(classed, np.float32),
        uplift=np.zeros(classed[:2]),
    )


def walk(
    arm: Arm,
    lines: Lines,
    classes: Classes,
    buckets: Buckets,
    months: int,
    deliver: Deliver,
    answered: float = 1.0,
) -> Path:
    """The mean path of all lines over `months` months of tenure; `answered`: contacts that the desk answers in time."""
    segment = arm["segment"][:, lines.segment]
    # written out by bucket: arithmetic on whole arrays is several times as fast as broadcasting
    seg = {name: np.repeat(segment[name][:, :, None], len(buckets.first), axis=2) for name in SPREAD}
    shape = (len(segment), len(lines.segment), len(buckets.first))
    stays = staying(arm, lines)
    effects = Effects(arm, lines, buckets)
    answering = causes(arm, lines)
    sponsors, gaps = Sponsors(segment, shape), Gaps(segment, shape)
    incidents = Incidents(arm, segment, buckets, answered)
    own_ceiling = ceiling(segment, buckets)
    quality = np.asarray(arm["quality"][:, 0], np.float32)[:, None, None]
    path = empty(shape[0], months, shape[1], buckets, len(classes.line), bool(effects.of["rescue"]), sponsors.on)
    a = shield = lift = np.zeros(shape, np.float32)
    g = a + seg["initial_engagement"]
    room = a + ONE
    memory = np.zeros(shape[:2], np.float32)
    past, running = np.zeros(shape), np.zeros(shape, np.float32)
    products = (lines.products - 1).astype(np.float32)[:, None]
    state: dict[str, np.ndarray] = {"misfit": buckets.misfit.astype(np.float32), "products": products}
    extra: np.ndarray | float = 0.0
    milestones = segment["milestones"].astype(np.float32)[:, :, None]
    first_value_rate = segment["first_value_rate"].astype(np.float64)[:, :, None]
    waiting = buckets.waiting
    for u in range(months + 1):
        path.adoption[:, u], path.engagement[:, u] = a, g
        if sponsors.on:
            path.absent[:, u] = sponsors.absent
        if (began := classes.since == u).any():
            # a contract out of step with its term counts what has run of it
            path.hazard[:, began] = (past + running)[:, classes.line[began]]
        if (now := classes.tenure == u).any():
            line = classes.line[now]
            path.shield[:, now], path.lift[:, now] = shield[:, line], lift[:, line]
            path.gap[:, now], path.room[:, now] = gaps.gap[:, line], room[:, line]
            path.uplift[:, now] = memory[:, line]
        if u == months:
            break
        g = (g - seg["drift"] * g + seg["rowing"] * a * (ONE - g)) * stays
        limit = ONE - (ONE - own_ceiling) * room if effects.of["ceiling"] else own_ceiling
        a = a + (buckets.first <= u) * seg["adoption_share"] * (limit * quality - a)
        if sponsors.on:
            g = g * sponsors.month(a)
        if incidents.on:
            g = g * incidents.month(buckets.first <= u)
        hazard = np.maximum(first_value_rate + extra, 0.0)
        path.to_value[:, u + 1] = path.to_value[:, u] + hazard
        path.not_yet[:, u + 1] = path.not_yet[:, u] * np.exp(-hazard)

        weight = seg["adoption_weight"]
        health = weight * a + (ONE - weight) * g
        rate, stated = deliver(u, health, sponsors.absent)
        strength = effects.vary(stated, health)
        reached = buckets.first <= u + 1
        if effects.of["adoption"]:
            step = effects.step("adoption", rate * reached, strength)
            a = np.clip(a + step * (ONE - a), 0.0, 1.0)
        if effects.of["engagement"]:
            g = np.clip(g + effects.step("engagement", rate, strength) * (ONE - g), 0.0, 1.0)
        if effects.of["ceiling"]:
            # the ceiling stays in [0, 1], as in engine/effects.py
            most = ONE / np.maximum(ONE - own_ceiling, np.float32(1e-6))
            room = np.clip(room * (ONE - effects.step("ceiling", rate, strength)), 0.0, most)
        shield = effects.strongest("shield", shield, rate, strength)
        lift = effects.strongest("lift", lift, rate, strength)
        extra = effects.clock(rate, strength, waiting, milestones)
        if effects.of["sponsor"]:
            sponsors.absent = sponsors.absent * (ONE - effects.restored(rate, strength, sponsors.absent))

        state |= {"adoption": a, "engagement": g, "no_first_value": ~reached}
        state |= {"uplift": memory[:, :, None], "expectation_gap": gaps.gap}
        multiplier = path.multiplier[:, u]
        sum_of_causes(multiplier, answering, seg["constant_weight"], state, sponsors.absent, sponsors.harm(a))
        if effects.of["shield"]:
            multiplier *= np.exp(-shield)
        if effects.of["rescue"]:
            path.rescue[:, u] = effects.rescue(rate, strength)
            running *= 1.0 - path.rescue[:, u]
        running += contract_hazard(arm, lines, u)[:, :, None] * multiplier
        ends = (u + 1) % lines.months == 0
        past[:, ends] += running[:, ends]
        running[:, ends] = 0.0
        # as in engine/contracts.py: short contracts see a price change once a year
        priced = ends & ((u + 1) // 12 > (u + 1 - lines.months) // 12)
        memory = (memory + priced * segment["price_uplift"]) * segment["uplift_decay"]
        if gaps.on:
            gaps.month(a, g, lift, weight * a + (ONE - weight) * g, reached)
        shield = shield * seg["shield_decay"]
        lift = lift * seg["lift_decay"]
    wait_in_stages(path, segment["milestones"])
    path.not_yet[(first_value_rate[:, None] < 0.0) & np.ones_like(path.not_yet, bool)] = -1.0
    return path


def wait_in_stages(path: Path, milestones: np.ndarray) -> None:
    """Write the chance of no first value where it takes k milestones: Q(k, Lambda), that of fewer Poisson events."""
    from scipy.special import gammaincc

    several = milestones > 1
    if several.any():
        k = milestones[:, None, :, None]
        np.copyto(path.not_yet, gammaincc(k, path.to_value), where=several[:, None, :, None])


def ceiling(segment: np.ndarray, buckets: Buckets) -> np.ndarray:
    """Ceiling of adoption (D, L, F) at full product quality, without what plays add."""
    own = segment["adoption_ceiling"][:, :, None]
    return np.asarray(own * np.where(buckets.misfit == 1, segment["misfit_ceiling"][:, :, None], ONE), np.float32)


def staying(arm: Arm, lines: Lines) -> np.ndarray:
    """Share (D, L, 1) of engagement that CSMs who leave do not take along, expected per month."""
    team = arm["team"]
    loss = -np.expm1(-team["attrition_rate"]) * team["orphan_loss"] * (arm["posts"][:, 0] > 0)
    serves = arm["serves"][:, lines.segment]
    return np.asarray(np.prod(1.0 - loss[:, :, None] * serves, axis=1)[:, :, None], np.float32)

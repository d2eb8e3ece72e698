"""The mean path: state, hazard and effects of plays by tenure, given the month of first value.

The recursion takes the month's steps in the engine's order (MODEL: the month), with what is random about plays replaced
by its mean: a delivery of rate q moves engagement by q delta (1 - g), the shield becomes (1 - q) shield + q max(shield,
new), a CSM who leaves takes the expected share. A rescue thins the hazard of intent: a firing counts as far as no
rescue comes before the contract ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from churnsim.compile.lines import Buckets, Classes, Lines

Arm = dict[str, np.ndarray]
"""Tables of one arm by name, with leading axis D."""
LARGE = np.float32(1e9)
SLOPES = ("uplift", "no_first_value", "adoption", "engagement")
Deliver = Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From the tenure and the health (D, L, F) to deliveries per account and month, and their strength, (P, L, F) each."""


class Path(NamedTuple):
    """The mean path by line and bucket, and where it has led each class by month 0."""

    adoption: np.ndarray  # (D, N + 1, L, F) float32
    engagement: np.ndarray  # (D, N + 1, L, F) float32
    multiplier: np.ndarray  # (D, N, L, F) float32: sum_c w_c exp(eta_c)
    rescue: np.ndarray  # (D, N, L, F) float32: P(an intent is cleared in the month); (D, 0, 0, 0) without such plays
    not_yet: np.ndarray  # (D, N + 1, L): P(no first value by that tenure), -1 where it comes at entry
    hazard: np.ndarray  # (D, J, F): cumulated to the contract start at Z = 1, thinned by rescues
    shield: np.ndarray  # (D, J, F) float32, at month 0
    lift: np.ndarray  # (D, J, F) float32, at month 0
    uplift: np.ndarray  # (D, J): remembered price uplift at month 0


class Effects:
    """Effects (D, 1, 1) of the plays that have any, by name: pairs (play, effect)."""

    def __init__(self, play: np.ndarray):
        self.success = [self._column(play["success"][:, p]) for p in range(play.shape[1])]
        self.of = {
            name: [(p, self._column(play[name][:, p])) for p in range(play.shape[1]) if play[name][:, p].any()]
            for name in ("adoption", "engagement", "shield", "lift", "first_value", "rescue")
        }

    @staticmethod
    def _column(values: np.ndarray) -> np.ndarray:
        return values.astype(np.float32)[:, None, None]

    def step(self, name: str, rate: np.ndarray, strength: np.ndarray) -> np.ndarray | float:
        """Expected step (D, L, F) of adoption or engagement, as a share of the room above."""
        step: np.ndarray | float = 0.0
        for p, effect in self.of[name]:
            step = step + (self.success[p] * effect) * (rate[p] * strength[p])
        return step

    def strongest(self, name: str, now: np.ndarray, rate: np.ndarray, strength: np.ndarray) -> np.ndarray:
        """Expected shield or lift after the month's plays.

        The engine keeps the stronger of what remains and what is new; of two expectations that is the greater while
        what remains is a benefit, else the new one.
        """
        for p, effect in self.of[name]:
            # what remains counts while it is above 0; np.where would take ten times as long
            remains = now - (now <= 0.0) * LARGE
            now = now + (self.success[p] * rate[p]) * (np.maximum(remains, effect * strength[p]) - now)
        return now

    def clock(self, rate: np.ndarray, strength: np.ndarray) -> np.ndarray | float:
        """Extra hazard (D, L) of first value in the next month, from deliveries (P, L) to accounts without it."""
        hazard: np.ndarray | float = 0.0
        for p, effect in self.of["first_value"]:
            q = (self.success[p] * rate[p])[:, 0]
            hazard = hazard - np.log1p(q * np.expm1(-effect[:, 0] * strength[p]))
        return hazard

    def rescue(self, rate: np.ndarray, strength: np.ndarray) -> np.ndarray:
        """Probability (D, L, F) that an intent is cleared in the month."""
        stays = np.float32(1.0)
        for p, effect in self.of["rescue"]:
            stays = stays * (1.0 - (self.success[p] * effect) * (rate[p] * strength[p]))
        return np.asarray(1.0 - stays)


def walk(arm: Arm, lines: Lines, classes: Classes, buckets: Buckets, months: int, deliver: Deliver) -> Path:
    """The mean path of all lines over `months` months of tenure."""
    segment = arm["segment"][:, lines.segment]
    # written out by bucket: arithmetic on whole arrays is several times as fast as broadcasting
    seg = {
        name: np.repeat(segment[name].astype(np.float32)[:, :, None], len(buckets.first), axis=2)
        for name in segment.dtype.names or ()
    }
    stays = staying(arm, lines)
    effects = Effects(arm["play"])
    answering = causes(arm, lines)
    draws, shape = len(segment), (len(lines.segment), len(buckets.first))
    classed = (draws, len(classes.line), shape[1])
    path = Path(
        adoption=np.zeros((draws, months + 1, *shape), np.float32),
        engagement=np.zeros((draws, months + 1, *shape), np.float32),
        multiplier=np.zeros((draws, months, *shape), np.float32),
        rescue=np.zeros((draws, months, *shape) if effects.of["rescue"] else (draws, 0, 0, 0), np.float32),
        not_yet=np.ones((draws, months + 1, shape[0])),
        hazard=np.zeros(classed),
        shield=np.zeros(classed, np.float32),
        lift=np.zeros(classed, np.float32),
        uplift=np.zeros(classed[:2]),
    )
    a = shield = lift = np.zeros((draws, *shape), np.float32)
    g = a + seg["initial_engagement"]
    memory = np.zeros((draws, shape[0]), np.float32)
    past, running = np.zeros((draws, *shape)), np.zeros((draws, *shape), np.float32)
    extra: np.ndarray | float = 0.0
    first_value_rate = segment["first_value_rate"].astype(np.float64)
    for u in range(months + 1):
        path.adoption[:, u], path.engagement[:, u] = a, g
        for j in np.flatnonzero(classes.since == u):
            # a contract out of step with its term counts what has run of it
            path.hazard[:, j] = (past + running)[:, classes.line[j]]
        for j in np.flatnonzero(classes.tenure == u):
            path.shield[:, j], path.lift[:, j] = shield[:, classes.line[j]], lift[:, classes.line[j]]
            path.uplift[:, j] = memory[:, classes.line[j]]
        if u == months:
            break
        room = np.float32(1.0) - g
        g = (g - seg["drift"] * g + seg["rowing"] * a * room) * stays
        a = a + (buckets.first <= u) * seg["adoption_share"] * (seg["adoption_ceiling"] - a)
        path.not_yet[:, u + 1] = path.not_yet[:, u] * np.exp(-first_value_rate - extra)

        weight = seg["adoption_weight"]
        rate, strength = deliver(u, weight * a + (np.float32(1.0) - weight) * g)
        reached = buckets.first <= u + 1
        if effects.of["adoption"]:
            a = np.maximum(a + effects.step("adoption", rate * reached, strength) * (np.float32(1.0) - a), 0.0)
        if effects.of["engagement"]:
            g = np.maximum(g + effects.step("engagement", rate, strength) * (np.float32(1.0) - g), 0.0)
        shield = effects.strongest("shield", shield, rate, strength)
        lift = effects.strongest("lift", lift, rate, strength)
        extra = effects.clock(rate[:, :, -1], strength[:, :, -1])

        multiplier = path.multiplier[:, u]
        sum_of_causes(multiplier, answering, seg["constant_weight"], a, g, ~reached, memory[:, :, None])
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
        shield = shield * seg["shield_decay"]
        lift = lift * seg["lift_decay"]
    path.not_yet[first_value_rate[:, None, :] + np.zeros((months + 1, 1)) < 0.0] = -1.0
    return path


def staying(arm: Arm, lines: Lines) -> np.ndarray:
    """Share (D, L, 1) of engagement that CSMs who leave do not take along, expected per month."""
    team = arm["team"]
    loss = -np.expm1(-team["attrition_rate"]) * team["orphan_loss"] * (arm["posts"][:, 0] > 0)
    serves = arm["serves"][:, lines.segment]
    return np.asarray(np.prod(1.0 - loss[:, :, None] * serves, axis=1)[:, :, None], np.float32)


def causes(arm: Arm, lines: Lines) -> list[dict[str, np.ndarray]]:
    """Root causes that answer to the state: their log weight (D, L, 1) and slopes, those that are 0 left out."""
    record = arm["cause"][:, lines.segment]
    out = []
    for c in range(record.shape[2]):
        answers = record["answers"][:, :, c, None] != 0
        if answers.any():
            slopes = {name: record[name][:, :, c, None] for name in SLOPES if record[name][:, :, c].any()}
            # exp(-inf) = 0 where another draw or segment lets the cause answer and this one does not
            weight = np.where(answers, record["log_weight"][:, :, c, None], np.float32(-np.inf))
            out.append(slopes | {"log_weight": weight})
    return out


def sum_of_causes(
    out: np.ndarray,
    answering: list[dict[str, np.ndarray]],
    constant: np.ndarray,
    a: np.ndarray,
    g: np.ndarray,
    waits: np.ndarray,
    uplift: np.ndarray,
) -> None:
    """out = sum_c w_c exp(eta_c), (D, L, F)."""
    out[:] = constant
    state = {"adoption": a, "engagement": g, "no_first_value": waits, "uplift": uplift}
    for cause in answering:
        eta = cause["log_weight"]
        # the small arrays first
        for name in SLOPES:
            if name in cause:
                eta = eta + cause[name] * state[name]
        out += np.exp(eta)


def contract_hazard(arm: Arm, lines: Lines, u: int) -> np.ndarray:
    """Base hazard and scrutiny (D, L) in the month that begins at tenure `u`."""
    base = arm["base_hazard"][:, lines.segment, u]
    inside = lines.months - u % lines.months <= arm["segment"]["window"][0, lines.segment]
    renewal = np.minimum(u // lines.months, arm["scrutiny"].shape[3] - 1)
    hazard = base + inside * arm["scrutiny"][:, lines.segment, lines.term, renewal]
    return np.asarray(hazard, np.float32)

"""Plain NumPy, vectorised over accounts, one replicate at a time.

float32 throughout, whose exp NumPy vectorises; thresholds instead of a uniform per account and month; places of leavers
are given up when they are a tenth of all.
"""

from __future__ import annotations

import numpy as np

from benchmarks.common import ARR, EXITS, PLAYS, Accounts, Model

_ONE = np.float32(1.0)
_TENTHS = np.float32(10.0)
NEVER = np.int32(-1_000)
"""Month of a play before any was delivered."""
RISK = (1.0 - (np.minimum(np.arange(11), 9) + 0.5) / 10.0).astype(np.float32)
"""Priority per unit of ARR, by tenths of health; health 1 counts as the last tenth."""


def simulate(model: Model, accounts: Accounts, replicates: int, seed: int) -> np.ndarray:
    """Ledger (replicates, months, 3)."""
    ledger = np.zeros((replicates, model.months, 3))
    for r in range(replicates):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, r])))
        _path(model, accounts, rng, ledger[r])
    return ledger


def _path(m: Model, accounts: Accounts, rng: np.random.Generator, ledger: np.ndarray) -> None:
    n = len(accounts)
    arr, a, g = accounts.arr.copy(), accounts.adoption.copy(), accounts.engagement.copy()
    renewal = accounts.renewal.copy()
    shield = np.zeros(n, np.float32)
    intent = np.zeros(n, bool)
    last_play = np.full(n, NEVER)
    to_intent, to_upsell, to_contraction = rng.standard_exponential((3, n), dtype=np.float32)
    rows = np.array([m.rowing, m.quiet], np.float32)
    dead = 0
    for month in range(1, m.months + 1):
        g += rows.take(intent.view(np.int8)) * a * (_ONE - g) - m.drift * g
        a += m.share * (m.ceiling - a)

        health = m.weight * a + (1.0 - m.weight) * g
        eligible = np.flatnonzero(last_play <= month - m.cadence)
        if len(eligible) > m.plays:
            priority = RISK.take((health[eligible] * _TENTHS).astype(np.int32)) * arr[eligible]
            eligible = eligible[np.argpartition(priority, -m.plays)[-m.plays :]]
        last_play[eligible] = month
        won = eligible[rng.random(len(eligible), dtype=np.float32) < m.success]
        a[won] += m.e_adoption * (_ONE - a[won])
        g[won] += m.e_engagement * (_ONE - g[won])
        shield[won] = np.maximum(shield[won], m.e_shield)
        leaving = won[intent[won]]
        rescued = leaving[rng.random(len(leaving), dtype=np.float32) < m.e_rescue]
        intent[rescued] = False
        to_intent[rescued] = rng.standard_exponential(len(rescued), dtype=np.float32)

        hazard = np.exp(m.adoption_0 + m.adoption_1 * a) + np.exp(m.engagement_0 + m.engagement_1 * g)
        to_intent -= hazard * np.exp(-shield)
        to_upsell -= np.exp(m.upsell_0 + m.upsell_a * a + m.upsell_g * g)
        to_contraction -= np.exp(m.contraction_0 + m.contraction_a * a + m.contraction_g * g)
        decided = np.flatnonzero(to_intent <= 0.0)
        intent[decided] = True
        to_intent[decided] = np.inf
        for left, factor in ((to_upsell, m.upsell_factor), (to_contraction, m.contraction_factor)):
            due = np.flatnonzero(left <= 0.0)
            while len(due):
                arr[due] *= factor
                left[due] += rng.standard_exponential(len(due), dtype=np.float32)
                due = due[left[due] <= 0.0]

        ends = np.flatnonzero(renewal == month)
        renewal[ends] += m.term
        gone = ends[intent[ends]]
        ledger[month - 1, EXITS] = len(gone)
        ledger[month - 1, PLAYS] = len(eligible)
        shield *= m.shield_decay
        # a leaver's place holds no ARR, and nothing happens there any more
        arr[gone] = 0.0
        intent[gone] = False
        renewal[gone] = -1
        last_play[gone] = m.months
        for left in (to_intent, to_upsell, to_contraction):
            left[gone] = np.inf
        ledger[month - 1, ARR] = arr.sum(dtype=np.float64)
        dead += len(gone)
        if dead > 0.1 * len(arr):
            alive = np.flatnonzero(renewal > 0)
            arr, a, g, shield = arr[alive], a[alive], g[alive], shield[alive]
            to_intent, to_upsell, to_contraction = to_intent[alive], to_upsell[alive], to_contraction[alive]
            intent, renewal, last_play = intent[alive], renewal[alive], last_play[alive]
            dead = 0

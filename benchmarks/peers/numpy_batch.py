"""NumPy on accounts x replicates at once: as `numpy_one`, with fewer and longer calls.

A batch of replicates that fits the cache at a time. Places of leavers are given up once a year, to the width of the
replicate that has most accounts left.
"""

from __future__ import annotations

import numpy as np

from benchmarks.common import ARR, EXITS, PLAYS, Accounts, Model
from benchmarks.peers.numpy_one import NEVER, RISK

_ONE = np.float32(1.0)
_TENTHS = np.float32(10.0)
CELLS = 32_000
"""Accounts x replicates of a batch, about."""


def simulate(model: Model, accounts: Accounts, replicates: int, seed: int) -> np.ndarray:
    """Ledger (replicates, months, 3)."""
    ledger = np.zeros((replicates, model.months, 3))
    size = max(1, CELLS // len(accounts))
    for first in range(0, replicates, size):
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, first])))
        _batch(model, accounts, rng, ledger[first : first + size])
    return ledger


def _batch(m: Model, accounts: Accounts, rng: np.random.Generator, ledger: np.ndarray) -> None:
    paths = len(ledger)
    arr, a, g = (np.tile(x, (paths, 1)) for x in (accounts.arr, accounts.adoption, accounts.engagement))
    renewal = np.tile(accounts.renewal, (paths, 1))
    shield = np.zeros_like(arr)
    intent = np.zeros(arr.shape, bool)
    last_play = np.full(arr.shape, NEVER)
    to_intent, to_upsell, to_contraction = rng.standard_exponential((3, *arr.shape), dtype=np.float32)
    rows = np.array([m.rowing, m.quiet], np.float32)
    for month in range(1, m.months + 1):
        width = arr.shape[1]
        g += rows.take(intent.view(np.int8)) * a * (_ONE - g) - m.drift * g
        a += m.share * (m.ceiling - a)

        health = m.weight * a + (1.0 - m.weight) * g
        priority = RISK.take((health * _TENTHS).astype(np.int32)) * arr
        priority[last_play > month - m.cadence] = 0.0
        served = priority > 0.0
        if width > m.plays:
            served &= priority >= np.partition(priority, width - m.plays, axis=1)[:, width - m.plays, None]
        ledger[:, month - 1, PLAYS] = np.count_nonzero(served, axis=1)
        last_play[served] = month
        chosen = np.flatnonzero(served)
        won = chosen[rng.random(len(chosen), dtype=np.float32) < m.success]
        flat_a, flat_g, flat_shield, flat_intent = a.ravel(), g.ravel(), shield.ravel(), intent.ravel()
        flat_a[won] += m.e_adoption * (_ONE - flat_a[won])
        flat_g[won] += m.e_engagement * (_ONE - flat_g[won])
        flat_shield[won] = np.maximum(flat_shield[won], m.e_shield)
        leaving = won[flat_intent[won]]
        rescued = leaving[rng.random(len(leaving), dtype=np.float32) < m.e_rescue]
        flat_intent[rescued] = False
        to_intent.ravel()[rescued] = rng.standard_exponential(len(rescued), dtype=np.float32)

        hazard = np.exp(m.adoption_0 + m.adoption_1 * a) + np.exp(m.engagement_0 + m.engagement_1 * g)
        to_intent -= hazard * np.exp(-shield)
        to_upsell -= np.exp(m.upsell_0 + m.upsell_a * a + m.upsell_g * g)
        to_contraction -= np.exp(m.contraction_0 + m.contraction_a * a + m.contraction_g * g)
        decided = to_intent <= 0.0
        intent |= decided
        to_intent[decided] = np.inf
        flat_arr = arr.ravel()
        for left, factor in ((to_upsell.ravel(), m.upsell_factor), (to_contraction.ravel(), m.contraction_factor)):
            due = np.flatnonzero(left <= 0.0)
            while len(due):
                flat_arr[due] *= factor
                left[due] += rng.standard_exponential(len(due), dtype=np.float32)
                due = due[left[due] <= 0.0]

        flat_renewal = renewal.ravel()
        ends = np.flatnonzero(flat_renewal == month)
        flat_renewal[ends] += m.term
        gone = ends[flat_intent[ends]]
        ledger[:, month - 1, EXITS] = np.bincount(gone // width, minlength=paths)
        shield *= m.shield_decay
        # a leaver's place holds no ARR, and nothing happens there any more
        flat_arr[gone] = 0.0
        flat_intent[gone] = False
        flat_renewal[gone] = -1
        for left in (to_intent, to_upsell, to_contraction):
            left.ravel()[gone] = np.inf
        ledger[:, month - 1, ARR] = arr.sum(axis=1, dtype=np.float64)
        if month % 12 == 0:
            most = int(np.count_nonzero(renewal > 0, axis=1).max())
            kept = np.argsort(renewal < 0, axis=1, kind="stable")[:, :most]
            arr, a, g, shield, intent, renewal, last_play, to_intent, to_upsell, to_contraction = (
                np.ascontiguousarray(np.take_along_axis(x, kept, axis=1))
                for x in (arr, a, g, shield, intent, renewal, last_play, to_intent, to_upsell, to_contraction)
            )

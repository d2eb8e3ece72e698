"""The engine and its peers compute the same model. Nothing here asserts a time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from benchmarks.common import ARR, EXITS, PLAYS, Common, common
from benchmarks.peers import c_peer, numpy_batch, numpy_one, simpy_peer
from benchmarks.side_by_side import GREATEST_Z, PEERS, Engine, account_months, present, z_values

SIZE, REPLICATES = 120, 400
SEED = 5


@pytest.fixture(scope="module")
def case() -> Common:
    return common(SIZE)


@pytest.fixture(scope="module")
def reference(case):
    engine = Engine(case, REPLICATES)
    engine.run()
    return engine.ledger()


def run_c(*arguments):
    try:
        return c_peer.simulate(*arguments)
    except c_peer.NoCompiler as reason:
        pytest.skip(str(reason))


RUNS = {
    "numpy_one": (numpy_one.simulate, 60),
    "numpy_batch": (numpy_batch.simulate, REPLICATES),
    "simpy": (simpy_peer.simulate, 40),
    "c": (run_c, REPLICATES),
}


def greatest(z):
    return max(map(abs, z.values()))


def test_the_load_is_the_stated_one(case, reference):
    delivered = reference[:, :, PLAYS].mean(axis=0)
    assert delivered[0] == case.model.plays, "the team has too few hours at first"
    assert delivered[-1] < case.model.plays, "and enough of them when many have left"
    assert 0.3 * SIZE < reference[:, :, EXITS].sum(axis=1).mean() < 0.6 * SIZE
    left = SIZE * case.model.months * REPLICATES - account_months(reference, SIZE)
    gone_for = np.arange(case.model.months, 0, -1)
    assert left == (reference[:, :, EXITS] * gone_for).sum()


@pytest.mark.parametrize("peer", RUNS)
def test_a_peer_agrees_with_the_engine(peer, case, reference):
    simulate, replicates = RUNS[peer]
    found = simulate(case.model, case.accounts, replicates, SEED)
    assert found.shape == (replicates, case.model.months, 3)
    assert greatest(z_values(found, reference)) < GREATEST_Z
    # the course over time, not only its end
    for month in (12, 36):
        for column in (EXITS, ARR, PLAYS):
            ours, theirs = (ledger[:, month - 12 : month, column].sum(axis=1) for ledger in (found, reference))
            error = (ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs)) ** 0.5
            assert abs(ours.mean() - theirs.mean()) <= 4.0 * error, (month, column)


@pytest.mark.parametrize(
    "change",
    [
        {"drift": 0.16},
        {"plays": 12},
        {"cadence": 2},
        {"e_shield": 0.6},
        {"weight": 1.0, "success": 0.3},
        {"upsell_factor": 1.2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_agreement_would_notice_a_wrong_peer(change, case, reference):
    wrong = dataclasses.replace(case.model, **change)
    found = numpy_batch.simulate(wrong, case.accounts, REPLICATES, SEED)
    assert greatest(z_values(found, reference)) > GREATEST_Z


@pytest.mark.parametrize("peer", RUNS)
def test_a_peer_makes_its_run_again(peer, case):
    simulate, _ = RUNS[peer]
    one, again, other = (simulate(case.model, case.accounts, 2, seed) for seed in (SEED, SEED, SEED + 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("peer", RUNS)
def test_without_effects_expansion_and_churn_nothing_moves(peer, case):
    simulate, _ = RUNS[peer]
    never = dict.fromkeys(("adoption_0", "engagement_0", "upsell_0", "contraction_0"), -80.0)
    still = dataclasses.replace(case.model, success=0.0, **never)
    found = simulate(still, case.accounts, 1, SEED)
    assert not found[:, :, EXITS].any()
    assert (found[:, 0, PLAYS] == case.model.plays).all()
    assert found[0, :, ARR] == pytest.approx(float(case.accounts.arr.sum(dtype=np.float64)), rel=1e-6)


def test_numbers_and_book_scale_with_the_size():
    small, large = common(200), common(2_000)
    assert (small.model.plays, large.model.plays) == (40, 400)
    assert dataclasses.replace(small.model, plays=400) == large.model
    renewals = np.bincount(large.accounts.renewal, minlength=13)
    assert renewals[0] == 0
    assert renewals[1:].min() >= 166
    for values in (large.accounts.adoption, large.accounts.engagement):
        assert ((values >= 0.0) & (values < 1.0)).all()


def test_without_a_compiler_c_is_skipped_with_a_word(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    c_peer.library.cache_clear()
    peers, missing = present()
    assert set(PEERS) - set(peers) == {"c"}
    assert "no-such-compiler" in missing["c"]

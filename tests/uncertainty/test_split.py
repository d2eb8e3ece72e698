"""Variance components: recovered from toys of known parts, and the sizes that follow from them."""

import math

import numpy as np
import pytest

from churnsim.uncertainty.split import (
    LEAST_DRAWS,
    LEAST_REPLICATES,
    MARGIN,
    TABLES,
    Component,
    Split,
    size_for,
    split_of,
)

PARTS = {"parameters": 4.0, "market": 1.0, "customers": 2.25, "both": 0.25}


def toy(draws: int, markets: int, customers: int, seed: int = 0, **parts: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sd = {name: math.sqrt(v) for name, v in (PARTS | parts).items()}
    return (
        sd["parameters"] * rng.standard_normal((draws, 1, 1))
        + sd["market"] * rng.standard_normal((draws, markets, 1))
        + sd["customers"] * rng.standard_normal((draws, 1, customers))
        + sd["both"] * rng.standard_normal((draws, markets, customers))
    )


def test_known_parts_are_recovered_within_their_errors() -> None:
    split = split_of(toy(4000, 3, 3))
    for name, expected in PARTS.items():
        found = getattr(split, name)
        assert abs(found.variance - expected) < 4.0 * found.se
        assert found.se < 0.12
        assert found.share == pytest.approx(expected / sum(PARTS.values()), abs=0.02)


def test_small_designs_are_unbiased_and_their_errors_cover() -> None:
    splits = [split_of(toy(12, 2, 2, seed)) for seed in range(600)]
    for name, expected in PARTS.items():
        values = np.array([getattr(s, name).variance for s in splits])
        assert abs(values.mean() - expected) < 4.0 * values.std() / math.sqrt(len(values))
        errors = np.array([getattr(s, name).se for s in splits])
        assert errors.mean() == pytest.approx(values.std(), rel=0.2)


def test_what_is_not_there_is_nothing() -> None:
    split = split_of(toy(400, 2, 2, market=0.0, both=0.0))
    assert split.market.variance == pytest.approx(0.0, abs=1e-12)
    assert split.both.variance == pytest.approx(0.0, abs=1e-12)
    constant = split_of(np.full((5, 2, 2), 7.0))
    assert constant.luck == constant.ignorance == 0.0
    assert constant.parameters.share == 0.0


def test_a_single_draw_knows_luck_alone() -> None:
    split = split_of(toy(1, 40, 40))
    assert math.isnan(split.parameters.variance)
    assert split.ignorance == 0.0
    assert split.customers.share > split.market.share


def test_the_size_reaches_its_target() -> None:
    split = split_of(toy(2000, 2, 2))
    size = size_for(split, 0.05, uncertain=True)
    assert size.expected_se <= 0.05
    assert size.expected_se == pytest.approx(0.05 / math.sqrt(MARGIN), rel=0.01)
    means = [
        np.mean(
            2.0 * rng.standard_normal(size.draws) + math.sqrt(3.5 / size.replicates) * rng.standard_normal(size.draws)
        )
        for rng in map(np.random.default_rng, range(300))
    ]
    assert np.std(means) == pytest.approx(size.expected_se, rel=0.15)


def test_more_luck_asks_for_more_replicates() -> None:
    nothing = Component(0.0, 0.0, 0.0)
    lucky = size_for(
        Split(Component(4.0, 0.0, 0.01), Component(400.0, 0.0, 0.99), nothing, nothing), 0.5, uncertain=True
    )
    assert lucky.replicates == round(math.sqrt(TABLES * 400.0 / 4.0))
    assert lucky.draws == math.ceil(MARGIN * (4.0 + 400.0 / lucky.replicates) / 0.5**2)
    plain = size_for(split_of(toy(2000, 2, 2)), 0.5, uncertain=True)
    assert plain.replicates == LEAST_REPLICATES


def test_all_luck_and_none_at_all() -> None:
    split = split_of(toy(50, 2, 2, parameters=0.0))
    only_luck = Split(Component(0.0, 0.0, 0.0), split.market, split.customers, split.both)
    size = size_for(only_luck, 0.01, uncertain=True)
    assert size.draws * size.replicates >= only_luck.luck / 0.01**2
    assert size_for(split_of(np.zeros((5, 2, 2))), 1.0, uncertain=True).draws == LEAST_DRAWS
    certain = size_for(split, 0.01, uncertain=False)
    assert certain.draws == 1
    assert certain.replicates == math.ceil(MARGIN * split.luck / 0.01**2)


@pytest.mark.parametrize("shape", [(3, 1, 2), (3, 2, 1), (3, 4), (0, 2, 2)])
def test_layouts_that_tell_nothing_are_refused(shape) -> None:
    with pytest.raises(ValueError, match="needs outcomes"):
        split_of(np.zeros(shape))


def test_values_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        split_of(np.full((3, 2, 2), np.nan))
    with pytest.raises(ValueError, match="above 0"):
        size_for(split_of(toy(5, 2, 2)), 0.0, uncertain=True)

"""Samples of what is not known."""

import numpy as np
from scipy import stats

from churnsim.compile.draws import sample
from churnsim.compile.levels import Plain
from churnsim.scenario.files import override, parse

TEXT = """
name = "draws"
as_of = 2025-12-31
[segments.core]
intent.annual_churn = { dist = "beta", mean = 0.14, sd = 0.03 }
acquisition.entry_arr_mean = { dist = "lognormal", mean = 9000.0, sd = 4000.0 }
[money]
annual_discount = { low = 0.05, mode = 0.1, high = 0.2 }
expansion_cost_share = { dist = "gamma", mean = 0.3, sd = 0.1 }
"""
CORRELATED = """
[correlations.churn]
between = ["segments.core.intent.annual_churn", "money.annual_discount"]
rank = 0.6
"""
CHURN, ARR = "segments.core.intent.annual_churn", "segments.core.acquisition.entry_arr_mean"
DISCOUNT, SHARE = "money.annual_discount", "money.expansion_cost_share"
DRAWS = np.arange(20_000)


def samples(text: str, seed: int = 1, draws: np.ndarray = DRAWS) -> dict[str, np.ndarray]:
    scenario = parse(text).scenario
    return sample(scenario, scenario.rank_correlations(), Plain(seed), draws)


def test_samples_have_their_distributions() -> None:
    found = samples(TEXT)
    for path, leaf in parse(TEXT).scenario.uncertain().items():
        error = found[path].std() / np.sqrt(len(DRAWS))
        assert abs(found[path].mean() - leaf.expectation()) < 4.0 * error
        grid = np.linspace(0.005, 0.995, 199)
        below = np.searchsorted(np.sort(found[path]), leaf.quantile(grid)) / len(DRAWS)
        assert np.abs((below - grid) / np.sqrt(grid * (1.0 - grid) / len(DRAWS))).max() < 4.5
    assert abs(found[CHURN].std() / 0.03 - 1.0) < 0.03
    low, high = found[DISCOUNT].min(), found[DISCOUNT].max()
    assert 0.05 < low < high < 0.2


def test_numbers_are_independent_unless_tied() -> None:
    found = np.array(list(samples(TEXT).values()))
    rank = stats.spearmanr(found.T).statistic[np.triu_indices(len(found), 1)]
    assert np.abs(rank * np.sqrt(len(DRAWS))).max() < 4.5


def test_rank_correlation_is_met_and_moves_only_those_it_names() -> None:
    free, tied = samples(TEXT), samples(TEXT + CORRELATED)
    rank = stats.spearmanr(tied[CHURN], tied[DISCOUNT]).statistic
    # the standard error of a rank correlation near 0.6 is below 0.8/sqrt(n)
    assert abs(rank - 0.6) < 4.0 * 0.8 / np.sqrt(len(DRAWS))
    assert np.array_equal(free[ARR], tied[ARR])
    assert np.array_equal(free[SHARE], tied[SHARE])
    for path in (CHURN, DISCOUNT):
        assert stats.ks_2samp(free[path], tied[path]).pvalue > 1e-4


def test_a_sample_belongs_to_its_draw_and_seed() -> None:
    whole, part = samples(TEXT), samples(TEXT, draws=np.array([7, 3]))
    for path, values in part.items():
        assert np.array_equal(values, whole[path][[7, 3]])
    assert not np.isclose(samples(TEXT, seed=2)[CHURN], whole[CHURN]).any()


def test_an_arm_that_knows_or_changes_a_distribution_keeps_the_luck() -> None:
    scenario = parse(TEXT + CORRELATED).scenario
    pairs, base = scenario.rank_correlations(), samples(TEXT + CORRELATED)
    known = sample(override(scenario, {DISCOUNT: 0.1}), pairs, Plain(1), DRAWS)
    assert DISCOUNT not in known
    assert np.array_equal(known[CHURN], base[CHURN])
    higher = sample(override(scenario, {f"{CHURN}.mean": 0.2}), pairs, Plain(1), DRAWS)
    assert np.array_equal(np.argsort(higher[CHURN]), np.argsort(base[CHURN]))

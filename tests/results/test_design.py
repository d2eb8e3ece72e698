"""Chosen levels, shared luck and crossed markets: what each does, and what is refused."""

import dataclasses

import numpy as np
import pytest

import churnsim as cs
from churnsim.results.simulation import simulate
from churnsim.scenario.book import resolve_book
from churnsim.scenario.files import override

FILE = cs.example("midmarket")
BOOK = resolve_book(FILE)
RUN = FILE.scenario.run.model_copy(update={"horizon_months": 6})
SMALL = FILE.scenario.model_copy(update={"run": RUN})
INPUTS = sorted(SMALL.uncertain())


def changed(values):
    return override(dataclasses.replace(FILE, scenario=SMALL), values)


def npv(**options):
    return simulate(SMALL, arms={}, seed=1, book=BOOK, **options)["npv"].sel(arm="base", window="horizon").values


def test_draws_of_equal_levels_are_equal_where_luck_is_the_replicates() -> None:
    middle = {path: np.full(3, 0.5) for path in INPUTS}
    same = npv(levels=middle, luck="replicate", replicates=2)
    assert np.array_equal(same[0], same[1])
    assert np.array_equal(same[0], same[2])
    assert same[0, 0] != same[0, 1]
    own = npv(levels=middle, replicates=2)
    assert own[0, 0] != own[1, 0]


def test_inputs_take_their_quantiles_at_the_levels() -> None:
    path = INPUTS[0]
    levels = np.array([0.1, 0.5, 0.9])
    found = simulate(SMALL, arms={}, seed=1, book=BOOK, replicates=1, levels={path: levels})["inputs"]
    expected = SMALL.uncertain()[path].quantile(levels)
    assert np.array_equal(found.sel(input=path).values, expected)
    plain = simulate(SMALL, arms={}, seed=1, book=BOOK, replicates=1, draws=3)["inputs"]
    tied = {name for first, second, _ in SMALL.rank_correlations() for name in (first, second)}
    others = [name for name in INPUTS if name != path and name not in tied]
    assert others
    assert np.array_equal(found.sel(input=others).values, plain.sel(input=others).values)


def test_crossed_markets_share_the_market_and_not_the_customers() -> None:
    volatile = changed({"market.volatility": 0.3, "market.lead_loading": 1.0})
    ds = simulate(volatile, arms={}, book=BOOK, seed=1, draws=1, replicates=6, markets=3, record="full")
    leads = ds["accounts_new_by_month"].isel(arm=0, draw=0).sum("segment").transpose("replicate", "month").values
    calm = changed({"market.volatility": 0.0, "market.lead_loading": 1.0})
    crossed = simulate(calm, arms={}, book=BOOK, seed=1, draws=1, replicates=6, markets=3)["npv"].isel(
        arm=0, draw=0, window=-1
    )
    # without a market replicates of one luck are one and the same
    assert np.array_equal(crossed.values[:3], np.full(3, crossed.values[0]))
    assert crossed.values[3] != crossed.values[0]
    assert not np.array_equal(leads[0], leads[1])
    assert not np.array_equal(leads[0], leads[3])


def test_markets_of_their_own_are_the_default() -> None:
    volatile = changed({"market.volatility": 0.3})
    plain = simulate(volatile, arms={}, book=BOOK, seed=1, draws=1, replicates=3)["npv"].values
    one = simulate(volatile, arms={}, book=BOOK, seed=1, draws=1, replicates=3, markets=1)["npv"].values
    assert np.array_equal(plain[..., 0, :], one[..., 0, :])
    assert not np.array_equal(plain[..., 1, :], one[..., 1, :])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"levels": {"no.such": [0.5]}}, "not uncertain in any arm: no.such"),
        ({"levels": {INPUTS[0]: [0.5, 1.0]}}, "must lie between 0 and 1"),
        ({"levels": {INPUTS[0]: [0.5], INPUTS[1]: [0.5, 0.5]}}, "one and the same length"),
        ({"levels": {}}, "one and the same length"),
        ({"levels": {INPUTS[0]: [0.5]}, "draws": 2}, "levels for 1 draws, not for 2"),
        ({"replicates": 4, "markets": 3}, "must divide the replicates"),
        ({"replicates": 0}, "at least 1"),
    ],
)
def test_a_design_that_is_none_is_refused(options, says) -> None:
    with pytest.raises(ValueError, match=says):
        simulate(SMALL, arms={}, book=BOOK, **options)


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_the_file_chooses_how_draws_are_sampled(sampling) -> None:
    chosen = SMALL.model_copy(update={"run": RUN.model_copy(update={"sampling": sampling})})
    inputs = simulate(chosen, arms={}, book=BOOK, seed=1, draws=16, replicates=1)["inputs"]
    path = INPUTS[0]
    law = SMALL.uncertain()[path]
    edges = law.quantile(np.arange(1, 16) / 16)
    assert sorted(np.searchsorted(edges, inputs.sel(input=path).values)) == list(range(16))

"""The twin's own parts against what is known about them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import stats
from scipy.special import ndtr, ndtri

from tests.naive_twin.frailty import STEPS, beta_mean, frailty, log_quantile
from tests.naive_twin.luck import Luck
from tests.naive_twin.margin import Margin
from tests.naive_twin.mutations import MUTATIONS, ROOT, Mutation
from tests.naive_twin.philox import philox
from tests.naive_twin.support import erlang_c

LAWS = [("gamma", 0.3, 0.0), ("gamma", 3.0, 0.0), ("lognormal", 2.0, 0.0), ("inverse_gaussian", 0.05, 0.0)]
LAWS += [("inverse_gaussian", 3.0, 0.0), ("beta", 0.5, 2.0), ("beta", 4.0, 8.0)]


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_numbers(counter: Any, key: Any, expected: tuple[int, ...]) -> None:
    """Known answers of Random123."""
    assert philox(counter, key) == expected


def test_uniforms_are_uniform() -> None:
    luck = Luck(1, 0, 0)
    sample = [luck.uniform(7, who, 3, who % 4) for who in range(2_000)]
    # false alarm: one in 10,000 seeds
    assert stats.kstest(sample, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("law", LAWS)
def test_quantiles_of_frailty_are_those_of_the_law(law: tuple[str, float, float]) -> None:
    name, first, second = law
    for score in (-3.0, -1.0, 0.0, 1.0, 3.0):
        z = math.exp(log_quantile(name, first, second, score))
        if name == "gamma":
            below = stats.gamma.cdf(z, 1.0 / first, scale=first)
        elif name == "lognormal":
            sigma = math.sqrt(math.log1p(first))
            below = stats.lognorm.cdf(z, sigma, scale=math.exp(-0.5 * sigma**2))
        elif name == "inverse_gaussian":
            below = stats.invgauss.cdf(z, first, scale=1.0 / first)
        else:
            below = stats.beta.cdf(-math.expm1(-z * beta_mean(first, second)), first, second)
        assert below == pytest.approx(ndtr(score), rel=1e-6)


@pytest.mark.parametrize("law", LAWS)
def test_the_straight_line_of_the_table_is_near_the_law(law: tuple[str, float, float]) -> None:
    """Halfway between two points of the table, where the line is farthest from the law."""
    for score in (-2.0, -1.0, 0.0, 1.0, 2.0, 4.0):
        middle = score + 0.5 / STEPS
        assert math.log(frailty(*law, middle)) == pytest.approx(log_quantile(*law, middle), abs=3e-3)


@pytest.mark.parametrize("law", LAWS)
def test_frailty_has_mean_one(law: tuple[str, float, float]) -> None:
    n = 4_000
    mean = sum(frailty(*law, float(ndtri((k + 0.5) / n))) for k in range(n)) / n
    assert mean == pytest.approx(1.0, abs=5e-3)


def test_erlang_of_one_agent_is_its_load() -> None:
    """M/M/1: a caller waits with the probability that the agent is busy. M/M/2: a^2/(2 + a)."""
    assert erlang_c(1, 0.3) == pytest.approx(0.3)
    assert erlang_c(2, 0.8) == pytest.approx(0.8**2 / 2.8)


def test_margin_notes_what_is_close_and_only_that() -> None:
    margin = Margin()
    assert margin.below("far", 1, 0.5, 0.6)
    assert margin.near == []
    assert not margin.below("close", 2, 0.5 + 1e-7, 0.5)
    margin.step("whole", 3, 7.0 - 1e-9)
    assert [(who, what) for _, who, what, _ in margin.near] == [(2, "close"), (3, "whole")]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_each_mutation_changes_one_line_of_the_engine(mutation: Mutation) -> None:
    source = (ROOT / "src" / "churnsim" / "engine" / mutation.file).read_text(encoding="utf-8")
    assert source.count(mutation.line) == 1
    assert mutation.instead not in source.replace(mutation.line, "")

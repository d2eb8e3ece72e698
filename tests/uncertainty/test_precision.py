"""The pilot of a real scenario, and sizes that reach their target."""

import dataclasses
import json
import math

import numpy as np
import pytest

import churnsim as cs
from churnsim.decisions.inputs import InputError
from churnsim.scenario.files import override
from churnsim.uncertainty.precision import Precision, pilot_seed, precision
from tests.cli.test_cli import call, refused
from tests.uncertainty.test_model import SMALL


def test_a_ladder_is_split_and_its_target_is_reached() -> None:
    first = precision(SMALL, posts=(0, 5), draws=60, seed=1)
    target = 0.5 * first.usual.expected_se
    found = precision(SMALL, posts=(0, 5), draws=60, seed=1, target_se=target)
    assert found.split == first.split
    assert {found.arm, found.against} == {"csm 0", "csm 5"}
    ladder = cs.headcount(SMALL, posts=(0, 5), draws=found.size.draws, replicates=found.size.replicates, seed=1)
    reached = ladder.seen.neighbour.difference.se
    # the pilot's variance from 60 draws is known to a fifth or so
    assert reached < 1.35 * target
    assert reached > 0.5 * target


def test_shares_add_up_and_the_pilot_has_its_own_seed() -> None:
    found = precision(SMALL, posts=(0, 5), draws=20, seed=1)
    parts = [found.split.parameters, found.split.market, found.split.customers, found.split.both]
    assert sum(part.share for part in parts) == pytest.approx(1.0)
    assert pilot_seed(1) != 1
    assert precision(SMALL, posts=(0, 5), draws=20, seed=2).mean.mean != found.mean.mean


def test_arms_are_taken_against_the_base_and_the_base_alone_for_itself() -> None:
    assert precision(SMALL, draws=20).against == "base"
    alone = dataclasses.replace(SMALL, scenario=SMALL.scenario.model_copy(update={"arms": {}}))
    found = precision(alone, draws=20)
    assert isinstance(found, Precision)
    assert (found.arm, found.against) == ("base", None)
    assert found.size is None
    assert math.isfinite(found.usual.expected_se)


def test_bad_questions_are_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        precision(SMALL, target_se=0.0)
    with pytest.raises(InputError, match="at least 2 markets"):
        precision(SMALL, markets=1)
    with pytest.raises(InputError, match="two rungs"):
        precision(SMALL, posts=(3,))
    with pytest.raises(InputError, match="csn"):
        precision(SMALL, posts=(0, 1), team="csn")


def test_the_market_has_no_share_where_it_does_not_move() -> None:
    calm = dataclasses.replace(SMALL, scenario=override(SMALL, {"market.volatility": 0.0}))
    found = precision(calm, draws=10)
    assert found.split.market.variance == pytest.approx(0.0, abs=1e-6 * found.split.luck)
    assert np.isfinite(found.split.customers.variance)


def test_the_command_sizes_a_run_and_says_why() -> None:
    result = call("headcount", "preset:midmarket", "--csm", "0..1", "--target-se", "1e6", "--json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["draws"] == answer["precision"]["size"]["draws"]
    assert answer["replicates"] == answer["precision"]["size"]["replicates"]
    shares = [answer["precision"]["split"][name]["share"] for name in ("parameters", "market", "customers", "both")]
    assert sum(shares) == pytest.approx(1.0)


def test_the_command_draws_and_refuses(tmp_path) -> None:
    figure = tmp_path / "precision.svg"
    shown = call("precision", "preset:midmarket", "--csm", "0..1", "--target-se", "100000", "--figure", figure)
    assert shown.exit_code == 0, shown.stderr
    assert "Of the variance of the NPV of csm" in " ".join(shown.stdout.split())
    assert "Standard error of the mean" in figure.read_text(encoding="utf-8")
    both = call("headcount", "preset:midmarket", "--target-se", "5", "--draws", "3")
    refused(both, "--target-se", "leave --draws")
    refused(call("precision", "preset:midmarket", "--target-se", "0"), "--target-se", "above 0")

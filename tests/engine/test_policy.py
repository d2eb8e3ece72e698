"""Who is served when hours are short: the rules by name, seen in whole runs."""

import numpy as np
import pytest

from churnsim.engine.accounts import ARR, SCORE, SINCE_TOUCH
from churnsim.scenario.book import Book, parse_book
from churnsim.scenario.files import ScenarioFile
from tests.closed_forms.cohort import scenario_file
from tests.engine.paths import Runner

ACCOUNTS, SERVED = 400, 100


def one_month(rule: str, weight: float = 1.0, months: int = 1) -> tuple[ScenarioFile, Book]:
    """A month in which one CSM has hours for a quarter of the book; a touch moves the engagement alone."""
    play = {
        "channel": "csm",
        "team": "csm",
        "hours": 1.0,
        "cadence_months": 1,
        "effects": {"engagement": 0.0},
    }
    file = scenario_file(
        {"core": {"intent": {"annual_churn": 0.0}, "acquisition": {"entry_arr_mean": 1.0}}},
        months,
        health={"noise_sd": 0.3},
        teams={
            "csm": {
                "segments": ["core"],
                "posts": {"today": 1},
                "hours_per_month": float(SERVED),
                "annual_attrition": 0.0,
            }
        },
        playbooks={"call": play, "visit": play | {"trigger": {"tenure_months": {"min": 10.0}}}},
        policy={"rule": rule, "play_weight": {"visit": weight}},
    )
    rng = np.random.default_rng(1)
    starts = [f"2025-{12 - n % 4:02d}-01" for n in range(ACCOUNTS)]
    rows = "".join(f"a{n},core,{starts[n]},{rng.lognormal(8, 1):.2f},12\n" for n in range(ACCOUNTS))
    text = "account_id,segment,start_date,arr,contract_term_months\n" + rows
    return file, parse_book(text.encode(), file.scenario, "book")


@pytest.mark.parametrize("rule", ["value", "risk", "value_at_risk"])
def test_the_first_are_served(rule: str) -> None:
    accounts = Runner(*one_month(rule)).run(0).accounts
    touched = accounts.whole[SINCE_TOUCH] == 1
    assert touched.sum() == SERVED
    # the score's bin, in tenths, stands for the score
    risk = 1.0 - (np.minimum((accounts.reals[SCORE] * 10).astype(int), 9) + 0.5) / 10
    priority = {"value": accounts.reals[ARR], "risk": risk, "value_at_risk": risk * accounts.reals[ARR]}[rule]
    assert priority[touched].min() >= priority[~touched].max() * (1.0 - 1e-6)
    assert len(np.unique(priority)) > 5


def test_random_serves_anybody() -> None:
    runner = Runner(*one_month("random"))
    touched = np.array([runner.run(r).accounts.whole[SINCE_TOUCH] == 1 for r in range(60)])
    assert np.all(touched.sum(axis=1) == SERVED)
    counts = touched.sum(axis=0)
    z = (counts - 15.0) / np.sqrt(60 * 0.25 * 0.75)
    assert np.abs(z).max() < 4.5  # 400 binomials: beyond once in 350 seeds


def test_round_robin_serves_everybody_in_turn() -> None:
    accounts = Runner(*one_month("round_robin", months=4)).run(0).accounts
    # a quarter a month: after four months each was touched once, and no one twice
    assert np.array_equal(np.bincount(accounts.whole[SINCE_TOUCH])[1:], [SERVED] * 4)

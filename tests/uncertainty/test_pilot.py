"""A pilot shows what the engine's trial of the play would show."""

from __future__ import annotations

import numpy as np
import pytest

from churnsim.decisions.inputs import InputError
from churnsim.results.design import design
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, arms
from churnsim.uncertainty import pilot as pilots
from churnsim.uncertainty.pilot import Pilot, Showing, run_pilot
from tests.coverage.companies import LIMIT, STEADY, company
from tests.coverage.test_risk_and_expansion import CUSTOMERS, closed, letter

SHIELD = 0.7
UNKNOWN = {"dist": "uniform", "low": 0.0, "high": 1.0}


def trial(shield: object = SHIELD, share: float = 1.0, **changes: object) -> ScenarioFile:
    """A letter to a share of 400 customers, of whom a fifth leaves in a year without it."""
    play = letter(effects={"shield": shield}, trigger={"random_share": share})
    return closed(12, **{"playbooks.letter": play}, **changes)


def show(file: ScenarioFile, accounts: int = 200, months: int = 12, draws: int = 100, **options: object) -> Showing:
    settings = {"replicate": 7, "seed": 1, "book": CUSTOMERS} | options
    return run_pilot(file, Pilot("letter", accounts, months), draws=draws, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("shield", [SHIELD, 0.0])
def test_a_pilot_shows_the_effect_without_bias_and_with_the_spread_of_its_size(shield, share):
    found = show(trial(shield, share))
    truth = 0.8 ** np.exp(-shield) - 0.8
    kept = np.array([0.8 + truth, 0.8])
    spread = np.sqrt((kept * (1.0 - kept)).sum() / 100.0)
    for shown in found.data.values():  # everybody has the same ARR, so both say the same
        assert abs(shown.mean() - truth) < LIMIT * spread / 10.0
        assert shown.std(ddof=1) == pytest.approx(spread, rel=0.3)
    assert (found.in_each_group, found.reached) == (100.0, 1.0)


@pytest.mark.parametrize(("share", "treated"), [(1.0, 350), (0.0, 50)])
def test_who_is_drawn_is_who_the_engine_draws(share, treated, monkeypatch):
    """Of 100 accounts in the pilot 50 alone go without the play where all get it today, or alone get it where none do;
    the engine delivers to exactly those.
    """
    seen = []
    paths = pilots._Engine.paths

    def spy(self, shares, progress):
        for path, samples in paths(self, shares, progress):
            seen.append((path, set(path.reached(0))))
            yield path, samples

    monkeypatch.setattr(pilots._Engine, "paths", spy)
    show(trial(share=share), accounts=100, months=3, draws=3)
    ahead, drawn = seen[:3], seen[3:]
    assert [len(reached) for _, reached in ahead] == [400] * 3
    assert [len(reached) for _, reached in drawn] == [treated] * 3
    for (path, _), (_, reached) in zip(ahead, drawn, strict=True):
        with_play, without = path.drawn(0, 50)
        assert set(with_play) <= reached
        assert not set(without) & reached
    assert len({frozenset(reached) for _, reached in drawn}) == 3, "every draw has a draw of its own"


def test_newcomers_take_part_and_the_effect_on_arr_counts_what_they_pay():
    """A company without a book: all accounts are newcomers, who grow by a tenth with every upsell."""
    play = letter(effects={"expansion_lift": 1.0}, cadence_months=1)
    upsell = {"annual_rate": 1.0, "fraction": 0.1}
    file = company(
        **{
            "segments.core.acquisition.channels.web": STEADY,
            "segments.core.intent.annual_churn": 0.0,
            "segments.core.expansion.upsell": upsell,
            "playbooks.letter": play,
        }
    )
    found = show(file, accounts=100, months=24, draws=40, book=None)
    assert abs(found.data["accounts"]).max() == 0.0, "nobody leaves"
    shown = found.data["arr"]
    assert shown.mean() > LIMIT * shown.std(ddof=1) / np.sqrt(40)


@pytest.mark.parametrize("sampling", ["plain", "latin", "sobol"])
def test_a_pilot_is_run_in_the_draws_of_the_decision_with_other_luck(sampling):
    file = trial(UNKNOWN, **{"run.sampling": sampling})
    dataset = simulate(file, draws=16, replicates=2, seed=3, book=CUSTOMERS)
    levels = design(arms(file), 3, 16, 2).levels
    found = show(file, draws=16, seed=3, replicate=2, levels=levels)
    for path, samples in found.inputs.items():
        np.testing.assert_array_equal(samples, dataset["inputs"].sel(input=path).values)
    again = show(file, draws=16, seed=3, replicate=2, levels=levels)
    other = show(file, draws=16, seed=3, replicate=3, levels=levels)
    np.testing.assert_array_equal(found.data["arr"], again.data["arr"])
    assert (found.data["arr"] != other.data["arr"]).any()


def test_what_a_pilot_shows_goes_with_the_effect_that_it_tries():
    found = show(trial(UNKNOWN), accounts=400, draws=200)
    effect = found.inputs["playbooks.letter.effects.shield"]
    truth = 0.8 ** np.exp(-effect) - 0.8
    # luck of binomial counts beside what the effect explains
    explained = truth.var() / (truth.var() + 2 * 0.16 / 200)
    assert np.corrcoef(effect, found.data["accounts"])[0, 1] == pytest.approx(np.sqrt(explained), abs=0.12)


@pytest.mark.parametrize(
    ("pilot", "found"),
    [
        (Pilot("leter", 100, 6), "no playbook is called 'leter' (nearest: 'letter')"),
        (Pilot("letter", 9, 6), "a pilot needs at least 10 accounts, found 9"),
        (Pilot("letter", 100, 0), "a pilot runs from 1 to 120 months, found 0"),
        (Pilot("letter", 100, 6, -1.0), "a pilot costs nothing or more, found -1"),
        (Pilot("letter", 500, 6), "'letter' would be done for some 400 accounts in 6 months, fewer than the 500"),
    ],
)
def test_a_pilot_that_cannot_be_run_is_refused(pilot, found):
    with pytest.raises(InputError) as error:
        run_pilot(trial(), pilot, draws=2, replicate=0, seed=1, book=CUSTOMERS)
    assert found in str(error.value)

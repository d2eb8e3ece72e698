"""What a command looks at."""

from __future__ import annotations

from typing import Any

import pytest

from churnsim.decisions.inputs import InputError
from churnsim.results.runs import Run
from churnsim.uncertainty.asked import ask
from tests.decisions.fake import dataset, ladder_arms
from tests.decisions.scenario import scenario_file

FILE = scenario_file()


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Arms of each simulation, which gives the third post and the cheap arm the highest mean NPV."""
    seen: list[list[str]] = []

    def simulate(file: Any, *, arms: dict[str, Any], **_: Any) -> Any:
        seen.append(list(arms))
        posts = {name: int(name.split()[1]) if name[-1].isdigit() else {"cheap": 3}.get(name, 1) for name in arms}
        return dataset(posts, [50_000.0] * 3 + [-50_000.0] * 3)

    monkeypatch.setattr("churnsim.results.simulation.simulate", simulate)
    return seen


def test_the_best_arm_against_the_base(simulated):
    found = ask(FILE)
    assert (found.arm, found.against) == ("cheap", "base")
    assert found.why == "cheap has the highest mean NPV of the arms"
    assert found.text == "NPV over 60 months of cheap, less that of base"
    assert simulated == [["base", "cheap", "dear"]]
    assert found.dataset is not None
    assert not found.stored


def test_a_single_arm_and_no_arm_need_no_simulation(simulated):
    found = ask(scenario_file(arms=False))
    assert (found.arm, found.against, found.why) == ("base", None, "")
    assert found.text == "NPV over 60 months of base"
    named = ask(FILE, arm="dear")
    assert (named.arm, named.against, named.dataset) == ("dear", "base", None)
    assert ask(FILE, arm="dear", alone=True).against is None
    assert ask(FILE, arm="dear", against="cheap").against == "cheap"
    assert simulated == []


def test_the_recommended_rung_against_the_rung_below(simulated):
    found = ask(FILE, posts=range(1, 6))
    assert (found.arm, found.against) == ("csm 3", "csm 2")
    assert found.why == "csm 3 has the highest mean NPV of the ladder"
    assert simulated[0][0] == "base"


def test_of_the_lowest_rung_the_rung_above_is_asked(simulated):
    found = ask(FILE, posts=(4, 5))
    assert (found.arm, found.against) == ("csm 5", "csm 4")
    assert found.why == "csm 4 has the highest mean NPV of the ladder"


def test_a_named_rung_may_be_a_number(simulated):
    found = ask(FILE, posts=range(1, 6), arm="5")
    assert (found.arm, found.against) == ("csm 5", "csm 4")
    assert ask(FILE, posts=range(1, 6), arm="1").against == "base"
    assert ask(FILE, posts=range(1, 6), arm="csm 5", against="2").against == "csm 2"
    assert ask(FILE, posts=range(1, 6), arm="base").against is None
    assert simulated == []


def test_a_stored_ladder_brings_its_rungs(simulated):
    posts, rungs = ladder_arms(range(1, 6), 4)
    stored = dataset(posts, [50_000.0] * 3 + [-50_000.0] * 3, seed=8)
    stored.attrs |= {"scenario_text": FILE.text, "scenario_name": "small"}
    run = Run("headcount", {"team": "csm", "posts": list(rungs)}, stored, None)
    found = ask(FILE, run=run)
    assert (found.arm, found.against, found.seed) == ("csm 3", "csm 2", 8)
    assert found.stored
    assert found.dataset is stored
    assert simulated == []
    with pytest.raises(InputError, match="simulated with seed 8"):
        ask(FILE, run=run, seed=9)
    # an arm of the file that the run does not hold has to be simulated
    assert ask(FILE, run=run, posts=(1, 9), arm="9").dataset is None


def test_measures(simulated):
    found = ask(FILE, arm="dear", measure="nrr")
    assert (found.label, found.kind) == ("NRR, last year", "share")
    assert found.text == "NRR, last year of dear, less that of base"


def test_what_does_not_exist_is_refused(simulated):
    for words, asked in (
        ("no arm is called 'cheep' .nearest: 'cheap'", {"arm": "cheep"}),
        ("no arm is called 'x'", {"against": "x"}),
        ("no measure is called 'npw' .nearest: 'npv'", {"measure": "npw"}),
        ("cannot be compared with itself", {"arm": "cheap", "against": "cheap"}),
        ("not both", {"alone": True, "against": "base"}),
        ("at least two rungs", {"posts": [3]}),
    ):
        with pytest.raises(InputError, match=words):
            ask(FILE, **asked)
    assert simulated == []

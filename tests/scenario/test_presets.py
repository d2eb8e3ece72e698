from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest

import churnsim
from churnsim.scenario import preset_files
from churnsim.scenario.cross_checks import cross_checks
from churnsim.scenario.distributions import Pert
from churnsim.scenario.model import Scenario

PRESETS = ["enterprise", "midmarket", "self-serve", "smb"]

NUMBER = re.compile(r"^(?P<key>\S+) = (?P<value>.*\d.*)$")
FREE = re.compile(r"^(as_of|horizon_months|segments|cadence_months|between|\"teams\.\S+) = ")
GRADE = re.compile(r"\[[PSWJC]\]")


def text(name: str) -> str:
    return preset_files.preset_text(name)


def scenario(name: str) -> Scenario:
    return Scenario.model_validate(tomllib.loads(text(name)))


def test_there_are_four() -> None:
    assert churnsim.presets() == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_no_problem(name: str) -> None:
    assert cross_checks(scenario(name)) == []


@pytest.mark.parametrize("name", PRESETS)
def test_every_number_cites_the_grade_of_its_source(name: str) -> None:
    """On its own line, or on the line of its table; numbers that only define what is simulated cite none."""
    ungraded, of_table = [], False
    for line in text(name).splitlines():
        if line.startswith("["):
            of_table = bool(GRADE.search(line.partition("#")[2]))
            continue
        statement, _, comment = line.partition("#")
        found = NUMBER.match(statement.strip())
        if found and not FREE.match(statement) and not of_table and not GRADE.search(comment):
            ungraded.append(line)
    assert ungraded == []


@pytest.mark.parametrize("name", PRESETS)
def test_weak_numbers_are_distributions(name: str) -> None:
    uncertain = scenario(name).uncertain()
    assert 8 <= len(uncertain) <= 20
    for path in ("teams.csm.ramp_months", "teams.csm.annual_attrition", "teams.csm.annual_cost"):
        assert path in uncertain
    for play in ("success_review", "renewal"):
        shield = uncertain[f"playbooks.{play}.effects.shield"]
        assert isinstance(shield, Pert)
        # the prior hazard ratio of .75 to 1.05: harm is allowed
        assert (shield.low, shield.high) == (-0.05, 0.29)


@pytest.mark.parametrize("name", PRESETS)
def test_the_first_dozen_lines_are_those_of_a_cfo(name: str) -> None:
    top = "\n".join(text(name).splitlines()[:12])
    for key in ("name", "as_of", "book", "posts", "annual_cost"):
        assert re.search(rf"^{key} = ", top, re.MULTILINE), key


@pytest.mark.parametrize("name", PRESETS)
def test_the_team_fits_the_book(name: str) -> None:
    preset = scenario(name)
    team = preset.teams["csm"]
    assert team.segments == list(preset.segments)
    with preset_files.preset_book(name).open(encoding="utf-8", newline="") as file:
        arr = [float(row["arr"]) for row in csv.DictReader(file)]
    # ARR per CSM: $1.72M on average, $2M at scale
    assert 1.5e6 < sum(arr) / team.posts.today < 2.3e6


@pytest.mark.parametrize("name", PRESETS)
def test_arms_are_overrides_that_exist_and_differ(name: str) -> None:
    file = churnsim.example(name)
    arms = churnsim.arms(file)
    assert len(arms) >= 3
    assert next(iter(arms)) == "base"
    assert all(arm != arms["base"] for label, arm in arms.items() if label != "base")


def test_no_frailty_on_top_of_a_population_hazard() -> None:
    for segment in scenario("self-serve").segments.values():
        assert segment.intent.duration.kind == "table"
        assert segment.intent.frailty.law == "none"


def test_the_life_table_ships_with_its_citation() -> None:
    folder = Path(preset_files.__file__).parent / "presets"
    assert (folder / "saas_subscription_lifetable_2021.csv").is_file()
    assert "J. Winternheimer" in (folder / "README.md").read_text(encoding="utf-8")

from __future__ import annotations

import pathlib
import tomllib

import pytest

import churnsim as cs
from churnsim.calibration.written import written
from churnsim.scenario.files import parse
from tests.calibration.small import file
from tests.scenario import small

CHANGES = {"segments.one.intent.hazard_factor": 1.25, "segments.one.onboarding.median_months_to_first_value": 4.0}


def test_comments_and_order_are_kept_and_changes_are_marked():
    before = file()
    lines = written(before, CHANGES).splitlines()
    kept = [line for line in before.text.splitlines() if "median_months" not in line]
    assert [line for line in lines if line in kept] == kept
    assert "onboarding.median_months_to_first_value = 4.0  # guessed; calibrated, was 3" in lines
    assert [line.strip() for line in lines if "hazard_factor" in line] == ["intent.hazard_factor = 1.25  # calibrated"]


def test_a_second_calibration_does_not_pile_up_marks():
    once = parse(written(file(), CHANGES))
    twice = written(once, {path: value + 1.0 for path, value in CHANGES.items()})
    assert twice.count("calibrated") == 2
    assert "= 5.0  # guessed; calibrated, was 4\n" in twice


def test_numbers_that_stand_there_already_leave_the_text_as_it_is():
    before = file()
    assert written(before, {"segments.one.intent.annual_churn": 0.2}) == before.text


@pytest.mark.parametrize("name", cs.presets())
def test_every_preset_can_be_rewritten(name):
    before = cs.example(name)
    values = {}
    for segment in before.scenario.segments:
        values |= {
            f"segments.{segment}.intent.hazard_factor": 1.1,
            f"segments.{segment}.exits.payment_failure_probability": 0.07,
            f"segments.{segment}.expansion.contraction.annual_rate": 0.15,
            f"segments.{segment}.expansion.upsell.annual_rate": 0.8,
            f"segments.{segment}.onboarding.median_months_to_first_value": 1.7,
        }
    text = written(before, values)
    assert parse(text).scenario == cs.override(before, values).model_copy(update={"arms": before.scenario.arms})
    comments = [line.partition("#")[2] for line in before.text.splitlines() if "#" in line]
    assert all(comment in text for comment in comments)


def test_correlations_of_numbers_that_became_exact_go():
    before = parse(small.TEXT)
    text = written(before, {"segments.core.intent.annual_churn": 0.1})
    assert "correlations" not in tomllib.loads(text)
    assert parse(text).scenario.uncertain().keys() == {"segments.growth.intent.annual_churn"}


def test_the_book_is_found_from_another_folder(tmp_path):
    home, other = tmp_path / "home", tmp_path / "other" / "deep"
    home.mkdir()
    other.mkdir(parents=True)
    path = home / "my.toml"
    path.write_text(file().text.replace('name = "small"', 'name = "small"\nbook = "data/mine.csv"  # ours'))
    read = cs.load(path)
    assert tomllib.loads(written(read, {}, folder=other))["book"] == "../../home/data/mine.csv"
    assert "# ours" in written(read, {}, folder=other)
    assert tomllib.loads(written(read, {}, folder=pathlib.Path(home)))["book"] == "data/mine.csv"
    assert tomllib.loads(written(read, {}))["book"] == "data/mine.csv"
    assert written(cs.example("smb"), {}, folder=other) == cs.example("smb").text

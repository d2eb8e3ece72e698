from __future__ import annotations

import copy
import datetime
import json
import re
import tomllib

import jsonschema
import pytest

from churnsim.scenario.meanings import docstrings, tables
from churnsim.scenario.preset_files import preset_text, presets
from churnsim.scenario.schema import generate, schema_text
from churnsim.sweeps.tables import Axis, PlanTable, Range, Sample
from tests.scenario.small import TEXT

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text()))


def _json(text: str) -> dict:
    """A TOML text as JSON types, as editors see it."""
    return json.loads(json.dumps(tomllib.loads(text), default=datetime.date.isoformat))


def test_the_committed_schema_is_fresh():
    # a plan's tables, of which one is called as one of a scenario and has no source, are not in it
    assert Range not in tables()
    assert schema_text() == generate(), "run: python -m churnsim.scenario.schema"


@pytest.mark.parametrize("name", presets())
def test_presets_follow_the_schema(name):
    VALIDATOR.validate(_json(preset_text(name)))


GRADE = re.compile(r"\[[PSWJ]\]")
CHANGE_NOTHING = {
    ("Intent", "hazard_factor"),
    ("Cause", "weight"),
    ("Scrutiny", "duration_exponent"),
    ("Playbook", "cadence_months"),
    ("Playbook", "success_probability"),
    ("Playbook", "repeat_factor"),
    ("Company", "commitment"),
    ("Company", "implementation"),
    ("EffectsVary", "at_health_0"),
    ("EffectsVary", "at_health_1"),
    ("EffectsVary", "misfit"),
    ("Effects", "odds_ratio"),
    ("Engagement", "misfit_ceiling_factor"),
    ("Health", "telemetry_from_month"),
    ("Onboarding", "handover_quality"),
    ("Onboarding", "milestones"),
    ("Product", "initial_quality"),
    ("Support", "first_contact_resolution"),
    ("Team", "productivity"),
    ("Trigger", "random_share"),
    ("WinBack", "arr_share"),
}
"""Factors of 1."""


def _numbers(default: object) -> list[float]:
    if isinstance(default, dict):
        return [number for value in default.values() for number in _numbers(value)]
    return [default] if isinstance(default, (int, float)) and not isinstance(default, bool) else []


def test_every_default_number_cites_the_grade_of_its_source():
    both = [*tables(), Axis, Sample, PlanTable]
    own = {cls.__name__: cls for cls in both}
    assert len(own) == len(both)
    numbers = {
        (table, name): field
        for table, cls in own.items()
        for name, field in cls.model_fields.items()
        if any(_numbers(field.get_default(call_default_factory=True)))
    }
    assert {("Team", "annual_cost"), ("Contracts", "term_weight"), ("Reference", "adoption")} <= set(numbers)
    ungraded = {(table, name) for table, name in numbers if not GRADE.search(docstrings(own[table]).get(name, ""))}
    assert ungraded <= CHANGE_NOTHING, sorted(ungraded - CHANGE_NOTHING)
    assert all(_numbers(numbers[key].default) == [1.0] for key in ungraded)


def test_the_schema_refuses_what_the_reader_refuses():
    good = _json(TEXT)
    VALIDATOR.validate(good)
    misspelt = copy.deepcopy(good)
    misspelt["teams"]["csm"]["hours_per_mnth"] = 1
    wrong_type = copy.deepcopy(good)
    wrong_type["segments"]["core"]["intent"]["annual_churn"] = "0.1"
    impossible = copy.deepcopy(good)
    impossible["segments"]["core"]["acquisition"]["channels"]["web"]["conversion_probability"] = 1.2
    for document in (misspelt, wrong_type, impossible):
        assert not VALIDATOR.is_valid(document)

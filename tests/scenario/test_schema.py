from __future__ import annotations

import copy
import datetime
import json
import tomllib

import jsonschema
import pytest

from churnsim.scenario.preset_files import preset_text, presets
from churnsim.scenario.schema import generate, schema_text
from tests.scenario.small import TEXT

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text()))


def _json(text: str) -> dict:
    """A TOML text as JSON types, as editors see it."""
    return json.loads(json.dumps(tomllib.loads(text), default=datetime.date.isoformat))


def test_the_committed_schema_is_fresh():
    assert schema_text() == generate(), "run: python -m churnsim.scenario.schema"


@pytest.mark.parametrize("name", presets())
def test_presets_follow_the_schema(name):
    VALIDATOR.validate(_json(preset_text(name)))


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

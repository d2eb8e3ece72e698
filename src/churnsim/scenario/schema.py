"""JSON Schema of scenario files, for editors: `python -m churnsim.scenario.schema` writes it anew.

The file beside this one is committed; a test holds it to what the models say.
"""

from __future__ import annotations

import json
from importlib.resources import files

FILE = "schema.json"


def schema_text() -> str:
    """The committed schema."""
    return (files("churnsim.scenario") / FILE).read_text(encoding="utf-8")


def generate() -> str:
    """The schema as the models say it now."""
    from churnsim.scenario.meanings import docstrings, tables
    from churnsim.scenario.model import Scenario

    schema = Scenario.model_json_schema()
    found = schema["$defs"] | {"Scenario": schema}
    for table in tables():
        if table.__name__ in found:
            keys = found[table.__name__]["properties"]
            for name, said in docstrings(table).items():
                keys[name] = dict(sorted((keys[name] | {"description": said}).items()))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | schema, indent=2) + "\n"


if __name__ == "__main__":
    import pathlib

    (pathlib.Path(__file__).parent / FILE).write_text(generate(), encoding="utf-8")

"""What a key of a scenario means, in the words of the schema."""

from __future__ import annotations

from typing import Any

from churnsim.scenario.model import Scenario


def meaning(scenario: Scenario, path: str) -> str:
    """Docstring of the key at a dotted path, or of the nearest key around it that has one; "" when none has."""
    node: Any = scenario
    said = ""
    for part in path.split("."):
        fields = getattr(type(node), "model_fields", {})
        if part in fields:
            said = fields[part].description or said
            node = getattr(node, part)
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            break
    return " ".join(said.split())

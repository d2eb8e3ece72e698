"""A small scenario with nothing switched on, and the means to switch one mechanism on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

from churnsim.compile.draws import sample
from churnsim.compile.levels import Plain
from churnsim.compile.tables import Compiled, build
from churnsim.compile.values import Values
from churnsim.scenario.files import override
from churnsim.scenario.model import Scenario

DRAWS = 3

DOCUMENT: dict[str, Any] = {
    "name": "small",
    "as_of": datetime.date(2025, 12, 31),
    "run": {"horizon_months": 12},
    "segments": {
        "core": {
            "intent": {
                "annual_churn": 0.1,
                "causes": {"fit": {"weight": 0.4}, "need": {"weight": 0.6}},
            },
            "acquisition": {
                "entry_arr_mean": 10_000.0,
                "channels": {
                    "web": {"leads_per_month": 30.0, "conversion_probability": 0.1, "cost_per_lead": 100.0},
                    "fair": {"leads_per_month": 10.0, "conversion_probability": 0.2},
                },
            },
        },
        "growth": {
            "intent": {"annual_churn": 0.1},
            "acquisition": {"entry_arr_mean": 50_000.0, "channels": {}},
        },
    },
    "teams": {
        "experts": {"segments": ["core", "growth"], "posts": {"today": 1}, "department": True},
        "csm": {"segments": ["core"], "posts": {"today": 4}},
        "growth": {"segments": ["core", "growth"], "posts": {"today": 2}},
    },
    "playbooks": {
        "review": {"channel": "csm", "team": "growth", "hours": 2.0, "effects": {"engagement": 0.1}},
        "mail": {"channel": "digital", "effects": {"adoption": 0.1}},
        "visit": {"channel": "department", "team": "experts", "hours": 3.0, "effects": {"adoption": 0.1}},
    },
}

UNKNOWN = {"low": 0.1, "mode": 0.2, "high": 0.3}
"""A number that is not known."""


def scenario(**changes: Any) -> Scenario:
    """The small scenario with changes by dotted path, `__` standing for the dot."""
    base = Scenario.model_validate(DOCUMENT)
    return override(base, {path.replace("__", "."): value for path, value in changes.items()})


def values(of: Scenario) -> Values:
    """Its numbers in three draws."""
    return Values(of, sample(of, [], Plain(1), np.arange(DRAWS)), DRAWS)


def compiled(of: Scenario | Mapping[str, Scenario], noise: Mapping[str, np.ndarray] | None = None) -> Compiled:
    """Tables of a scenario, or of arms, without a book."""
    arms = {"base": of} if isinstance(of, Scenario) else dict(of)
    usual = float(noise["base"][0]) if noise and "base" in noise else None
    return build(arms, None, 1, np.arange(DRAWS), noise, usual)

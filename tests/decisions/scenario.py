"""A small scenario file for tests that need one."""

from churnsim.scenario.files import ScenarioFile, parse

_TEXT = """
name = "small"
as_of = 2025-12-31

[segments.core.intent]
annual_churn = 0.2
[segments.core.intent.causes]
need = { weight = 1.0 }
[segments.core.acquisition]
entry_arr_mean = 10_000.0

[teams.csm]
segments = ["core"]
posts = { today = 4, from_month = { "7" = 6 } }
"""
_SECOND_TEAM = """
[teams.support]
segments = ["core"]
posts = { today = 1 }
"""
_HIRING = """
[teams.csm.hiring]
overload_hours = 50.0
most_posts = 9
"""
_ARMS = """
[arms.cheap]
"teams.csm.annual_cost" = 100_000.0
[arms.dear]
"teams.csm.annual_cost" = 200_000.0
"""


def scenario_file(*, teams: int = 1, arms: bool = True, hiring: bool = False) -> ScenarioFile:
    """One segment, up to two teams, up to two arms."""
    text = _TEXT + (_HIRING if hiring else "") if teams else _TEXT[: _TEXT.index("[teams")]
    return parse(text + (_SECOND_TEAM if teams > 1 else "") + (_ARMS if arms and teams else ""))

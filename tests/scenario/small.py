"""A small scenario that the tests of this folder change."""

from __future__ import annotations

import pytest

from churnsim.scenario.files import parse
from churnsim.scenario.problems import Problem, ScenarioError

TEXT = """\
name = "small"
as_of = 2025-12-31
run.horizon_months = 24

[segments.core.intent]
annual_churn = { low = 0.10, mode = 0.14, high = 0.20 }
causes = { need = { weight = 0.4, adoption = -1.0 }, "wrong customer" = { weight = 0.6 } }

[segments.core.acquisition]
entry_arr_mean = 10_000.0
channels.web = { leads_per_month = 20.0, conversion_probability = 0.1 }

[segments.growth]
intent.annual_churn = { dist = "beta", mean = 0.1, sd = 0.02 }
intent.duration = { kind = "weibull", shape = 0.8 }
acquisition.entry_arr_mean = 50_000.0
contracts.term_weight = { "12" = 0.7, "36" = 0.3 }

[teams.csm]
segments = ["core", "growth"]
posts = { today = 4, from_month = { "13" = 5 } }

[playbooks.review]
channel = "csm"
team = "csm"
hours = 2.5
effects = { engagement = 0.1 }

[policy]
rule = "value_at_risk"

[correlations.churn]
between = ["segments.core.intent.annual_churn", "segments.growth.intent.annual_churn"]
rank = 0.5

[arms.six]
"teams.csm.posts.today" = 6
[arms.milder]
segments.core.intent.annual_churn = 0.1
"""


def changed(old: str, new: str) -> str:
    """The text with a part replaced, which must be there once."""
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def line_with(text: str, part: str) -> int:
    """Line on which a part stands first."""
    return text[: text.index(part)].count("\n") + 1


def only(error: ScenarioError) -> Problem:
    """The one problem of an error."""
    assert len(error.problems) == 1, str(error)
    return error.problems[0]


def with_line(table: str, line: str, text: str = TEXT) -> str:
    """The text with one more line in a table, which is made where it is missing."""
    header = f"[{table}]\n"
    return text.replace(header, f"{header}{line}\n") if header in text else f"{text}\n{header}{line}\n"


def problem_of(table: str, line: str, text: str = TEXT) -> Problem:
    """The only problem of the small file with one more line; it must stand on that line."""
    text = with_line(table, line, text)
    with pytest.raises(ScenarioError) as caught:
        parse(text, "small.toml")
    problem = only(caught.value)
    assert (problem.file, problem.line) == ("small.toml", line_with(text, line))
    return problem

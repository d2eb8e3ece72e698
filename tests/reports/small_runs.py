"""Small runs of every command, of a company whose names are meant to break pages and workbooks."""

from __future__ import annotations

from churnsim.decisions.compare import compare
from churnsim.decisions.headcount import headcount
from churnsim.results.runs import Run
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, parse

NAME = '<script>alert("name")</script> $x$'
SEGMENT = '=HYPERLINK("x")'
CAUSE = "<script>alert(1)</script>"
REASON = "'><svg onload=alert(2)> $_a_$"
TEAM = "@SUM(1)&<b>"
PLAYBOOK = "+1</details></pre>"
ARM = "-1<img src=x onerror=alert(3)>"
COMMENT = "[J] </pre><script>alert(4)</script>"

_HEAD = f"""
name = '{NAME}'
as_of = 2025-12-31
run.horizon_months = 26

[segments.'{SEGMENT}'.intent]
annual_churn = {{ low = 0.1, mode = 0.2, high = 0.4 }}  # {COMMENT}
[segments.'{SEGMENT}'.intent.causes]
"{CAUSE}" = {{ weight = 0.7, engagement = -2.0 }}
price = {{ weight = 0.3 }}
[segments.'{SEGMENT}'.acquisition]
entry_arr_mean = 10_000.0
channels.web = {{ leads_per_month = 20.0, conversion_probability = 0.5, cost_per_lead = 10.0 }}
"""
_TEAM = f"""
[teams."{TEAM}"]
segments = ['{SEGMENT}']
posts = {{ today = 1 }}
[playbooks."{PLAYBOOK}"]
channel = "csm"
team = "{TEAM}"
hours = 3.0
effects = {{ engagement = 0.2 }}
[playbooks.letter]
channel = "digital"
effects = {{ engagement = 0.01 }}
"""
_REASONS = f"""
[stated_reasons."{CAUSE}"]
"{REASON}" = 0.4
price = 0.3
"""
_ARMS = f"""
[arms."{ARM}"]
"money.annual_fixed_cost" = 1_000.0
[arms.cheap]
"money.gross_margin" = 0.9
"""
CERTAIN = ("{ low = 0.1, mode = 0.2, high = 0.4 }", "0.2")


def file(*, team: bool = True, certain: bool = False, reasons: bool = True, months: int = 26) -> ScenarioFile:
    """The company, with or without a team, anything uncertain, reasons that leavers state; its arms."""
    text = _HEAD + (_TEAM if team else "") + (_REASONS if reasons else "") + _ARMS
    text = text.replace("= 26", f"= {months}")
    return parse(text.replace(*CERTAIN) if certain else text)


def ladder_run(draws: int = 12, replicates: int = 2, rungs: tuple[int, ...] = (0, 1, 2), **options: bool | int) -> Run:
    """A run of headcount."""
    found = headcount(file(**options), posts=rungs, draws=draws, replicates=replicates)  # type: ignore[arg-type]
    return Run("headcount", {"team": TEAM, "posts": list(rungs)}, found.dataset, None, found.second)


def comparison_run(draws: int = 12, replicates: int = 2, **options: bool | int) -> Run:
    """A run of compare."""
    return Run("compare", {}, compare(file(**options), draws=draws, replicates=replicates).dataset, None)  # type: ignore[arg-type]


def plain_run(record: str = "summary", draws: int = 12, replicates: int = 2, **options: bool | int) -> Run:
    """A run of run."""
    dataset = simulate(file(**options), draws=draws, replicates=replicates, record=record)  # type: ignore[arg-type]
    return Run("run", {}, dataset, None)

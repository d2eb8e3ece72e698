"""Teams, plays and the priority table: the records of `tables.TEAM` and `PLAY`."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from churnsim.compile.company import commitment
from churnsim.compile.values import Values, monthly_rate
from churnsim.engine import tables
from churnsim.engine.allocation import SCORE_BINS, STAGES
from churnsim.engine.playbooks import OPEN
from churnsim.scenario.model import Scenario
from churnsim.scenario.playbooks import STAGES as STAGE_NAMES
from churnsim.scenario.playbooks import Range

RENEWAL_EDGES = (1, 2, 3, 6, 12)
"""Greatest months to renewal of each bin of the priority table; the last bin is open."""
TOUCH_EDGES = (1, 2, 3, 6, 12)
"""Greatest months since touch of each bin; the last bin is open."""
SPONSOR_WANTED = {None: -1, "absent": 0, "present": 1}
REPEATS = 64
"""Deliveries of a play to one account after which its strength no longer changes."""


@lru_cache
def bins(edges: tuple[int, ...]) -> np.ndarray:
    """Bin of 0, 1, ... months, not to be written to; the last entry holds on."""
    found = np.searchsorted(edges, np.arange(edges[-1] + 2)).astype(np.int32)
    found.flags.writeable = False
    return found


def team_record(v: Values) -> np.ndarray:
    """Record (D,) of one team; `v` is rooted at it."""
    out = np.zeros(v.draws, dtype=tables.TEAM)
    out["hours"] = v("hours_per_month") * v("productivity")
    if v.node("department"):
        out["hours"] *= commitment(v)
    out["ramp_months"] = v("ramp_months")
    out["attrition_rate"] = monthly_rate(v("annual_attrition"))
    out["months_to_fill"] = v.node("months_to_fill")
    out["monthly_cost"] = v("annual_cost") / 12.0
    out["wage_growth"] = v("annual_wage_growth")
    out["recruiting_cost"] = v("recruiting_cost")
    out["severance_cost"] = v("severance_cost")
    out["orphan_loss"] = v("orphan_engagement_loss")
    out["overload_attrition"] = v("overload_attrition")
    out["process_cost"] = v("process_monthly_cost")
    if v.node("hiring") is not None:
        out["hire_overload_hours"] = v("hiring.overload_hours")
        out["hire_months"] = v.node("hiring.for_months")
        out["hire_most"] = v.node("hiring.most_posts")
    return out


def post_plan(scenario: Scenario, team: str, months: int) -> np.ndarray:
    """Posts (months + 1,) funded in each month; month 0: today's."""
    posts = scenario.teams[team].posts
    plan = np.full(months + 1, posts.today, dtype=np.int32)
    for start in sorted(posts.from_month, key=int):
        plan[int(start) :] = posts.from_month[start]
    return plan


def _whole(ends: Range) -> tuple[float, float]:
    low = -OPEN if ends.min is None else int(np.clip(np.ceil(ends.min), -OPEN, OPEN))
    high = OPEN if ends.max is None else int(np.clip(np.floor(ends.max), -OPEN, OPEN))
    return low, high


def play_record(v: Values, scenario: Scenario, name: str) -> np.ndarray:
    """Record (D,) of one playbook; `v` is rooted at it."""
    play = scenario.playbooks[name]
    out = np.zeros(v.draws, dtype=tables.PLAY)
    out["team"] = -1 if play.team is None else list(scenario.teams).index(play.team)
    if play.hours is not None:
        out["seconds"] = np.maximum(np.rint(v("hours") * 3600.0), 1.0).astype(np.int64)
    out["cost"] = v("cost_per_delivery")
    out["cadence"] = play.cadence_months
    out["success"] = v("success_probability")
    for key, column in (("adoption",) * 2, ("engagement",) * 2, ("expansion_lift", "lift")):
        out[column] = v(f"effects.{key}")
    out["shield"] = v("effects.shield") + v("effects.causal_share") * np.log(v("effects.odds_ratio"))
    out["first_value"] = v("effects.first_value")
    for key in ("rescue", "sponsor", "ceiling"):
        out[key] = v(f"effects.{key}")
    for key, column in (("misfit", "misfit"), ("at_health_0", "health_0"), ("at_health_1", "health_1")):
        out[column] = v(f"effects_vary.{key}")
    out["touches"] = play.channel == "csm"
    trigger = play.trigger
    out["sponsor_wanted"] = SPONSOR_WANTED[trigger.sponsor]
    out["random_share"] = trigger.random_share
    out["stages"] = sum(1 << STAGE_NAMES.index(stage) for stage in trigger.stages or STAGE_NAMES)
    for key, ends in (("score", trigger.score), ("arr", trigger.arr)):
        out[f"{key}_min"] = -np.inf if ends.min is None else ends.min
        out[f"{key}_max"] = np.inf if ends.max is None else ends.max
    months = {
        "renewal": trigger.months_to_renewal,
        "tenure": trigger.tenure_months,
        "touch": trigger.months_since_touch,
    }
    for key, ends in months.items():
        out[f"{key}_min"], out[f"{key}_max"] = _whole(ends)
    return out


def strength(v: Values) -> np.ndarray:
    """Effect (D, REPEATS) of the n-th delivery of a play to one account, relative to the first."""
    return np.asarray(v("repeat_factor")[:, None] ** np.arange(REPEATS), dtype=np.float32)


def factors(v: Values, scenario: Scenario, name: str) -> np.ndarray:
    """Factor (D, S) on the strength of a play in each segment: its own, times the skill of its team."""
    play = scenario.playbooks[name]
    out = np.ones((v.draws, len(scenario.segments)))
    for s, segment in enumerate(scenario.segments):
        if segment in play.effects_vary.by_segment:
            out[:, s] = v(f"effects_vary.by_segment.{segment}")
        if play.team is not None and segment in scenario.teams[play.team].skill:
            out[:, s] *= v.whole()(f"teams.{play.team}.skill.{segment}")
    return out.astype(np.float32)


def coverage(scenario: Scenario, name: str) -> np.ndarray:
    """1 (S,) where the play may go to the segment: its trigger's segments, within its team's."""
    play = scenario.playbooks[name]
    allowed = set(play.trigger.segments or scenario.segments)
    if play.team is not None:
        allowed &= set(scenario.teams[play.team].segments)
    return np.array([segment in allowed for segment in scenario.segments], dtype=np.int32)


def priority_table(scenario: Scenario) -> tuple[np.ndarray, float]:
    """The policy's table (P, S, cells) and its exponent of ARR. Cells run over score, stage, renewal, touch."""
    score = (np.arange(SCORE_BINS) + 0.5) / SCORE_BINS
    touch_middle = np.array([1.0, 2.0, 3.0, 5.0, 9.0, 18.0])
    shape = (SCORE_BINS, STAGES, len(RENEWAL_EDGES) + 1, len(TOUCH_EDGES) + 1)
    rule = scenario.policy.rule
    exponent = 1.0 if rule in ("value", "value_at_risk") else 0.0
    if rule in ("risk", "value_at_risk"):
        cells = np.broadcast_to((1.0 - score)[:, None, None, None], shape)
    elif rule == "round_robin":
        cells = np.broadcast_to(touch_middle, shape)
    else:
        cells = np.ones(shape)
    if scenario.policy.arr_exponent is not None:
        exponent = scenario.policy.arr_exponent
    weights = [float(scenario.policy.play_weight.get(name, 1.0)) for name in scenario.playbooks]
    table = np.multiply.outer(np.array(weights), np.broadcast_to(cells.ravel(), (len(scenario.segments), cells.size)))
    return table.astype(np.float32), exponent

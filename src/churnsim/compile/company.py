"""The company as a whole: commitment, product, support desk, money.

Equations and sources: scenario/company.py, scenario/onboarding.py, scenario/product.py, scenario/support.py.
"""

from __future__ import annotations

import numpy as np

from churnsim.compile.values import Values
from churnsim.engine.tables import DESK
from churnsim.scenario.cross_checks import extremes
from churnsim.scenario.model import Scenario

MONEY = {
    "gross_margin": "money.gross_margin",
    "annual_discount": "money.annual_discount",
    "annual_cost_to_serve": "money.annual_cost_to_serve",
    "expansion_cost_share": "money.expansion_cost_share",
    "annual_fixed_cost": "money.annual_fixed_cost",
    "product_monthly_cost": "product.monthly_cost",
    "annual_deflection_cost": "desk.annual_deflection_cost",
    "multiple": "money.after_horizon.multiple",
    "multiple_per_nrr": "money.after_horizon.multiple_per_nrr",
    "multiple_per_growth": "money.after_horizon.multiple_per_growth",
}
"""Numbers of `Compiled.money` by name, with their paths; `desk_annual_cost` comes on top."""


def money(v: Values) -> dict[str, np.ndarray]:
    """Numbers (D,) that turn a ledger into money; `v` is rooted at the scenario."""
    agents = float(v.node("desk.agents"))
    return {name: v(path) for name, path in MONEY.items()} | {
        "desk_annual_cost": agents * v("desk.annual_cost_per_agent")
    }


def commitment(v: Values) -> np.ndarray:
    """Commitment x implementation (D,), from any root."""
    model = v.whole()
    return np.asarray(model("company.commitment") * model("company.implementation"))


def handover(v: Values) -> np.ndarray:
    """Quality q (D,) of the handover from sales to customer success in a segment, at which `v` is rooted."""
    return np.asarray(np.minimum(v("onboarding.handover_quality") * commitment(v), 1.0))


def quality(v: Values, months: int) -> np.ndarray:
    """Product quality (D, months + 1) by month."""
    voice = np.minimum(v("product.monthly_voice") * commitment(v), 1.0)
    erosion = v("product.monthly_erosion")
    delay = v.node("product.detection_delay_months")
    out = np.empty((v.draws, months + 1))
    out[:, 0] = v("product.initial_quality")
    for t in range(1, months + 1):
        heard = voice * (1.0 - out[:, max(t - 1 - delay, 0)])
        out[:, t] = np.clip(out[:, t - 1] + heard - erosion, 0.0, 1.0)
    return out.astype(np.float32)


def setback(v: Values, months: int) -> np.ndarray:
    """Share of adoption (D, months + 1) that stays in a month: below 1 where a release must be learned."""
    out = np.ones((v.draws, months + 1))
    for month in v.node("product.release_setback"):
        if int(month) <= months:
            out[:, int(month)] -= v(f"product.release_setback.{month}")
    return out.astype(np.float32)


def desk_record(v: Values) -> np.ndarray:
    """Record (D,) of the support desk, all zeros without agents."""
    out = np.zeros(v.draws, dtype=DESK)
    if v.node("desk.agents") > 0:
        out["agents"] = v.node("desk.agents")
        out["hours_per_agent"] = v("desk.hours_per_agent_month")
        out["handling"] = v("desk.handling_hours")
        out["patience"] = v("desk.patience_hours")
    return out


def desk_teams(scenario: Scenario) -> np.ndarray:
    """Team (S,) whose hours a segment's incidents take: the first of customer success that serves it; -1 for none."""
    out = np.full(len(scenario.segments), -1, np.int32)
    for s, (name, segment) in enumerate(scenario.segments.items()):
        takes = min(extremes(segment.support.annual_incidents)[1], extremes(segment.support.reactive_hours)[1]) > 0.0
        serving = [t for t, team in enumerate(scenario.teams.values()) if name in team.segments and not team.department]
        if takes and serving:
            out[s] = serving[0]
    return out

"""A company whose net present value is known in closed form: plays off, posts that are always filled, fixed costs."""

from __future__ import annotations

import numpy as np

from churnsim.scenario.files import ScenarioFile, parse

MONTHS, DISCOUNT, GROWTH, COST = 24, 0.12, 0.05, 120_000.0

TEXT = f"""
name = "closed"
as_of = 2025-12-31
run = {{ horizon_months = {MONTHS}, replicates = 2 }}

[money]
annual_discount = {DISCOUNT}
annual_fixed_cost = 500_000.0

[product]
monthly_cost = 10_000.0

[segments.core.intent]
annual_churn = {{ low = 0.10, mode = 0.14, high = 0.20 }}
causes = {{ need = {{ weight = 1.0 }} }}

[segments.core.acquisition]
entry_arr_mean = 10_000.0
channels.web = {{ leads_per_month = 20.0, conversion_probability = 0.1, cost_per_lead = 100.0 }}

[teams.csm]
segments = ["core"]
posts = {{ today = 4 }}
annual_cost = {COST}
annual_wage_growth = {GROWTH}
annual_attrition = 0.0
months_to_fill = 0

[arms.swap]
"teams.csm.posts.from_month.1" = 5
"money.annual_fixed_cost" = 400_000.0
[arms.same]
"teams.csm.posts.from_month.1" = 4
[arms.dearer]
"money.annual_fixed_cost" = 600_000.0
"""
SAVED = 100_000.0
"""Fixed cost a year that the arm `swap` saves for its post."""


def closed_file(more: str = "") -> ScenarioFile:
    """The company, with more tables."""
    return parse(TEXT + more)


def discounts() -> np.ndarray:
    """Discount factors (MONTHS,) of mid-month flows, over 12: worth of 1 a year."""
    month = np.arange(1, MONTHS + 1)
    return (1.0 + DISCOUNT) ** (-(month - 0.5) / 12.0) / 12.0


def wages() -> np.ndarray:
    """Growth (MONTHS,) of what a post costs."""
    return (1.0 + GROWTH) ** (np.arange(MONTHS) / 12.0)

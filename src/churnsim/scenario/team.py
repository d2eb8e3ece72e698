"""A team of customer success managers, or of another department: posts, hours, ramp, attrition, cost.

Hours of the month are pooled: sum over filled posts of hours_per_month x productivity x ramp, where the k-th month in
the post (k = 0, 1, ...) works at min(1, (k + 1/2)/ramp_months); times c in another department (company.py); less the
hours that incidents take (support.py). A CSM leaves with hazard

    -ln(1 - annual_attrition)/12 exp(overload_attrition max(0, demanded/available - 1))

hours being those of the month before; the post stays vacant for `months_to_fill` months, its accounts stay with the
post and lose `orphan_engagement_loss` of their engagement. Today's staff start filled and ramped; added posts are
recruited, filled and ramped; posts that are cut (highest number first) pay severance and orphan their accounts. Hiring
rule: demand above the available hours by more than `overload_hours` in `for_months` months running adds a post, up to
`most_posts` or, where that is more, to the plan. Form: log-linear hazard (Cox 1972); a rule of runs, as on control
charts (Page 1955).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Money, NonNegative, Positive, ProperProbability, Share, WholeMonths, quantity

PostCount = Annotated[int, Field(strict=True, ge=0, le=1000)]


class Posts(Table):
    """How many posts are funded."""

    today: PostCount
    """Posts that exist, filled and ramped, when the simulation starts."""
    from_month: dict[str, PostCount] = Field(default_factory=dict)
    """Posts funded from a month of the simulation on, e.g. {"1" = 7, "13" = 9}."""


class Hiring(Table):
    """When a post is added to the plan."""

    overload_hours: NonNegative
    """Hours by which a month's demand must exceed the hours available."""
    for_months: Annotated[int, Field(strict=True, ge=1, le=600)] = 3
    """Months running that this must last. [J] a quarter"""
    most_posts: PostCount
    """Posts beyond which the rule does not go."""


class Team(Table):
    """People with pooled hours."""

    segments: Annotated[list[str], Field(min_length=1)]
    """Segments whose accounts the team owns."""
    posts: Posts
    department: Annotated[bool, Field(strict=True)] = False
    """true: a team of another department, which delivers plays on the channel `department`."""
    hours_per_month: NonNegative = 110.0
    """Customer-facing hours of a ramped CSM in a month. [J] of some 160 hours of work"""
    productivity: Positive = 1.0
    """Factor on hours: mature processes get more done. 1: as stated."""
    process_monthly_cost: Money = 0.0
    """Cost of those processes in a month."""
    skill: dict[str, NonNegative] = Field(default_factory=dict)
    """Factor on the effects of the team's plays by segment; segments not named have factor 1."""
    ramp_months: NonNegative = 4.0
    """Months until a new CSM is fully productive. [J] 3-6 months"""
    annual_attrition: ProperProbability = 0.2
    """Probability that a CSM leaves within a year. [J] 15-30%"""
    overload_attrition: NonNegative = 0.0
    """Log hazard of leaving per unit of demand above the available hours, relative to these."""
    months_to_fill: WholeMonths = 2
    """Months that a vacant post waits for its successor. [J]"""
    annual_cost: Money = 160_000.0
    """Loaded cost of one CSM a year, in money of month 1. [W] $145-210k"""
    annual_wage_growth: quantity(-1.0, 1.0, open_low=True) = 0.03  # type: ignore[valid-type]
    """Growth of the loaded cost per year. [J]"""
    recruiting_cost: Money = 0.0
    """Cost of filling one post."""
    severance_cost: Money = 0.0
    """Cost of cutting one filled post."""
    orphan_engagement_loss: Share = 0.0
    """Share of engagement that the accounts of a CSM lose when the CSM goes."""
    hiring: Hiring | None = None
    """Rule that adds posts to the plan; left out: none."""

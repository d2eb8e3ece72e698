"""Adoption a and engagement g, both in [0, 1], month by month:

    a += adoption_speed (A Q_t - a)                     after first value, else a = 0
    g += -drift g + rowing a (1 - g)                    two boats drift apart unless somebody rows
    g += delta (1 - g)                                  when a play touches the account

A is the account's own ceiling: adoption_ceiling, times misfit_ceiling_factor for the wrong customer, raised by plays;
Q_t is product quality (product.py). An account that has silently decided to leave rows with `intent_rowing_factor` of
the usual strength, which is what a health score can see. Health is H = adoption_weight a + (1 - adoption_weight) g.
Form: linear relaxation, the simplest law with a fixed point and a speed.
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import Share


class Engagement(Table):
    """Dynamics of product adoption and of the relationship."""

    monthly_adoption_share: Share = 0.25
    """Share of the gap to the ceiling that adoption closes in a month. [J]"""
    adoption_ceiling: Share = 0.8
    """Adoption that a customer reaches in the long run, at full product quality. [J]"""
    misfit_ceiling_factor: Share = 1.0
    """Factor on the ceiling for the wrong customer. 1: none."""
    initial_engagement: Share = 0.6
    """Engagement on the day of entry. [J]"""
    monthly_drift: Share = 0.08
    """Share of engagement that is lost in a month when nobody rows. [J] half in eight months"""
    monthly_rowing: Share = 0.15
    """Share of the missing engagement that full adoption restores in a month. Drift + rowing must not exceed 1.
    [J]"""
    intent_rowing_factor: Share = 0.5
    """Factor on rowing once the customer has decided to leave: leavers go quiet. [J]"""

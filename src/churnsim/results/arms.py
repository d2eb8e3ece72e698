"""Arms: decisions that are simulated side by side, and what they must have in common."""

from __future__ import annotations

from churnsim.scenario.model import Scenario

SHARED = ("run", "as_of", "book")
"""What all arms have in common, because they share horizon, history and luck."""


def check_arm(base: Scenario, name: str, arm: Scenario) -> None:
    """Raise ValueError where an arm changes names, or what all arms share."""
    for key in SHARED:
        if getattr(arm, key) != getattr(base, key):
            raise ValueError(f"the arm {name!r} has another {key} than the base: arms share horizon, history and luck")
    if arm.money.currency != base.money.currency:
        raise ValueError(f"the arm {name!r} has another currency than the base")
    for key in ("segments", "teams", "playbooks", "causes", "channels"):
        if list(getattr(arm, key)) != list(getattr(base, key)):
            raise ValueError(f"the arm {name!r} has other {key} than the base: arms change values, never names")

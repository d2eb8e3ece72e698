"""Allocation of scarce hours: one priority table.

Above the month's hours, plays are served in the order of

    priority = table[play, segment, score, stage, months to renewal, months since touch] ARR^arr_exponent / hours,

highest first. A play that no longer fits is skipped and the scan goes on; nothing is carried over. Ties break by a
keyed uniform. The rules by name fill the table:

    random          1                             the keyed tie decides
    round_robin     months since touch            who waited longest
    risk            1 - score
    value           1,          ARR^1
    value_at_risk   1 - score,  ARR^1

With `rationing = "dilute"` all are served instead, each with the share s = available hours / demanded hours of its
effects; what either happens or not succeeds with s times its probability. Form: priority service, or processor sharing
(Kleinrock 1967).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from churnsim.scenario.distributions import Finite, Table

Weight = Annotated[Finite, Field(ge=0)]

Rationing = Literal["priority", "dilute"]
Rule = Literal["random", "round_robin", "risk", "value", "value_at_risk"]


class Policy(Table):
    """Who comes first when hours are short."""

    rule: Rule = "value_at_risk"
    rationing: Rationing = "priority"
    """`priority`: first those of highest priority; `dilute`: all, with weaker effects."""
    arr_exponent: Finite | None = None
    """Exponent of ARR in the priority; left out: the rule's own."""
    play_weight: dict[str, Weight] = Field(default_factory=dict)
    """Factor on the priority of a play, by its name; plays not named have 1."""

"""Metric policy: how a retention figure counts what the sources disagree on.

    standard   cohort that is closed at the year's start; accounts that join or come back later are left out
               (SaaS Metrics Standards Board: recurring revenue now of the customers at the period's start over their
               recurring revenue then, new customers excluded). Its text is silent on accounts won back: left out here,
               and reported apart.
    cohort     the same cohort a year ago and now (Kellogg, "Lazy NRR is not NRR", 2022: ARR now of that group over
               its ARR then): whoever has come back pays now. The ledger knows the ARR at the return and not who had
               left before the year began, so all ARR won back in the year counts, as it was at the return.
    flow       bridge from opening to closing ARR by movements, a month at a time as billing tools do (ChartMogul:
               churned and contracted less expanded and reactivated MRR, over MRR at the month's start), chained over
               the year. Every account counts from the month after it joined. Taken over a whole year at once it is
               Kellogg's "lazy NRR".

Tables and decisions of the package use `standard` unless they are told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class MetricPolicy:
    """How reactivations, joins within the year, denominators and windows count.

    Raises ValueError for monthly windows that leave out joins or divide by a mean: in its month nobody who joins moves,
    so a month's bridge has no joins to leave out, and chained ratios need the month's opening.
    """

    name: str
    reactivations: Literal["left_out", "counted"]
    """Whether ARR won back in the year counts as retained in net figures; gross ones and logo churn never count it."""
    joins: Literal["left_out", "counted"]
    """Whether movements of accounts that joined or came back within the year count, from their first month on."""
    denominator: Literal["opening", "mean"] = "opening"
    """What changes are divided by: the window's opening, or the mean of its opening and closing."""
    window: Literal["year", "month"] = "year"
    """One ratio for the year, or a ratio for each month, chained."""
    words: str = ""
    """The policy in a few words, for the line under a table."""

    def __post_init__(self) -> None:
        if self.window == "month" and (self.joins, self.denominator) != ("counted", "opening"):
            raise ValueError("a policy with windows of a month counts joins and divides by the month's opening")

    @property
    def stamp(self) -> str:
        """Name and words, as every output carries them."""
        return f"{self.name} ({self.words})" if self.words else self.name


STANDARD = MetricPolicy(
    "standard",
    reactivations="left_out",
    joins="left_out",
    words="accounts of the year's start; those that join or come back later are left out",
)
COHORT = MetricPolicy(
    "cohort",
    reactivations="counted",
    joins="left_out",
    words="accounts of the year's start, a year ago and now; what was won back counts in net figures",
)
FLOW = MetricPolicy(
    "flow",
    reactivations="counted",
    joins="counted",
    window="month",
    words="movements of all accounts over each month's opening, chained over the year, as billing tools do",
)

POLICIES: Mapping[str, MetricPolicy] = MappingProxyType({policy.name: policy for policy in (STANDARD, COHORT, FLOW)})
"""The named policies."""

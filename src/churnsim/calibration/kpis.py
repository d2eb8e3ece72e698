"""Observed KPIs, and the one number of a segment that each of them pins.

    median_months_to_first_value -> onboarding.median_months_to_first_value    the pace of onboarding
    involuntary_share            -> exits.payment_failure_probability          bills that fail
    annual_logo_churn            -> intent.hazard_factor                       the whole hazard of intent
    annual_gross_retention       -> expansion.contraction.annual_rate
    annual_net_retention         -> expansion.upsell.annual_rate

Each KPI moves one way with its scale, and the KPIs behind it leave those before it nearly as they were: this is the
order of a sweep. `intent.hazard_factor` scales renewal scrutiny along; `intent.annual_churn` times the factor is what
logo churn pins, so an annual churn that is uncertain becomes its mean and the factor carries the rest.
"""

from __future__ import annotations

import dataclasses
import math

from churnsim.scenario.distributions import central
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.lines import key_lines, line_of
from churnsim.scenario.model import Scenario
from churnsim.scenario.problems import Problem, ScenarioError


@dataclasses.dataclass(frozen=True)
class Kpi:
    """One observed KPI and its scale."""

    name: str
    """Key in `[observed.SEGMENT]`."""
    scale: str
    """Dotted path of the scale, from the segment."""
    low: float
    high: float
    """Least and greatest value of the scale that calibration tries."""
    start: float
    """Where the search begins when the file has 0."""
    tolerance: float
    """Greatest distance from the target at which it counts as met: points of a share / 100, or months."""
    rises: bool
    """Whether the KPI rises with the scale."""
    kind: str = "share"
    """"share" or "months"."""

    def guess(self, scale: float, now: float, target: float) -> float:
        """A first guess of the scale that meets the target, from the KPI at a scale."""
        if self is LOGO_CHURN and 0.0 < now < 1.0 and target < 1.0:
            return scale * math.log1p(-target) / math.log1p(-now)
        if self is INVOLUNTARY and 0.0 < now < 1.0 and target < 1.0:
            return scale * target / (1.0 - target) * (1.0 - now) / now
        if self.kind == "months" and now > 0.0:
            return scale * target / now
        return scale * (1.3 if (target > now) == self.rises else 1.0 / 1.3)


FIRST_VALUE = Kpi(
    "median_months_to_first_value", "onboarding.median_months_to_first_value", 0.05, 60.0, 2.0, 0.05, True, "months"
)
INVOLUNTARY = Kpi("involuntary_share", "exits.payment_failure_probability", 0.0, 0.95, 0.05, 0.005, True)
LOGO_CHURN = Kpi("annual_logo_churn", "intent.hazard_factor", 0.01, 100.0, 1.0, 0.001, True)
GROSS_RETENTION = Kpi("annual_gross_retention", "expansion.contraction.annual_rate", 0.0, 24.0, 0.1, 0.001, False)
NET_RETENTION = Kpi("annual_net_retention", "expansion.upsell.annual_rate", 0.0, 24.0, 0.5, 0.001, True)

KPIS = (FIRST_VALUE, INVOLUNTARY, LOGO_CHURN, GROSS_RETENTION, NET_RETENTION)
"""In the order of a sweep."""


@dataclasses.dataclass(frozen=True)
class Target:
    """What one KPI of one segment should be."""

    segment: str
    kpi: Kpi
    value: float

    @property
    def path(self) -> str:
        """Dotted path of the scale."""
        return f"segments.{self.segment}.{self.kpi.scale}"

    @property
    def key(self) -> str:
        """Dotted path of the observed figure."""
        return f"observed.{self.segment}.{self.kpi.name}"


def targets_of(scenario: Scenario) -> list[Target]:
    """Observed KPIs in the order of a sweep; one that is uncertain counts with its mean."""
    return [
        Target(segment, kpi, central(value))
        for kpi in KPIS
        for segment, observed in scenario.observed.items()
        if (value := getattr(observed, kpi.name)) is not None
    ]


def check_targets(file: ScenarioFile) -> list[Target]:
    """The same, at least one. Raises ScenarioError with all that no scale could ever meet."""
    targets = targets_of(file.scenario)
    if not targets:
        names = ", ".join(kpi.name for kpi in KPIS)
        raise refused(file, [("observed", "there is nothing to calibrate to: write [observed.SEGMENT]", names)])
    wrong: list[tuple[str, str, str | None]] = []
    value = {(target.segment, target.kpi.name): target.value for target in targets}
    for target in targets:
        gross = value.get((target.segment, GROSS_RETENTION.name))
        if target.kpi is NET_RETENTION and gross is not None and target.value < gross:
            wrong.append((target.key, f"net retention cannot lie below gross retention, {gross:g}", None))
        if target.kpi is LOGO_CHURN and target.value in (0.0, 1.0):
            wrong.append((target.key, "no hazard makes all stay, or all leave", "above 0 and below 1"))
    if wrong:
        raise refused(file, wrong)
    return targets


def refused(file: ScenarioFile, wrong: list[tuple[str, str, str | None]]) -> ScenarioError:
    """Error of keys that are to blame, with their lines, each (key, message, allowed)."""
    lines = key_lines(file.text)
    return ScenarioError(
        [Problem(file.name, line_of(lines, tuple(k.split("."))), k, what, allowed=a) for k, what, a in wrong]
    )

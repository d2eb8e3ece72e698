"""Win-back: customers who left and return.

In the k-th month after leaving (k = 1, 2, ...) the hazard of returning is

    annual_rate/12 2^(-(k - 1)/half_life_months)

Its sum is finite: some never return. Who left by intent or payment may, who closed may not. The account returns with
its frailty, fit, products and expectation gap, `arr_share` of the ARR at exit, and a new tenure. Form: a Gompertz
(1825) hazard that falls, for customers regained as in Thomas, Blattberg & Fox (2004).
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Positive


class WinBack(Table):
    """How customers who left return."""

    annual_rate: NonNegative = 0.0
    """Hazard of returning, per year, in the first month after leaving."""
    half_life_months: Positive = 6.0
    """Months in which the hazard halves. [J]"""
    arr_share: NonNegative = 1.0
    """ARR on return as a share of the ARR at exit. 1: the same."""

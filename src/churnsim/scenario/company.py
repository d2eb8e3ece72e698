"""The company as a whole: how much customer success is meant, and done.

    c = commitment implementation

c scales the hours of other departments' teams, the quality of the handover and the voice of the customer. Form: a
product, because intent without execution, or the other way round, brings nothing (Klein & Sorra 1996).
"""

from __future__ import annotations

from churnsim.scenario.distributions import Table
from churnsim.scenario.quantities import NonNegative, Share


class Company(Table):
    """What the departments outside customer success contribute."""

    commitment: NonNegative = 1.0
    """Intent of the leadership, relative to the one at which the other numbers are stated. 1: as stated."""
    implementation: Share = 1.0
    """Share of the intent that is carried out. 1: all of it."""

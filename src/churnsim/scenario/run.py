"""How much to simulate, and with which seed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from churnsim.scenario.quantities import Table

Count = Annotated[int, Field(strict=True, ge=1)]


class Run(Table):
    """Horizon and sample sizes."""

    horizon_months: Annotated[int, Field(strict=True, ge=1, le=600)] = 60
    """Months that are simulated."""
    draws: Count | None = None
    """Samples of what is not known; left out: 250 when something is uncertain, else 1."""
    replicates: Count | None = None
    """Samples of luck per draw; left out: 4 when something is uncertain, else 1,000."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 0
    """Seed of every random number."""

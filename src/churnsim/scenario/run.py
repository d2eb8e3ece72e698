"""How much to simulate, and with which seed.

Sample sizes are those that a command or a call is given, else the file's, else 250 draws x 4 replicates; with nothing
uncertain in any arm, 1 x 1,000. Where only the replicates are known, the draws make up 1,000 paths, but are from 20
to 250.

`sampling` says how draws are spread over what is not known, see `churnsim.compile.levels` and its sources.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from churnsim.scenario.distributions import Table

Count = Annotated[int, Field(strict=True, ge=1)]


class Run(Table):
    """Horizon and sample sizes."""

    horizon_months: Annotated[int, Field(strict=True, ge=1, le=600)] = 60
    """Months that are simulated. [J] posts pay back over years; the first 12 months are shown beside"""
    draws: Count | None = None
    """Samples of what is not known; left out: 250, or 1,000 / replicates (20 to 250); 1 when nothing is uncertain."""
    replicates: Count | None = None
    """Samples of luck per draw; left out: 4, or 1,000 when nothing is uncertain."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = 0
    """Seed of every random number."""
    sampling: Literal["plain", "latin", "sobol"] = "plain"
    """How draws are sampled: independently, as a Latin hypercube, or as scrambled Sobol points."""

"""What an answer rests on: the scenario, and the sample that was simulated of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xarray as xr


@dataclass(frozen=True)
class Basis:
    """Scenario and sample that an answer states before all else."""

    scenario: str
    currency: str
    horizon_months: int
    seed: int
    draws: int
    replicates: int

    @property
    def clusters(self) -> str:
        """What odds are shares of: "draws" or "paths"."""
        return clusters_of(self.draws)


def basis_of(dataset: xr.Dataset) -> dict[str, Any]:
    """The fields of `Basis` of a simulated Dataset."""
    return {
        "scenario": str(dataset.attrs["scenario_name"]),
        "currency": str(dataset.attrs["currency"]),
        "horizon_months": int(dataset.attrs["horizon_months"]),
        "seed": int(dataset.attrs["seed"]),
        "draws": dataset.sizes["draw"],
        "replicates": dataset.sizes["replicate"],
    }


def clusters_of(draws: int) -> str:
    """What odds are shares of with so many draws: "draws", or "paths" with a single one, when odds speak of luck."""
    return "draws" if draws > 1 else "paths"

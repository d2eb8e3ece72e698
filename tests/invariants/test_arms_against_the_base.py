"""Arms that change the optional mechanisms against a base, whose past the book's accounts have."""

import numpy as np
import xarray as xr

import churnsim
from churnsim.results.simulation import simulate
from tests.invariants.rich import rich_book, rich_file

SPONSORS = {
    "segments.core.sponsor": {"annual_departure": 0.5, "median_months_to_return": 6.0},
    "segments.core.intent.causes.relationship.no_sponsor": 3.0,
    "arms": None,
}


def run(values: dict[str, object], arms: dict[str, dict[str, object]]) -> xr.Dataset:
    file = rich_file(values)
    chosen = {name: churnsim.override(file, changes) for name, changes in arms.items()}
    return simulate(file, arms=chosen, draws=2, replicates=20, seed=4, record="full", book=rich_book(file))


def test_sponsors_that_no_longer_leave_still_return() -> None:
    """An arm without departures is the limit of arms with ever fewer."""
    at = "segments.core.sponsor.annual_departure"
    dataset = run(SPONSORS, {"never": {at: 0.0}, "hardly ever": {at: 1e-9}})
    never, hardly = (dataset["arr_closing_by_month"].sel(arm=arm).values for arm in ("never", "hardly ever"))
    assert np.array_equal(never, hardly)
    assert never.sum() > dataset["arr_closing_by_month"].sel(arm="base").values.sum()


def test_other_milestones_do_not_hasten_those_who_wait() -> None:
    """With the same median, what is left of the clock of the book's accounts runs at the same pace as before."""
    at = "onboarding.milestones"
    changes = {f"segments.{s}.{at}": 10 for s in ("core", "large")}
    dataset = run({"arms": None}, {"ten": changes})
    # nobody who enters in month 1 can be there before month 2
    first = dataset["first_values_by_month"].isel(month=0).sum("segment").mean(("draw", "replicate"))
    assert float(first.sel(arm="base")) > 0.5
    assert abs(float(first.sel(arm="ten") / first.sel(arm="base")) - 1.0) < 0.05

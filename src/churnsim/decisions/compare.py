"""Arms against the base: what a decision changes, path by path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import xarray as xr

from churnsim.decisions.basis import Basis, basis_of, clusters_of
from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.measures import AFTER_HORIZON, NPV_WITH_VALUE, measures
from churnsim.decisions.plain import plain
from churnsim.decisions.progress import Progress
from churnsim.decisions.versus import Versus, versus
from churnsim.metrics.estimates import Estimate, estimate
from churnsim.metrics.policy import STANDARD
from churnsim.scenario.model import BASE_ARM

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile
    from churnsim.scenario.model import Scenario

COMPARED = ("npv", "arr", "nrr", "grr", "cost")
"""Measures that a comparison reports, besides those of the value after the horizon where some arm has one."""


@dataclass(frozen=True)
class ArmResult:
    """An arm: its own values, and the paired differences from the base by measure (empty for the base)."""

    arm: str
    values: dict[str, Estimate]
    differences: dict[str, Versus]


@dataclass(frozen=True)
class Comparison(Basis):
    """Arms against the base. Odds of a difference are those of a value above the base's; for cost, of costing more."""

    odds_over: str
    """"draws", or "paths" when there is a single draw and odds speak of luck alone."""
    arms: tuple[ArmResult, ...]
    dataset: xr.Dataset = field(repr=False, compare=False)

    @property
    def sentence(self) -> str:
        """Which arm has the highest mean NPV, and with what odds it beats the base.

        Once more with the value after the horizon, where some arm has one.
        """
        text = self._verdict("npv", f"mean NPV over {self.horizon_months} months")
        if NPV_WITH_VALUE in self.arms[0].values:
            text += f" {self._verdict(NPV_WITH_VALUE, 'mean NPV with the value after the horizon')}"
        return text

    def _verdict(self, measure: str, name: str) -> str:
        best = max(self.arms, key=lambda result: result.values[measure].mean)
        if best.arm == BASE_ARM:
            return f"No arm beats the base: it has the highest {name}."
        gain = best.differences[measure]
        if gain.identical:
            return "Every arm does exactly as the base does."
        text = (
            f"{best.arm} has the highest {name} and beats the base in"
            f" {gain.odds.share:.0%} of {self.odds_over} (95% interval {gain.odds.low:.0%} to {gain.odds.high:.0%})"
        )
        if gain.difference.straddles_zero:
            text += "; the sign of its mean gain cannot be told with so few draws"
        elif gain.odds.near_even:
            text += ": close to a coin toss"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        """Everything but the Dataset as plain JSON types; what is not defined is null."""
        return {"sentence": self.sentence, "metric_policy": STANDARD.stamp, **plain(self)}


def compare(
    file: ScenarioFile,
    *,
    arms: Mapping[str, Scenario] | Iterable[str] | None = None,
    draws: int | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
) -> Comparison:
    """Simulate arms and compare each with the base.

    `arms` are Scenarios by name, or names of arms of the file; left out, all arms of the file. The base is added.
    `book`: existing accounts; default: the book that the scenario names. The Dataset has the series of every path.
    Raises InputError when there is nothing to compare or a name does not exist.
    """
    from churnsim.results.simulation import simulate

    chosen = _chosen(file, arms)
    return comparison_from(
        simulate(
            file,
            arms=chosen,
            draws=draws,
            replicates=replicates,
            seed=seed,
            record="paths",
            progress=progress,
            book=book,
        )
    )


def comparison_from(dataset: xr.Dataset) -> Comparison:
    """Compare the arms of a simulated Dataset, which must have the arm `base`."""
    known = measures(dataset)
    values = {name: known[name].of(dataset) for name in (*COMPARED, *AFTER_HORIZON) if name in known}
    results = []
    for arm in map(str, dataset["arm"].values):
        own = {name: estimate(value.sel(arm=arm, drop=True)) for name, value in values.items()}
        against = {} if arm == BASE_ARM else {name: versus(v, arm, BASE_ARM) for name, v in values.items()}
        results.append(ArmResult(arm, own, against))
    return Comparison(
        **basis_of(dataset),
        odds_over=clusters_of(dataset.sizes["draw"]),
        arms=tuple(results),
        dataset=dataset,
    )


def _chosen(file: ScenarioFile, arms: Mapping[str, Scenario] | Iterable[str] | None) -> dict[str, Scenario]:
    from churnsim.scenario.files import arms as arms_of

    base = {BASE_ARM: file.scenario}
    if isinstance(arms, Mapping):
        chosen = base | dict(arms)
    else:
        known = arms_of(file)
        names = list(known) if arms is None else list(arms)
        for name in names:
            if name not in known:
                raise unknown("arm", name, known)
        chosen = base | {name: known[name] for name in names}
    if len(chosen) == 1:
        raise InputError(
            "there is nothing to compare: write arms into the scenario file, as [arms.NAME] with overrides"
        )
    return chosen

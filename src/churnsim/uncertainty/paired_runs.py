"""Simulations of a pair of arms at trial values, all with the same draws and luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import xarray as xr

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.measures import Measure, decisive_name, measures
from churnsim.decisions.progress import Progress
from churnsim.decisions.versus import Versus, versus
from churnsim.metrics.estimates import Array, cluster_means
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.model import Scenario
from churnsim.uncertainty.pairs import Pair
from churnsim.uncertainty.trials import Trial, under

DRAWS, REPLICATES = 250, 1
"""Sample at each value, where something is not known: many values are tried, and a draw tells more than more luck."""


class PairedRuns:
    """A pair, how it is sampled, and what is measured."""

    def __init__(
        self,
        file: ScenarioFile,
        pair: Pair,
        measure: str | None,
        draws: int | None,
        replicates: int | None,
        seed: int | None,
        book: Book | None,
    ) -> None:
        from churnsim.results.design import sample_size
        from churnsim.scenario.book import resolve_book

        self.file, self.pair, self.measure = file, pair, measure
        run = file.scenario.run
        self.seed = run.seed if seed is None else seed
        unsure = any(arm.uncertain() for arm in pair.arms.values())
        if unsure:
            draws, replicates = draws or run.draws or DRAWS, replicates or run.replicates or REPLICATES
        # settled here: an input that takes a trial value is no longer uncertain
        self.draws, self.replicates = sample_size(pair.arms, draws, replicates)
        if self.draws * self.replicates < 2:
            raise InputError("one path tells no error: simulate at least two draws or replicates")
        self.book = resolve_book(file) if book is None else book
        self.known: dict[str, Measure] = {}

    def today(self, progress: Progress | None) -> Versus:
        """The difference as the file has its numbers."""
        dataset = self._simulate(self.file, self.pair.arms, progress)
        self.known = measures(dataset)
        if self.measure is None:
            self.measure = decisive_name(dataset)
        if self.measure not in self.known:
            raise unknown("measure", self.measure, self.known)
        return versus(self._values(dataset), self.pair.arm, self.pair.against)

    def difference(self, values: Mapping[Trial, float], progress: Progress | None) -> Array:
        """Paired difference of every cluster at trial values."""
        arms = under(self.file, self.pair.arms, values)
        base = next(iter(arms.values()))
        dataset = self._simulate(replace(self.file, scenario=base), arms, progress)
        of = self._values(dataset)
        return cluster_means(of.sel(arm=self.pair.arm, drop=True) - of.sel(arm=self.pair.against, drop=True))

    def facts(self) -> dict[str, Any]:
        """What every answer states."""
        assert self.measure is not None, "today is simulated first"
        scenario, measure = self.file.scenario, self.known[self.measure]
        return {
            "scenario": scenario.name,
            "currency": scenario.money.currency,
            "horizon_months": scenario.run.horizon_months,
            "seed": self.seed,
            "draws": self.draws,
            "replicates": self.replicates,
            "arm": self.pair.arm,
            "against": self.pair.against,
            "measure": self.measure,
            "label": measure.label,
            "kind": measure.kind,
        }

    def _simulate(self, file: ScenarioFile, arms: Mapping[str, Scenario], progress: Progress | None) -> xr.Dataset:
        from churnsim.results.simulation import simulate

        return simulate(
            file,
            arms=arms,
            draws=self.draws,
            replicates=self.replicates,
            seed=self.seed,
            book=self.book,
            progress=progress,
        )

    def _values(self, dataset: xr.Dataset) -> xr.DataArray:
        assert self.measure is not None, "today is simulated first"
        values = self.known[self.measure].of(dataset)
        if bool(values.isnull().any()):
            raise InputError(f"the measure {self.measure!r} is not defined in every path: take one in money")
        return values

"""The simulated status quo: the base arm's KPIs for trial values of the scales, always with the same luck.

Logo churn, gross and net retention are those of `churnsim.metrics.retention` in the first year whose cohort is not
empty: year 1 where the book has accounts of the segment, else year 2. The involuntary share is payment failures over
all exits of the same twelve months, as a ratio of sums per replicate. Each trial is the base arm of its own scenario,
so that the past of the book (frailty given survival, silent intent) follows the scales too.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import numpy as np
import xarray as xr

from churnsim.calibration.first_value import median, median_with_error, waiting
from churnsim.calibration.kpis import (
    FIRST_VALUE,
    GROSS_RETENTION,
    INVOLUNTARY,
    LOGO_CHURN,
    NET_RETENTION,
    Kpi,
    targets_of,
)
from churnsim.metrics.estimates import Estimate, estimate, half_width
from churnsim.metrics.retention import gross_revenue_retention, logo_churn, net_revenue_retention
from churnsim.results.design import sample_size
from churnsim.results.score_noise import build_tables
from churnsim.results.simulation import simulate
from churnsim.results.trace import trace
from churnsim.scenario.book import Book, resolve_book
from churnsim.scenario.files import ScenarioFile, override
from churnsim.scenario.model import BASE_ARM, Scenario
from churnsim.scenario.money import Money
from churnsim.scenario.response import Response

Responses = dict[str, dict[str, Response]]
"""What scales answer, by the dotted path of the scale and then of the uncertain number."""
PATHS_OF_FIRST_VALUE = 2
"""Replicates of each draw, at most, whose newcomers are watched."""
MONTHS_OF_FIRST_VALUE = 24


class Trial:
    """The base arm at one set of scales, simulated when it is asked."""

    def __init__(self, quo: StatusQuo, scenario: Scenario):
        self.quo, self.scenario = quo, scenario

    def by_path(self, segment: str, kpi: Kpi) -> xr.DataArray:
        """A KPI other than months to first value, by (draw, replicate)."""
        return self._kpis[kpi.name].sel(segment=segment, year=self.quo.year_of(segment), drop=True)

    def estimate(self, segment: str, kpi: Kpi) -> Estimate:
        """A KPI with its error, clustered by draw."""
        if kpi is not FIRST_VALUE:
            return estimate(self.by_path(segment, kpi))
        value, se = median_with_error(self._waiting[:, :, list(self.scenario.segments).index(segment)])
        half = half_width(se, len(self._waiting))
        return Estimate(value, se, value - half, value + half, len(self._waiting), int(math.isnan(value)))

    def by_draw(self, segment: str, kpi: Kpi) -> np.ndarray:
        """A KPI in each draw (D,), the mean over its replicates."""
        if kpi is not FIRST_VALUE:
            return np.asarray(self.by_path(segment, kpi).mean("replicate"))
        own = self._waiting[:, :, list(self.scenario.segments).index(segment)]
        return np.array([median(counts) for counts in own])

    def inputs(self) -> dict[str, np.ndarray]:
        """Samples (D,) of what is not known, by dotted path."""
        samples = self._kpis["inputs"]
        return {str(path): np.asarray(samples.sel(input=path)) for path in samples["input"].values}

    @cached_property
    def _kpis(self) -> dict[str, xr.DataArray]:
        quo = self.quo
        months = 12 * max(map(quo.year_of, self.scenario.segments))
        file = dataclasses.replace(quo.file, scenario=within(self.scenario, months))
        dataset = simulate(
            file,
            arms={},
            draws=quo.draws,
            replicates=quo.replicates,
            seed=quo.seed,
            # only the whole ledger has exits by cause and segment
            record="full" if quo.watches_payments else "summary",
            book=quo.book,
            threads=quo.threads,
        ).sel(arm=BASE_ARM, drop=True)
        kpis = {
            "inputs": dataset["inputs"],
            LOGO_CHURN.name: logo_churn(dataset, by_segment=True),
            GROSS_RETENTION.name: gross_revenue_retention(dataset, by_segment=True),
            NET_RETENTION.name: net_revenue_retention(dataset, by_segment=True),
        }
        if quo.watches_payments:
            kpis[INVOLUNTARY.name] = _involuntary_share(dataset)
        return kpis

    @cached_property
    def _waiting(self) -> np.ndarray:
        """Counts (D, 2, S, months) of `first_value.waiting`, summed over replicates."""
        quo, months = self.quo, MONTHS_OF_FIRST_VALUE
        base = {BASE_ARM: within(self.scenario, months)}
        tables = build_tables(base, quo.book, quo.seed, np.arange(quo.draws), quo.file.name).tables
        out = np.zeros((quo.draws, 2, len(self.scenario.segments), months))
        for draw in range(quo.draws):
            for replicate in range(min(quo.replicates, PATHS_OF_FIRST_VALUE)):
                journal = trace(tables, quo.seed, draw, draw, replicate)
                out[draw] += waiting(journal, months, len(self.scenario.segments))
        return out


def _involuntary_share(dataset: xr.Dataset) -> xr.DataArray:
    """Failed payments over all exits, by year, from monthly ledgers."""
    lost = dataset["accounts_churned_by_cause_by_month"]
    months = lost.sizes["month"] // 12 * 12
    lost = lost.isel(month=slice(months)).coarsen(month=12).sum()
    lost = lost.rename(month="year").assign_coords(year=np.arange(1, months // 12 + 1))
    total = lost.sum("cause")
    return lost.sel(cause="payment", drop=True) / total.where(total > 0.0)


class StatusQuo:
    """Simulates trials of a scenario with the same draws and the same luck, and remembers them."""

    def __init__(
        self,
        file: ScenarioFile,
        *,
        draws: int,
        replicates: int,
        seed: int,
        threads: int | None = None,
        told: Callable[[], None] = lambda: None,
        book: Book | None = None,
    ):
        self.file, self.draws, self.replicates, self.seed = file, draws, replicates, seed
        self.threads, self.told = threads, told
        self.book = resolve_book(file) if book is None else book
        self.watches_payments = any(target.kpi is INVOLUNTARY for target in targets_of(file.scenario))
        self.trials: dict[str, Trial] = {}

    def at(self, values: Mapping[str, float], responses: Responses | None = None) -> Trial:
        """The trial with the numbers at some dotted paths replaced, and with what scales answer in each draw."""
        key = f"{sorted(values.items())} {responses or {}}"
        if key not in self.trials:
            scenario = override(self.file, values) if values else self.file.scenario
            if responses:
                scenario = scenario.model_copy(update={"calibration": scenario.calibration | responses})
            self.trials[key] = Trial(self, scenario)
            self.told()
        return self.trials[key]

    def expectations(self, paths: Iterable[str]) -> dict[str, float]:
        """Means of some uncertain numbers of the file."""
        uncertain = self.file.scenario.uncertain()
        return {path: uncertain[path].expectation() for path in paths}

    def fresh(self, seed: int) -> StatusQuo:
        """The same with other draws and other luck."""
        return StatusQuo(
            self.file,
            draws=self.draws,
            replicates=self.replicates,
            seed=seed,
            threads=self.threads,
            told=self.told,
            book=self.book,
        )

    def year_of(self, segment: str) -> int:
        """The year whose cohort is looked at."""
        index = list(self.file.scenario.segments).index(segment)
        return 1 if has_accounts(self.book, index) else 2


def has_accounts(book: Book | None, segment: int) -> bool:
    """Whether a book has accounts of a segment."""
    return book is not None and bool((book.segment == segment).any())


def within(scenario: Scenario, months: int) -> Scenario:
    """The scenario without its arms over a short horizon, with no value after it."""
    run = scenario.run.model_copy(update={"horizon_months": months})
    money = scenario.money.model_copy(update={"after_horizon": Money().after_horizon})
    return scenario.model_copy(update={"run": run, "money": money, "arms": {}})


PATH_ACCOUNTS = 6_000
"""Accounts per draw that are enough: replicates times accounts."""


def size(scenario: Scenario, book: Book | None, draws: int | None, replicates: int | None) -> tuple[int, int]:
    """Draws and replicates of a calibration: 50 and as many as make PATH_ACCOUNTS per draw (4 to 40) by default.

    With nothing uncertain it is 1 draw and 200 replicates.
    """
    known = not scenario.uncertain()
    accounts = 1000 if book is None else max(len(book), 1)
    if replicates is None:
        replicates = 200 if known else min(40, max(4, PATH_ACCOUNTS // accounts))
    return sample_size({BASE_ARM: scenario}, draws or (1 if known else 50), replicates)

"""How sure a simulation can be of a decision: the split of its variance, and how much to simulate.

A pilot of a few draws, market paths crossed with customers' luck in each, gives the variance components of the outcome
that decides (`churnsim.uncertainty.split`), with a seed of its own. From them follow the standard error of any number
of draws and replicates, and the least work for a wanted one. Which arms decide is read off the pilot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from churnsim.decisions.inputs import InputError
from churnsim.decisions.measures import decisive
from churnsim.decisions.plain import plain
from churnsim.decisions.progress import Progress
from churnsim.metrics.estimates import Estimate, estimate
from churnsim.uncertainty.question import question
from churnsim.uncertainty.split import Size, Split, size_for, split_of

if TYPE_CHECKING:
    from churnsim.scenario.book import Book
    from churnsim.scenario.files import ScenarioFile

DRAWS, MARKETS, CUSTOMERS = 40, 2, 2
"""Of the pilot."""
USUAL = (250, 4)
"""Draws and replicates of a run that states none."""


@dataclass(frozen=True)
class Precision:
    """What the standard error of a decision is made of, and how much to simulate for a wanted one."""

    scenario: str
    currency: str
    horizon_months: int
    arm: str
    against: str | None
    measure: str
    """Label of what is measured."""
    kind: Literal["money", "share"]
    mean: Estimate
    """Of the pilot."""
    split: Split
    uncertain: int
    """Uncertain inputs of the arms."""
    draws: int
    """Of the pilot, and so the next three."""
    markets: int
    customers: int
    seed: int
    usual: Size
    """What a run of the usual size attains."""
    target_se: float | None
    size: Size | None
    """What attains `target_se`."""

    @property
    def outcome(self) -> str:
        """What is estimated, in words."""
        return f"{self.measure} of {self.arm}" + ("" if self.against is None else f" less that of {self.against}")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"outcome": self.outcome, **plain(self)}


def precision(
    file: ScenarioFile,
    *,
    team: str | None = None,
    posts: Iterable[int] | None = None,
    target_se: float | None = None,
    draws: int = DRAWS,
    markets: int = MARKETS,
    customers: int = CUSTOMERS,
    seed: int | None = None,
    progress: Progress | None = None,
    book: Book | None = None,
) -> Precision:
    """Split the variance of a decision, and find the size of a run whose standard error is `target_se`.

    With `posts` the decision is the step of a headcount ladder that the pilot recommends; else the arm of the file that
    is worth most against the base; with no arms, the base's own net present value. Raises InputError.
    """
    from churnsim.results.simulation import simulate

    if target_se is not None and not target_se > 0.0:
        raise InputError(f"a target standard error must be above 0, found {target_se:g}")
    if min(markets, customers) < 2:
        raise InputError(f"a pilot needs at least 2 markets and 2 samples of luck, found {markets} and {customers}")
    asked = question(file, team=team, posts=posts)
    seed = file.scenario.run.seed if seed is None else seed
    uncertain = {path for arm in asked.arms.values() for path in arm.uncertain()}
    draws = draws if uncertain else 1
    if not uncertain:
        markets, customers = max(markets, DRAWS // 4), max(customers, DRAWS // 4)
    dataset = simulate(
        file,
        arms=asked.arms,
        draws=draws,
        replicates=markets * customers,
        markets=markets,
        seed=pilot_seed(seed),
        progress=progress,
        book=book,
    )
    arm, against = asked.deciding(dataset)
    measure = decisive(dataset)
    values = measure.of(dataset)
    outcome = values.sel(arm=arm, drop=True)
    if against is not None:
        outcome = outcome - values.sel(arm=against, drop=True)
    # replicate r has market r % markets and luck r // markets
    paths = outcome.transpose("draw", "replicate").values.reshape(draws, customers, markets)
    split = split_of(paths.swapaxes(1, 2))
    usual = USUAL if uncertain else (1, 1000)
    return Precision(
        scenario=str(dataset.attrs["scenario_name"]),
        currency=str(dataset.attrs["currency"]),
        horizon_months=int(dataset.attrs["horizon_months"]),
        arm=arm,
        against=against,
        measure=measure.label,
        kind=measure.kind,
        mean=estimate(outcome),
        split=split,
        uncertain=len(uncertain),
        draws=draws,
        markets=markets,
        customers=customers,
        seed=seed,
        usual=Size(*usual, split.se(*usual)),
        target_se=target_se,
        size=None if target_se is None else size_for(split, target_se, uncertain=bool(uncertain)),
    )


def pilot_seed(seed: int) -> int:
    """Seed of the pilot: the first 63 bits of SHA-256 of "churnsim pilot SEED"."""
    return int.from_bytes(hashlib.sha256(f"churnsim pilot {seed}".encode()).digest()[:8], "big") >> 1

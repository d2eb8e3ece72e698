"""What an outcome of a scenario depends on, by the method that is asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from churnsim.decisions.inputs import InputError, unknown
from churnsim.decisions.plain import SELDOM, plain
from churnsim.decisions.progress import Progress, part
from churnsim.metrics.policy import STANDARD
from churnsim.uncertainty.asked import Asked, ask
from churnsim.uncertainty.dependence import Dependence, dependence
from churnsim.uncertainty.discovery import LEAST, Discovery, discover
from churnsim.uncertainty.model import Model, Outcome
from churnsim.uncertainty.morris import Morris, morris
from churnsim.uncertainty.question import arms_needed
from churnsim.uncertainty.sample import Sample, sample_of
from churnsim.uncertainty.sobol import Sobol, check_samples, sobol
from churnsim.uncertainty.switches import SWITCHES, Switches, switched_off, switches
from churnsim.uncertainty.tornado import Tornado, tornado

if TYPE_CHECKING:
    from churnsim.scenario.files import ScenarioFile

Method = Literal["tornado", "morris", "sobol", "dependence", "discovery", "switches"]
METHODS: tuple[str, ...] = get_args(Method)
QUICK: tuple[Method, ...] = ("tornado", "switches")
REPLICATES: dict[str, int] = {
    "tornado": 100,
    "switches": 100,
    "morris": 8,
    "sobol": 4,
    "dependence": 4,
    "discovery": 4,
}
"""Samples of luck per draw where none are asked for: many where a single draw is looked at."""
SAMPLES: dict[str, int] = {"morris": 40, "sobol": 256, "dependence": 500, "discovery": 1000}
"""Trajectories, base points, draws, where none are asked for."""
CHOICE_SHARE = 0.4
"""Share of the progress for choosing arms, where they have to be simulated for it."""
SHARED_LUCK = ("tornado", "switches", "morris", "sobol")
"""Methods in whose runs all draws have the same luck, and rank correlations are set aside."""


@dataclass(frozen=True)
class Sensitivity:
    """The answer of one method, or of the two quick ones."""

    scenario: str
    question: Asked
    seed: int
    correlations_set_aside: bool
    """Whether the scenario's rank correlations are left out, because the method moves inputs one by one."""
    tornado: Tornado | None = field(default=None, metadata=SELDOM)
    switches: Switches | None = field(default=None, metadata=SELDOM)
    morris: Morris | None = field(default=None, metadata=SELDOM)
    sobol: Sobol | None = field(default=None, metadata=SELDOM)
    dependence: Dependence | None = field(default=None, metadata=SELDOM)
    discovery: Discovery | None = field(default=None, metadata=SELDOM)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; what is not defined is null."""
        asked = self.question
        shown = {
            name: getattr(asked, name)
            for name in ("text", "measure", "arm", "against", "why", "currency", "horizon_months")
        }
        results = {name: plain(getattr(self, name)) for name in METHODS if getattr(self, name) is not None}
        return {
            "scenario": self.scenario,
            "question": shown,
            "metric_policy": STANDARD.stamp,
            "seed": self.seed,
            "correlations_set_aside": self.correlations_set_aside,
            **results,
        }


def sensitivity(
    file: ScenarioFile,
    method: Method | None = None,
    *,
    samples: int | None = None,
    replicates: int | None = None,
    threshold: float | None = None,
    fails: Literal["below", "above"] = "below",
    progress: Progress | None = None,
    **asked: Any,
) -> Sensitivity:
    """What an outcome of a scenario depends on, by one method; left out: a tornado and the structural switches.

    `samples`: trajectories of `morris`, base points of `sobol`, draws of `dependence` and `discovery`. `threshold` and
    `fails`: what failing means in `discovery`, by default below 0 for a difference. `asked`: which outcome, see
    `churnsim.uncertainty.asked.ask`. Raises InputError.
    """
    if method is not None and method not in METHODS:
        raise unknown("method", method, METHODS)
    methods: tuple[Method, ...] = QUICK if method is None else (method,)
    if samples is not None and not set(methods) & set(SAMPLES):
        raise InputError("a tornado and switches have no samples to choose: say how many replicates, or a method")
    if threshold is not None and method != "discovery":
        raise InputError("a threshold is for the method discovery")
    if method == "sobol" and samples is not None:
        check_samples(samples)
    choose = asked.get("arm") is None and asked.get("run") is None
    choose = choose and (asked.get("posts") is not None or len(file.scenario.arms) > 1)
    start = CHOICE_SHARE if choose else 0.0
    about = ask(file, progress=part(progress, 0.0, start), **asked)
    if method == "discovery" and threshold is None and about.against is None:
        raise InputError(
            f"what is failing? {about.label} of {about.arm} alone needs a threshold; a difference fails below 0"
        )
    found: dict[str, Any] = {}
    for i, name in enumerate(methods):
        ends = (start + (1.0 - start) * n / len(methods) for n in (i, i + 1))
        share = part(progress, *ends)
        found[name] = _answer(about, name, samples, replicates, threshold or 0.0, fails, share)
    aside = about.correlated and any(name in SHARED_LUCK for name in methods)
    return Sensitivity(about.file.name, about, about.seed, aside, **found)


def _answer(
    asked: Asked,
    method: str,
    samples: int | None,
    replicates: int | None,
    threshold: float,
    fails: str,
    progress: Progress | None,
) -> Any:
    model = outcome(asked, replicates or REPLICATES[method])
    if method == "tornado":
        return tornado(model, progress=progress)
    if method == "switches":
        return switches(model, variants(model), progress)
    if method == "morris":
        return morris(model, samples or SAMPLES[method], seed=asked.seed, progress=progress)
    if method == "sobol":
        return sobol(model, samples or SAMPLES[method], seed=asked.seed, progress=progress)
    least = LEAST if asked.stored else SAMPLES[method]
    sample = _draws(asked, samples or least, samples or SAMPLES[method], replicates, progress)
    return dependence(sample) if method == "dependence" else discover(sample, threshold, fails)


def outcome(asked: Asked, replicates: int) -> Outcome:
    """The scenario as a model of what is asked."""
    return Outcome(
        asked.file,
        asked.arms,
        asked.arm,
        against=asked.against,
        measure=asked.measure,
        replicates=replicates,
        seed=asked.seed,
        book=asked.book,
    )


def variants(model: Outcome) -> Mapping[str, Model | None]:
    """The model without each mechanism of SWITCHES; None where it has none of it."""
    arms = arms_needed(model.arms, model.arm, model.against)
    found: dict[str, Model | None] = {}
    for switch in SWITCHES:
        without = switched_off(model.file, arms, switch)
        found[switch] = None if without is None else dataclasses.replace(model, file=without[0], arms=without[1])
    return found


def _draws(asked: Asked, enough: int, draws: int, replicates: int | None, progress: Progress | None) -> Sample:
    """What has been simulated already, where it has enough draws; else so many new draws."""
    from churnsim.results.simulation import simulate

    dataset = asked.dataset
    if dataset is None or dataset.sizes["draw"] < enough or replicates not in (None, dataset.sizes["replicate"]):
        dataset = simulate(
            asked.file,
            arms=arms_needed(asked.arms, asked.arm, asked.against),
            draws=draws,
            replicates=replicates or REPLICATES["discovery"],
            seed=asked.seed,
            book=asked.book,
            progress=progress,
        )
    return sample_of(dataset, asked.measure, asked.arm, asked.against)

"""Sweeps of the stored layout made of a formula, so that what is read off them is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from churnsim.scenario.preset_files import preset_text

Formula = Callable[..., Any]
"""Called with arm, luck (draw, replicate) and the values of a point by name: the NPV, or values by measure."""


def stored(
    axes: Mapping[str, Sequence[Any]],
    arms: Sequence[str],
    formula: Formula,
    *,
    measures: Sequence[str] = ("npv", "nrr"),
    draws: int = 40,
    replicates: int = 3,
    seed: int = 5,
    missing: Sequence[tuple[int, ...]] = (),
    failed: Mapping[tuple[int, ...], str] = {},
    sample: Mapping[str, np.ndarray] | None = None,
    text: str | None = None,
    salt: Callable[[dict[str, Any]], str] = repr,
) -> xr.Dataset:
    """A sweep as the store gives it: `outcome`, `seal`, coordinates, attributes; `nrr` is 1 + npv / 1e6."""
    shape = tuple(map(len, axes.values()))
    if sample is not None:
        shape = (*shape, len(next(iter(sample.values()))))
    names = [*axes, *(["point"] if sample is not None else [])]
    outcome = np.full((*shape, len(measures), len(arms), draws, replicates), np.nan)
    seal = np.zeros((*shape, 64), np.uint8)
    luck = np.random.default_rng(seed).standard_normal((len(arms), draws, replicates))
    for index in np.ndindex(*shape):
        if index in failed or index in missing:
            continue
        point = {name: values[i] for (name, values), i in zip(axes.items(), index, strict=False)}
        point |= {name: float(values[index[-1]]) for name, values in (sample or {}).items()}
        for a, arm in enumerate(arms):
            npv = formula(arm, luck[a], **point)
            for m, measure in enumerate(measures):
                if isinstance(npv, dict):
                    outcome[(*index, m, a)] = npv[measure]
                else:
                    outcome[(*index, m, a)] = npv if measure != "nrr" else 1.0 + npv / 1e6
        inputs = hashlib.sha256(salt(point).encode()).digest()
        seal[index] = np.frombuffer(inputs + hashlib.sha256(outcome[index].tobytes()).digest(), np.uint8)
    coordinates: dict[str, Any] = {name: (name, list(values)) for name, values in axes.items()}
    coordinates |= {name: ("point", values) for name, values in (sample or {}).items()}
    return xr.Dataset(
        {
            "outcome": ((*names, "measure", "arm", "draw", "replicate"), outcome),
            "seal": ((*names, "byte"), seal),
        },
        coordinates | {"measure": list(measures), "arm": list(arms)},
        {
            "plan_text": "scenario = 'preset:midmarket'\n",
            "scenario_text": text or preset_text("midmarket"),
            "seed": seed,
            "failed": json.dumps({",".join(map(str, index)): error for index, error in failed.items()}),
        },
    )


CHURN = (0.05, 0.10, 0.15, 0.20)
ECONOMY = ("calm", "recession")
ARMS = ("base", "more CSMs", "waste")


def plans(**options: Any) -> xr.Dataset:
    """More CSMs pay above a churn of 0.12 in calm and of 0.07 in a recession; waste is worth 50,000 less than base."""
    return stored({"churn": CHURN, "economy": ECONOMY}, ARMS, worth, **options)


def worth(arm: str, luck: np.ndarray, churn: float, economy: str) -> np.ndarray:
    """NPV of an arm."""
    tips = 0.12 if economy == "calm" else 0.07
    gain = {"base": 0.0, "more CSMs": 1e6 * (churn - tips), "waste": -5e4}[arm]
    return 1e6 - 2e6 * churn + gain + 5e3 * luck

"""What common random numbers buy: the variance of the NPV difference between n and n + 1 CSMs, with and without them.

Two seeds are simulated with both arms. Paired: both arms of a path. Other luck: the same draw of the uncertain inputs,
another replicate. Other seed: another path altogether. The intervals are those of a bootstrap over draws.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import churnsim
from benchmarks.company import company
from churnsim.decisions.headcount import with_posts
from churnsim.results.simulation import simulate
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.model import BASE_ARM

SEEDS = (11, 12)
RESAMPLES = 400


def measure_pairing(accounts: int, draws: int, replicates: int) -> list[dict[str, Any]]:
    """One row per scenario: the preset midmarket, and core.toml with `accounts` accounts."""
    cases: dict[str, tuple[ScenarioFile, Book | None]] = {
        "midmarket": (churnsim.example("midmarket"), None),
        f"core, {accounts:,} accounts": company(accounts),
    }
    return [{"scenario": name} | _pairing(*case, draws, replicates) for name, case in cases.items()]


def _pairing(file: ScenarioFile, book: Book | None, draws: int, replicates: int) -> dict[str, Any]:
    posts = file.scenario.teams["csm"].posts.today
    arms = {BASE_ARM: file.scenario, "next": with_posts(file.scenario, "csm", posts + 1)}
    runs = [simulate(file, arms=arms, draws=draws, replicates=replicates, seed=seed, book=book) for seed in SEEDS]
    npv = [run["npv"].sel(window="horizon") for run in runs]
    fewer, more = (np.stack([one.sel(arm=arm).values for one in npv]) for arm in arms)
    differences = {  # axes: seed, draw, replicate
        "paired": more - fewer,
        "other_luck": more - np.roll(fewer, 1, axis=2),
        "other_seed": more - fewer[::-1],
    }
    variance = {name: float(np.var(values, ddof=1)) for name, values in differences.items()}
    rng = np.random.default_rng(SEEDS)
    chosen = rng.integers(0, draws, (RESAMPLES, draws))
    found: dict[str, Any] = {
        "posts": posts,
        "months": file.scenario.run.horizon_months,
        "draws": draws * len(SEEDS),
        "replicates": replicates,
        "currency": file.scenario.money.currency,
        "mean_difference": float(differences["paired"].mean()),
        "sd_paired": variance["paired"] ** 0.5,
    }
    for name in ("other_luck", "other_seed"):
        ratios = [np.var(differences[name][:, c]) / np.var(differences["paired"][:, c]) for c in chosen]
        low, high = np.quantile(ratios, [0.05, 0.95])
        found[f"sd_{name}"] = variance[name] ** 0.5
        found[f"{name}_over_paired"] = variance[name] / variance["paired"]
        found[f"{name}_over_paired_90"] = [float(low), float(high)]
    return found

"""Journal of one path, the months of a run-off included: what happened to every account.

For the naive twin, trials and questions about accounts, which the ledger only sums.
"""

from __future__ import annotations

import numpy as np

from churnsim.results.score_noise import build_tables
from churnsim.results.trace import Journal, trace
from churnsim.scenario.book import Book, resolve_book
from churnsim.scenario.files import ScenarioFile
from churnsim.scenario.files import arms as arms_of
from churnsim.scenario.model import BASE_ARM, Scenario


def journal(
    file: ScenarioFile | Scenario,
    *,
    arm: str = BASE_ARM,
    arms: dict[str, Scenario] | None = None,
    seed: int | None = None,
    draw: int = 0,
    replicate: int = 0,
    book: Book | None = None,
    watch: int = 0,
) -> Journal:
    """Run one path and keep every event.

    Parameters
    ----------
    file, arms, seed, book : as in `simulate`.
    arm, draw, replicate : the path.
    watch : month at whose end the latent health of every account is noted as well.

    Raises
    ------
    SimulationError : a number that is not finite.
    """
    if isinstance(file, Scenario):
        file = ScenarioFile(None, file.name, file.model_dump_json(), {}, file)
    chosen = {BASE_ARM: file.scenario} | dict(arms if arms is not None else arms_of(file))
    if arm not in chosen:
        raise ValueError(f"no arm is called {arm!r}; arms are {', '.join(chosen)}")
    chosen = {BASE_ARM: chosen[BASE_ARM], arm: chosen[arm]}
    seed = file.scenario.run.seed if seed is None else seed
    book = resolve_book(file) if book is None else book
    tables = build_tables(chosen, book, seed, np.array([draw])).tables
    return trace(tables, seed, 0, draw, replicate, watch)

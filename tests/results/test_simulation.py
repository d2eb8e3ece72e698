"""The run itself: progress, interruption, sizes, faults."""

import threading
import time

import pytest

from churnsim.results import simulation
from churnsim.results.simulation import SimulationError, simulate
from tests.closed_forms.cohort import scenario_file
from tests.invariants.rich import rich_book, rich_file

FILE = rich_file()
BOOK = rich_book(FILE)


def test_progress_counts_paths_in_the_callers_thread() -> None:
    told = []

    def progress(done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((done, total))

    simulate(FILE, draws=6, replicates=2, book=BOOK, progress=progress, threads=2)
    assert told[-1] == (36, 36)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_an_interruption_stops_the_workers_and_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "UNIT", 1)
    begun = []
    original = simulation._Job._simulate
    monkeypatch.setattr(simulation._Job, "_simulate", lambda job, *unit: begun.append(unit) or original(job, *unit))

    def progress(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(FILE, draws=50, replicates=4, book=BOOK, progress=progress, threads=2)
    assert len(begun) < 20
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline and any(t.name.startswith("churnsim") for t in threading.enumerate()):
        time.sleep(0.05)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("churnsim")]


def test_a_number_that_is_not_finite_is_told_with_its_place() -> None:
    channel = {"leads_per_month": 5.0, "conversion_probability": 1.0}
    core = {
        "intent": {"annual_churn": 0.0},
        "acquisition": {"entry_arr_mean": 1e30, "channels": {"web": channel}},
        "expansion": {"upsell": {"annual_rate": 60.0, "fraction": 50.0}},
    }
    with pytest.raises(SimulationError, match=r"arm 'base', draw 0, replicate \d+, month \d+"):
        simulate(scenario_file({"core": core}, 24), replicates=3)


@pytest.mark.parametrize("size", [{"draws": 0}, {"replicates": 0}, {"draws": -1}])
def test_an_empty_run_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        simulate(FILE, book=BOOK, **size)


def test_seed_zero_is_a_seed() -> None:
    file = rich_file({"run.seed": 5})
    zero, five = (simulate(file, draws=1, replicates=1, seed=seed, book=BOOK) for seed in (0, None))
    assert (zero.attrs["seed"], five.attrs["seed"]) == (0, 5)
    assert not zero["arr_closing"].equals(five["arr_closing"])

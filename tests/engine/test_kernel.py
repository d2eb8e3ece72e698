"""The compiled kernel: one signature for every scenario, and a cache that no stale code survives in."""

import importlib.metadata
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
from types import ModuleType

import pytest

import churnsim
from churnsim.engine import kernel
from churnsim.results.simulation import simulate
from churnsim.scenario.files import example
from tests.closed_forms.cohort import cohort_file
from tests.invariants.rich import rich_book, rich_file

SOURCE = pathlib.Path(churnsim.__file__).parent


def test_one_signature_serves_every_scenario() -> None:
    # a second one would mean a minute of compiling for somebody
    for name in ("midmarket", "self-serve"):
        simulate(example(name), draws=1, replicates=1)
    simulate(rich_file(), draws=1, replicates=1, book=rich_book(rich_file()), record="full", threads=2)
    simulate(rich_file({"teams": {}, "playbooks": {}, "arms": {}}), draws=2, replicates=1)
    simulate(cohort_file({"intent": {"annual_churn": 0.1}}, 3, 10.0), replicates=1)
    simulate(cohort_file({"intent": {"annual_churn": 0.1}}, 3), replicates=1, seed=2**62)
    closed = rich_file({"segments.core.acquisition.channels": {}, "segments.large.acquisition.channels": {}})
    simulate(closed, draws=1, replicates=1, book=rich_book(rich_file()))
    assert len(kernel().signatures) == 1


def engine_of(folder: pathlib.Path) -> ModuleType:
    """The package `churnsim.engine` of another folder, under another name; nothing is compiled."""
    spec = importlib.util.spec_from_file_location("copied_engine", folder / "engine" / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copied(tmp_path: pathlib.Path) -> pathlib.Path:
    shutil.copytree(SOURCE, tmp_path / "churnsim", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "churnsim"


def test_an_edit_of_any_source_changes_the_cache_folder(copied: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNSIM_CACHE_DIR", str(copied.parent / "cache"))
    folder = engine_of(copied).cache_folder()
    assert folder == engine_of(copied).cache_folder()
    seen = {folder}
    for source in sorted((copied / "engine").glob("*.py")):
        source.write_text(source.read_text() + "\n# edited\n")
        seen.add(engine_of(copied).cache_folder())
    assert len(seen) == 1 + len(list((copied / "engine").glob("*.py")))
    monkeypatch.setattr(importlib.metadata, "version", lambda package: "0.0.0")
    assert engine_of(copied).cache_folder() not in seen


PROGRAM = """
from churnsim.results.simulation import simulate
from tests.closed_forms.cohort import cohort_file
contracts = {"term_weight": {"12": 1.0}, "price_uplift": 0.1}
dataset = simulate(cohort_file({"intent": {"annual_churn": 0.0}, "contracts": contracts}, 12, 10.0), replicates=1)
print((dataset.arr_closing / dataset.arr_new).values.flat[-1])
"""


@pytest.mark.slow
def test_an_edited_callee_is_compiled_anew(copied: pathlib.Path) -> None:
    tests = pathlib.Path(__file__).parents[2]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(copied.parent), str(tests))),
        "CHURNSIM_CACHE_DIR": str(copied.parent / "cache"),
    }

    def growth() -> float:
        command = [sys.executable, "-c", PROGRAM]
        return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)

    assert growth() == pytest.approx(1.1)
    # `renew_all` is called from the cached `run_paths`, which lives in another file and stays as it is
    callee = copied / "engine" / "contracts.py"
    text = callee.read_text()
    assert text.count("before + before * rises") == 1
    callee.write_text(text.replace("before + before * rises", "before + before * rises * 2.0"))
    assert growth() == pytest.approx(1.2)

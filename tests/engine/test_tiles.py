"""Accounts that go through the month in many tiles do as they do in one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
RUN = """
import sys
import numpy as np
from churnsim.engine.workspace import TILE
assert TILE == int(sys.argv[2])
from benchmarks.company import company
from benchmarks.engine import Batch, SEED
from churnsim.compile.tables import build

file, book = company(1_000, True, 24)
tables = build({"one": file.scenario, "other": file.scenario}, book, SEED, np.arange(1)).tables
batch = Batch(tables, file.scenario, 2, 0)
batch.run()
batch.account_months()
np.savez(sys.argv[1], *batch.books)
"""


def ledgers(package: Path, tmp_path: Path, tile: int) -> list[np.ndarray]:
    """Ledgers of a company of a thousand accounts, by the engine in a folder, whose tiles are so large."""
    out = tmp_path / f"{tile}.npz"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(package), str(ROOT)))}
    subprocess.run([sys.executable, "-c", RUN, str(out), str(tile)], cwd=tmp_path, env=environment, check=True)
    with np.load(out) as found:
        return [found[key] for key in found.files]


@pytest.mark.slow
def test_the_size_of_a_tile_changes_nothing(tmp_path: Path) -> None:
    package = tmp_path / "other"
    shutil.copytree(ROOT / "src", package, ignore=shutil.ignore_patterns("__pycache__"))
    source = package / "churnsim" / "engine" / "workspace.py"
    text = source.read_text(encoding="utf-8")
    assert text.count("TILE = 4096\n") == 1
    source.write_text(text.replace("TILE = 4096\n", "TILE = 64\n"), encoding="utf-8")
    one, many = ledgers(ROOT / "src", tmp_path, 4096), ledgers(package, tmp_path, 64)
    assert one[0].sum() > 0.0
    for theirs, ours in zip(one, many, strict=True):
        # what is summed tile by tile is rounded otherwise; nothing else may differ
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-9)

"""What a sweep imports and loads, done once by the process that the commands of the tests are forked from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import distributed  # noqa: F401
import rich.progress  # noqa: F401
import zarr  # noqa: F401

import churnsim.cli.app
import churnsim.sweeps.dry_run
import churnsim.sweeps.sweep
from tests.sweeps.small import write

with tempfile.TemporaryDirectory() as folder:
    write(Path(folder))
    # its threads have ended when it returns
    churnsim.simulate(churnsim.load(Path(folder) / "scenario.toml"), draws=1, replicates=1)

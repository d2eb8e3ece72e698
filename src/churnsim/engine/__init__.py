"""The engine: months x accounts over arms x draws x replicates, in machine code.

It imports NumPy and Numba and nothing else. Compiled code is cached in a folder named after a hash of every source file
here and of the versions of Numba and NumPy: Numba's own cache does not see changes in called modules, and a stale
kernel would give silently wrong results.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """Folder of the compiled kernels of exactly these sources and versions."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    for package in ("numba", "llvmlite", "numpy"):
        digest.update(f"{package} {version(package)}".encode())
    name = digest.hexdigest()[:16]
    own = os.environ.get("CHURNSIM_CACHE_DIR")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    for root in (own, os.path.join(cache, "churnsim")):
        if root:
            with suppress(OSError):
                folder = Path(root) / name
                folder.mkdir(parents=True, exist_ok=True)
                return folder
    # a home that cannot be written: compile once per process
    return Path(tempfile.mkdtemp(prefix="churnsim-"))


def needs_compiling() -> bool:
    """Whether the next simulation has to compile first."""
    return not any(cache_folder().glob("**/*.nbc"))


def kernel() -> Any:
    """The compiled loop over paths, `churnsim.engine.simulate.run_paths`."""
    from churnsim.engine.simulate import run_paths

    return run_paths

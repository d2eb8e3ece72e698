"""The engine: months x accounts over arms x draws x replicates, in machine code.

It imports NumPy and Numba and nothing else. Compiled code is cached in a folder named after a hash of every source file
here and of the versions of Numba and NumPy: Numba's own cache does not see changes in called modules, and a stale
kernel would give silently wrong results.
"""

from __future__ import annotations

import hashlib
import os
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
    root = os.environ.get("CHURNSIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "churnsim" / digest.hexdigest()[:16]


def needs_compiling() -> bool:
    """Whether the next simulation has to compile first."""
    return not any(cache_folder().glob("**/*.nbc"))


@lru_cache(maxsize=1)
def kernel() -> Any:
    """The compiled loop over paths, `churnsim.engine.simulate.run_paths`, with its cache in `cache_folder()`."""
    import numba

    before = numba.config.CACHE_DIR
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numba.config.CACHE_DIR = str(folder)
        from churnsim.engine.simulate import run_paths
    finally:
        numba.config.CACHE_DIR = before
    return run_paths

"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(path: str | Path) -> Iterator[Path]:
    """A path in the folder of `path` to write to: renamed to `path` at the end, removed where that is not reached.

    So a run that fails or is stopped leaves the old file whole, and no rest. Raises OSError where the folder cannot be
    written.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)

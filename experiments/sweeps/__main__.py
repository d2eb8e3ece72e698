"""Runs the commands that README.md of this folder lists, and puts their output into it.

python -m experiments.sweeps           # stores and pages go to out/, which starts empty
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from experiments.readme import BLOCK, refresh

FOLDER = Path(__file__).parent


def main() -> None:
    """Refresh README.md."""
    os.chdir(FOLDER)
    if len(sys.argv) == 1:
        shutil.rmtree("out", ignore_errors=True)
    Path("out").mkdir(exist_ok=True)
    readme = Path("README.md")
    readme.write_text(BLOCK.sub(refresh, readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

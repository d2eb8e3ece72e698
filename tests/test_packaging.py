"""What the package says that it needs is what it imports."""

from __future__ import annotations

import ast
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).parents[1]
BY_NAME = {"h5netcdf", "h5py"}
"""Loaded by xarray, which is told the name of the engine."""
WITH_OTHERS = {"llvmlite", "pydantic_core", "markupsafe", "threadpoolctl"}
"""Parts of numba, pydantic, jinja2 and scikit-learn, which pin them."""
IMPORTED_AS = {"scikit-learn": "sklearn"}


def test_every_runtime_dependency_is_imported_and_every_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = project["dependencies"] + [line for name, part in extras.items() if name != "dev" for line in part]
    names = {re.split(r"[<>=~!\[]", line)[0] for line in lines} - {"churnsim"}
    declared = {IMPORTED_AS.get(name, name) for name in names}
    imported: set[str] = set()
    for source in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).split(".")[0])
    assert declared - BY_NAME == imported - set(sys.stdlib_module_names) - {"churnsim"} - WITH_OTHERS


def test_the_lock_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?:|index.url|find.links", text)

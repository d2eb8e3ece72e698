"""Slow libraries are loaded when they are needed, not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

import churnsim

SLOW = ("numba", "matplotlib", "xarray", "scipy", "pydantic", "numpy", "h5netcdf", "jinja2")
LOADED = f"import sys; print(*[name for name in {SLOW!r} if name in sys.modules])"
HELP = "from churnsim.cli.app import app; app({args!r}, standalone_mode=False)"


def loaded_by(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split() if done.stdout.endswith("\n") else []


def test_the_probe_sees_what_is_loaded():
    assert loaded_by("import numpy") == ["numpy"]


def test_the_package_is_light():
    assert loaded_by("import churnsim; churnsim.__version__; dir(churnsim)") == []


def test_help_is_light():
    assert loaded_by(HELP.format(args=["--help"])) == []


@pytest.mark.parametrize("args", [["headcount", "--help"], ["presets"], ["schema"], ["--version"]])
def test_commands_that_do_not_simulate_are_light(args):
    # typer itself converts arguments with pydantic
    assert not set(loaded_by(HELP.format(args=args))) - {"pydantic"}


def test_reading_a_scenario_does_not_load_the_engine():
    loaded = loaded_by("import churnsim; churnsim.example('midmarket')")
    assert not {"numba", "matplotlib", "xarray"} & set(loaded)


def test_every_public_name_has_a_home():
    import importlib

    names = set(churnsim.__all__)
    assert names == {*churnsim._HOMES, "__version__"}
    for module, name in churnsim._HOMES.values():
        assert hasattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        churnsim.simulat  # noqa: B018

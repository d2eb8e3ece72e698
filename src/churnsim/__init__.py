"""Monte Carlo simulation of customer churn, renewal and expansion under limited customer-success capacity.

    import churnsim as cs

    ds = cs.simulate(cs.example("midmarket"), replicates=2000, seed=1)

Every name is imported on first use, so that importing the package is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from churnsim.calibration.calibrate import calibrate
    from churnsim.decisions.compare import compare
    from churnsim.decisions.diff import diff
    from churnsim.decisions.headcount import headcount
    from churnsim.decisions.verify import verify
    from churnsim.results.journal import journal
    from churnsim.results.simulation import simulate
    from churnsim.scenario.files import ScenarioFile, arms, example, override
    from churnsim.scenario.files import read as load
    from churnsim.scenario.model import Scenario
    from churnsim.scenario.preset_files import presets
    from churnsim.scenario.problems import ScenarioError
    from churnsim.sweeps.sweep import sweep
    from churnsim.uncertainty.breakeven import breakeven, breakeven_curve
    from churnsim.uncertainty.frontier import frontier
    from churnsim.uncertainty.information import evpi, evppi, evsi, net_benefit_of_sampling
    from churnsim.uncertainty.morris import morris
    from churnsim.uncertainty.pilot import Pilot
    from churnsim.uncertainty.precision import precision
    from churnsim.uncertainty.risk import risk
    from churnsim.uncertainty.sensitivity import sensitivity
    from churnsim.uncertainty.sobol import sobol
    from churnsim.uncertainty.tornado import tornado
    from churnsim.uncertainty.value_of_information import value_of_information

    __version__: str

__all__ = [
    "Pilot",
    "Scenario",
    "ScenarioError",
    "ScenarioFile",
    "__version__",
    "arms",
    "breakeven",
    "breakeven_curve",
    "calibrate",
    "compare",
    "diff",
    "evpi",
    "evppi",
    "evsi",
    "example",
    "frontier",
    "headcount",
    "journal",
    "load",
    "morris",
    "net_benefit_of_sampling",
    "override",
    "precision",
    "presets",
    "risk",
    "sensitivity",
    "simulate",
    "sobol",
    "sweep",
    "tornado",
    "value_of_information",
    "verify",
]

_HOMES = {
    "Pilot": ("churnsim.uncertainty.pilot", "Pilot"),
    "Scenario": ("churnsim.scenario.model", "Scenario"),
    "ScenarioError": ("churnsim.scenario.problems", "ScenarioError"),
    "ScenarioFile": ("churnsim.scenario.files", "ScenarioFile"),
    "arms": ("churnsim.scenario.files", "arms"),
    "breakeven": ("churnsim.uncertainty.breakeven", "breakeven"),
    "breakeven_curve": ("churnsim.uncertainty.breakeven", "breakeven_curve"),
    "calibrate": ("churnsim.calibration.calibrate", "calibrate"),
    "compare": ("churnsim.decisions.compare", "compare"),
    "diff": ("churnsim.decisions.diff", "diff"),
    "evpi": ("churnsim.uncertainty.information", "evpi"),
    "evppi": ("churnsim.uncertainty.information", "evppi"),
    "evsi": ("churnsim.uncertainty.information", "evsi"),
    "example": ("churnsim.scenario.files", "example"),
    "frontier": ("churnsim.uncertainty.frontier", "frontier"),
    "headcount": ("churnsim.decisions.headcount", "headcount"),
    "journal": ("churnsim.results.journal", "journal"),
    "load": ("churnsim.scenario.files", "read"),
    "morris": ("churnsim.uncertainty.morris", "morris"),
    "net_benefit_of_sampling": ("churnsim.uncertainty.information", "net_benefit_of_sampling"),
    "override": ("churnsim.scenario.files", "override"),
    "precision": ("churnsim.uncertainty.precision", "precision"),
    "presets": ("churnsim.scenario.preset_files", "presets"),
    "risk": ("churnsim.uncertainty.risk", "risk"),
    "sensitivity": ("churnsim.uncertainty.sensitivity", "sensitivity"),
    "simulate": ("churnsim.results.simulation", "simulate"),
    "sobol": ("churnsim.uncertainty.sobol", "sobol"),
    "sweep": ("churnsim.sweeps.sweep", "sweep"),
    "tornado": ("churnsim.uncertainty.tornado", "tornado"),
    "value_of_information": ("churnsim.uncertainty.value_of_information", "value_of_information"),
    "verify": ("churnsim.decisions.verify", "verify"),
}


def __getattr__(name: str) -> Any:
    import importlib

    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("churnsim")
    elif name in _HOMES:
        module, attribute = _HOMES[name]
        value = getattr(importlib.import_module(module), attribute)
    else:
        raise AttributeError(f"module 'churnsim' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

"""Which mechanisms are in use: the accounts carry their optional rows only where one of them is."""

from __future__ import annotations

import numpy as np

from churnsim.engine.tables import NO_LIMIT, NO_MISFIT

SEGMENT_OFF = {
    "bias_sd": 0.0,
    "frailty_loading": 0.0,
    "cross_sell_rate": 0.0,
    "wallet_multiple": np.float32(NO_LIMIT),
    "entry_gap": 0.0,
    "pushy_gap": 0.0,
    "sponsor_departure": 0.0,
    "incident_rate": 0.0,
    "win_back_hazard": 0.0,
    "referral_rate": 0.0,
    "referral_misfit_cut": np.float32(NO_MISFIT),
}
PLAY_OFF = {
    "sponsor_wanted": -1,
    "random_share": 1.0,
    "sponsor": 0.0,
    "ceiling": 0.0,
    "misfit": 1.0,
    "health_0": 1.0,
    "health_1": 1.0,
}
"""Values at which a mechanism is off."""


def extra(tables: dict[str, np.ndarray]) -> bool:
    """Whether some arm, draw or segment uses a mechanism that needs the optional rows of engine/accounts.py.

    `tables` are those of engine/tables.py by name.
    """
    return bool(
        any((tables["segment"][name] != off).any() for name, off in SEGMENT_OFF.items())
        or any((tables["play"][name] != off).any() for name, off in PLAY_OFF.items())
        or (tables["factor"] != 1.0).any()
        or tables["cause"]["extra"].any()
        or (tables["channel"]["misfit_cut"] != np.float32(NO_MISFIT)).any()
        or (tables["channel"]["gap"] != 0.0).any()
    )

"""Acquisition: the records of `tables.CHANNEL`, leads by month and what a segment's new accounts bring.

Equations and sources: scenario/acquisition.py, scenario/expectation.py.
"""

from __future__ import annotations

import numpy as np

from churnsim.compile.company import handover
from churnsim.compile.values import Values
from churnsim.engine.tables import CHANNEL, NO_MISFIT
from churnsim.scenario.model import Scenario


def misfit_cut(share: np.ndarray) -> np.ndarray:
    """Normal score (D,) above which a lead is a misfit; NO_MISFIT where none is, -NO_MISFIT where all are."""
    from scipy.special import ndtri

    return np.asarray(np.clip(-ndtri(share), -NO_MISFIT, NO_MISFIT))


def channel_record(v: Values, base: Values, name: str) -> np.ndarray:
    """Record (D,) of a channel of a segment, at which `v` is rooted, as is `base`, the values of the base arm."""
    own = v.under(f"acquisition.channels.{name}")
    usual = base(f"acquisition.channels.{name}.leads_per_month")
    out = np.zeros(v.draws, dtype=CHANNEL)
    strictness = own("strictness")
    out["conversion"] = own("conversion_probability") * (1.0 - strictness * own("false_rejection"))
    out["conversion_misfit"] = own("conversion_probability") * (1.0 - strictness)
    out["misfit_cut"] = misfit_cut(own("misfit_share"))
    out["gap"] = own("over_promise") + handover_gap(v)
    out["cost_per_lead"] = own("cost_per_lead")
    out["cost_elasticity"] = own("cost_elasticity")
    # an arm that buys more leads pays more for each, so the base arm says at how many the price is the stated one
    out["reference_leads"] = np.where(usual > 0.0, usual, own("leads_per_month"))
    return out


def no_channel(draws: int) -> np.ndarray:
    """Record (D,) of a channel that a segment does not have."""
    out = np.zeros(draws, dtype=CHANNEL)
    out["misfit_cut"] = NO_MISFIT
    return out


def lead_means(v: Values, channel: str, months: int, calendar_month: int) -> np.ndarray:
    """Mean leads (D, months + 1) of a channel by month of the simulation; month 0 has none."""
    at = f"acquisition.channels.{channel}"
    month = np.arange(months + 1)
    growth = (1.0 + v(f"{at}.annual_lead_growth"))[:, None] ** ((month - 1) / 12.0)
    season = np.ones((v.draws, 12))
    for key in v.node(f"{at}.seasonality"):
        season[:, int(key) - 1] = v(f"{at}.seasonality.{key}")
    mean = v(f"{at}.leads_per_month")[:, None] * growth * season[:, (calendar_month - 1 + month) % 12]
    mean[:, 0] = 0.0
    return np.asarray(mean)


def channels(
    scenario: Scenario, v: Values, base: Values, months: int, closed_from: int
) -> tuple[np.ndarray, np.ndarray]:
    """Records (D, S, H) of the channels and their leads (D, S, H, months + 1), none from the month `closed_from` on."""
    records: list[np.ndarray] = []
    leads = np.zeros((v.draws, len(scenario.segments), len(scenario.channels), months + 1))
    for s, segment in enumerate(scenario.segments):
        own = v.under(f"segments.{segment}")
        row = []
        for h, name in enumerate(scenario.channels):
            if name in scenario.segments[segment].acquisition.channels:
                row.append(channel_record(own, base.under(f"segments.{segment}"), name))
                leads[:, s, h] = lead_means(own, name, months, scenario.as_of.month)
            else:
                row.append(no_channel(v.draws))
        records.append(np.stack(row, axis=1) if row else np.zeros((v.draws, 0), CHANNEL))
    leads[..., closed_from:] = 0.0
    return np.stack(records, axis=1), leads


def handover_gap(v: Values) -> np.ndarray:
    """Expectation gap (D,) that the handover of a segment leaves at entry."""
    return np.asarray(v("expectation.handover_gap") * (1.0 - handover(v)))


def entry_gap(v: Values) -> np.ndarray:
    """Mean expectation gap at entry (D,) of a segment, over channels by leads x conversion."""
    weight, promised = np.zeros(v.draws), np.zeros(v.draws)
    for name in v.node("acquisition.channels"):
        own = v.under(f"acquisition.channels.{name}")
        share = own("leads_per_month") * own("conversion_probability")
        weight += share
        promised += share * own("over_promise")
    return np.asarray(promised / np.where(weight > 0.0, weight, 1.0) + handover_gap(v))


def copula(v: Values) -> dict[str, np.ndarray]:
    """Rows 2 and 3 of the Cholesky factor of a segment's matrix, (D,) each."""
    arr_frailty, arr_misfit, frailty_misfit = (
        v(f"acquisition.correlation.{name}") for name in ("arr_frailty", "arr_misfit", "frailty_misfit")
    )
    second = np.sqrt(1.0 - arr_frailty**2)
    across = (frailty_misfit - arr_frailty * arr_misfit) / second
    return {
        "copula_21": arr_frailty,
        "copula_22": second,
        "copula_31": arr_misfit,
        "copula_32": across,
        "copula_33": np.sqrt(1.0 - arr_misfit**2 - across**2),
    }

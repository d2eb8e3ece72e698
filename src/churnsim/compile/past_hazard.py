"""Hazard of intent along the mean path: its causes at the mean state, and the base and scrutiny of a contract month."""

from __future__ import annotations

import numpy as np

from churnsim.compile.lines import Arm, Lines

SLOPES = ("products", "misfit", "uplift", "expectation_gap", "no_first_value", "adoption", "engagement")
"""The small arrays first."""


def causes(arm: Arm, lines: Lines) -> list[dict[str, np.ndarray]]:
    """Root causes that answer to the state: their log weight (D, L, 1) and slopes, those that are 0 left out."""
    record = arm["cause"][:, lines.segment]
    out = []
    for c in range(record.shape[2]):
        answers = record["answers"][:, :, c, None] != 0
        if answers.any():
            names = (*SLOPES, "no_sponsor")
            slopes = {name: record[name][:, :, c, None] for name in names if record[name][:, :, c].any()}
            # exp(-inf) = 0 where another draw or segment lets the cause answer and this one does not
            weight = np.where(answers, record["log_weight"][:, :, c, None], np.float32(-np.inf))
            out.append(slopes | {"log_weight": weight})
    return out


def sum_of_causes(
    out: np.ndarray,
    answering: list[dict[str, np.ndarray]],
    constant: np.ndarray,
    state: dict[str, np.ndarray],
    absent: np.ndarray,
    harm: np.ndarray,
) -> None:
    """out = sum_c w_c exp(eta_c), (D, L, F), at the `state` by name of slope.

    Sponsors are either there or not: the mean over both, a share `absent` feeling `harm`.
    """
    out[:] = constant
    for cause in answering:
        eta = cause["log_weight"]
        for name in SLOPES:
            if name in cause:
                eta = eta + cause[name] * state[name]
        if "no_sponsor" in cause:
            out += np.exp(eta) * (np.float32(1.0) + absent * np.expm1(cause["no_sponsor"] * harm))
        else:
            out += np.exp(eta)


def contract_hazard(arm: Arm, lines: Lines, u: int) -> np.ndarray:
    """Base hazard and scrutiny (D, L) in the month that begins at tenure `u`."""
    base = arm["base_hazard"][:, lines.segment, u]
    inside = lines.months - u % lines.months <= arm["segment"]["window"][0, lines.segment]
    renewal = np.minimum(u // lines.months, arm["scrutiny"].shape[3] - 1)
    hazard = base + inside * arm["scrutiny"][:, lines.segment, lines.term, renewal]
    return np.asarray(hazard, np.float32)

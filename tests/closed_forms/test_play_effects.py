"""What plays do, in closed form: a shield lowers the hazard and fades, harm raises it, a lift raises upsell."""

from typing import Any

import numpy as np
import pytest

from tests.closed_forms.cohort import alive, check_survival, cohort_file, follow, mean_z

MONTHLY = {"contracts": {"term_weight": {"1": 1.0}}}
MONTHS = 24


def letter(effects: dict[str, float], **more: Any) -> dict[str, Any]:
    """A digital play that reaches everybody, each month unless `more` says otherwise."""
    return {"playbooks": {"letter": {"channel": "digital", "effects": effects} | more}}


@pytest.mark.parametrize("shield", [0.5, -0.4])
def test_a_standing_shield_scales_the_hazard(shield: float) -> None:
    file = cohort_file({"intent": {"annual_churn": 0.3}, **MONTHLY}, MONTHS, **letter({"shield": shield}))
    check_survival(alive(follow(file)), 0.7 ** (np.exp(-shield) * np.arange(MONTHS + 1) / 12))


def test_a_shield_fades_with_its_half_life() -> None:
    decay = {"effect_decay": {"shield_half_life_months": 4.0}}
    file = cohort_file(
        {"intent": {"annual_churn": 0.3}, **MONTHLY}, MONTHS, **letter({"shield": 1.5}, cadence_months=600), **decay
    )
    # delivered in the first month of exposure, in full force in that month
    hazard = -np.log(0.7) / 12 * np.exp(-1.5 * 2.0 ** (-np.arange(MONTHS) / 4.0))
    check_survival(alive(follow(file)), np.exp(-np.concatenate(([0.0], np.cumsum(hazard)))))


def test_success_probability_and_repeats_scale_the_effect() -> None:
    # half of the accounts are reached once and for all, since a failed delivery is not repeated within the cadence
    decay = {"effect_decay": {"shield_half_life_months": 1e9}}
    play = letter({"shield": 1.0}, cadence_months=600, success_probability=0.5)
    file = cohort_file({"intent": {"annual_churn": 0.3}, **MONTHLY}, MONTHS, **play, **decay)
    years = np.arange(MONTHS + 1) / 12
    check_survival(alive(follow(file)), 0.5 * 0.7 ** (np.exp(-1.0) * years) + 0.5 * 0.7**years)
    # a weaker repeat does not replace what remains of the stronger one
    play = letter({"shield": 1.0}, repeat_factor=0.5)
    file = cohort_file({"intent": {"annual_churn": 0.3}, **MONTHLY}, MONTHS, **play, **decay)
    check_survival(alive(follow(file)), 0.7 ** (np.exp(-1.0) * years))


def test_a_lift_scales_upsell() -> None:
    growth = {"expansion": {"upsell": {"annual_rate": 0.6, "fraction": 0.1}}}
    file = cohort_file({"intent": {"annual_churn": 0.0}, **growth, **MONTHLY}, 12, **letter({"expansion_lift": 0.7}))
    upsells = follow(file)["upsells_by_month"].sum("month").values
    entered = follow(file)["accounts_new_by_month"].sum("month").values
    ratio = upsells / (entered * 0.6 * np.exp(0.7))
    assert abs(mean_z(ratio - 1.0)) < 4.0
    assert abs(mean_z(ratio - 1.02)) > 4.0


def test_a_rescue_clears_intent() -> None:
    # with a rescue that always succeeds nobody who decided before the last month of the year leaves at its end
    file = cohort_file({"intent": {"annual_churn": 0.3}}, 12, **letter({"rescue": 1.0}))
    lost = 1.0 - alive(follow(file))[-1] / alive(follow(file))[0]
    # what fires in the contract's last month comes after the month's plays
    expected = 1.0 - 0.7 ** (1.0 / 12)
    assert abs(lost / expected - 1.0) < 0.05

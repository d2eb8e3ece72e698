"""A company without plays, of which every KPI has a closed form: monthly contracts, constant hazards, no market."""

from __future__ import annotations

import math

from churnsim.scenario.files import ScenarioFile, parse

TEXT = """
name = "small"
as_of = 2025-12-31

[segments.one]                   # the first
intent.annual_churn = 0.2
contracts.term_weight = { "1" = 1.0 }
contracts.billing_months = 1
contracts.renewal_window_months = 1
acquisition = { entry_arr_mean = 1_000.0, channels.web = { leads_per_month = 400.0, conversion_probability = 1.0 } }
onboarding.median_months_to_first_value = 3.0  # guessed
exits.payment_failure_probability = 0.01
expansion.upsell = { annual_rate = 0.4, fraction = 0.1 }  # growth
expansion.contraction = { annual_rate = 0.2, fraction = 0.1 }

[segments.two]
intent.annual_churn = 0.1
contracts.term_weight = { "1" = 1.0 }
contracts.billing_months = 1
contracts.renewal_window_months = 1
acquisition = { entry_arr_mean = 5_000.0, channels.web = { leads_per_month = 300.0, conversion_probability = 1.0 } }
"""


def file(observed: str = "", text: str = TEXT) -> ScenarioFile:
    """The company with what is observed of it."""
    return parse(f"{text}\n{observed}", "small.toml")


def voluntary_factor(annual_churn: float, logo_churn: float, payment_lump: float = 0.0) -> float:
    """Factor on intent under which monthly contracts lose `logo_churn` a year besides failed payments."""
    return (-math.log1p(-logo_churn) - 12.0 * payment_lump) / -math.log1p(-annual_churn)

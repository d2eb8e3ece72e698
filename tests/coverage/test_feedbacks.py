"""Five feedbacks of churn, each of which a scenario switches on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from tests.coverage.companies import LIMIT, STEADY, book, company, measure, run

CHURN = "segments.core.intent.annual_churn"
CHANNEL = "segments.core.acquisition.channels.web"

FEEDBACKS = {
    "smaller base": {"segments.core.expansion.upsell": {"annual_rate": 0.6, "fraction": 0.1}},
    "word of mouth": {"segments.core.advocacy.word_of_mouth": 5.0, "segments.core.advocacy.detractor_health": 0.0},
    "margin": {"money.annual_fixed_cost": 100_000.0},
    "funding": {"money.after_horizon": {"kind": "multiple", "multiple": 5.0, "multiple_per_nrr": 10.0}},
}


def cost_of_churn(metric: Callable[[xr.Dataset], xr.DataArray], feedback: str | None, **changes: Any) -> np.ndarray:
    """What 40% of churn instead of 10% changes in a metric, by path, with one feedback switched on or with none."""
    on = FEEDBACKS[feedback] if feedback else {}
    arrivals = {CHANNEL: STEADY | {"conversion_probability": 0.5, "leads_per_month": 40.0, "cost_per_lead": 300.0}}
    file = company(**{CHURN: 0.1, "run.horizon_months": 24} | arrivals | on | changes)
    values = metric(run(file, {"worse": {CHURN: 0.4}}, accounts=book(np.full(200, 1000.0)), replicates=60))
    return (values.sel(arm="worse") - values.sel(arm="base")).values.ravel()


def z_of(differences: np.ndarray) -> float:
    return float(differences.mean() / (differences.std(ddof=1) / np.sqrt(len(differences))))


def test_feedback_smaller_base() -> None:
    """Five feedbacks of churn, a smaller base: leavers buy no more, so upsell falls; without upsell nothing does."""

    def sold(dataset: xr.Dataset) -> xr.DataArray:
        return measure(dataset, "arr_upsell")

    assert z_of(cost_of_churn(sold, "smaller base")) < -LIMIT
    assert np.all(cost_of_churn(sold, None) == 0.0)


def test_feedback_word_of_mouth() -> None:
    """Five feedbacks of churn, word of mouth: leavers talk leads out of buying; switched off not one lead is lost."""

    def won(dataset: xr.Dataset) -> xr.DataArray:
        return measure(dataset, "accounts_new")

    assert z_of(cost_of_churn(won, "word of mouth")) < -LIMIT
    assert np.all(cost_of_churn(won, None) == 0.0)


def test_feedback_dearer_acquisition() -> None:
    """Five feedbacks of churn, dearer acquisition: the same leads are paid and fewer convert, so an account costs more;
    switched off the cost of each is the same.
    """

    def price(dataset: xr.Dataset) -> xr.DataArray:
        cost = dataset["cost"].sel(window="horizon", line="acquisition")
        return cost / measure(dataset, "accounts_new")

    assert z_of(cost_of_churn(price, "word of mouth")) > LIMIT
    assert np.all(cost_of_churn(price, None) == 0.0)


def test_feedback_margin() -> None:
    """Five feedbacks of churn, margin: fixed cost is spread over less revenue, so the share of revenue that is left
    falls with churn; without fixed cost it falls by what acquisition weighs, which is less.
    """

    def margin(dataset: xr.Dataset) -> xr.DataArray:
        return dataset["contribution"].sel(window="horizon") / measure(dataset, "revenue")

    more = cost_of_churn(margin, "margin") - cost_of_churn(margin, None)
    assert z_of(more) < -LIMIT
    free = {f"{CHANNEL}.cost_per_lead": 0.0}
    assert cost_of_churn(margin, None, **free) == pytest.approx(0.0, abs=1e-12)


def test_feedback_funding() -> None:
    """Five feedbacks of churn, valuation and funding: the multiple itself falls with retention, so value falls by more
    than ARR does; with a fixed multiple it falls in the same proportion.
    """

    def multiple(dataset: xr.Dataset) -> xr.DataArray:
        return dataset["value_after_horizon"] / (measure(dataset, "arr_closing") - measure(dataset, "arr_intending"))

    fall = cost_of_churn(multiple, "funding")
    assert abs(z_of(fall - 10.0 * (0.6 - 0.9) / 1.1**2)) < LIMIT
    fixed = {"money.after_horizon.multiple_per_nrr": 0.0}
    assert cost_of_churn(multiple, "funding", **fixed) == pytest.approx(0.0, abs=1e-5)

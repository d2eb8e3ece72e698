"""What is seen of churn, and when: leading and lagging figures, masked risk, reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from churnsim.engine.journal import EXIT, INTENT
from churnsim.metrics.estimates import estimate
from churnsim.metrics.reasons import stated_reasons
from churnsim.results.journal import journal
from tests.coverage.companies import LIMIT, ONCE, book, company, measure, run, z

CORE = "segments.core"
CHURN = f"{CORE}.intent.annual_churn"
CLOSED = {f"{CORE}.acquisition.channels": {}}
AT_ONCE = {f"{CORE}.engagement": {"monthly_adoption_share": 1.0, "adoption_ceiling": 0.8}}
"""Adoption is at its ceiling times product quality in every month."""


def contracts(term: int) -> dict[str, Any]:
    return {f"{CORE}.contracts": {"term_weight": {str(term): 1.0}, "billing_months": term}}


def causes(**slopes: float) -> dict[str, Any]:
    return {f"{CORE}.intent.causes": {"need": {"weight": 1.0, **slopes}}, f"{CORE}.reference.adoption": 0.8}


def spread(accounts: int, term: int) -> Any:
    """A book whose contracts end evenly over the term."""
    return book(np.full(accounts, 1000.0), tenure=np.arange(accounts) % term, term=term)


# --------------------------------------------------------------------------------------------------- leading, lagging


@pytest.mark.parametrize("term", [1, 12, 24])
def test_leading_indicators_lead_by_half_a_contract(term: int) -> None:
    """Leading indicators: a release costs adoption, and with it health, in its month at all; ARR follows as contracts
    end, on average (term - 1)/2 months after the decisions. Mean month of the extra losses, by contract length.
    """
    shock = {"release": {"product.release_setback": {"3": 1.0}}}
    recovery = {"monthly_adoption_share": 0.7, "adoption_ceiling": 0.8}
    changes = {
        f"{CORE}.engagement": recovery,
        CHURN: 0.003,
        "health.adoption_weight": 1.0,
        "run.horizon_months": term + 8,
    }
    file = company(**CLOSED | contracts(term) | causes(adoption=-12.0) | changes)
    dataset = run(file, shock, accounts=spread(480, term), replicates=400, record="full").isel(segment=0)
    health = (dataset["health_sum_by_month"] / dataset["accounts_closing_by_month"]).mean(["draw", "replicate"])
    fall = health.sel(arm="release") - health.sel(arm="base")
    assert int(fall.idxmin("month")) == 3
    lost = dataset["arr_churned_by_month"]
    extra = lost.sel(arm="release") - lost.sel(arm="base")
    # the missing share of adoption is .3, .09, ... of the ceiling in months 3, 4, ...: so are the extra decisions
    missing = 0.8 * 0.3 ** np.arange(1, 20)
    excess = np.exp(12.0 * missing) - 1.0
    decided = 3.0 + float(np.sum(np.arange(19) * excess) / excess.sum())
    wait = extra * (extra["month"] - decided - (term - 1) / 2.0)
    assert z(estimate(extra.sum("month"))) > LIMIT
    assert abs(z(estimate(wait.sum("month")))) < LIMIT
    wrong = extra * (extra["month"] - decided - (term - 1) / 2.0 - 2.0)
    assert abs(z(estimate(wrong.sum("month")))) > LIMIT


@pytest.mark.parametrize("term", [12, 36])
def test_renewal_rate_is_a_yardstick_of_the_past(term: int) -> None:
    """Renewal rate as a yardstick: the product is mended at once, yet the renewal rate of month t still counts the
    months of the contract before: 12 - t bad ones of a contract of a year, 36 - t of three years.
    """
    mended = {"mended": {"product.monthly_voice": 1.0}}
    product = {"product.initial_quality": 0.5}
    file = company(**CLOSED | contracts(term) | causes(adoption=-3.0) | AT_ONCE | product)
    dataset = run(file, mended, accounts=spread(720, term), replicates=150, record="full").isel(segment=0)
    good, bad = 0.8 ** (1 / 12), 0.8 ** (np.exp(3.0 * 0.4) / 12)
    for month in (2, 9):
        due = 720 // term
        left = dataset["accounts_churned_by_month"].sel(month=month)
        rate = 1.0 - left / due
        for arm, months_since in (("base", 0), ("mended", month)):
            found = estimate(rate.sel(arm=arm))
            assert abs(z(found, bad ** (term - months_since) * good**months_since)) < LIMIT
    seen = estimate(rate.sel(arm="mended")).mean
    assert abs(seen - good**term) > 0.05


# -------------------------------------------------------------------------------------------------------- masked risk


@pytest.mark.parametrize("term", [1, 12, 36])
def test_masked_risk_by_term(term: int) -> None:
    """Masked risk: with contracts that end evenly over the term, those k months into theirs have decided to leave with
    1 - .8^(k/12) and still pay; on monthly contracts nothing is hidden.
    """
    file = company(**CLOSED | contracts(term), **{"run.horizon_months": 1})
    dataset = run(file, accounts=spread(720, term), replicates=150)
    hidden = measure(dataset, "arr_intending").sel(arm="base")
    months = np.arange(1, term)
    expected = 720_000.0 / term * float(np.sum(1.0 - 0.8 ** (months / 12.0)))
    if term == 1:
        assert (hidden == 0.0).all()
    else:
        assert abs(z(estimate(hidden), expected)) < LIMIT
        assert abs(z(estimate(hidden), 1.05 * expected)) > LIMIT


def test_masked_risk_is_seen_only_at_expiry() -> None:
    """Masked risk: of customers who all signed for a year in month 1 some decide to leave in every month, and all who
    do leave in months 13 and 25, when their contracts end.
    """
    events = journal(company(**contracts(12))).events
    decided, left = (set(events["month"][events["kind"] == kind].tolist()) for kind in (INTENT, EXIT))
    assert left == {13, 25}
    assert decided == set(range(2, 26))


# ------------------------------------------------------------------------------------------------------------- reasons

TOLD = {"onboarding": {"price": 0.7}, "need": {"price": 0.2}}


def two_causes(**changes: Any) -> Any:
    """A bad start is half of the hazard and grows while first value is missing; price is a fifth."""
    weights = {"onboarding": {"weight": 0.5, "no_first_value": 1.0}, "price": {"weight": 0.2}, "need": {"weight": 0.3}}
    plain = {
        f"{CORE}.intent.causes": weights,
        f"{CORE}.onboarding.median_months_to_first_value": 6.0,
        "stated_reasons": TOLD,
        CHURN: 0.3,
        f"{CORE}.acquisition.channels.web": ONCE,
    }
    return company(**plain | changes)


def test_reasons_that_are_stated_are_not_the_roots() -> None:
    """Reasons: seven in ten leavers who never got going say "price", so price leads the exit interviews though the bad
    start leads the ledger; both lists have the same leavers.
    """
    dataset = run(two_causes(), replicates=20)
    told = stated_reasons(dataset, TOLD).sel(window="horizon").mean(["arm", "draw", "replicate"])
    roots = dataset["accounts_churned_by_cause"].sel(window="horizon").mean(["arm", "draw", "replicate"])
    assert float(told.sum()) == pytest.approx(float(roots.sum()))
    assert str(told.idxmax("reason").values) == "price"
    assert str(roots.idxmax("cause").values) == "onboarding"
    price = roots.sel(cause="price") + 0.7 * roots.sel(cause="onboarding") + 0.2 * roots.sel(cause="need")
    assert float(told.sel(reason="price")) == pytest.approx(float(price))


def test_reasons_roots_or_symptoms_at_equal_spend() -> None:
    """Reasons: the same money on the reason most stated, price, and on the root, a bad start, each mended to half: the
    root keeps more ARR, because more of the hazard answers to it.
    """
    spend = {"product.monthly_cost": 1_000.0}
    arms = {
        "symptom": spend | {f"{CORE}.intent.causes.price.weight": 0.1},
        "root": spend | {f"{CORE}.intent.causes.onboarding.weight": 0.25},
    }
    dataset = run(two_causes(), arms, replicates=60)
    spent = dataset["cost"].sel(window="horizon").sum("line")
    np.testing.assert_array_equal(spent.sel(arm="symptom"), spent.sel(arm="root"))
    kept = measure(dataset, "arr_closing")
    assert z(estimate(kept.sel(arm="symptom") - kept.sel(arm="base"))) > LIMIT
    assert z(estimate(kept.sel(arm="root") - kept.sel(arm="symptom"))) > LIMIT


def sponsors(adoption: float) -> xr.DataArray:
    """Share of customers left after a year without and with sponsors who leave, at a level of adoption."""
    engagement = {"monthly_adoption_share": 1.0, "adoption_ceiling": adoption}
    changes = {f"{CORE}.engagement": engagement, f"{CORE}.sponsor.adoption_protection": 1.0, "run.horizon_months": 13}
    file = company(**causes(no_sponsor=2.0) | changes)
    dataset = run(file, {"leaving": {f"{CORE}.sponsor.annual_departure": 0.6}}, replicates=100)
    return measure(dataset, "accounts_closing") / measure(dataset, "accounts_new")


def test_reasons_sponsor_loss_hurts_little_after_a_good_start() -> None:
    """Reasons, an interaction: without its sponsor an account's hazard is up by exp(2 (1 - adoption)), so that the loss
    costs little where many use the product; survival adds up over the month in which the sponsor goes.
    """
    month = np.arange(1, 14)
    goes = 0.4 ** ((month - 1) / 12.0) - np.append(0.4 ** (month[:-1] / 12.0), 0.0)
    losses = {}
    for adoption in (0.9, 0.2):
        left = sponsors(adoption)
        years = ((month - 1) + (13 - month) * np.exp(2.0 * (1.0 - adoption))) / 12.0
        assert abs(z(estimate(left.sel(arm="leaving")), float(np.sum(goes * 0.8**years)))) < LIMIT
        assert abs(z(estimate(left.sel(arm="base")), 0.8)) < LIMIT
        losses[adoption] = left.sel(arm="base") - left.sel(arm="leaving")
    assert z(estimate(losses[0.2] - losses[0.9])) > LIMIT
    assert losses[0.9].mean() < 0.25 * losses[0.2].mean()

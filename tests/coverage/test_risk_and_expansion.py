"""Managing customers: risk, expansion with trust, products and prices, advocates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from churnsim.metrics.estimates import estimate
from churnsim.metrics.promoters import net_promoter_score
from churnsim.scenario.files import ScenarioFile
from tests.coverage.companies import LIMIT, TEAM, book, company, effect, level, measure, run, z

ANNUAL = {"term_weight": {"12": 1.0}, "billing_months": 12}
NEED = "segments.core.intent.causes.need"
CHURN = "segments.core.intent.annual_churn"
CUSTOMERS = book(np.full(400, 1000.0))
ANNUAL_CUSTOMERS = book(np.full(400, 1000.0), term=12)


def closed(months: int, **changes: Any) -> ScenarioFile:
    """A company that lives on its book, with engagement as its whole health."""
    mine = {"run.horizon_months": months, "segments.core.acquisition.channels": {}, "health.adoption_weight": 0.0}
    return company(**{**mine, **changes})


def at_health(health: float) -> dict[str, Any]:
    """Changes that hold everybody's health at a level."""
    steady = {"initial_engagement": health, "monthly_drift": 0.0, "monthly_rowing": 0.0}
    return {f"segments.core.engagement.{key}": value for key, value in steady.items()}


def letter(**play: Any) -> dict[str, Any]:
    """A digital play that reaches all in each month."""
    return {"channel": "digital", **play}


# ------------------------------------------------------------------------------------------------- risk management


@pytest.mark.parametrize("threshold", [0.3, 0.4])
def test_risk_false_alarms_are_the_tail_of_the_noise(threshold: float) -> None:
    """Risk management, false alarms: nobody is at risk, and yet the alarm rings for the share of accounts whose noise
    alone carries the score below the threshold, month after month.
    """
    alarm = letter(effects={"engagement": 0.0}, trigger={"score": {"max": threshold}})
    file = closed(12, **at_health(0.5), **{CHURN: 0.0, "health.noise_sd": 0.2, "playbooks.alarm": alarm})
    rung = level(file, "plays_demanded", accounts=CUSTOMERS, replicates=40)
    expected = 400 * 12 * stats.norm.cdf((threshold - 0.5) / 0.2)
    assert abs(z(rung, expected)) < LIMIT
    assert rung.se < 0.01 * expected


QUIET = {
    CHURN: 0.3,
    "segments.core.contracts": ANNUAL,
    "segments.core.engagement": {"monthly_drift": 0.1, "monthly_rowing": 0.3, "intent_rowing_factor": 0.0},
    "health.noise_sd": 0.15,
    "playbooks.save": letter(
        effects={"rescue": 0.2}, cadence_months=2, trigger={"score": {"max": 0.3}}, cost_per_delivery=50.0
    ),
}
"""Who has decided to leave goes quiet, which the score sees; a save offer clears 1 intent of 5."""


def test_risk_a_wider_threshold_saves_more_at_a_higher_price_each() -> None:
    """Risk management, threshold: a wider one reaches more leavers, and many more who stay. Its extra saves cost more
    each than those of the narrow one, because the score orders accounts by risk, noisily.
    """
    narrow = {"playbooks.save.success_probability": 1.0}
    wide = narrow | {"playbooks.save.trigger.score": {"max": 0.5}}
    off = closed(36, **QUIET, **{"playbooks.save.success_probability": 0.0})
    dataset = run(off, {"narrow": narrow, "wide": wide}, accounts=ANNUAL_CUSTOMERS, replicates=40)
    churned, sent = measure(dataset, "accounts_churned"), measure(dataset, "plays_delivered")
    first, second = (churned.sel(arm=a) - churned.sel(arm=b) for a, b in (("base", "narrow"), ("narrow", "wide")))
    assert z(estimate(first)) > LIMIT
    assert z(estimate(second)) > LIMIT
    # letters per save of the wide one's extra ones above those of the narrow one's
    extra = (sent.sel(arm="wide") - sent.sel(arm="narrow")).mean() * first - sent.sel(arm="narrow").mean() * second
    assert z(estimate(extra)) > LIMIT


def test_risk_a_delayed_response_saves_fewer() -> None:
    """Risk management, response delay: a score that is four months old rings after the contract has ended for those
    who decided late, so fewer are saved by the same offer.
    """
    file = closed(36, **QUIET | {"health.noise_sd": 0.0})
    found = effect(file, {"late": {"health.lag_months": 4}}, "accounts_churned", accounts=ANNUAL_CUSTOMERS)
    assert z(found["late"]) > LIMIT


@pytest.mark.parametrize("months_left", [1, 6])
def test_risk_a_rescue_finds_only_what_was_decided_before_it(months_left: int) -> None:
    """Risk management, after intent: a rescue with p = .5 clears half of what was decided until then; who decides
    between it and the end of the contract leaves. In closed form for a rescue k months before the end.
    """
    trigger = {"months_to_renewal": {"min": months_left, "max": months_left}}
    save = letter(effects={"rescue": 0.5}, trigger=trigger)
    file = closed(12, **{"segments.core.contracts": ANNUAL, "playbooks.save": save})
    kept = level(file, "accounts_closing", accounts=ANNUAL_CUSTOMERS, replicates=100)
    stay = 0.8 ** (1 / 12)
    before = stay ** (12 - months_left)
    assert abs(z(kept, 400 * (before + (1.0 - before) * 0.5) * stay**months_left)) < LIMIT
    assert z(kept, 400 * 0.8) > LIMIT


def test_risk_acting_before_intent_works_where_acting_after_has_no_time() -> None:
    """Risk management, before against after: on monthly contracts a decision and its exit fall into the same month, so
    a certain rescue saves nobody; a shield acts before the decision and keeps 1 - .8^(1/e).
    """
    file = closed(12, **{"playbooks.act": letter(effects={"rescue": 0.0, "shield": 0.0})})
    arms = {"after": {"playbooks.act.effects.rescue": 1.0}, "before": {"playbooks.act.effects.shield": 1.0}}
    found = effect(file, arms, "accounts_churned", accounts=CUSTOMERS, replicates=60)
    assert (found["after"].mean, found["after"].se) == (0.0, 0.0)
    assert abs(z(found["before"], 400 * (0.8 - 0.8 ** np.exp(-1.0)))) < LIMIT


# -------------------------------------------------------------------------------------------- expansion with trust

PUSHY = {
    "segments.core.expansion.upsell": {"annual_rate": 1.0, "fraction": 0.1},
    "segments.core.expectation": {"pushy_gap": 0.2, "pushy_below_health": 0.5, "half_life_months": 1e9},
    f"{NEED}.expectation_gap": 2.0,
    CHURN: 0.1,
    "playbooks.push": letter(effects={"expansion_lift": 1.0}, success_probability=0.0),
}
PUSH = {"push": {"playbooks.push.success_probability": 1.0}}


def survivors(months: int, lift: float) -> float:
    """Share that survives when the n-th upsell multiplies the hazard by exp(.4): a birth process with killing."""
    hazard = -np.log(0.9) / 12 * np.exp(2.0 * 0.2 * np.arange(80))
    jumps = stats.poisson(np.exp(lift) / 12).pmf(np.arange(80))
    sold = np.eye(80)[0]
    for _ in range(months):
        sold = np.convolve(sold * np.exp(-hazard), jumps)[:80]
    return float(sold.sum())


def test_expansion_pushed_at_low_health_pays_now_and_costs_later() -> None:
    """Expansion with trust: pushed at health .3 ARR is higher after half a year and lower after three, since each sale
    widens the expectation gap that the hazard answers.
    """
    for months, sign in ((6, 1.0), (36, -1.0)):
        found = effect(closed(months, **at_health(0.3), **PUSHY), PUSH, "arr_closing", accounts=CUSTOMERS)["push"]
        assert sign * z(found) > LIMIT


def test_expansion_pushed_costs_the_customers_that_the_gap_drives_out() -> None:
    """Expansion with trust: how many are driven out follows from the number of sales, exactly."""
    dataset = run(closed(24, **at_health(0.3), **PUSHY), PUSH, accounts=CUSTOMERS, replicates=60)
    kept = measure(dataset, "accounts_closing")
    for arm, lift in (("base", 0.0), ("push", 1.0)):
        assert abs(z(estimate(kept.sel(arm=arm)), 400 * survivors(24, lift))) < LIMIT
    assert z(estimate(kept.sel(arm="push")), 400 * survivors(24, 0.0)) < -LIMIT


def test_expansion_offered_to_healthy_customers_costs_nobody() -> None:
    """Expansion with trust: at health .8 the same push sells as much, and nobody leaves for it."""
    dataset = run(closed(24, **at_health(0.8), **PUSHY), PUSH, accounts=CUSTOMERS)
    change = dataset.sel(arm="push") - dataset.sel(arm="base")
    assert z(estimate(measure(change, "arr_upsell"))) > LIMIT
    assert (measure(change, "accounts_churned") == 0.0).all()


# ------------------------------------------------------------------------------------------------ products and prices


@pytest.mark.parametrize("products", [1, 3])
def test_products_make_customers_stick(products: int) -> None:
    """Multi-product stickiness: each product beyond the first lowers the log hazard by .5, so users of three leave at
    e^-1 of the rate.
    """
    file = closed(12, **{f"{NEED}.products": -0.5})
    lost = level(file, "accounts_churned", accounts=book(np.full(400, 1000.0), products=products), replicates=60)
    assert abs(z(lost, 400 * (1.0 - 0.8 ** np.exp(-0.5 * (products - 1))))) < LIMIT


def test_products_sold_keep_customers_until_there_is_no_more_to_sell() -> None:
    """Multi-product stickiness: a second product sold for nothing still keeps customers; with
    `most_products` at 2 nobody buys a third.
    """
    offer = {"annual_rate": 0.0, "fraction": 0.0, "most_products": 2}
    file = closed(36, **{f"{NEED}.products": -0.5, "segments.core.expansion.cross_sell": offer})
    arms = {"sell": {"segments.core.expansion.cross_sell.annual_rate": 2.0}}
    dataset = run(file, arms, accounts=CUSTOMERS)
    change = dataset.sel(arm="sell") - dataset.sel(arm="base")
    assert z(estimate(measure(change, "accounts_churned"))) < -LIMIT
    sold = dataset["cross_sells"].sel(arm="sell", window="horizon")
    assert 360.0 < float(sold.mean()) <= float(sold.max()) <= 400.0


def test_price_uplift_earns_at_renewal_and_drives_some_out() -> None:
    """Price uplift and its cost: 5% more at each renewal is booked as ARR from price, and with 15 of log hazard per
    unit of uplift the year that follows has e^.75 times the hazard.
    """
    file = closed(24, **{"segments.core.contracts": ANNUAL, f"{NEED}.recent_uplift": 15.0})
    uplift = {"segments.core.contracts.price_uplift": 0.05, "segments.core.contracts.uplift_half_life_months": 1e9}
    dataset = run(file, {"dearer": uplift}, accounts=ANNUAL_CUSTOMERS, replicates=100).sel(arm="dearer")
    second = 0.8 ** np.exp(15.0 * 0.05)
    assert abs(z(estimate(measure(dataset, "accounts_closing")), 400 * 0.8 * second)) < LIMIT
    price = 400 * 0.8 * 50.0 + 400 * 0.8 * second * 52.5
    assert abs(z(estimate(measure(dataset, "arr_price")), price)) < LIMIT


# ------------------------------------------------------------------------------------------------------------ advocates


def test_advocates_refer_at_their_rate_and_others_do_not() -> None:
    """Advocacy: 400 promoters who refer .5 leads a year each bring 200 a year; just below the threshold nobody does."""
    refer = {CHURN: 0.0, "segments.core.advocacy.annual_referrals": 0.5}
    found = level(closed(24, **at_health(0.85), **refer), "referrals", accounts=CUSTOMERS, replicates=40)
    assert abs(z(found, 400 * 0.5 * 2)) < LIMIT
    assert level(closed(24, **at_health(0.75), **refer), "referrals", accounts=CUSTOMERS).mean == 0.0


def test_advocates_cultivated_and_organised() -> None:
    """Advocacy, cultivated against organised: care that lifts health makes promoters and keeps customers; a referral
    programme gets more out of the promoters there are and keeps not one.
    """
    care = letter(effects={"engagement": 0.5}, cadence_months=100, success_probability=0.0)
    mixed = book(np.full(400, 1000.0), health=np.repeat([0.7, 0.9], 200))
    advocacy = {"segments.core.advocacy.annual_referrals": 0.5, f"{NEED}.engagement": -2.0, "playbooks.care": care}
    arms = {
        "cultivated": {"playbooks.care.success_probability": 1.0},
        "organised": {"segments.core.advocacy.annual_referrals": 1.5},
    }
    dataset = run(closed(24, **at_health(0.7), **advocacy), arms, accounts=mixed)
    change = dataset - dataset.sel(arm="base")
    for arm in arms:
        assert z(estimate(measure(change, "referrals").sel(arm=arm))) > LIMIT
    assert z(estimate(measure(change, "accounts_churned").sel(arm="cultivated"))) < -LIMIT
    assert (measure(change, "accounts_churned").sel(arm="organised") == 0.0).all()


def test_advocates_net_promoter_score_lags() -> None:
    """Advocacy, NPS lags: when the team is cut in month 7 health falls at once, the score of promoters only when health
    has crossed its threshold, three months later: the threshold hides what happens above it.
    """
    touch = {"channel": "csm", "team": "csm", "hours": 0.1, "effects": {"engagement": 0.5}}
    drift = at_health(0.95) | {"segments.core.engagement.monthly_drift": 0.05, CHURN: 0.0}
    file = closed(12, **drift, **{"teams.csm": TEAM, "playbooks.touch": touch})
    arms = {"cut": {"teams.csm.posts.from_month": {"7": 0}}}
    monthly = run(file, arms, accounts=CUSTOMERS, replicates=2, record="full").sum("segment")
    health = monthly["health_sum_by_month"] / monthly["accounts_closing_by_month"]
    nps = (monthly["promoters_by_month"] - monthly["detractors_by_month"]) / monthly["accounts_closing_by_month"]
    fall = {
        name: (x.sel(arm="base") - x.sel(arm="cut")).isel(draw=0, replicate=0)
        for name, x in (("health", health), ("nps", nps))
    }
    first = {name: int(x["month"][(x > 1e-6).values][0]) for name, x in fall.items()}
    # engagement .952 under the team: .95^4 of it lies below .8
    assert first == {"health": 7, "nps": 10}
    end = net_promoter_score(run(file, arms, accounts=CUSTOMERS, replicates=1)).sel(window="horizon")
    assert end.sel(arm="cut").item() == 0.0
    assert end.sel(arm="base").item() == 1.0

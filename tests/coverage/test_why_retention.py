"""Why retention rules: what follows from churn alone."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from churnsim.metrics.estimates import estimate, quantile
from churnsim.scenario.files import ScenarioFile
from tests.coverage.companies import LIMIT, ONCE, STEADY, TEAM, book, company, effect, level, measure, run, segment, z

CHURN = "segments.core.intent.annual_churn"
CHANNEL = "segments.core.acquisition.channels.web"
CLOSED = {"segments.core.acquisition.channels": {}}
NO_DISCOUNT = {"money.annual_discount": 0.0, "money.gross_margin": 1.0}


def closed(months: int, **changes: object) -> ScenarioFile:
    """A company that lives on its book."""
    return company(**{"run.horizon_months": months, **CLOSED, **changes})


@pytest.mark.parametrize("accounts", [100, 400])
def test_leaky_treadmill_loses_in_proportion_to_the_base(accounts: int) -> None:
    """Leaky treadmill: under one churn rate a base four times as large loses four times the ARR a year, because each
    account carries its own hazard; that much new ARR is needed to stand still.
    """
    lost = level(closed(12), "arr_churned", accounts=book(np.full(accounts, 1000.0)), replicates=400)
    assert abs(z(lost, 0.2 * 1000.0 * accounts)) < LIMIT
    assert z(lost, 0.22 * 1000.0 * accounts) < -LIMIT


@pytest.mark.parametrize("accounts", [100, 1600])
def test_leaky_treadmill_has_a_ceiling(accounts: int) -> None:
    """Leaky treadmill: ARR goes to the ceiling of monthly new ARR over monthly churn from below and from above, since
    losses grow with the base and new business does not.
    """
    stay = 0.8 ** (1 / 12)
    file = company(**{"run.horizon_months": 36, CHANNEL: STEADY})
    final = level(file, "arr_closing", accounts=book(np.full(accounts, 1000.0)), replicates=100)
    ceiling = 20_000.0 / (1.0 - stay)
    expected = ceiling + (1000.0 * accounts - ceiling) * stay**36
    assert abs(z(final, expected)) < LIMIT
    assert abs(final.mean - ceiling) < 0.6 * abs(1000.0 * accounts - ceiling)


def test_one_point_of_churn_costs_a_year_of_lifetime() -> None:
    """One point of churn: on annual contracts 10% of churn makes ten years of lifetime and 11% makes 9.09. Revenue over
    fifty years finds it, because every renewal risks the same hazard.
    """
    contracts = {"term_weight": {"12": 1.0}, "billing_months": 12}
    file = company(**{"run.horizon_months": 589, CHURN: 0.10, "segments.core.contracts": contracts} | NO_DISCOUNT)
    dataset = run(file, {"worse": {CHURN: 0.11}}, replicates=40)
    lifetime = (measure(dataset, "revenue") / measure(dataset, "arr_new")).rename("years")

    def expected(churn: float) -> float:
        # 49 contracts, and half a month of the fiftieth
        return (1.0 - (1.0 - churn) ** 49) / churn + (1.0 - churn) ** 49 / 24.0

    for arm, churn in (("base", 0.10), ("worse", 0.11)):
        assert abs(z(estimate(lifetime.sel(arm=arm)), expected(churn))) < LIMIT
    fall = estimate(lifetime.sel(arm="worse") - lifetime.sel(arm="base"))
    assert abs(z(fall, expected(0.11) - expected(0.10))) < LIMIT
    assert z(fall) < -LIMIT


def test_one_point_of_churn_lowers_arr_and_valuation() -> None:
    """One point of churn: (89/90)^5 of the ARR is left after five years, and a value of five times the ARR at the
    horizon falls by five times the difference: it follows from who is still there.
    """
    multiple = {"money.after_horizon": {"kind": "multiple", "multiple": 5.0}, CHURN: 0.10} | NO_DISCOUNT
    options = {"accounts": book(np.full(300, 1000.0)), "replicates": 200}
    worse = {"worse": {CHURN: 0.11}}
    arr = effect(closed(60, **multiple), worse, "arr_closing", **options)["worse"]
    worth = effect(closed(60, **multiple), worse, "value_after_horizon", **options)["worse"]
    assert abs(z(arr, 300_000.0 * (0.89**5 - 0.90**5))) < LIMIT
    assert z(arr) < -LIMIT
    assert worth.mean == pytest.approx(5.0 * arr.mean, rel=1e-6)


def test_acquire_or_retain_costs_of_a_dollar_are_outputs() -> None:
    """Acquire or retain: a lead of 500 that converts at 1 in 4 and pays 1,000 makes a dollar of new ARR cost two; one
    of upsell costs its selling share. The ratio follows from the funnel; the customers' churn does not enter.
    """
    channel = STEADY | {"leads_per_month": 80.0, "conversion_probability": 0.25, "cost_per_lead": 500.0}
    upsell = {"annual_rate": 1.0, "fraction": 0.1}
    changes = {CHANNEL: channel, "segments.core.expansion.upsell": upsell, "money.expansion_cost_share": 0.3}
    dataset = run(company(**changes), replicates=60)
    cost = dataset["cost"].sel(window="horizon")
    bought = estimate((cost.sel(line="acquisition") - 2.0 * measure(dataset, "arr_new")).sel(arm="base"))
    assert abs(z(bought)) < LIMIT
    assert bought.se < 0.02 * float(cost.sel(line="acquisition").mean())
    sold = (cost.sel(line="expansion_selling") / measure(dataset, "arr_upsell")).values
    assert sold == pytest.approx(0.3)


def test_acquire_or_retain_at_equal_spend() -> None:
    """Acquire or retain: the same 60,000 a year on leads brings new ARR and saves none, on a CSM or on the product it
    saves ARR and brings none; each works through what it touches.
    """
    relation = {"need": {"weight": 1.0, "engagement": -3.0, "adoption": -3.0}}
    check_in = {"channel": "csm", "team": "csm", "hours": 1.0, "cadence_months": 3, "effects": {"engagement": 0.4}}
    nobody = TEAM | {"posts": {"today": 0}, "annual_cost": 60_000.0, "months_to_fill": 0, "ramp_months": 0.0}
    file = company(
        **{
            "run.horizon_months": 24,
            "segments.core.intent": {"annual_churn": 0.3, "causes": relation},
            CHANNEL: STEADY | {"cost_per_lead": 50.0},
            "teams.csm": nobody,
            "playbooks.check in": check_in,
            "product.initial_quality": 0.6,
        }
    )
    arms = {
        "leads": {f"{CHANNEL}.leads_per_month": 120.0},
        "csm": {"teams.csm.posts.from_month": {"1": 1}},
        "product": {"product.monthly_voice": 0.1, "product.monthly_cost": 5_000.0},
    }
    dataset = run(file, arms, accounts=book(np.full(300, 1000.0), tenure=6), replicates=40)
    spent = dataset["cost"].sel(window="horizon").sum("line")
    for arm in ("csm", "product"):
        assert (spent.sel(arm=arm) - spent.sel(arm="base")).values == pytest.approx(120_000.0)
    assert abs(z(estimate(spent.sel(arm="leads") - spent.sel(arm="base")), 120_000.0)) < LIMIT

    def change(values: xr.DataArray, arm: str) -> float:
        return z(estimate(values.sel(arm=arm) - values.sel(arm="base")))

    won, kept = measure(dataset, "arr_new"), dataset["cohort_arr_now"].sel(year=1).sum("segment")
    assert change(won, "leads") > LIMIT
    assert change(kept, "leads") == 0.0
    for arm in ("csm", "product"):
        assert change(won, arm) == 0.0
        assert change(kept, arm) > LIMIT


def test_dearer_acquisition_is_convex() -> None:
    """Acquire or retain: with an elasticity of 1 the n leads of a month cost n^2/20 times the price of a lead, so that
    growth by leads runs into its own price. Closed form by the second moment of Poisson numbers that double in a year.
    """
    channel = STEADY | {"cost_per_lead": 50.0, "cost_elasticity": 1.0, "annual_lead_growth": 1.0}
    file = company(**{CHANNEL: channel, "run.horizon_months": 24})
    cost = level(file, lambda d: d["cost"].sel(window="horizon", line="acquisition"), replicates=400)
    leads = 20.0 * 2.0 ** (np.arange(24) / 12)
    assert abs(z(cost, 50.0 * float(np.sum(leads + leads**2)) / 20.0)) < LIMIT
    assert z(cost, 50.0 * float(leads.sum())) > LIMIT


def test_sunk_cost_of_leavers_is_what_their_margin_has_not_paid_back() -> None:
    """Acquire or retain: what acquisition cost and a leaver's margin has not yet paid back is written off. On monthly
    contracts the months that leavers paid are geometric, so the loss has a closed form: the journal names them.
    """
    from churnsim.engine.journal import ENTRY, EXIT
    from churnsim.results.journal import journal

    cac, monthly, stay = 1000.0, 1000.0 / 12.0, 0.5 ** (1 / 12)
    file = company(**{CHURN: 0.5, "run.horizon_months": 61})
    losses = []
    for replicate in range(40):
        events = journal(file, replicate=replicate).events
        entered = {who: month for month, who in events[events["kind"] == ENTRY][["month", "who"]].tolist()}
        exits = events[events["kind"] == EXIT][["month", "who"]].tolist()
        losses += [max(cac - monthly * (month - entered[who]), 0.0) for month, who in exits]
    k = np.arange(1, 61)
    share = stay ** (k - 1) * (1.0 - stay)
    expected = float(np.sum(share * np.maximum(cac - monthly * k, 0.0)) / share.sum())
    error = np.std(losses) / np.sqrt(len(losses))
    assert abs(np.mean(losses) - expected) < LIMIT * error
    assert error < 0.03 * expected


def test_predictability_of_recurring_revenue() -> None:
    """Predictability: with the same mean of 270 customers next year those who renew at 90% of 300 vary binomially and
    those who must all be won anew vary as a Poisson number, ten times as much; P5 and CVaR follow.
    """
    annual = {"term_weight": {"12": 1.0}, "billing_months": 12}
    once = ONCE | {"leads_per_month": 270.0}
    recurring = closed(12, **{CHURN: 0.1, "segments.core.contracts": annual})
    single = company(**{"run.horizon_months": 12, CHANNEL: once, "segments.core.contracts": annual, CHURN: 0.99})
    kept = measure(run(recurring, accounts=book(np.full(300, 1000.0), term=12), replicates=4000), "arr_closing")
    won = measure(run(single, replicates=4000), "arr_closing")
    kept, won = (values.sel(arm="base") / 1000.0 for values in (kept, won))
    for values, law in ((kept, stats.binom(300, 0.9)), (won, stats.poisson(270.0))):
        assert abs(z(estimate(values), law.mean())) < LIMIT
        spread = estimate((values - values.mean()) ** 2)
        assert abs(z(spread, law.var())) < LIMIT
        tail = quantile(values, 0.05)
        assert tail.low <= law.ppf(0.05) <= tail.high
    worst = [float(np.sort(values.values.ravel())[:200].mean()) for values in (kept, won)]
    assert worst[0] > worst[1] + 10.0


def test_share_of_revenue_after_the_first_sale() -> None:
    """Share of revenue after the first sale: what renewals and upsell earn beyond the first contract, by segment. It
    follows from how long customers stay; with churn c over N annual contracts it is about 1 - c/(1 - (1 - c)^N).
    """
    annual = {"term_weight": {"12": 1.0}, "billing_months": 12}
    loyal = segment(**{"contracts": annual, "intent.annual_churn": 0.05})
    growing = segment(
        **{"contracts": annual, "intent.annual_churn": 0.3, "expansion.upsell": {"annual_rate": 1.0, "fraction": 0.2}}
    )
    core = {"segments.core.contracts": annual, CHURN: 0.3, "run.horizon_months": 61}
    dataset = run(company(**core, **{"segments.loyal": loyal, "segments.growing": growing}), replicates=60)
    flows = dataset.sel(window="horizon", arm="base", draw=0)
    # each account pays its first contract in full; upsell within it is not part of the sale
    share = 1.0 - flows["arr_new"] / flows["revenue"]
    for name, churn in (("core", 0.3), ("loyal", 0.05)):
        found = estimate(share.sel(segment=name).expand_dims(draw=[0]))
        # five contracts, and half a month of the sixth
        years = (1.0 - (1.0 - churn) ** 5) / churn + (1.0 - churn) ** 5 / 24.0
        assert abs(z(found, 1.0 - 1.0 / years)) < LIMIT
    assert z(estimate((share.sel(segment="growing") - share.sel(segment="core")).expand_dims(draw=[0]))) > LIMIT

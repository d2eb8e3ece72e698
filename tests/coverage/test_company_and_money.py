"""The team and the rest of the company: commitment, what the CFO asks, pilots, gates."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from churnsim.metrics.estimates import estimate, share_of_draws
from churnsim.metrics.money import payback_month
from churnsim.results.simulation import simulate
from churnsim.scenario.files import ScenarioFile, override
from tests.coverage.companies import LIMIT, ONCE, TEAM, company, effect, measure, run, z
from tests.coverage.test_risk_and_expansion import ANNUAL, CHURN, CUSTOMERS, NEED, closed, letter
from tests.coverage.test_support_and_trials import churn_of_groups

COMMITMENT, IMPLEMENTATION = "company.commitment", "company.implementation"


# ---------------------------------------------------------------------------------------------- company-wide commitment


def committed() -> ScenarioFile:
    """A company whose services department helps, whose sales hands over and whose product team listens."""
    service = {"channel": "department", "team": "services", "hours": 1.0, "effects": {"shield": 0.5}}
    return company(
        **{
            "teams.services": TEAM | {"department": True, "posts": {"today": 2}},
            "playbooks.service": service,
            "segments.core.onboarding": {"median_months_to_first_value": 2.0, "handover_delay": 3.0},
            "segments.core.engagement": {"adoption_ceiling": 0.8, "monthly_adoption_share": 0.5},
            f"{NEED}.adoption": -2.0,
            f"{NEED}.no_first_value": 1.0,
            "product": {"initial_quality": 0.9, "monthly_voice": 0.1, "monthly_erosion": 0.02},
        }
    )


def test_commitment_scales_what_other_departments_do() -> None:
    """Company-wide commitment: one scalar, half of it halves the hours of other departments, hands over half of what
    sales knows and halves the voice of the customer; each of these costs customers.
    """
    half = {COMMITMENT: 0.5}
    dataset = run(committed(), {"half": half}, replicates=40)
    hours = measure(dataset, "hours_available")
    np.testing.assert_allclose(hours.sel(arm="half"), 0.5 * hours.sel(arm="base"))
    months = measure(dataset, "months_to_first_value") / measure(dataset, "first_values")
    lost, health = measure(dataset, "accounts_churned"), dataset["health"].sel(window="horizon", segment="core")
    for values, sign in ((months, 1.0), (lost, 1.0), (health, -1.0)):
        assert sign * z(estimate(values.sel(arm="half") - values.sel(arm="base"))) > LIMIT


def test_commitment_reaches_first_value_at_the_pace_of_the_handover() -> None:
    """Company-wide commitment: with half of it the median delay is 2 (1 + 3 x .5) months, in closed form."""
    file = company(
        **{
            "segments.core.onboarding": {"median_months_to_first_value": 2.0, "handover_delay": 3.0},
            CHURN: 0.0,
            COMMITMENT: 0.5,
            "run.horizon_months": 4,
        }
    )
    dataset = run(file, replicates=100).sel(arm="base")
    reached = measure(dataset, "first_values")
    # three months of exposure after entry in mid-month 1
    expected = measure(dataset, "accounts_new") * (1.0 - 2.0 ** (-3.0 / 5.0))
    assert abs(z(estimate(reached - expected))) < LIMIT
    assert z(estimate(reached - measure(dataset, "accounts_new") * (1.0 - 2.0 ** (-3.0 / 2.0)))) < -LIMIT


def test_words_without_execution_are_no_commitment() -> None:
    """Company-wide commitment: intent times implementation. Twice the words, half carried out, are as good as the plain
    ones; any words of which nothing is carried out are as good as none.
    """
    arms = {
        "loud": {COMMITMENT: 2.0, IMPLEMENTATION: 0.5},
        "words": {COMMITMENT: 4.0, IMPLEMENTATION: 0.0},
        "none": {COMMITMENT: 0.0},
    }
    dataset = run(committed(), arms, replicates=20)
    for name in ("accounts_churned", "hours_delivered", "first_values"):
        values = measure(dataset, name)
        assert (values.sel(arm="loud") == values.sel(arm="base")).all()
        assert (values.sel(arm="words") == values.sel(arm="none")).all()
    lost = measure(dataset, "accounts_churned")
    assert z(estimate(lost.sel(arm="words") - lost.sel(arm="base"))) > LIMIT


# --------------------------------------------------------------------------------------------------------- the CFO asks


def programme(**changes: Any) -> ScenarioFile:
    """Customers of 10,000 on annual contracts, and one CSM who reviews and prepares renewals."""
    plays = {
        "review": {"channel": "csm", "team": "csm", "hours": 0.5, "cadence_months": 3, "effects": {"shield": 0.3}},
        "renewal": {
            "channel": "csm",
            "team": "csm",
            "hours": 1.0,
            "cadence_months": 12,
            "trigger": {"stages": ["renewal_window"]},
            "effects": {"rescue": 0.4},
        },
    }
    return company(
        **{
            "run.horizon_months": 60,
            "segments.core.acquisition": {"entry_arr_mean": 10_000.0, "channels": {"web": ONCE}},
            "segments.core.contracts": ANNUAL,
            "teams.csm": TEAM | {"annual_cost": 120_000.0},
            "playbooks": plays,
            **changes,
        }
    )


def test_cfo_sees_cost_now_and_return_later() -> None:
    """The CFO asks after a year: on annual contracts whom the programme keeps would not have left before month 13, so
    its first year shows salaries and no churn averted, though over five years it pays.
    """
    dataset = run(programme(), {"none": {"teams.csm.posts.today": 0}}, replicates=40)
    change = dataset.sel(arm="base") - dataset.sel(arm="none")
    year, whole = (change.sel(window=window) for window in ("first_year", "horizon"))
    assert (year["arr_churned"] == 0.0).all()
    np.testing.assert_allclose(year["contribution"], -120_000.0)
    assert z(estimate(whole["npv"])) > LIMIT
    paid = payback_month(change["discounted_contribution_by_month"])
    assert int(paid.min()) > 12
    # what will be kept is there already, among those who have not decided to leave
    assert z(estimate(year["arr_intending"].sel(segment="core"))) < -LIMIT


def test_cfo_asks_which_activity_did_it() -> None:
    """The CFO asks after a year: hours by activity add up to the hours delivered, and the effect of an activity is the
    company against itself without it, living through the same luck.
    """
    file = programme()
    plays = file.scenario.playbooks
    arms = {f"no {name}": {f"playbooks.{name}.success_probability": 0.0} for name in plays}
    dataset = run(file, arms, replicates=40)
    delivered = dataset["plays_delivered"].sel(window="horizon")
    hours = sum(delivered.sel(playbook=name, drop=True) * play.hours for name, play in plays.items())
    np.testing.assert_allclose(hours, dataset["hours_delivered"].sel(window="horizon", team="csm"), rtol=1e-9)
    lost = measure(dataset, "accounts_churned")
    for arm in arms:
        assert z(estimate(lost.sel(arm=arm) - lost.sel(arm="base"))) > LIMIT


# -------------------------------------------------------------------------------------------------- is it worth a pilot


def test_pilot_tells_draws_apart_and_so_decides_better() -> None:
    """Is it worth a pilot: whether a play helps or harms is not known. A randomised pilot of one year with 400
    customers leans towards the truth of its draw; rolling out only where it looked good beats rolling out anyway and
    never. The value of that information by regression comes with a later command; here is what it rests on.
    """
    draws, unknown = 150, {"dist": "uniform", "low": -0.8, "high": 0.8}
    file = closed(12, **{"playbooks.trial": letter(effects={"shield": unknown}, trigger={"random_share": 0.5})})
    everyone = override(file, {"playbooks.trial.trigger.random_share": 1.0})
    nobody = override(file, {"playbooks.trial.success_probability": 0.0})
    arms = {"everyone": everyone, "nobody": nobody}
    dataset = simulate(file, arms=arms, book=CUSTOMERS, draws=draws, replicates=4, seed=0, threads=1)
    kept = measure(dataset, "arr_closing").mean("replicate")
    gain = (kept.sel(arm="everyone") - kept.sel(arm="nobody")).values
    truth = dataset["inputs"].sel(input="playbooks.trial.effects.shield").values
    # replicate 4 is a luck that the roll-out does not live through
    counts = np.array([churn_of_groups(file, CUSTOMERS, 4, draw=draw) for draw in range(draws)])
    share = counts[..., 1] / counts[..., 0]
    looked_good = share[:, 0] < share[:, 1]
    assert stats.spearmanr(share[:, 1] - share[:, 0], truth).statistic > 0.5
    for blind in (0.0, gain):
        better = np.where(looked_good, gain, 0.0) - blind
        assert better.mean() > LIMIT * better.std(ddof=1) / np.sqrt(draws)


# ---------------------------------------------------------------------------------------------------------------- gates


def pert_cdf(x: float, low: float, mode: float, high: float) -> float:
    width = high - low
    return float(stats.beta(1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width, low, width).cdf(x))


def lifetime_value(dataset: xr.Dataset) -> xr.DataArray:
    return measure(dataset, "gross_profit") / measure(dataset, "accounts_new")


def test_gates_ltv_over_cac_is_a_probability() -> None:
    """Gates: with churn known only as PERT(.1, .2, .4) LTV exceeds three times CAC with the probability that churn lies
    below the one at which they are equal; a point estimate would say yes or no.
    """
    churn = {"low": 0.1, "mode": 0.2, "high": 0.4}
    channel = ONCE | {"leads_per_month": 2000.0, "conversion_probability": 0.5, "cost_per_lead": 750.0}
    money = {"money.gross_margin": 0.9, "money.annual_discount": 0.0}
    file = company(
        **{CHURN: churn, "segments.core.acquisition.channels.web": channel, "run.horizon_months": 240} | money
    )
    dataset = simulate(file, draws=300, replicates=1, seed=1, threads=1)
    ratio = (lifetime_value(dataset) / 1500.0).sel(arm="base")
    # k-th month of a contract is paid by those who outlive k - 1: lifetime 1/(1 - s) months
    stay = 1.0 - 0.9 * 1000.0 / 12.0 / (3.0 * 1500.0)
    expected = pert_cdf(1.0 - stay**12, **churn)
    found = share_of_draws(ratio, above=3.0)
    assert 0.1 < expected < 0.9
    assert abs(found.share - expected) < LIMIT * np.sqrt(expected * (1.0 - expected) / 300)


def test_gates_cac_payback_is_a_probability() -> None:
    """Gates: CAC between 300 and 1,500, all alike likely, is paid back by 62.50 of margin a month, the first half of it
    in the month of entry; the odds of doing so within 12 months follow, and so does each draw's month.
    """
    cac = {"dist": "uniform", "low": 300.0, "high": 1500.0}
    money = {"money.gross_margin": 0.75, "money.annual_discount": 0.0, CHURN: 0.0, "run.horizon_months": 36}
    channel = {"segments.core.acquisition.channels.web": ONCE | {"cost_per_lead": cac}}
    dataset = simulate(company(**money, **channel), draws=400, replicates=1, seed=1, threads=1)
    month = payback_month(dataset["discounted_contribution_by_month"]).sel(arm="base")
    price = dataset["inputs"].isel(input=0).values
    np.testing.assert_array_equal(month.values[:, 0], np.ceil(price / 62.5 + 0.5))
    expected = (11.5 * 62.5 - 300.0) / 1200.0
    within = share_of_draws(-month, above=-12.5)
    assert abs(within.share - expected) < LIMIT * np.sqrt(expected * (1.0 - expected) / 400)


def test_gates_move_with_retention() -> None:
    """Gates: a play that keeps customers lifts LTV over CAC, and no lead is cheaper for it."""
    care = letter(effects={"shield": 0.5}, success_probability=0.0)
    file = company(**{"playbooks.care": care, "run.horizon_months": 120})
    found = effect(file, {"care": {"playbooks.care.success_probability": 1.0}}, lifetime_value)["care"]
    assert z(found) > LIMIT

"""The lifecycle: funnel, handover, time to value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import gammainc, gammaincinv

from churnsim.metrics.estimates import Estimate, estimate
from tests.coverage.companies import LIMIT, ONCE, check, company, level, measure, run, segment, share, z

CORE = "segments.core"
CHURN = f"{CORE}.intent.annual_churn"
CHANNEL = f"{CORE}.acquisition.channels.web"
NO_CHURN = {CHURN: 0.0}
ANNUAL = {"term_weight": {"12": 1.0}, "billing_months": 12}


def cause(**slopes: float) -> dict[str, Any]:
    return {f"{CORE}.intent.causes": {"need": {"weight": 1.0, **slopes}}}


def survivors(hazard: np.ndarray) -> float:
    """Share of new accounts left after months of 20% a year times the factors `hazard`."""
    return float(0.8 ** (np.sum(hazard) / 12.0))


# ------------------------------------------------------------------------------------------------------------- funnel


@pytest.mark.parametrize(
    ("term", "renewing"), [(1, set(range(1, 13))), (12, {10, 11, 12}), (36, set())], ids=["monthly", "annual", "3y"]
)
def test_funnel_phases_follow_contract_dates(term: int, renewing: set[int]) -> None:
    """Funnel: the last 90 days before the contract's end are the renewal talk, so an annual contract grows in months 1
    to 9, a monthly one is always up for renewal, and one of three years never in its first.
    """
    plays = {stage: {"channel": "digital", "trigger": {"stages": [stage]}, "effects": {}} for stage in
             ("growth", "renewal_window")}  # fmt: skip
    contracts = {"term_weight": {str(term): 1.0}, "billing_months": 1}
    file = company(**NO_CHURN, **{f"{CORE}.contracts": contracts, "playbooks": plays, "run.horizon_months": 13})
    dataset = run(file, replicates=2, record="full").isel(arm=0, draw=0)
    share = dataset["plays_demanded_by_month"] / dataset["accounts_new_by_month"].sum(["month", "segment"])
    for month in range(1, 13):
        here = share.sel(month=month + 1)
        assert (here.sel(playbook="renewal_window") == float(month in renewing)).all()
        assert (here.sel(playbook="growth") == float(month not in renewing)).all()


def test_funnel_phases_follow_first_value() -> None:
    """Funnel: onboarding lasts until first value, and who has none after 90 days is stalled; how many are left in it
    follows from the clock to first value.
    """
    plays = {stage: {"channel": "digital", "trigger": {"stages": [stage]}, "effects": {}} for stage in
             ("onboarding", "stalled")}  # fmt: skip
    changes = {f"{CORE}.onboarding.median_months_to_first_value": 2.0, "playbooks": plays, "run.horizon_months": 7}
    dataset = run(company(**NO_CHURN, **changes, **{f"{CORE}.contracts": ANNUAL}), replicates=60, record="full")
    share = dataset["plays_demanded_by_month"] / dataset["accounts_new_by_month"].sum(["month", "segment"])
    for month in range(1, 7):
        here = share.sel(month=month + 1, arm="base")
        stage, other = ("onboarding", "stalled") if month <= 3 else ("stalled", "onboarding")
        assert abs(z(estimate(here.sel(playbook=stage)), 2.0 ** (-month / 2.0))) < LIMIT
        assert (here.sel(playbook=other) == 0.0).all()


def test_funnel_channels_differ_in_conversion_cost_and_fit() -> None:
    """Funnel: self-service leads cost little, convert seldom and bring wrong customers, sales the reverse. Cost of an
    account is price over conversion and survival that of the mixture; neither is an input.
    """
    web = ONCE | {"leads_per_month": 3000.0, "conversion_probability": 0.1, "cost_per_lead": 5.0, "misfit_share": 0.4}
    sales = ONCE | {"leads_per_month": 600.0, "conversion_probability": 0.5, "cost_per_lead": 400.0}
    causes = {"need": {"weight": 1.0, "misfit": float(np.log(3.0))}}
    sold = segment(**{"acquisition.channels": {"sales": sales}, "intent.causes": causes})
    file = company(**{f"{CORE}.intent.causes": causes, CHANNEL: web, "segments.sold": sold, "run.horizon_months": 13})
    flows = run(file, replicates=60).sel(window="horizon", arm="base")

    def of(segment: str, top: str, bottom: str) -> Estimate:
        return estimate((flows[top] / flows[bottom]).sel(segment=segment))

    check(of("core", "accounts_new", "leads"), 0.1, 0.11)
    check(of("sold", "accounts_new", "leads"), 0.5, 0.52)
    check(of("core", "accounts_closing", "accounts_new"), 0.6 * 0.8 + 0.4 * 0.8**3, 0.8)
    check(of("sold", "accounts_closing", "accounts_new"), 0.8, 0.78)
    spent = flows["cost"].sel(line="acquisition")
    assert abs(z(estimate(spent - 5.0 * 3000.0 - 400.0 * 600.0))) < LIMIT


# ----------------------------------------------------------------------------------------------- handover, first value


@pytest.mark.parametrize("quality", [1.0, 0.4])
def test_handover_delays_first_value(quality: float) -> None:
    """Sales-to-CS handover: what is lost is asked again, so the median to first value is longer by the delay; what is
    handed over counts as far as the company carries it out.
    """
    onboarding = {"median_months_to_first_value": 4.0, "handover_delay": 1.5, "handover_quality": quality}
    changes = {f"{CORE}.onboarding": onboarding, "company.implementation": 0.5, "run.horizon_months": 7}
    reached = level(company(**NO_CHURN, **changes), share("first_values"), replicates=100)
    median = 4.0 * (1.0 + 1.5 * (1.0 - 0.5 * quality))
    check(reached, 1.0 - 2.0 ** (-6.0 / median), 1.0 - 2.0 ** (-6.0 / 4.0))


def test_handover_widens_the_gap_of_expectations() -> None:
    """Sales-to-CS handover: at quality .25 three quarters of a gap of 1 remain, which fade by half in six months; the
    hazard follows, and with it how many stay.
    """
    changes = {f"{CORE}.expectation": {"handover_gap": 1.0, "half_life_months": 6.0}, "run.horizon_months": 13}
    file = company(**cause(expectation_gap=1.5), **changes)
    poor = {"poor": {f"{CORE}.onboarding.handover_quality": 0.25}}
    kept = measure(run(file, poor, replicates=100), share("accounts_closing"))
    gap = 0.75 * 2.0 ** (-np.arange(12) / 6.0)
    check(estimate(kept.sel(arm="poor")), survivors(np.exp(1.5 * gap)), 0.8)
    check(estimate(kept.sel(arm="base")), 0.8, 0.78)


@pytest.mark.parametrize("median", [2.0, 8.0])
def test_time_to_value_makes_the_renewal_rate(median: float) -> None:
    """Time to value: without first value the hazard is four times as high, so the share that renews after a year falls
    with the median; expected by adding up the months in which first value can come.
    """
    changes = {f"{CORE}.onboarding.median_months_to_first_value": median, "run.horizon_months": 13}
    file = company(**cause(no_first_value=float(np.log(4.0))), **changes, **{f"{CORE}.contracts": ANNUAL})
    month = np.arange(1, 13)
    reach = 2.0 ** (-(month - 1) / median) - 2.0 ** (-month / median)
    renewed = float(np.sum(reach * 0.8 ** ((12 + 3 * (month - 1)) / 12.0)) + 2.0 ** (-12 / median) * 0.8**4)
    check(level(file, share("accounts_closing"), replicates=100), renewed, 0.8)


def test_time_to_value_before_or_after_the_renewal_talk() -> None:
    """Time to value: among accounts of one company those with first value before the last 90 days renew more often than
    those without, because they spent more months at the lower hazard; the journal tells the two apart.
    """
    from churnsim.engine.journal import ENTRY, EXIT, FIRST_VALUE
    from churnsim.results.journal import journal

    changes = {f"{CORE}.onboarding.median_months_to_first_value": 6.0, "run.horizon_months": 13}
    file = company(**cause(no_first_value=float(np.log(4.0))), **changes, **{f"{CORE}.contracts": ANNUAL})
    early, late = [], []
    for replicate in range(10):
        events = journal(file, replicate=replicate).events

        def who(kind: int, before: int = 99, events: Any = events) -> set[int]:
            return set(events["who"][(events["kind"] == kind) & (events["month"] < before)].tolist())

        in_time, gone = who(FIRST_VALUE, before=11), who(EXIT)
        for account in who(ENTRY):
            (early if account in in_time else late).append(account not in gone)
    # first value in month k of nine leaves 12 + 3 (k - 1) months' worth of hazard
    month = np.arange(1, 10)
    reach = 2.0 ** (-(month - 1) / 6.0) - 2.0 ** (-month / 6.0)
    expected = float(np.sum(reach * 0.8 ** ((12 + 3 * (month - 1)) / 12.0)) / reach.sum())
    found = np.mean(early)
    assert abs(found - expected) < LIMIT * np.sqrt(expected * (1.0 - expected) / len(early))
    error = np.sqrt(0.25 / len(late) + 0.25 / len(early))
    assert found - np.mean(late) > LIMIT * error


def test_time_to_value_in_milestones() -> None:
    """Time to value: four steps, each exponential, reach first value with the same median as one, but later at first
    and surer in the end; shares by month are those of a Gamma law.
    """
    changes = {f"{CORE}.onboarding": {"median_months_to_first_value": 6.0, "milestones": 4}, "run.horizon_months": 13}
    dataset = run(company(**NO_CHURN, **changes), replicates=60, record="full").sel(arm="base")
    reached = dataset["first_values_by_month"].sum("segment").cumsum("month")
    reached = reached / dataset["accounts_new_by_month"].sum(["month", "segment"])
    for months in (2, 6, 12):
        law = float(gammainc(4.0, gammaincinv(4.0, 0.5) / 6.0 * months))
        one = 1.0 - 2.0 ** (-months / 6.0)
        found = estimate(reached.sel(month=months + 1))
        assert abs(z(found, law)) < LIMIT
        assert months == 6 or abs(z(found, one)) > LIMIT


def test_time_to_value_again_after_a_release() -> None:
    """Time to value: a release takes half of the adoption away, which comes back by a quarter of the gap a month: a
    short onboarding of all. Churn by adoption rises meanwhile and no longer.
    """
    changes = {"health.adoption_weight": 1.0, f"{CORE}.engagement.monthly_adoption_share": 0.25}
    file = company(**cause(adoption=-4.0), **changes)
    dataset = run(file, {"release": {"product.release_setback": {"7": 0.5}}}, replicates=60, record="full")
    health = (
        (dataset["health_sum_by_month"] / dataset["accounts_closing_by_month"])
        .isel(draw=0, segment=0)
        .mean("replicate")
    )
    lost = (health.sel(arm="base") - health.sel(arm="release")).values[6:]
    before = float(health.sel(arm="base", month=6))
    assert lost == pytest.approx(0.75 * 0.5 * before * 0.75 ** np.arange(len(lost)), rel=1e-4)
    gone = dataset["accounts_churned_by_month"].sum("segment")
    extra = gone.sel(arm="release") - gone.sel(arm="base")
    assert z(estimate(extra.sel(month=slice(7, 9)).sum("month"))) > LIMIT
    assert z(estimate(extra.sel(month=slice(1, 6)).sum("month"))) == 0.0
    assert z(estimate(extra.sel(month=slice(20, 25)).sum("month"))) < 2.0

"""Managing customers: support, voice, proof of value, sticky features, contact that harms, experiments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from churnsim.engine.journal import EXIT, PLAY
from churnsim.metrics.estimates import estimate
from churnsim.results.journal import journal
from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile
from tests.coverage.companies import LIMIT, book, effect, measure, run, z
from tests.coverage.test_risk_and_expansion import CHURN, CUSTOMERS, NEED, at_health, closed, letter

SUPPORT = "segments.core.support"

# --------------------------------------------------------------------------------------------------------- support


def answered(incidents: int, agents: int, handling: float, on_duty: float, patience: float) -> float:
    """Share answered in time by M/M/c, from the sums of the textbook."""
    load = incidents * handling / on_duty
    if load >= agents:
        return 0.0
    k = np.arange(agents + 1)
    terms = np.cumprod(np.concatenate(([1.0], load / k[1:])))
    waiting = terms[-1] * agents / (agents - load)
    return float(1.0 - waiting / (terms[:-1].sum() + waiting) * np.exp(-(agents - load) * patience / handling))


@pytest.mark.parametrize("agents", [2, 4])
def test_support_unresolved_incidents_follow_the_load_of_the_desk(agents: int) -> None:
    """Support: incidents are resolved at first contact where the desk answers in time, and whether it does follows from
    Erlang's wait at the month's load. Each one left open is the reopened ticket of the field.
    """
    support = {"annual_incidents": 12.0, "first_contact_resolution": 0.8}
    desk = {"agents": agents, "handling_hours": 0.5, "hours_per_agent_month": 120.0, "patience_hours": 0.25}
    dataset = run(closed(12, **{CHURN: 0.0, SUPPORT: support, "desk": desk}), accounts=CUSTOMERS, replicates=60)
    n = np.arange(200, 640)
    open_ = n * (1.0 - 0.8 * np.array([answered(k, agents, 0.5, 120.0, 0.25) for k in n]))
    expected = 12 * float(stats.poisson(400.0).pmf(n) @ open_)
    found = estimate(measure(dataset, "incidents_unresolved").sel(arm="base"))
    assert abs(z(found, expected)) < LIMIT
    assert found.se < 0.02 * expected
    assert abs(z(estimate(measure(dataset, "incidents").sel(arm="base")), 12 * 400.0)) < LIMIT


def test_support_that_is_slow_or_floods_costs_engagement_and_customers() -> None:
    """Support: an incident left open takes engagement, and disengaged customers leave. A desk without spare agents
    loses more of them, one that resolves at first contact fewer, and deflection halves the incidents themselves.
    """
    support = {"annual_incidents": 12.0, "first_contact_resolution": 0.7, "engagement_loss": 0.2}
    file = closed(
        24,
        **at_health(0.7) | {"segments.core.engagement.monthly_rowing": 0.3, f"{NEED}.engagement": -3.0},
        **{SUPPORT: support, "desk.agents": 3},
    )
    arms = {
        "slow": {"desk.agents": 2, "desk.patience_hours": 0.1},
        "skilled": {f"{SUPPORT}.first_contact_resolution": 0.95},
        "documented": {f"{SUPPORT}.deflected_share": 0.5, "desk.annual_deflection_cost": 10.0},
    }
    dataset = run(file, arms, accounts=CUSTOMERS)
    change = dataset - dataset.sel(arm="base")
    for arm, sign in (("slow", 1.0), ("skilled", -1.0), ("documented", -1.0)):
        assert sign * z(estimate(measure(change, "accounts_churned").sel(arm=arm))) > LIMIT
        assert sign * z(estimate(change["health"].sel(arm=arm, window="horizon", segment="core"))) < -LIMIT
    paid = dataset["cost"].sel(window="horizon", line="support", arm="documented")
    assert float(paid.mean()) == pytest.approx(10.0 * 400 * 2, rel=0.4)


# ------------------------------------------------------------------------------------------------ voice of the customer

PRODUCT = {
    "health.adoption_weight": 1.0,
    "segments.core.engagement": {"monthly_adoption_share": 1.0, "adoption_ceiling": 0.8},
    "product": {"initial_quality": 0.9, "monthly_voice": 0.2, "monthly_erosion": 0.05, "detection_delay_months": 3},
}


def test_voice_and_erosion_move_the_quality_that_adoption_follows() -> None:
    """Voice of the customer: quality is a stock that voice restores, late, and rivals wear away; with adoption that
    follows at once health is quality itself and goes to 1 - erosion/voice.
    """
    dataset = run(closed(120, **{CHURN: 0.0}, **PRODUCT), accounts=CUSTOMERS, replicates=1, record="full")
    health = dataset["health_sum_by_month"].isel(arm=0, draw=0, replicate=0, segment=0).values / 400
    quality = [0.9]
    for t in range(1, 121):
        quality.append(quality[-1] + 0.2 * (1.0 - quality[max(t - 4, 0)]) - 0.05)
    np.testing.assert_allclose(health, 0.8 * np.array(quality[1:]), rtol=1e-5)
    assert health[-1] == pytest.approx(0.8 * (1.0 - 0.05 / 0.2), rel=1e-3)


def test_voice_heard_late_or_mended_slowly_costs_customers() -> None:
    """Voice of the customer: a longer detection delay and a slower mending of what is found both leave quality lower
    for longer, and customers who adopt less leave more.
    """
    file = closed(36, **{f"{NEED}.adoption": -4.0}, **PRODUCT)
    arms = {"late": {"product.detection_delay_months": 12}, "slow": {"product.monthly_voice": 0.1}}
    found = effect(file, arms, "accounts_churned", accounts=CUSTOMERS)
    assert z(found["late"]) > LIMIT
    assert z(found["slow"]) > LIMIT


# ------------------------------------------------------------------------------------------------------- proof of value


def test_proof_of_value_outside() -> None:
    """Proof of value, outside: two customers with the same adoption, the value delivered, leave at different rates when
    they perceive it differently. A review that shows it moves engagement by .4, not adoption, and the
    hazard falls by e^(-3 x .4).
    """
    review = letter(effects={"engagement": 0.5}, cadence_months=600, success_probability=0.0)
    slope = {"segments.core.reference.engagement": 0.2, f"{NEED}.engagement": -3.0}
    file = closed(12, **at_health(0.2), **slope, **{"playbooks.review": review})
    dataset = run(file, {"shown": {"playbooks.review.success_probability": 1.0}}, accounts=CUSTOMERS, replicates=60)
    lost = measure(dataset, "accounts_churned")
    for arm, rate in (("base", 1.0), ("shown", np.exp(-3.0 * 0.5 * 0.8))):
        assert abs(z(estimate(lost.sel(arm=arm)), 400 * (1.0 - 0.8**rate))) < LIMIT
    delivered = closed(12, **at_health(0.2), **{"health.adoption_weight": 1.0, "playbooks.review": review})
    same = effect(delivered, {"shown": {"playbooks.review.success_probability": 1.0}}, "health", accounts=CUSTOMERS)
    assert same["shown"].mean == 0.0


def test_proof_of_value_inside_costs_the_year_of_waiting() -> None:
    """Proof of value, inside: a budget that comes only after a year of proof, here an arm with posts from month 13, has
    lost for good the customers of that year; the longer the proof, the more.
    """
    review = {"channel": "csm", "team": "csm", "hours": 0.2, "effects": {"shield": 1.0}}
    team = {"segments": ["core"], "posts": {"today": 0}, "annual_attrition": 0.0, "months_to_fill": 0}
    file = closed(24, **{"teams.csm": team, "playbooks.review": review})
    arms = {f"from {m}": {"teams.csm.posts.from_month": {str(m): 2}} for m in (1, 7, 13)}
    kept = measure(run(file, arms, accounts=CUSTOMERS), "arr_closing")
    for earlier, later in (("from 1", "from 7"), ("from 7", "from 13"), ("from 13", "base")):
        assert z(estimate(kept.sel(arm=earlier) - kept.sel(arm=later))) > LIMIT


# ------------------------------------------------------------------------------------ sticky features and dialogue


def churn_of_groups(file: ScenarioFile, accounts: Book, replicate: int, draw: int = 0) -> np.ndarray:
    """Accounts and leavers, (with play, without) x (accounts, leavers), as a company would count them."""
    events = journal(file, book=accounts, replicate=replicate, draw=draw).events
    touched = np.unique(events["who"][events["kind"] == PLAY])
    gone = np.unique(events["who"][events["kind"] == EXIT])
    inside = int(np.isin(gone, touched).sum())
    n = len(accounts.arr)
    return np.array([[len(touched), inside], [n - len(touched), len(gone) - inside]], float)


DIALOGUE = {
    f"{NEED}.engagement": -2.0,
    "health.noise_sd": 0.0,
    "playbooks.dialogue": letter(
        effects={"odds_ratio": 1.5, "causal_share": 0.0}, trigger={"score": {"min": 0.6}}, success_probability=0.0
    ),
}
TWO_KINDS = book(np.full(400, 1000.0), health=np.repeat([0.3, 0.8], 200))


def test_dialogue_goes_with_renewal_even_where_it_causes_nothing() -> None:
    """Sticky feature and executive dialogue: executives talk to healthy customers, who would have renewed anyway. In
    the company's own data those with dialogue leave far less; take it away and not one customer more leaves.
    """
    file = closed(12, **at_health(0.5), **DIALOGUE, **{"playbooks.dialogue.success_probability": 1.0})
    counts = sum(churn_of_groups(file, TWO_KINDS, replicate) for replicate in range(10))
    share = counts[:, 1] / counts[:, 0]
    error = np.sqrt((share * (1.0 - share) / counts[:, 0]).sum())
    assert share[0] - share[1] < -LIMIT * error
    none = {"none": {"playbooks.dialogue.success_probability": 0.0}}
    assert effect(file, none, "accounts_churned", accounts=TWO_KINDS)["none"].mean == 0.0


@pytest.mark.parametrize("causal", [0.25, 1.0])
def test_dialogue_saves_the_causal_share_of_its_odds_ratio(causal: float) -> None:
    """Sticky feature and executive dialogue: "who talk to us renew 50% more" read as an odds ratio lowers the hazard by
    1.5^-causal share: at a quarter the naive reading overstates the customers saved more than threefold.
    """
    everybody = letter(effects={"odds_ratio": 1.5, "causal_share": 0.0})
    arms = {"with": {"playbooks.dialogue.effects.causal_share": causal}}
    found = effect(
        closed(12, **{"playbooks.dialogue": everybody}), arms, "accounts_churned", accounts=CUSTOMERS, replicates=100
    )["with"]
    saved, naive = (400 * (0.8 - 0.8 ** (1.5**-share)) for share in (causal, 1.0))
    assert abs(z(found, saved)) < LIMIT
    if causal < 1.0:
        assert naive / saved > 3.0
        assert z(found, naive) > LIMIT


# ------------------------------------------------------------------------------------------------- contact that harms


def test_contact_can_harm_as_in_the_trial() -> None:
    """Contact can harm: a shield below 0 wakes sleeping dogs. One of ln(ln .936 / ln .900) turns 6.4% of three-month
    churn into the trial's 10.0%.
    """
    harm = float(np.log(np.log(0.936) / np.log(0.900)))
    file = closed(3, **{CHURN: 1.0 - 0.936**4, "playbooks.call": letter(effects={"shield": harm})})
    arms = {"silent": {"playbooks.call.success_probability": 0.0}}
    lost = measure(run(file, arms, accounts=CUSTOMERS, replicates=150), "accounts_churned")
    assert abs(z(estimate(lost.sel(arm="base")), 400 * 0.100)) < LIMIT
    assert abs(z(estimate(lost.sel(arm="silent")), 400 * 0.064)) < LIMIT


def test_contact_by_lift_keeps_customers_that_contact_by_risk_drives_out() -> None:
    """Contact can harm: where it works on the healthy and harms the disengaged, calling those at risk costs customers
    and calling those with lift keeps some, though the risk is the same to see.
    """
    call = letter(effects={"shield": 0.8}, success_probability=0.0)
    vary = {"at_health_0": -1.0, "at_health_1": 1.0}
    file = closed(24, **at_health(0.5), **DIALOGUE | {"playbooks.call": call, "playbooks.call.effects_vary": vary})
    on = {"playbooks.call.success_probability": 1.0}
    arms = {
        "by risk": on | {"playbooks.call.trigger.score": {"max": 0.5}},
        "by lift": on | {"playbooks.call.trigger.score": {"min": 0.5}},
    }
    found = effect(file, arms, "accounts_churned", accounts=TWO_KINDS)
    assert z(found["by risk"]) > LIMIT
    assert z(found["by lift"]) < -LIMIT


# -------------------------------------------------------------------------------------------------------- experiments


def trial(shield: float, share: float) -> ScenarioFile:
    """A letter to a random share of customers."""
    return closed(12, **{"playbooks.trial": letter(effects={"shield": shield}, trigger={"random_share": share})})


@pytest.mark.parametrize(("accounts", "shield"), [(400, 0.7), (100, 0.7), (400, 0.0)])
def test_experiments_have_their_power(accounts: int, shield: float) -> None:
    """Experiments: a play for a random half is a trial whose controls the journal names. It finds the true effect
    without bias, and rejects no effect as often as its size allows: with 100 customers seldom, under no effect in 5%.
    """
    tests = 120
    counts = np.array([churn_of_groups(trial(shield, 0.5), book(np.full(accounts, 1e3)), r) for r in range(tests)])
    share = counts[..., 1] / counts[..., 0]
    difference = share[:, 0] - share[:, 1]
    truth = 0.8 - 0.8 ** np.exp(-shield)
    assert abs(difference.mean() - truth) < LIMIT * difference.std(ddof=1) / np.sqrt(tests)
    error = np.sqrt((share * (1.0 - share) / counts[..., 0]).sum(axis=1))
    sd = np.sqrt((0.2 * 0.8 + (0.2 + truth) * (0.8 - truth)) / (accounts / 2))
    power = stats.norm.cdf(-1.96 - truth / sd) + stats.norm.cdf(-1.96 + truth / sd)
    rejected = float((np.abs(difference / error) > 1.96).mean())
    assert abs(rejected - power) < LIMIT * np.sqrt(power * (1.0 - power) / tests)


def test_experiments_have_their_groups_in_a_long_list_of_plays() -> None:
    """Experiments: each of forty plays has a random half of its own; of two plays a quarter gets both."""
    many = {f"playbooks.letter {p}": letter(effects={}, trigger={"random_share": 0.5}) for p in range(40)}
    events = journal(closed(1, **many), book=CUSTOMERS).events
    sent = events[events["kind"] == PLAY]
    reached = [set(sent["who"][sent["what"] == p].tolist()) for p in range(40)]
    # 780 pairs
    for p in range(40):
        assert abs(len(reached[p]) - 200) < LIMIT * np.sqrt(400 * 0.25)
        for q in range(p):
            assert abs(len(reached[p] & reached[q]) - 100) < LIMIT * np.sqrt(400 * 0.25 * 0.75)


def test_experiments_limit_the_harm_of_an_email_to_everyone() -> None:
    """Experiments: a letter that wakes sleeping dogs costs ten times as much when it goes to everyone as when a tenth
    of the customers, drawn at random, get it first.
    """
    arms = {"everyone": {"playbooks.trial.trigger.random_share": 1.0}}
    off = arms | {"nobody": {"playbooks.trial.success_probability": 0.0}}
    lost = measure(run(trial(-0.6, 0.1), off, accounts=CUSTOMERS, replicates=100), "accounts_churned")
    tenth, whole = (lost.sel(arm=arm) - lost.sel(arm="nobody") for arm in ("base", "everyone"))
    assert abs(z(estimate(whole), 400 * (0.8 - 0.8 ** np.exp(0.6)))) < LIMIT
    assert abs(z(estimate(tenth - 0.1 * whole))) < LIMIT
    assert z(estimate(whole - tenth)) > LIMIT

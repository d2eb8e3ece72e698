"""The frontier against closed forms: money whose worth is known, mixes, budgets, and input that is wrong."""

import json

import numpy as np
import pytest

from churnsim.decisions.headcount import fresh_seed
from churnsim.decisions.inputs import InputError
from churnsim.scenario.problems import ScenarioError
from churnsim.uncertainty.frontier import frontier
from churnsim.uncertainty.frontier_words import apart
from churnsim.uncertainty.options import in_words, mixed, options_of
from tests.uncertainty.closed import COST, closed_file, discounts, wages

TOOLS = """
[alternatives.automation]          # saves more than it costs
annual_cost = 50_000.0
charge = "simulated"
values."product.monthly_cost" = [3_000.0, 1_000.0]

[alternatives.gadget]              # costs and does nothing
annual_cost = 50_000.0
values."teams.csm.productivity" = [1.1, 1.2, 1.3]

[alternatives.rebate]
annual_cost = 10_000.0
charge = "revenue"
values."segments.core.contracts.price_uplift" = [0.0]
"""
SIZE = {"draws": 4, "replicates": 2, "seed": 5}


def test_money_that_saves_money_is_worth_its_present_value():
    found = frontier(closed_file(TOOLS), [50_000.0, 100_000.0, 150_000.0], step=50_000.0, among=["automation"], **SIZE)
    worth = discounts().sum()
    assert [mix.steps for mix in found.mixes] == [(0,), (1,), (2,)]
    assert [mix.gain.mean for mix in found.mixes] == pytest.approx([0.0, 84_000.0 * worth, 108_000.0 * worth], rel=1e-9)
    assert [b.best.steps for b in found.budgets] == [(1,), (2,), (2,)], "there is no third step"
    assert found.budgets[0].fresh.gain.mean == pytest.approx(84_000.0 * worth, rel=1e-9)
    assert found.budgets[1].lead.mean == pytest.approx(24_000.0 * worth, rel=1e-9)
    assert found.mixes[1].spends.mean == pytest.approx(-84_000.0), "it saves, which no charge hides"
    assert apart(found.mixes[1])
    assert "2 automation" in found.sentence
    assert "More than USD 100,000 a year finds nothing better" in found.sentence


def test_a_fixed_charge_is_spent_and_lost():
    found = frontier(closed_file(TOOLS), [100_000.0], step=50_000.0, among=["gadget"], **SIZE)
    for count, mix in enumerate(found.mixes):
        assert mix.stated == 50_000.0 * count
        assert mix.spends.mean == pytest.approx(mix.stated)
        assert mix.gain.mean == pytest.approx(-mix.stated * discounts().sum(), rel=1e-9)
    assert found.budgets[0].best.steps == (0,)
    assert found.budgets[0].alone[0].steps == (2,)
    assert "spend none of it" in found.sentence


def test_a_post_costs_what_a_post_costs():
    found = frontier(closed_file(), [300_000.0], step=100_000.0, among=["csm"], **SIZE)
    (post,) = found.alternatives
    assert post.step_cost == pytest.approx(COST * wages().mean(), rel=1e-12)
    assert [mix.steps for mix in found.mixes] == [(0,), (1,), (2,)]
    for count, mix in enumerate(found.mixes):
        assert mix.spends.mean == pytest.approx(count * post.step_cost, rel=1e-9)
        assert mix.gain.mean == pytest.approx(-count * COST * (discounts() * wages()).sum(), rel=1e-9)


def test_leads_are_bought_for_the_money_of_a_step():
    """Spent is what Poisson counts cost, within 4 standard errors; where leads grow dearer that is a little more."""
    ads = """
[segments.core.acquisition.channels.ads]
leads_per_month = 30.0
conversion_probability = 0.01
cost_per_lead = 250.0
annual_lead_growth = 0.2
seasonality = { "7" = 0.5 }
"""
    for elasticity in (0.0, 0.7):
        file = closed_file(f"{ads}cost_elasticity = {elasticity}\n")
        found = frontier(file, [60_000.0], step=30_000.0, among=["acquisition"], draws=60, replicates=4)
        base = _spent(1.0, 1.0, elasticity)
        today = 20.0 * 100.0 * 12.0 + _steady(elasticity)
        for mix in found.mixes[1:]:
            more = 1.0 + mix.stated / today
            expected = _spent(more, more ** (1.0 / (1.0 + elasticity)), elasticity) - base
            assert abs(mix.spends.mean - expected) < 4.0 * mix.spends.se
            assert mix.spends.se < 0.02 * mix.stated, "too few paths to see a wrong amount"
            assert expected == pytest.approx(mix.stated, rel=1e-9 if elasticity == 0.0 else 0.03)


def _ads() -> np.ndarray:
    """Mean leads of the channel ads in each of 24 months."""
    month = np.arange(24)
    return 30.0 * 1.2 ** (month / 12.0) * np.where(month % 12 == 6, 0.5, 1.0)


def _steady(elasticity: float) -> float:
    """What ads cost a year if each month had its mean number of leads."""
    return float(np.sum(250.0 * _ads() * (_ads() / 30.0) ** elasticity) / 2.0)


def _spent(web: float, ads: float, elasticity: float) -> float:
    """Mean of what both channels cost a year, their leads multiplied by factors."""
    from scipy.stats import poisson

    n = np.arange(400)
    months = [np.sum(poisson.pmf(n, ads * mean) * n * (n / 30.0) ** elasticity) for mean in _ads()]
    return 20.0 * 100.0 * 12.0 * web + 250.0 * float(np.sum(months)) / 2.0


def test_every_mix_that_the_money_pays_for_and_no_other():
    found = frontier(
        closed_file(TOOLS), [100_000.0], step=40_000.0, among=["automation", "gadget", "acquisition"], **SIZE
    )
    expected = {
        (a, g, q)
        for a in range(3)
        for g in range(4)
        for q in range(3)
        if 50_000 * a + 50_000 * g + 40_000 * q <= 100_000
    }
    assert {mix.steps for mix in found.mixes} == expected
    assert len(found.mixes) == len(expected)


def test_the_winner_is_looked_at_again_on_fresh_seeds():
    found = frontier(closed_file(), [80_000.0], step=40_000.0, among=["acquisition"], **SIZE)
    (budget,) = found.budgets
    again = frontier(closed_file(), [80_000.0], step=40_000.0, among=["acquisition"], **SIZE | {"seed": fresh_seed(5)})
    same = next(mix for mix in again.mixes if mix.steps == budget.best.steps)
    assert budget.fresh.gain == same.gain
    assert budget.fresh.gain != budget.best.gain or not any(budget.best.steps)


def test_revenue_forgone_is_in_no_line_of_cost():
    found = frontier(closed_file(TOOLS), [10_000.0], step=10_000.0, among=["rebate"], **SIZE)
    mix = found.mixes[1]
    assert (mix.stated, mix.forgone) == (10_000.0, 10_000.0)
    assert not apart(mix)


def test_posts_are_added_in_every_month_of_the_plan():
    text = closed_file().text.replace("posts = { today = 4 }", 'posts = { today = 4, from_month = { "7" = 6 } }')
    from churnsim.scenario.files import parse

    scenario = parse(text).scenario
    options = options_of(scenario, 1.0, ["csm"])
    assert mixed(scenario, options, [2]) == {
        "teams.csm.posts.from_month.1": 6,
        "teams.csm.posts.from_month.7": 8,
    }
    assert in_words(options, [2]) == "2 csm"


def test_json_holds_everything():
    content = frontier(closed_file(TOOLS), [100_000.0], step=50_000.0, among=["automation", "gadget"], **SIZE).to_json()
    json.dumps(content, allow_nan=False)
    assert np.shape(content["budgets"][0]["alone"]) == (2,)


def test_wrong_questions():
    file = closed_file(TOOLS)
    with pytest.raises(InputError, match=r"no alternative is called 'gadgit' \(nearest: 'gadget'\)"):
        frontier(file, [1e5], step=1e5, among=["gadgit"])
    with pytest.raises(InputError, match="pays for no step: the cheapest is 'gadget' at 50,000"):
        frontier(file, [1e3], step=1e3, among=["gadget"])
    with pytest.raises(InputError, match=r"mixes of csm, acquisition.* at most 400 are simulated"):
        frontier(file, [5e6], step=1e4)
    with pytest.raises(InputError, match="budgets must be above 0"):
        frontier(file, [0.0], step=1.0)
    with pytest.raises(InputError, match="no measure in money is called 'nrr'"):
        frontier(file, [1e5], step=1e5, among=["gadget"], measure="nrr", **SIZE)
    clash = closed_file(
        TOOLS.replace("alternatives.rebate", "alternatives.other").replace(
            'segments.core.contracts.price_uplift" = [0.0]', 'teams.csm.productivity" = [2.0]'
        )
    )
    with pytest.raises(InputError, match=r"'gadget' and 'other' both set teams\.csm\.productivity"):
        frontier(clash, [1e5], step=1e5, among=["gadget", "other"])
    fixed = closed_file(TOOLS.replace("product.monthly_cost", "money.annual_fixed_cost"))
    with pytest.raises(InputError, match="must be an exact number that none of them sets"):
        frontier(fixed, [1e5], step=1e5, among=["gadget", "automation"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[1.1, 1.2, 1.3]", "[1.1, -1.2, 1.3]", "alternatives.gadget.values.teams.csm.productivity: out of range"),
        ("csm.productivity", "csm.productivty", "did you mean 'teams.csm.productivity'?"),
        (
            "annual_cost = 50_000.0\nvalues",
            "annual_cost = 0.0\nvalues",
            "alternatives.gadget.annual_cost: out of range",
        ),
        ('"revenue"', '"revenu"', "did you mean 'revenue'?"),
        ("[1.1, 1.2, 1.3]", "[]", "alternatives.gadget.values.teams.csm.productivity"),
        ("[1.1, 1.2, 1.3]", "1.1", "is of the wrong type"),
        ('values."teams.csm.productivity" = [1.1, 1.2, 1.3]', "", "alternatives.gadget.values: is missing"),
        ("annual_cost = 50_000.0\nvalues", "anual_cost = 50_000.0\nvalues", "did you mean 'annual_cost'?"),
        ("csm.productivity", "csm.posts", "is a table"),
        ("teams.csm.productivity", "run.seed", "an arm must not change 'run'"),
    ],
)
def test_what_is_wrong_with_an_alternative_is_told_with_its_line(old, new, words):
    assert TOOLS.count(old) == 1
    with pytest.raises(ScenarioError) as error:
        closed_file(TOOLS.replace(old, new))
    assert words in str(error.value)
    assert all(problem.line is not None and problem.line > 30 for problem in error.value.problems)


def test_arms_have_no_alternatives():
    with pytest.raises(ScenarioError, match="an arm has no alternatives of its own"):
        closed_file(TOOLS + "[arms.greedy]\n'alternatives.gadget.annual_cost' = 1.0\n")

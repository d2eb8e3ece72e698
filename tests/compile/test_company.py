"""Product, desk, teams, plays and money against the equations of the scenario's files."""

from __future__ import annotations

import math

import numpy as np
import pytest

from churnsim.compile import company, teams
from tests.compile.small import scenario, values


def quality(months: int, **changes: object) -> list[float]:
    """Product quality by month, the same in every draw."""
    found = company.quality(values(scenario(**changes)), months)
    assert (found == found[0]).all()
    return [float(q) for q in found[0]]


def test_quality_stands_where_nothing_moves_it() -> None:
    assert quality(4) == [1.0] * 5
    assert quality(3, product__initial_quality=0.5) == [0.5] * 4


def test_quality_is_heard_and_eroded() -> None:
    found = quality(
        2,
        product__initial_quality=0.5,
        product__monthly_voice=0.4,
        product__monthly_erosion=0.05,
        company__commitment=0.5,
    )
    first = 0.5 + 0.2 * 0.5 - 0.05
    assert found == pytest.approx([0.5, first, first + 0.2 * (1.0 - first) - 0.05])


def test_a_delay_hears_the_quality_of_earlier_months() -> None:
    found = quality(3, product__monthly_voice=0.5, product__monthly_erosion=0.1, product__detection_delay_months=1)
    assert found == pytest.approx([1.0, 0.9, 0.8, 0.8 + 0.5 * (1.0 - 0.9) - 0.1])


def test_quality_stays_from_0_to_1_and_voice_restores_no_more_than_all() -> None:
    assert quality(2, product__monthly_erosion=0.7) == pytest.approx([1.0, 0.3, 0.0])
    loud = {"product__initial_quality": 0.2, "product__monthly_voice": 0.9, "company__commitment": 5.0}
    assert quality(2, **loud) == pytest.approx([0.2, 1.0, 1.0])


def test_releases_set_adoption_back_in_their_month() -> None:
    of = scenario(**{"product.release_setback": {"2": 0.25, "9": 0.5}})
    assert company.setback(values(of), 4)[0].tolist() == [1.0, 1.0, 0.75, 1.0, 1.0]
    assert (company.setback(values(scenario()), 4) == 1.0).all()


def test_the_desk() -> None:
    changes = {"desk__agents": 3, "desk__handling_hours": 0.75, "desk__patience_hours": 2.0}
    record = company.desk_record(values(scenario(**changes)))[0]
    assert tuple(record) == (3, 120.0, 0.75, 2.0)
    assert tuple(company.desk_record(values(scenario()))[0]) == (0, 0.0, 0.0, 0.0)


def test_incidents_take_hours_of_the_first_own_team_that_serves_the_segment() -> None:
    assert company.desk_teams(scenario()).tolist() == [-1, -1]
    busy = {f"segments.{name}.support.annual_incidents": 4.0 for name in ("core", "growth")}
    assert company.desk_teams(scenario(**busy)).tolist() == [-1, -1]
    busy |= {f"segments.{name}.support.reactive_hours": 0.5 for name in ("core", "growth")}
    # teams: experts (a department), csm (core only), growth (both)
    assert company.desk_teams(scenario(**busy)).tolist() == [1, 2]


def team(name: str = "csm", **changes: object) -> np.void:
    """Record of a team."""
    return teams.team_record(values(scenario(**changes)).under(f"teams.{name}"))[0]


def test_hours_of_a_department_follow_commitment_and_all_follow_productivity() -> None:
    half = {"company__commitment": 0.8, "company__implementation": 0.5}
    assert team("experts", **half)["hours"] == pytest.approx(44.0)
    assert team("csm", **half)["hours"] == 110.0
    assert team("csm", teams__csm__productivity=1.2)["hours"] == pytest.approx(132.0)


def test_overload_process_and_hiring() -> None:
    rule = {"overload_hours": 40.0, "for_months": 2, "most_posts": 9}
    record = team(
        **{
            "teams.csm.overload_attrition": 0.6,
            "teams.csm.process_monthly_cost": 3_000.0,
            "teams.csm.hiring": rule,
        }
    )
    names = ("overload_attrition", "process_cost", "hire_overload_hours", "hire_months", "hire_most")
    assert [record[name] for name in names] == [0.6, 3_000.0, 40.0, 2, 9]
    assert [team()[name] for name in names] == [0.0, 0.0, 0.0, 0, 0]


def play(name: str = "review", **changes: object) -> np.void:
    """Record of a play."""
    of = scenario(**changes)
    return teams.play_record(values(of).under(f"playbooks.{name}"), of, name)[0]


def test_only_csm_touch() -> None:
    assert [play(name)["touches"] for name in ("review", "mail", "visit")] == [1, 0, 0]
    assert [play(name)["team"] for name in ("review", "mail", "visit")] == [2, -1, 0]


@pytest.mark.parametrize(("wanted", "code"), [("absent", 0), ("present", 1)])
def test_conditions_of_a_trigger(wanted: str, code: int) -> None:
    record = play(**{"playbooks.review.trigger.sponsor": wanted, "playbooks.review.trigger.random_share": 0.4})
    assert (record["sponsor_wanted"], record["random_share"]) == (code, 0.4)
    assert (play()["sponsor_wanted"], play()["random_share"]) == (-1, 1.0)


def test_effects_and_how_they_vary() -> None:
    effects = {"sponsor": 0.5, "ceiling": -0.25, "shield": 0.1, "odds_ratio": 2.0, "causal_share": 0.4}
    vary = {"misfit": 0.5, "at_health_0": -1.0, "at_health_1": 2.0}
    record = play(**{"playbooks.review.effects": effects, "playbooks.review.effects_vary": vary})
    assert [record[name] for name in ("sponsor", "ceiling")] == [0.5, -0.25]
    assert [record[name] for name in ("misfit", "health_0", "health_1")] == [0.5, -1.0, 2.0]
    assert record["shield"] == pytest.approx(0.1 + 0.4 * math.log(2.0))
    off = [play()[name] for name in ("sponsor", "ceiling", "misfit", "health_0", "health_1", "shield")]
    assert off == [0.0, 0.0, 1.0, 1.0, 1.0, 0.0]


def test_a_play_works_by_segment_and_skill() -> None:
    of = scenario(
        **{
            "playbooks.review.effects_vary.by_segment.core": -0.5,
            "teams.growth.skill": {"core": 1.5, "growth": 0.8},
            "teams.csm.skill.core": 9.0,
        }
    )

    def factors(name: str) -> list[float]:
        found = teams.factors(values(of).under(f"playbooks.{name}"), of, name)
        assert (found == found[0]).all()
        return [float(x) for x in found[0]]

    assert factors("review") == pytest.approx([-0.75, 0.8])
    assert factors("mail") == factors("visit") == [1.0, 1.0]


def test_money() -> None:
    changes = {
        "money.annual_fixed_cost": 5_000.0,
        "product.monthly_cost": 600.0,
        "desk.agents": 3,
        "desk.annual_cost_per_agent": 50_000.0,
        "desk.annual_deflection_cost": 7.0,
        "money.after_horizon": {
            "kind": "multiple",
            "multiple": 4.0,
            "multiple_per_nrr": 2.0,
            "multiple_per_growth": 3.0,
        },
    }
    found = {name: list(vector) for name, vector in company.money(values(scenario(**changes))).items()}
    expected = {
        "annual_fixed_cost": 5_000.0,
        "product_monthly_cost": 600.0,
        "desk_annual_cost": 150_000.0,
        "annual_deflection_cost": 7.0,
        "multiple": 4.0,
        "multiple_per_nrr": 2.0,
        "multiple_per_growth": 3.0,
    }
    assert {name: found[name] for name in expected} == {name: [value] * 3 for name, value in expected.items()}
    assert not any(company.money(values(scenario()))[name].any() for name in expected)

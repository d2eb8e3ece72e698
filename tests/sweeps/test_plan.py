"""Plan files: what they mean, and all that can be wrong with them."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from churnsim.scenario.distributions import Pert
from churnsim.scenario.problems import Problem, ScenarioError
from churnsim.sweeps.plan import Plan, read_plan
from tests.sweeps.small import PLAN, SCENARIO, write

CHURN = "segments.core.intent.annual_churn"
ENTRY = "segments.core.acquisition.entry_arr_mean"


def plan_of(folder: Path, text: str) -> Plan:
    return read_plan(write(folder, text))


def problems(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        plan_of(folder, text)
    return list(caught.value.problems)


def test_a_grid_has_its_last_axis_fastest(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, PLAN)
    assert (plan.shape, plan.points, plan.paths) == ((3, 2), 6, 2 * 3 * 2)
    assert [plan.index(i) for i in range(6)] == list(np.ndindex(3, 2))
    assert plan.label(3) == "churn 1.2, price 11000"
    assert plan.arm_names == ("base", "three")
    assert (plan.seed, plan.draws, plan.replicates) == (3, 3, 2)


def test_factors_scale_numbers_and_distributions(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, PLAN)
    scenario = plan.scenario(4)
    law = scenario.segments["core"].intent.annual_churn
    assert isinstance(law, Pert)
    assert np.allclose([law.low, law.mode, law.high], [0.15, 0.21, 0.30], rtol=1e-12)
    assert scenario.segments["growth"].intent.annual_churn == pytest.approx(0.15)
    assert scenario.segments["core"].acquisition.entry_arr_mean == 9_000.0
    # the means of the factors stand beside them
    along = plan.dimensions[0].along
    assert along["segments.growth.intent.annual_churn"] == pytest.approx([0.10, 0.12, 0.15])
    assert along[CHURN] == pytest.approx([f * (0.10 + 4 * 0.14 + 0.20) / 6 for f in (1.0, 1.2, 1.5)])


def test_ranges_cases_and_axes_that_walk_together(tmp_path: Path) -> None:
    text = f"""
scenario = "scenario.toml"
zip = [["churn", "price"]]
[axes.churn]
path = "{CHURN}"
range = {{ from = 0.1, to = 0.2, steps = 3 }}
[axes.price]
path = "{ENTRY}"
values = [8_000.0, 9_000.0, 10_000.0]
[axes.economy.cases]
calm = {{}}
recession = {{ "market.volatility" = 0.3, segments.growth.intent.annual_churn = 0.2 }}
"""
    plan = plan_of(tmp_path, text)
    assert [d.name for d in plan.dimensions] == ["churn_price", "economy"]
    assert plan.shape == (3, 2)
    assert plan.dimensions[0].along == {"churn": pytest.approx([0.1, 0.15, 0.2]), "price": [8e3, 9e3, 1e4]}
    assert plan.dimensions[1].labels == ["calm", "recession"]
    assert plan.changes(3) == {
        CHURN: pytest.approx(0.15),
        ENTRY: 9e3,
        "market.volatility": 0.3,
        "segments.growth.intent.annual_churn": 0.2,
    }
    assert plan.label(2) == "churn_price 0.15, 9000, economy calm"


@pytest.mark.parametrize("method", ["latin", "sobol"])
def test_a_sample_fills_its_distributions(tmp_path: Path, method: str) -> None:
    text = f"""
scenario = "scenario.toml"
[sample]
method = "{method}"
points = 64
seed = 1
[sample.inputs]
"{CHURN}" = {{ dist = "uniform", low = 0.1, high = 0.3 }}
"market.volatility" = {{ low = 0.0, mode = 0.1, high = 0.2 }}
"""
    plan = plan_of(tmp_path, text)
    (point,) = plan.dimensions
    assert (point.name, plan.shape) == ("point", (64,))
    values = np.array(point.along[CHURN])
    # one point in each 64th of the distribution
    assert sorted(np.floor((values - 0.1) / 0.2 * 64).astype(int)) == list(range(64))
    assert plan.changes(5) == {CHURN: values[5], "market.volatility": point.along["market.volatility"][5]}
    assert plan_of(tmp_path, text).dimensions == plan.dimensions
    assert plan_of(tmp_path, text.replace("seed = 1", "seed = 2")).dimensions != plan.dimensions


def test_rungs_of_a_ladder_are_arms(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 'csm = "2..4"\n' + PLAN)
    assert plan.arm_names == ("base", "csm 2", "csm 3", "csm 4")
    scenario = plan.scenario(0)
    assert plan.arms_of(0, scenario)["csm 4"].teams["csm"].posts.from_month == {"1": 4}


def test_arms_of_the_plan_come_after_those_of_the_scenario(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, PLAN + '\n[arms.dearer]\n"teams.csm.annual_cost" = 200_000.0\n')
    assert plan.arm_names == ("base", "three", "dearer")
    assert plan.arms_of(5, plan.scenario(5))["dearer"].teams["csm"].annual_cost == 200_000.0


def test_sizes_are_those_of_a_run(tmp_path: Path) -> None:
    text = PLAN.replace("draws = 3\nreplicates = 2\n", "")
    plan = plan_of(tmp_path, text)
    assert (plan.draws, plan.replicates) == (250, 4)
    # a distribution that only an axis brings in needs draws as well
    exact = SCENARIO.replace("{ low = 0.10, mode = 0.14, high = 0.20 }", "0.14")
    plan = read_plan(write(tmp_path, text, exact))
    assert (plan.draws, plan.replicates) == (1, 1000)
    law = text.replace("[9_000.0, 11_000.0]", '[9_000.0, { dist = "lognormal", mean = 11_000.0, sd = 500.0 }]')
    plan = read_plan(write(tmp_path, law, exact))
    assert (plan.draws, plan.replicates) == (250, 4)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("measures", "mesures", "mesures", ("unknown key", "did you mean 'measures'")),
        ('"npv", "arr"', '"npv", "arrr"', "measures", ("no measure", "did you mean 'arr'")),
        ("factors = ", "factor = ", "axes.churn.factor", ("unknown key", "did you mean 'factors'")),
        ("values = [9_000.0, 11_000.0]", "", "axes.price", ("needs one of values, range, factors and cases",)),
        ("entry_arr_mean", "entry_arr_maen", "axes.price", ("did you mean", "entry_arr_mean")),
        ("annual_churn", "anual_churn", "axes.churn", ("has no number at", "did you mean", "annual_churn")),
        ("segments.*.intent", "name.*.intent", "axes.churn", ("no name of the scenario",)),
        ("11_000.0]", "-1.0]", "axes.price", ("out of range", "-1.0")),
        ("1.5]", "15.0]", "axes.churn", ("allowed is from 0",)),
        ("draws = 3", "draws = 0", "draws", ("out of range", "at least 1")),
        ("scenario.toml", "scenari.toml", "scenario", ("no such file", "scenari.toml")),
        ("axes.price", "axes.arm", "axes.arm", ("cannot be called so",)),
        ("draws = 3", "draws = 3\nteam = 'csm'", "team", ("belongs to csm",)),
        ("draws = 3", "draws = 3\ncsm = '4-9'", "csm", ("is not a range of posts", "4-9")),
        ("draws = 3", "draws = 3\ncsm = '4..9'\nteam = 'cms'", "team", ("no team", "nearest: 'csm'")),
        ("draws = 3", "draws = 3\nzip = [['churn', 'prise']]", "zip", ("no axis", "did you mean 'price'")),
        ("draws = 3", "draws = 3\nzip = [['churn', 'price']]", "zip", ("churn 3, price 2",)),
        (
            'path = "segments.core.acquisition.entry_arr_mean"\nvalues = [9_000.0, 11_000.0]',
            f'path = "{CHURN}"\nvalues = [0.1]',
            "axes.price",
            ("'churn' changes too",),
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, key: str, words: tuple[str, ...]
) -> None:
    assert PLAN.count(old) == 1
    text = PLAN.replace(old, new)
    found = problems(tmp_path, text)
    assert any(problem.key.startswith(key) for problem in found), found
    told = str(ScenarioError(found))
    for word in words:
        assert word in told
    for problem in found:
        assert problem.file == str(tmp_path / "plans.toml")
        top = problem.key.split(".")[:2]
        written = f"[axes.{top[1]}]" if top[0] == "axes" else top[0]
        head = text[: text.index(written)].count("\n") + 1
        assert problem.line is not None
        assert problem.line >= head


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = PLAN.replace('"arr"', '"arrr"').replace("entry_arr_mean", "entry") + "\n[arms.three]\n"
    assert {p.key.split(".")[0] for p in problems(tmp_path, text)} == {"measures", "axes", "arms"}


def test_a_plan_that_varies_nothing_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, 'scenario = "scenario.toml"\n')
    assert "nothing varies" in problem.message


def test_sobol_points_come_in_powers_of_two(tmp_path: Path) -> None:
    text = (
        'scenario = "scenario.toml"\n[sample]\nmethod = "sobol"\npoints = 100\ninputs = { "market.volatility" = 0.1 }\n'
    )
    assert "powers of two, found 100" in problems(tmp_path, text)[0].message
    assert "exact number" in problems(tmp_path, text.replace("100", "64"))[0].message
    wide = text.replace("100", "64").replace("0.1 }", '{ dist = "uniform", low = -1.0, high = 2.0 } }')
    (problem,) = problems(tmp_path, wide)
    assert problem.line == 5
    assert "ranges from -1 to 2" in problem.message


def test_a_star_in_a_case_stands_for_every_name(tmp_path: Path) -> None:
    text = PLAN.replace(
        'path = "segments.core.acquisition.entry_arr_mean"\nvalues = [9_000.0, 11_000.0]',
        'cases = { low = { "segments.*.acquisition.entry_arr_mean" = 1_000.0 }, high = {} }',
    )
    plan = plan_of(tmp_path, text)
    assert plan.dimensions[1].changes == [
        {ENTRY: 1_000.0, "segments.growth.acquisition.entry_arr_mean": 1_000.0},
        {},
    ]
    assert plan.scenario(0).segments["growth"].acquisition.entry_arr_mean == 1_000.0
    (found,) = problems(tmp_path, text.replace('entry_arr_mean" = 1_000.0', 'entry_arr_meen" = 1_000.0'))[:1]
    assert found.line == 11
    assert "entry_arr_mean" in str(found)
    (found,) = problems(tmp_path, text.replace("segments.*", "segments.core.intent.annual_churn.low.*"))[:1]
    assert "has a star" in found.message


def test_the_arms_of_the_scenario_can_be_left_out(tmp_path: Path) -> None:
    text = PLAN.replace("draws = 3", "draws = 3\nscenario_arms = false")
    assert plan_of(tmp_path, text).arm_names == ("base",)
    more = text + '[arms.three]\n"teams.csm.posts.from_month.1" = 30\n'
    assert plan_of(tmp_path, more).arms == {"three": {"teams.csm.posts.from_month.1": 30}}
    (found,) = problems(tmp_path, more.replace("scenario_arms = false", ""))
    assert "scenario_arms = false" in found.message


@pytest.mark.parametrize("wrong", ["-5.0", "-5", '"many"', "nan", "{ low = 2.0, mode = 1.0, high = 3.0 }"])
def test_ten_thousand_values_are_read_at_once_and_none_that_is_wrong_slips_through(tmp_path: Path, wrong: str) -> None:
    values = [f"{1_000 + i}.0" for i in range(10_000)]
    text = PLAN.replace("9_000.0, 11_000.0", ", ".join(values))
    start = time.perf_counter()
    assert plan_of(tmp_path, text).shape == (3, 10_000)
    # one by one they take half a minute
    assert time.perf_counter() - start < 5.0
    values[7_777] = wrong
    found = problems(tmp_path, PLAN.replace("9_000.0, 11_000.0", ", ".join(values)))
    assert [(p.line, p.key) for p in found] == [(10, "axes.price." + ENTRY)]
    wrong_path = text.replace("entry_arr_mean", "entry_arr_meen")
    assert "entry_arr_mean" in str(problems(tmp_path, wrong_path)[0])


def test_whole_numbers_among_others_are_tried_too(tmp_path: Path) -> None:
    values = ["1"] * 60 + ["0.5"] + ["3"] * 60
    text = PLAN.replace(ENTRY, "teams.csm.posts.from_month.1").replace("9_000.0, 11_000.0", ", ".join(values))
    (found,) = problems(tmp_path, text)
    assert found.found == "0.5, a number"

"""What a sweep shows in the terminal, on a page, in a figure and as JSON."""

from __future__ import annotations

import io
import json
import math
import re

import numpy as np
import pytest
from rich.console import Console

from churnsim.decisions.inputs import InputError
from churnsim.reports.content import Report
from churnsim.reports.html import html
from churnsim.reports.sections.sweep import Asked
from churnsim.reports.sweep import Subject, print_sweep, report_of, subject_of, write_page
from churnsim.reports.sweep_diff import print_sweep_diff, sentences
from churnsim.reports.sweep_figure import draw_sweep, sweep_figure
from churnsim.reports.sweep_json import to_json
from churnsim.reports.sweep_maps import MOST_PANELS, best_map, regret_map, value_map
from churnsim.sweeps.diff import diff_sweeps
from tests.reports.test_html import Page
from tests.sweeps.stores import ARMS, CHURN, ECONOMY, plans, stored, worth

NAME = "<script>alert(1)</script> $x$"


def shown(subject: Subject, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_sweep(subject, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def subject() -> Subject:
    return subject_of(plans())


@pytest.fixture(scope="module")
def report(subject) -> Report:
    return report_of(subject)


def test_the_words_say_who_wins_who_is_regretted_least_what_is_dominated_and_what_tips(subject):
    text = flat(shown(subject))
    assert "more CSMs wins in most futures: it has the highest NPV in 62%" in text
    assert "more CSMs is regretted least: it is at most $68.61k" in text
    assert "waste by base (told from noise at every point)" in text
    assert "churn tips the decision" in text
    assert "from base to more CSMs at 0.0936" in text
    assert "No value of economy tips the decision" in text
    assert "None" not in text
    assert "nan" not in text


def test_missing_and_failed_points_come_first():
    dataset = plans(missing=[(1, 1)], failed={(3, 0): "ScenarioError: too high\nmore"})
    text = shown(subject_of(dataset))
    first = flat(text)
    assert first.startswith(
        "Preliminary: 6 of 8 points are finished; 1 failed (churn 0.2, economy calm: ScenarioError: too high);"
        " 1 is not simulated yet."
    )
    assert re.search(r"calm .* failed", text)
    assert re.search(r"recession .* missing", text)


def test_a_map_holds_the_arms_and_leads_where_they_are(subject):
    grid = best_map(subject.reading, subject.standings)
    assert (grid.x_label, grid.y_label) == ("churn", "economy")
    (panel,) = grid.panels
    for r, economy in enumerate(ECONOMY):
        for c, churn in enumerate(CHURN):
            lead = 1e6 * (churn - (0.12 if economy == "calm" else 0.07))
            assert grid.names[panel.arms[r][c]] == ("more CSMs" if lead > 0 else "base")
            assert panel.values[r][c] == pytest.approx(min(abs(lead), 5e4) if lead < 0 else lead, abs=2e3)
    turned = best_map(subject.reading, subject.standings, x="economy")
    assert np.array_equal(np.array(turned.panels[0].values), np.array(panel.values).T)


def test_the_value_of_an_arm_and_its_difference_are_mapped(subject):
    grid = value_map(subject.reading, "waste", "base")
    assert grid.signed
    assert np.array(grid.panels[0].values) == pytest.approx(-5e4, abs=3e3)
    with pytest.raises(InputError, match="nearest: 'waste'"):
        subject_of(plans(), asked=Asked(arm="wast"))
    with pytest.raises(InputError, match="no axis with several values is called 'price'"):
        subject_of(plans(), asked=Asked(arm="waste", x="price"))


def test_more_axes_become_panels_and_the_rest_is_told():
    def value(arm, luck, a, b, c):
        return luck + a + b + c + 10.0 * (arm == "y")

    dataset = stored({"a": (1.0, 2.0), "b": (1.0, 2.0), "c": tuple(map(float, range(15)))}, ("x", "y"), value, draws=4)
    subject = subject_of(dataset)
    grid = value_map(subject.reading, "x")
    assert len(grid.panels) == MOST_PANELS
    assert [p.title for p in grid.panels[:2]] == ["c 0", "c 1"]
    # luck is the same at all points
    assert np.diff([p.values[0][0] for p in grid.panels]) == pytest.approx(1.0)
    page = report_of(subject)
    best = next(s for s in page.sections if s.key == "best")
    assert (
        "The map has room for 12 of 15 panels: that of c 12 and those after it are left out. churnsim report STORE"
        in (best.words[1])
    )
    assert "--at c=12 shows it" in best.words[1]
    said = " ".join(" ".join(text.get_text() for text in draw_sweep(subject).texts).split())
    assert "12 of 15 panels" in said
    alone = subject_of(dataset, asked=Asked(at={"c": ["12", "14"]}))
    assert [p.title for p in best_map(alone.reading, alone.standings).panels] == ["c 12", "c 14"]
    assert report_of(alone).size.endswith("seed 5; at c 12 or 14 alone")


def climbed(*means: float, first: int = 6) -> Subject:
    """A ladder of posts by their mean NPV, beside a base that does as the second rung does."""
    names = [f"csm {first + i}" for i in range(len(means))]
    worth_of = dict(zip(names, means, strict=True)) | {"base": means[1]}

    def value(arm, luck, x):
        return 1e6 + 1e4 * worth_of[arm] + np.zeros_like(luck)

    dataset = stored({"x": (1.0, 2.0)}, ("base", *names), value)
    dataset.attrs["plan_text"] += 'csm = "6..9"\n'
    return subject_of(dataset)


def test_a_winner_at_the_end_of_a_ladder_is_warned_of_in_the_terminal_and_on_the_page():
    text = "csm 9 is the highest rung that was tried: the best may lie beyond, so try more posts as well."
    subject = climbed(0.0, 1.0, 2.0, 3.0)
    assert text in flat(shown(subject))
    assert text in Page(html(report_of(subject))).text
    assert "csm 6 is the lowest rung that was tried: the best may lie beyond, so try fewer posts" in flat(
        shown(climbed(3.0, 1.0, 0.0, 0.0))
    )
    assert "beyond" not in flat(shown(climbed(0.0, 1.0, 2.0, 1.5)))
    assert "beyond" not in flat(shown(climbed(3.0, 1.0, 0.0, first=0))), "there are no fewer than none"
    # the base is csm 7 here, the highest rung
    assert "csm 7 is the highest rung" in flat(shown(climbed(0.0, 1.0)))
    assert "rung" not in flat(shown(subject_of(plans())))


def test_an_arm_that_is_the_base_is_counted_once():
    subject = climbed(0.0, 3.0, 2.0, 1.0)
    text = flat(shown(subject))
    assert subject.reading.arms == ("base", "csm 6", "csm 8", "csm 9")
    assert text.startswith("base wins in most futures: it has the highest NPV in 100%")
    assert "csm 7 does the same in every path as base, and is counted once, as base." in text
    assert "csm 7 does the same in every path as base" in Page(html(report_of(subject))).text
    assert to_json(subject)["same"] == {"csm 7": "base"}
    asked = subject.asked.with_arms(subject.reading.twins)
    assert asked == subject.asked
    assert Asked(arm="csm 7").with_arms(subject.reading.twins).arm == "base"


def test_one_axis_shows_regret_by_value_and_arm():
    dataset = stored({"x": (1.0, 2.0)}, ("a", "b"), lambda arm, luck, x: np.full((40, 3), 10.0 * x * (arm == "b")))
    subject = subject_of(dataset)
    grid = regret_map(subject.reading, subject.standings)
    assert (list(grid.columns), list(grid.rows)) == (["1", "2"], ["b", "a"])
    assert grid.panels[0].values == [[0.0, 0.0], [10.0, 20.0]]


def test_tables_are_whole(report):
    for section in report.sections:
        tables = [*(view.table for view in section.views), *section.tables, *section.folded]
        for table in tables:
            assert {len(c.cells("USD")) for c in table.columns} == {table.rows}, table.title


def test_the_page_is_safe_and_asks_for_nothing():
    dataset = stored(
        {"churn": CHURN, "economy": (NAME, "calm")}, ("base", NAME), lambda arm, luck, churn, economy: luck
    )
    found = Page(html(report_of(subject_of(dataset))))
    assert not {"script", "img", "iframe"} & set(found.tags)
    addresses = [value for name, value in found.attributes if name in ("href", "src", "xlink:href")]
    assert [a for a in addresses if not a.startswith("#")] == ["data:,"]
    assert NAME in found.text
    assert found.tags.count("svg") == found.tags.count("figcaption") == 3
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_the_same_sweep_gives_the_same_page(tmp_path, subject):
    one, other = write_page(subject, tmp_path / "a.html"), write_page(subject_of(plans()), tmp_path / "b.html")
    assert one.read_bytes() == other.read_bytes()
    text = one.read_text(encoding="utf-8")
    assert "The plan in full" in text
    assert "The scenario in full" in text


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_figure_is_written_whole(tmp_path, subject, suffix):
    path = sweep_figure(subject, tmp_path / f"map.{suffix}")
    assert path.stat().st_size > 5_000
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_cells_of_the_figure_say_what_their_colour_says(subject):
    figure = draw_sweep(subject)
    words = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert len(words) == 8
    assert sum(word.startswith("more CSMs\n") for word in words) == 5
    asked = draw_sweep(subject_of(plans(), asked=Asked(arm="waste", against="base")))
    assert all(text.get_text().startswith("-$") for ax in asked.axes for text in ax.texts)


def test_a_sweep_that_has_no_map_says_so():
    sample = {"x": np.linspace(0.0, 1.0, 16)}
    subject = subject_of(
        stored({}, ("a", "b"), lambda arm, luck, x: luck + 99.0 * (x - 0.5) * (arm == "b"), sample=sample)
    )
    with pytest.raises(InputError, match="no axis with several values"):
        draw_sweep(subject)
    text = flat(shown(subject))
    assert re.search(r"the answer turns, the others at their means, at 0\.(49|50)", text)
    assert "Sampled inputs" in text


def test_one_arm_shows_its_value():
    subject = subject_of(stored({"x": (1.0, 2.0)}, ("base",), lambda arm, luck, x: 1e6 * x + luck))
    text = flat(shown(subject))
    assert "one arm, base" in text
    assert re.search(r"\$1\.00M ± .* \$2\.00M ±", text)
    assert "<svg" in html(report_of(subject))


def test_json_has_every_point_and_no_nan(subject):
    dataset = plans(missing=[(1, 1)], failed={(3, 0): "no"})
    found = json.loads(json.dumps(to_json(subject_of(dataset)), allow_nan=False))
    assert [point["state"] for point in found["points"]].count("finished") == 6
    assert found["points"][6] == {"at": {"churn": "0.2", "economy": "calm"}, "state": "failed", "error": "no"}
    assert (found["finished"], found["failed"], found["missing"]) == (6, 1, 1)
    first = found["points"][0]
    assert first["best"] == "base"
    assert first["regret"]["base"]["mean"] == 0.0
    assert first["lead"]["mean"] == pytest.approx(5e4, abs=3e3)
    whole = to_json(subject)["tipping"]["along"][0]["mean"]["switches"][0]
    assert whole["low"] < whole["value"] < whole["high"]


def test_factors_are_shown_as_factors():
    dataset = stored(
        {"churn": (0.5, 1.0)}, ("a", "b"), lambda arm, luck, churn: luck + (churn - 0.75) * 99 * (arm == "b")
    )
    dataset.attrs["plan_text"] = "[axes.churn]\nfactors = [0.5, 1.0]\n"
    subject = subject_of(dataset)
    assert subject.reading.axes[0].labels == ("×0.5", "×1")
    assert re.search(r"from a to b at ×0\.7\d", flat(shown(subject)))


def test_a_difference_of_sweeps_is_told_in_pairs():
    def other(arm, luck, churn, economy):
        return worth(arm, luck, churn, economy) - 1e4

    new = stored({"churn": CHURN, "economy": ECONOMY}, ARMS, other, salt=lambda point: f"{point} edited")
    found = diff_sweeps(plans(), new, names=("old", "new"))
    console = Console(file=io.StringIO(), width=160, highlight=False)
    print_sweep_diff(found, console)
    text = flat(console.file.getvalue())  # type: ignore[attr-defined]
    assert "8 of 8 points that both have finished have other inputs." in text
    assert "-$10.0k ± 0 " in text
    assert "in pairs: both have the same seed and sample" in text
    assert "The best arm is the same at all 8 points." in text
    assert not math.isnan(
        json.loads(json.dumps(found.to_json(), allow_nan=False))["arms"]["base"]["difference"]["mean"]
    )
    alarm = sentences(diff_sweeps(plans(), stored({"churn": CHURN, "economy": ECONOMY}, ARMS, other)))
    assert "which must not be" in alarm[0]

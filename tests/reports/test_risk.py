"""Risk in words, tables and its figure."""

from __future__ import annotations

import io

import matplotlib.image
import pytest
from rich.console import Console

from churnsim.decisions.scorecard import Rule
from churnsim.reports.risk import print_risk, print_scenarios
from churnsim.reports.risk_figure import draw_risk, risk_figure
from churnsim.reports.risk_words import sentences
from churnsim.uncertainty.risk import risk_of, risk_of_run
from churnsim.uncertainty.scenarios import regret_over
from tests.decisions.fake import dataset, ladder_arms
from tests.decisions.runs import run_of

ARMS, RUNGS = ladder_arms(range(4), 2)
DATA = dataset(ARMS, [40_000.0, 9_000.0, -12_000.0], draws=60, effects={"a": 60_000.0}, name="a $5 [b] $x$ _name_")
ASKED = list(RUNGS.values())


def printed(show, what, width: int = 220) -> str:
    out = io.StringIO()
    show(what, Console(file=out, width=width, highlight=False))
    return out.getvalue()


@pytest.fixture(scope="module")
def found():
    return risk_of(DATA, arms=ASKED, targets={"arr>1.1e6": Rule("arr", 1.1e6, True)})


def test_what_a_reader_sees(found):
    text = printed(print_risk, found)
    assert text.startswith("How bad is a bad case? ARR, month 12 with csm 2: ")
    for words in (
        "on average in the worst 5% (CVaR, 95% interval)",
        "Were luck to average out, ignorance alone would leave 1 draw in 20 below",
        "Odds of arr>1.1e6: ",
        "Which arm? csm 2 has the best mean NPV",
        "Regret: to choose csm 2 now costs",
        "a $5 [b] $x$ _name_, 36 months (60 draws × 5 replicates, seed 1): NPV",
        "dominated by csm 2",
        "Price of a CSM: not asked, for the scenario is not given.",
        "CVaR of 5.0% rests on 3 of 60 draws: its error is a guess",
    ):
        assert words in " ".join(text.split()), words
    assert "nan" not in text.lower().replace("finance", "")


def test_no_line_is_wider_than_the_terminal(found):
    for width in (80, 120):
        lines = printed(print_risk, found, width).splitlines()
        assert max(map(len, lines)) <= width
        assert not any("…" in line for line in lines)


def test_a_single_draw_says_what_it_does_not_know():
    single = risk_of(dataset(ARMS, [4e4, 9e3, -1e4], draws=1, replicates=300), arms=ASKED)
    said = " ".join(sentences(single))
    assert "Ignorance apart from luck is not shown: there is a single draw" in said
    assert "best arm in" in said
    assert "of paths" in said
    assert "Regret" not in said
    assert "draws" not in printed(print_risk, single).split("Which arm, by")[0].split("CVaR: mean")[0].split("NPV")[-1]


def test_the_price_of_a_csm_is_printed():
    text = printed(print_risk, risk_of_run(run_of(command="headcount", draws=12)))
    assert "Price of a CSM: at $160k a year csm" in text
    assert "Over the price of a CSM (today $160k on average)" in text
    assert "$80.0k" in text
    assert "$320k" in text


def test_scenarios_are_printed(found):
    other = risk_of(dataset(ARMS, [4e4, 9e3, 5e4], draws=60, seed=2), arms=ASKED)
    text = " ".join(printed(print_scenarios, regret_over({"calm": found, "boom": other})).split())
    assert text.startswith("Highest mean NPV: csm 2 in calm, csm 3 in boom.")
    assert "Whatever comes, csm 3 is regretted least" in text
    assert "worst regret" in text


def test_the_figure_shows_every_arm(found, tmp_path):
    axes = draw_risk(found).axes
    assert [ax.get_title(loc="left") for ax in axes] == ["NPV", "ARR, month 12"]
    assert [tick.get_text() for tick in axes[0].get_yticklabels()] == ASKED
    cvar = axes[0].containers[0].lines[0].get_xdata()
    assert list(cvar) == [found.tails["npv"][arm].paths.cvar.value for arm in ASKED]
    path = risk_figure(found, tmp_path / "risk.png")
    assert matplotlib.image.imread(path).std() > 0.05
    first = risk_figure(found, tmp_path / "a.svg").read_bytes()
    assert first == risk_figure(found, tmp_path / "b.svg").read_bytes()
    assert b"a $5 [b] $x$ _name_" in first


def test_the_figure_of_one_arm_and_of_shares():
    shares = risk_of(DATA, arms=ASKED[:1], measures=["nrr"])
    (ax,) = draw_risk(shares).axes
    assert ax.get_title(loc="left") == "NRR, last year"

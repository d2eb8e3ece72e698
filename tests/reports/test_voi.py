"""Words and figure of the value of information."""

from __future__ import annotations

import dataclasses

import matplotlib
import matplotlib.image
import numpy as np
import pytest

from churnsim.metrics.estimates import Estimate
from churnsim.reports.voi import headline, sentence
from churnsim.reports.voi_figure import draw_information, information_figure
from churnsim.uncertainty.pilot import Pilot, Showing
from churnsim.uncertainty.worth import PilotWorth, ValueOfInformation, Worth


def estimate(mean: float, se: float) -> Estimate:
    return Estimate(mean, se, mean - 2.0 * se, mean + 2.0 * se, 100, 0)


def worth(name: str, mean: float, se: float) -> Worth:
    return Worth(name, (name,), estimate(mean, se), mean / 10_000.0)


def pilot(net: float, se: float) -> PilotWorth:
    showing = Showing(Pilot("call", 200, 6, 5_000.0), {"accounts": np.zeros(9), "arr": np.zeros(9)}, 100.0, 1.0, {})
    return PilotWorth(showing, estimate(2_000.0, 100.0), 3.0, estimate(0.0, 0.0), estimate(net, se))


FOUND = ValueOfInformation(
    scenario="a $5 [b] $x$ _name_",
    currency="USD",
    horizon_months=36,
    seed=1,
    draws=100,
    replicates=4,
    measure="NPV",
    arms=("base", "csm 1"),
    best="base",
    everything=estimate(10_000.0, 500.0),
    decisions_a_year=1.0,
    years=1,
    annual_discount=0.1,
    decisions=1.0,
    luck_share=0.5,
    inputs=(worth("x", 6_000.0, 500.0), worth("y", 100.0, 500.0), worth("z", 0.0, 0.0)),
    groups=(worth("both", 6_500.0, 500.0),),
)


def test_sentences_say_no_more_than_the_intervals():
    assert sentence(FOUND) == "Knowing everything would be worth $10.00k ± 0.50 a decision. Most of it lies in x (60%)."
    assert "Knowing everything is worth $10.0k" in headline(FOUND)
    vague = dataclasses.replace(FOUND, inputs=FOUND.inputs[1:])
    assert "Most of it lies in both (65%)." in sentence(vague)
    small = dataclasses.replace(FOUND, inputs=(worth("x", 2_000.0, 500.0), worth("y", 1_500.0, 500.0)))
    assert "As far as so many draws tell, x (20%) and y (15%) are worth finding out." in sentence(small)
    assert "No input, and no group of them" in sentence(dataclasses.replace(vague, groups=()))
    nothing = dataclasses.replace(FOUND, everything=estimate(300.0, 200.0))
    assert sentence(nothing).startswith("Finding out is worth nothing that can be told from luck")
    assert "lies in" not in sentence(nothing)
    assert headline(nothing) == "No value of finding out can be told from luck"


@pytest.mark.parametrize(
    ("net", "se", "said"),
    [
        (1_000.0, 100.0, "A pilot of call with 200 accounts over 6 months pays"),
        (-1_000.0, 100.0, "A pilot of call with 200 accounts over 6 months does not pay"),
        (100.0, 100.0, "Whether a pilot of call with 200 accounts over 6 months pays cannot be told"),
    ],
)
def test_whether_the_pilot_pays(net, se, said):
    assert said in sentence(dataclasses.replace(FOUND, pilot=pilot(net, se)))


def test_what_is_drawn(tmp_path):
    found = dataclasses.replace(FOUND, pilot=pilot(1_000.0, 100.0))
    (ax,) = draw_information(found).axes
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["everything", "pilot of call\n200 accounts, 6 months", "both (together)", "x", "y"]
    assert [bar.get_width() for bar in ax.patches] == [10_000.0, 2_000.0, 6_500.0, 6_000.0, 100.0]
    assert "1 of 3 inputs, which never turn the choice" in ax.get_xlabel()
    image = matplotlib.image.imread(information_figure(found, tmp_path / "voi.png"))
    assert image.shape[:2] == (900, 1200)
    first = information_figure(found, tmp_path / "a.svg").read_bytes()
    assert first == information_figure(found, tmp_path / "b.svg").read_bytes()
    assert b"a $5 [b] $x$ _name_" in first, "names are text, never mathematics"

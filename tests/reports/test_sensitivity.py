"""Figures and words of a sensitivity analysis, from results of known content."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from churnsim.reports.sensitivity_figure import draw_sensitivity
from churnsim.reports.sensitivity_words import number, rule, tornado_sentence
from churnsim.uncertainty.asked import Asked
from churnsim.uncertainty.discovery import Limit, discover
from churnsim.uncertainty.sample import drawn
from churnsim.uncertainty.sensitivity import Sensitivity
from churnsim.uncertainty.tornado import tornado
from tests.decisions.scenario import scenario_file
from tests.uncertainty.toys import function, linear, noisy

ASKED = Asked(
    "npv", "NPV", "money", "USD", 60, "six", "base", "", 0, scenario_file(), {}, book=None, dataset=None, stored=False
)


def texts(figure) -> str:
    """All text of a figure's axes and its title."""
    found = [figure.get_suptitle()]
    for ax in figure.axes:
        labels = [label.get_text() for label in (*ax.get_yticklabels(), *ax.get_xticklabels(), *ax.texts)]
        found += [ax.get_title(loc="left"), ax.get_xlabel(), *labels]
    return "\n".join(found)


def test_the_tornado_marks_what_turns_and_names_what_tips():
    model = noisy(function(lambda x: 4.0 * (x[:, 0] - 0.5) ** 2 + 3.0 * x[:, 1] - 1.2, 3), 20, 0.05)
    found = tornado(model)
    sentence = tornado_sentence(found)
    assert sentence.startswith("Widest: x2 and x1.")
    assert "Turning between its ends: x1" in sentence
    assert "The sign tips with x2 at about 0.39" in sentence
    figure = draw_sensitivity(Sensitivity("toy", ASKED, 0, False, tornado=found))
    shown = texts(figure)
    assert "x1 (turns)" in shown
    assert "x2\n0.1 to 0.9" in shown
    assert "20 replicates" in shown
    # blue dots at P10, orange squares at P90
    ax = figure.axes[0]
    ends = [line.get_xdata()[0] for line in ax.lines if line.get_marker() in ("o", "s") and len(line.get_xdata()) == 1]
    assert np.allclose(ends[:2], [found.bars[0].points[0].outcome.mean, found.bars[0].points[-1].outcome.mean])


def test_a_box_is_told_in_words():
    found = discover(drawn(linear(1.0), 400, seed=1), threshold=0.3)
    assert rule(found.boxes[0]).startswith("x1 up to 0.")
    box = dataclasses.replace(found.boxes[0], limits=(Limit("a", 1.0, 2.0), Limit("b", 182_000.4, math.inf)))
    assert rule(box) == "a from 1 to 2 and b above 182,000"
    shown = texts(draw_sensitivity(Sensitivity("toy", ASKED, 0, False, discovery=found)))
    assert rule(found.boxes[0]) in shown.replace("\nand ", " and ")
    assert "of the failing draws" in shown


def test_no_box_is_told_too():
    found = discover(drawn(linear(1.0), 400))
    shown = texts(draw_sensitivity(Sensitivity("toy", ASKED, 0, False, discovery=found)))
    assert "Too few of the 400 draws fail" in shown


@pytest.mark.parametrize(
    ("value", "text"), [(0.12344, "0.1234"), (1234.4, "1,234"), (182_000.4, "182,000"), (-0.05, "-0.05")]
)
def test_values_of_inputs(value, text):
    assert number(value) == text

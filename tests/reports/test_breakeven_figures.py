"""What figures of break-evens and frontiers show, from answers whose content is known."""

from __future__ import annotations

import io
import math

import numpy as np
from rich.console import Console

from churnsim.reports.breakeven import print_breakeven
from churnsim.reports.breakeven_figure import MOST_PANELS, draw_curve, draw_inputs
from churnsim.reports.frontier import print_frontier
from churnsim.reports.frontier_figure import draw_frontier
from churnsim.uncertainty.breakeven import breakeven, breakeven_curve
from churnsim.uncertainty.frontier import frontier
from churnsim.uncertainty.pairs import arms_of_file
from tests.uncertainty.closed import closed_file
from tests.uncertainty.test_frontier import TOOLS

SIZE = {"draws": 4, "replicates": 2, "seed": 3}
SALARY = "teams.csm.annual_cost"


def text_of(show, found) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    show(found, console)
    return " ".join(console.export_text().split())


def test_a_panel_for_each_input_marks_its_break_even():
    file = closed_file()
    inputs = [SALARY, "segments.core.intent.annual_churn", "money.gross_margin"]
    found = breakeven(file, arms_of_file(file, "swap"), inputs=inputs, points=3, **SIZE)
    figure = draw_inputs(found)
    panels = [ax for ax in figure.axes if ax.axison]
    assert len(panels) == 3 <= MOST_PANELS
    at = found.inputs[0].break_evens[0].value
    marks = [line.get_xdata() for line in panels[0].lines if line.get_marker() == "D"]
    assert [float(np.ravel(x)[0]) for x in marks] == [at]
    assert "break-even at" in panels[0].get_title(loc="left")
    assert "none: csm" not in panels[1].get_title(loc="left")
    assert "none: base is worth more" in panels[1].get_title(loc="left").replace("\n", " ")


def test_the_map_splits_where_the_closed_form_says():
    file = closed_file()
    growth = "teams.csm.annual_wage_growth=0.0..0.1"
    found = breakeven_curve(file, arms_of_file(file, "swap"), (growth, f"{SALARY}=50000..150000"), points=3, **SIZE)
    (ax,) = draw_curve(found).axes
    # the line between is the contour of 0: its lowest and highest wage growth have the rows' own break-evens
    line = next(c for c in ax.collections if len(c.get_paths()) == 1 and not c.get_fill())
    vertices = line.get_paths()[0].vertices
    by_growth = vertices[np.argsort(vertices[:, 0])]
    assert math.isclose(by_growth[0, 1], found.rows[0].break_evens[0].value, rel_tol=1e-6)
    assert math.isclose(by_growth[-1, 1], found.rows[-1].break_evens[0].value, rel_tol=1e-6)


def test_the_terminal_says_how_far_and_how_sure():
    file = closed_file()
    found = breakeven(file, arms_of_file(file, "swap"), inputs=[SALARY], points=3, **SIZE)
    said = text_of(print_breakeven, found)
    assert "-20% from today" in said
    assert "below" in said
    assert "4 draws × 2 replicates" in said


def test_the_frontier_shows_money_beside_what_it_should_be():
    found = frontier(closed_file(TOOLS), [50_000.0, 100_000.0], step=50_000.0, among=["automation", "gadget"], **SIZE)
    said = text_of(print_frontier, found)
    assert "2 automation" in said
    assert "Not the same money: 1 automation should show as $50.0k a year in lines of cost and saves $84.0k" in said
    above, below = draw_frontier(found).axes
    heights = [bar.get_height() for bar in below.patches]
    assert heights == [50_000.0, 100_000.0, 0.0, 0.0], "automation's bars, then the gadget's"
    assert [text.get_text() for text in above.get_legend().get_texts()] == [
        "best mix",
        "all on automation",
        "all on gadget",
    ]

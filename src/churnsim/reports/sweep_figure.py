"""The figure of a sweep: which arm is best where, or the value of an arm."""

from __future__ import annotations

import pathlib
import textwrap

from matplotlib.figure import Figure

from churnsim.decisions.inputs import InputError
from churnsim.reports import style
from churnsim.reports.figures import blank, head, write
from churnsim.reports.grid import Grid
from churnsim.reports.heat import draw_grid, grid_height
from churnsim.reports.sweep import Subject, report_of
from churnsim.reports.sweep_maps import panels_left_out

PANELS = 3
"""Panels side by side."""
FONT = 12.0
SHAPE = 4.5, 12.0
"""Least and greatest height in inches."""


def sweep_figure(subject: Subject, path: str | pathlib.Path) -> pathlib.Path:
    """Draw a sweep into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_sweep(subject), path)


def draw_sweep(subject: Subject) -> Figure:
    """The map that the page shows first, with what it says. Raises InputError where no axis can be drawn."""
    report = report_of(subject)
    views = [view for section in report.sections for view in section.views if isinstance(view.chart, Grid)]
    if not views:
        raise InputError("the sweep has no axis with several values to draw; a sample is shown in tables")
    view = views[0]
    grid = view.chart
    assert isinstance(grid, Grid)
    with style.house_style():
        height = min(max(SHAPE[0], 1.6 * grid_height(grid, PANELS, style.WIDTH / 1.6) + 0.7), SHAPE[1])
        figure = blank(height, w_pad=0.08, h_pad=0.08)
        title = textwrap.shorten(view.title, 95, placeholder="…")
        left = panels_left_out(subject.reading, grid)
        part = f"; {len(grid.panels)} of {len(grid.panels) + left:,} panels" if left else ""
        head(figure, f"{title}\n{view.table.title}: {report.name}, {report.size}{part}", 14)
        draw_grid(figure, grid, report.currency, PANELS, FONT)
    return figure

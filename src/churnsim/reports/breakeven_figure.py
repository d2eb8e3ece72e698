"""Figures of break-evens: a panel for each input, or a map of two inputs together."""

from __future__ import annotations

import math
import pathlib
import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from churnsim.decisions.words import number
from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter, blank, head, write
from churnsim.reports.numbers import percent_tenths, run_size
from churnsim.uncertainty.breakeven import BreakEvenCurve, BreakEvens, InputBreakEven
from churnsim.uncertainty.breakeven_words import verdict

MOST_PANELS = 9
"""Inputs that a figure has room for, the nearest break-even first."""
MESH = 400
"""Points along each side of a map."""


def breakeven_figure(found: BreakEvens | BreakEvenCurve, path: str | pathlib.Path) -> pathlib.Path:
    """Draw into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_curve(found) if isinstance(found, BreakEvenCurve) else draw_inputs(found), path)


def draw_inputs(found: BreakEvens) -> Figure:
    """Mean difference against each input, with what the file believes of it and where the arms are worth the same."""
    shown = found.inputs[:MOST_PANELS]
    columns = 1 if len(shown) == 1 else 2 if len(shown) <= 4 else 3
    rows = math.ceil(len(shown) / columns)
    with style.house_style(), style.small(10.0 if columns == 3 else 12.0):
        figure = _figure(f"What must be true for {found.arm} to be worth as much as {found.against}?", found)
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for ax, one in zip(grid.flat, shown, strict=False):
            _panel(ax, one, found)
        for ax in grid.flat[len(shown) :]:
            ax.set_axis_off()
        for row in grid:
            row[0].set_ylabel(f"{found.label} gained by\n{found.arm} over {found.against}")
            row[0].yaxis.set_major_formatter(_formatter(found))
        handles = [
            Line2D([], [], color=style.BLUE, label="mean gain"),
            Patch(color=style.SKY, alpha=0.45, label="95% interval of the mean"),
            Patch(color=style.GREY, alpha=0.2, label="P10 to P90 of what the file believes"),
            Line2D([], [], color=style.INK, linestyle=":", label="today"),
            Line2D([], [], color=style.ORANGE, marker="D", label="break-even with its 95% interval"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=11)
    return figure


def draw_curve(found: BreakEvenCurve) -> Figure:
    """Who is worth more at each pair of values, the line between, and where it cannot be told."""
    with style.house_style():
        figure = _figure(f"{found.x} and {found.y}:\nwhere is {found.arm} worth as much as {found.against}?", found)
        ax = figure.subplots()
        x, y, mean, half = _mesh(found)
        # 0: the arm held against is worth more, 1: cannot be told, 2: the arm is
        told = np.where(np.abs(mean) <= half, 1.0, np.where(mean > 0.0, 2.0, 0.0))
        colours = [style.ORANGE, style.GREY, style.GREEN]
        ax.contourf(x, y, told, levels=[-0.5, 0.5, 1.5, 2.5], colors=colours, alpha=0.3)
        if mean.min() < 0.0 < mean.max():
            ax.contour(x, y, mean, levels=[0.0], colors=[style.INK], linewidths=2.5)
        ax.plot(found.x_today, found.y_today, marker="D", color=style.BLUE, markersize=10, linestyle="none")
        for believed, line in ((found.x_believed, ax.hlines), (found.y_believed, ax.vlines)):
            if math.isfinite(believed[0]):
                line(found.y_today if line == ax.hlines else found.x_today, *believed, color=style.BLUE, linewidth=3)
        ax.set_xlim(x[0], x[-1])
        ax.set_ylim(y[0], y[-1])
        ax.grid(False)
        ax.set_xlabel(found.x)
        ax.set_ylabel(found.y)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        handles = [
            Patch(color=style.GREEN, alpha=0.3, label=f"{found.arm} is worth more"),
            Patch(color=style.ORANGE, alpha=0.3, label=f"{found.against} is worth more"),
            Patch(color=style.GREY, alpha=0.3, label="cannot be told (95%)"),
            Line2D([], [], color=style.INK, linewidth=2.5, label="worth the same on average"),
            Line2D([], [], color=style.BLUE, marker="D", linewidth=3, label="today (bars: P10 to P90 believed)"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=11)
    return figure


def _mesh(found: BreakEvenCurve) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Values (MESH,) of both inputs, mean and half width (MESH, MESH) between the grid's own, first input across.

    Half widths between neighbours are at most their weighted mean, so the band errs on the wide side.
    """
    from scipy.interpolate import RegularGridInterpolator

    grid = (np.array(found.x_values), np.array(found.y_values))
    x, y = (np.linspace(values[0], values[-1], MESH) for values in grid)
    points = np.stack(np.meshgrid(x, y), axis=-1)
    half = np.nan_to_num(np.array(found.half_width))
    mean, width = (np.asarray(RegularGridInterpolator(grid, v)(points)) for v in (np.array(found.mean), half))
    return x, y, mean, width


def _panel(ax: Axes, one: InputBreakEven, found: BreakEvens) -> None:
    x, mean, half = (np.array(v) for v in (one.values, one.mean, one.half_width))
    if math.isfinite(one.p10):
        ax.axvspan(one.p10, one.p90, color=style.GREY, alpha=0.2, linewidth=0)
    ax.fill_between(x, mean - half, mean + half, color=style.SKY, alpha=0.45, linewidth=0)
    ax.plot(x, mean, color=style.BLUE)
    ax.axhline(0.0, color=style.INK, linewidth=1.0)
    ax.axvline(one.today, color=style.INK, linewidth=1.2, linestyle=":")
    for at in one.break_evens:
        ends = [one.tried[0] if at.low is None else at.low, one.tried[1] if at.high is None else at.high]
        ax.plot(ends, [0.0, 0.0], color=style.ORANGE, linewidth=3, solid_capstyle="butt")
        ax.plot(at.value, 0.0, marker="D", color=style.ORANGE)
    ax.set_xlim(*one.tried)
    at_values = " and ".join(number(at.value) for at in one.break_evens)
    said = f"break-even at {at_values}" if at_values else verdict(one, found.arm, found.against)
    ax.set_title("\n".join([*_wrapped(one.input), *textwrap.wrap(said, 38)]))
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def _wrapped(path: str, width: int = 34) -> list[str]:
    """A dotted path on lines that fit a panel, broken after dots."""
    lines = [""]
    for piece in path.replace(".", ".\n").split("\n"):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] += piece
    return lines


def _figure(title: str, found: BreakEvens | BreakEvenCurve) -> Figure:
    figure = blank(w_pad=0.1, h_pad=0.1, wspace=0.02, hspace=0.04)
    run = f"{found.scenario}, {found.horizon_months} months, {run_size(found.draws, found.replicates)} at each value"
    head(figure, f"{title}\n{run}")
    return figure


def _formatter(found: BreakEvens) -> MoneyFormatter | FuncFormatter:
    return MoneyFormatter(found.currency) if found.kind == "money" else FuncFormatter(lambda v, _: percent_tenths(v))

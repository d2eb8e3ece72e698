"""Figure of a frontier: what the money gains, and what it is best spent on."""

from __future__ import annotations

import pathlib
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter, blank, head, write
from churnsim.reports.numbers import run_size
from churnsim.uncertainty.frontier import Frontier
from churnsim.uncertainty.frontier_words import best_in_words, money, told

COLOURS = (style.BLUE, style.ORANGE, style.GREEN, "#CC79A7", "#E69F00", style.SKY, "#F0E442", style.GREY)
MARKS = "os^Dv<>P"
MOST_TICKS = 10
"""Budgets up to which each has its tick."""


def frontier_figure(found: Frontier, path: str | pathlib.Path) -> pathlib.Path:
    """Draw into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_frontier(found), path)


def draw_frontier(found: Frontier) -> Figure:
    """Gain of the best mix and of each alternative alone by budget; below, what the best mix consists of."""
    with style.house_style():
        figure = blank(w_pad=0.12, h_pad=0.12, hspace=0.04)
        top = found.budgets[-1]
        title = f"The best use of {money(top.budget, found)} more a year: {best_in_words(found, top)}"
        title += "" if told(top) else ", narrowly"
        run = f"{found.scenario}, {found.horizon_months} months, {run_size(found.draws, found.replicates)}"
        head(figure, f"{title}\n{run}")
        above, below = figure.subplots(2, 1, height_ratios=[1.5, 1.0], sharex=True)
        _draw_gains(above, found)
        _draw_mixes(below, found)
    return figure


def _draw_gains(ax: Axes, found: Frontier) -> None:
    x = [b.budget for b in found.budgets]
    gains = [b.fresh.gain for b in found.budgets]
    error = [[max(0.0, g.mean - g.low) for g in gains], [max(0.0, g.high - g.mean) for g in gains]]
    mean = [g.mean for g in gains]
    ax.errorbar(x, mean, yerr=error, color=style.INK, fmt="-", linewidth=3, capsize=5, label="best mix")
    for i, option in enumerate(found.alternatives):
        pairs = [(b.budget, b.alone[i]) for b in found.budgets]
        drawn = [(budget, mix.gain) for budget, mix in pairs if mix is not None]
        if not drawn:
            continue
        error = [[g.mean - g.low for _, g in drawn], [g.high - g.mean for _, g in drawn]]
        ax.errorbar(
            [budget for budget, _ in drawn],
            [g.mean for _, g in drawn],
            yerr=error,
            fmt=f"{MARKS[i % len(MARKS)]}--",
            color=COLOURS[i % len(COLOURS)],
            linewidth=1.4,
            elinewidth=1.2,
            capsize=3,
            label=f"all on {option.name}",
        )
    ax.axhline(0.0, color=style.INK, linewidth=1.2)
    ax.set_title("What the money gains, on fresh seeds (bars: 95% interval of the mean)")
    ax.set_ylabel(f"{found.label} gained over the base")
    ax.yaxis.set_major_formatter(MoneyFormatter(found.currency))
    ax.legend(loc="best")


def _draw_mixes(ax: Axes, found: Frontier) -> None:
    x = [b.budget for b in found.budgets]
    width = 0.7 * min((b - a for a, b in pairwise(x)), default=x[0])
    bottom = [0.0] * len(x)
    for i, option in enumerate(found.alternatives):
        height = [b.best.steps[i] * option.step_cost for b in found.budgets]
        ax.bar(x, height, width, bottom, color=COLOURS[i % len(COLOURS)], label=option.name)
        bottom = [low + high for low, high in zip(bottom, height, strict=True)]
    ax.set_title("What the best mix spends it on; the rest is kept")
    ax.set_ylabel("stated cost a year")
    ax.set_xlabel("money a year above today's, at most")
    ax.set_ylim(0.0, 1.05 * max(x))
    if len(x) <= MOST_TICKS:
        ax.set_xticks(x)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(MoneyFormatter(found.currency))
    ax.legend(loc="upper left")

"""The figure of risk: how far each arm may fall, by what decides and by ARR."""

from __future__ import annotations

import pathlib

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter, blank, cut, head, write
from churnsim.reports.numbers import percent, run_size
from churnsim.reports.risk_words import headline
from churnsim.uncertainty.risk import Risk

MOST_ROWS = 25
"""Arms up to which each has its name."""
LONGEST_NAME = 28


def risk_figure(risk: Risk, path: str | pathlib.Path) -> pathlib.Path:
    """Draw risk into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_risk(risk), path)


def draw_risk(risk: Risk) -> Figure:
    """A strip for each arm: where paths and draws fall, their middle, and the mean of the worst."""
    shown = list(dict.fromkeys([risk.measure, *(name for name in ("arr_first_year", "arr") if name in risk.tails)]))[:2]
    with style.house_style():
        height = min(max(4.5, 2.8 + 0.4 * len(risk.arms)), 14.0)
        figure = blank(height, w_pad=0.12, h_pad=0.12, wspace=0.03)
        axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        size = f"{risk.horizon_months} months, {run_size(risk.draws, risk.replicates)}"
        head(figure, f"{cut(headline(risk), 80)}\n{cut(risk.scenario)}, {size}")
        for ax, name in zip(axes, shown, strict=True):
            _strips(ax, risk, name)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _strips(ax: Axes, risk: Risk, name: str) -> None:
    found = [risk.tails[name][arm] for arm in risk.arms]
    rows = list(range(len(found)))
    ax.hlines(
        rows,
        [t.paths.p5.value for t in found],
        [t.paths.p95.value for t in found],
        color=style.SKY,
        linewidth=7,
        alpha=0.45,
        label=f"9 of 10 paths: {'luck alone' if risk.draws == 1 else 'ignorance and luck'}",
    )
    if risk.no_ignorance is None:
        known = [t.ignorance for t in found if t.ignorance is not None]
        ax.hlines(
            rows,
            [q.p5.value for q in known],
            [q.p95.value for q in known],
            color=style.BLUE,
            linewidth=3,
            label="9 of 10 draws: ignorance alone",
        )
    ax.plot([t.paths.p50.value for t in found], rows, "o", color=style.INK, markersize=5, label="middle (P50)")
    cvar = [t.paths.cvar for t in found]
    error = [[max(0.0, c.value - c.low) for c in cvar], [max(0.0, c.high - c.value) for c in cvar]]
    ax.errorbar(
        [c.value for c in cvar],
        rows,
        xerr=error,
        fmt="<",
        color=style.ORANGE,
        capsize=3,
        elinewidth=1.4,
        label=f"mean of the worst {percent(risk.level)} (CVaR), 95% interval",
    )
    chosen = risk.arms.index(risk.chosen)
    if len(rows) > 1:
        label = f"arm of the best mean {risk.labels[risk.measure]}"
        ax.axhspan(chosen - 0.4, chosen + 0.4, color=style.GREEN, alpha=0.13, linewidth=0, zorder=0, label=label)
    ax.set_title(risk.labels[name])
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    every = max(1, -(-len(rows) // MOST_ROWS))
    ax.set_yticks(rows[::every], [cut(arm, LONGEST_NAME) for arm in risk.arms[::every]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    if risk.kind(name) == "money":
        ax.xaxis.set_major_formatter(MoneyFormatter(risk.currency))
    else:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))

"""Figures. Files are written beside their place and renamed, so a stopped run leaves the old file whole."""

from __future__ import annotations

import pathlib
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator

from churnsim.decisions.ladder import Ladder, Rung, Step
from churnsim.decisions.words import headline, hours_title, npv_name, npv_title
from churnsim.outputs import written_beside
from churnsim.reports import style
from churnsim.reports.numbers import money_ticks, percent, run_size

MOST_TICKS = 21
"""Rungs up to which each has its tick."""
LONGEST_NAME = 50
"""Characters of the scenario's name that a title has room for."""


class MoneyFormatter(Formatter):
    """Money along an axis, all ticks with the same unit and the same decimals."""

    def __init__(self, currency: str):
        self.currency = currency

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Label of a value by itself."""
        return money_ticks([x], self.currency)[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Labels of all ticks of the axis."""
        return money_ticks(values, self.currency)


def blank(height: float = style.HEIGHT, **pads: float) -> Figure:
    """An empty figure of the house's width; `pads` are those of matplotlib's constrained layout."""
    figure = Figure(figsize=(style.WIDTH, height), dpi=style.DPI, layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(**pads)  # type: ignore[union-attr]
    return figure


WIDTH_OF_BOLD = 0.62
"""Width of a bold letter as a share of its size, on average and some more."""


def head(figure: Figure, title: str, size: float = 15) -> None:
    """Put a title above the figure, on the left; a line that is too long for the figure is broken."""
    room = int(figure.get_figwidth() * 72.0 / (WIDTH_OF_BOLD * size))
    title = "\n".join(textwrap.fill(line, room) for line in title.splitlines())
    figure.suptitle(title, fontsize=size, fontweight="bold", x=0.012, ha="left")


def cut(name: str, most: int = LONGEST_NAME) -> str:
    """A name that fits, its end left out where it is longer."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def ladder_figure(ladder: Ladder, path: str | pathlib.Path) -> pathlib.Path:
    """Draw a ladder into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_ladder(ladder), path)


def draw_ladder(ladder: Ladder) -> Figure:
    """Marginal NPV by rung, odds that it pays back, hours demanded against available."""
    with style.house_style():
        figure = blank(w_pad=0.12, h_pad=0.12, wspace=0.03, hspace=0.03)
        axes = figure.subplot_mosaic([["npv", "npv"], ["odds", "hours"]], height_ratios=[1.25, 1.0])
        run = f"{ladder.horizon_months} months, {run_size(ladder.draws, ladder.replicates)}"
        head(figure, f"{headline(ladder)}\n{cut(ladder.scenario)}, {run}")
        _draw_npv(axes["npv"], ladder)
        _draw_odds(axes["odds"], ladder)
        _draw_hours(axes["hours"], ladder)
        for ax in axes.values():
            _rung_axis(ax, ladder)
    return figure


def write(figure: Figure, path: str | pathlib.Path) -> pathlib.Path:
    """Save a figure beside `path`, then rename it into place."""
    path = pathlib.Path(path)
    kind = path.suffix.removeprefix(".").lower() or "png"
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}  # the same figure gives the same bytes
    with written_beside(path) as beside:
        figure.savefig(beside, format=kind, metadata=undated.get(kind))
    return path


def _steps(ladder: Ladder) -> list[tuple[Rung, Step]]:
    return [(rung, rung.step) for rung in ladder.rungs if rung.step is not None]


def _draw_npv(ax: Axes, ladder: Ladder) -> None:
    steps = _steps(ladder)
    x = [rung.posts for rung, _ in steps]
    mean = [step.worth.difference.mean for _, step in steps]
    error = [step.worth.difference.high - step.worth.difference.mean for _, step in steps]
    ax.vlines(
        x,
        [step.spread_low for _, step in steps],
        [step.spread_high for _, step in steps],
        color=style.SKY,
        linewidth=6,
        alpha=0.45,
        label=f"middle 90% of {ladder.odds_over}",
    )
    ax.errorbar(x, mean, yerr=error, fmt="o", color=style.BLUE, capsize=5, elinewidth=2, label="mean with 95% interval")
    ax.axhline(0.0, color=style.INK, linewidth=1.2)
    ax.set_title(npv_title(ladder))
    between = "\n" if ladder.has_value_after_horizon else " "
    ax.set_ylabel(f"marginal {npv_name(ladder)}{between}({ladder.currency})")
    ax.yaxis.set_major_formatter(MoneyFormatter(ladder.currency))
    ax.legend(loc="upper right")


def _draw_odds(ax: Axes, ladder: Ladder) -> None:
    steps = _steps(ladder)
    odds = [step.worth.odds for _, step in steps]
    share = [o.share for o in odds]
    # rounding may leave an end of the interval a hair inside the share
    error = [[max(0.0, o.share - o.low) for o in odds], [max(0.0, o.high - o.share) for o in odds]]
    ax.axhline(0.5, color=style.GREY, linewidth=1.2, linestyle="--")
    ax.errorbar(
        [rung.posts for rung, _ in steps], share, yerr=error, fmt="s", color=style.ORANGE, capsize=4, elinewidth=1.6
    )
    ax.set_ylim(-0.04, 1.06)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    back = "" if ladder.has_value_after_horizon else " back"
    ax.set_title(f"How sure each step pays{back} (dashed: even odds)")
    ax.set_ylabel(f"share of {ladder.odds_over} that pay{back}")


def _draw_hours(ax: Axes, ladder: Ladder) -> None:
    x = [rung.posts for rung in ladder.rungs]
    lines = (
        ("demanded", [r.hours_demanded.mean for r in ladder.rungs], style.ORANGE, "^", "-"),
        ("available", [r.hours_available.mean for r in ladder.rungs], style.GREY, "s", "--"),
        ("delivered", [r.hours_delivered.mean for r in ladder.rungs], style.GREEN, "o", "-"),
    )
    for label, y, colour, marker, line in lines:
        ax.plot(x, y, color=colour, marker=marker, linestyle=line, label=label, markersize=5)
    ax.set_ylim(bottom=0.0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.set_title(hours_title(ladder))
    ax.set_ylabel("hours a month")
    ax.legend(loc="best")


def _rung_axis(ax: Axes, ladder: Ladder) -> None:
    """Posts along the bottom, the recommended rung marked."""
    posts = [rung.posts for rung in ladder.rungs]
    span = max(posts) - min(posts)
    ax.set_xlim(min(posts) - 0.03 * span - 0.4, max(posts) + 0.03 * span + 0.4)
    if len(posts) <= MOST_TICKS:
        ax.set_xticks(posts)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.axvspan(
        ladder.recommended - 0.35, ladder.recommended + 0.35, color=style.GREEN, alpha=0.13, linewidth=0, zorder=0
    )
    ax.set_xlabel("CSMs funded (green: highest mean NPV)")

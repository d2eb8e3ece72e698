"""The figure of a precision: what the spread comes from, and how the standard error falls with the work."""

from __future__ import annotations

import pathlib

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter, blank, head, write
from churnsim.reports.numbers import percent
from churnsim.reports.precision import PARTS
from churnsim.uncertainty.precision import Precision

COLOURS = {"parameters": style.BLUE, "market": style.ORANGE, "customers": style.GREEN, "both": style.GREY}
REPLICATES = ((1, "-", "o"), (4, "--", "s"), (16, ":", "^"))


def precision_figure(found: Precision, path: str | pathlib.Path) -> pathlib.Path:
    """Draw a precision into a file; the suffix says the format."""
    with style.house_style():
        figure = blank(0.75 * style.HEIGHT)
        left, right = figure.subplots(1, 2, width_ratios=[1.0, 1.3])
        head(figure, f"How sure of the {found.outcome}?\n{found.scenario}, {found.horizon_months} months")
        _draw_parts(left, found)
        _draw_errors(right, found)
        return write(figure, path)


def _draw_parts(ax: Axes, found: Precision) -> None:
    shares = [getattr(found.split, name).share for name in PARTS]
    places = np.arange(len(PARTS))[::-1]
    ax.barh(places, shares, color=[COLOURS[name] for name in PARTS], height=0.6)
    for place, share in zip(places, shares, strict=True):
        ax.annotate(percent(share), (share, place), xytext=(5, 0), textcoords="offset points", va="center")
    names = [name.replace(" (", "\n(").replace(" and luck", "\nand luck") for name in PARTS.values()]
    ax.set_yticks(places, names)
    ax.set_xlim(0.0, 1.15 * max([*shares, 0.01]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    ax.grid(axis="y", visible=False)
    ax.set_title("Where one path's variance comes from")


def _draw_errors(ax: Axes, found: Precision) -> None:
    most = max([found.usual.draws, 1000] + ([] if found.size is None else [found.size.draws]))
    draws = np.unique(np.geomspace(10, 2 * most, 60).round().astype(int)) if found.uncertain else np.array([1])
    across = np.unique(np.geomspace(10, 20_000, 60).round().astype(int))
    if found.uncertain:
        for replicates, line, _ in REPLICATES:
            errors = [found.split.se(int(d), replicates) for d in draws]
            label = f"{replicates} replicate{'s' if replicates > 1 else ''} a draw"
            ax.plot(draws, errors, color=style.BLUE, linestyle=line, label=label)
        ax.set_xlabel("draws")
    else:
        ax.plot(across, [found.split.se(1, int(r)) for r in across], color=style.BLUE)
        ax.set_xlabel("replicates")
    for size, colour, mark, name in (
        (found.usual, style.GREY, "D", "usual run"),
        (found.size, style.GREEN, "o", "run for the target"),
    ):
        if size is not None:
            x = size.draws if found.uncertain else size.replicates
            ax.plot(
                [x],
                [size.expected_se],
                mark,
                color=colour,
                markersize=10,
                label=f"{name}: {size.draws} × {size.replicates}",
            )
    if found.target_se is not None:
        ax.axhline(found.target_se, color=style.GREEN, linewidth=1.2, linestyle="--")
    ax.set_xscale("log")
    ax.set_yscale("log")
    if found.kind == "money":
        ax.yaxis.set_major_formatter(MoneyFormatter(found.currency))
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.grid(axis="both", visible=True)
    ax.set_title("Standard error of the mean")
    ax.legend(loc="lower left")

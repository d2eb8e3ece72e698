"""Figures of a sensitivity analysis, one for each method."""

from __future__ import annotations

import math
import pathlib
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator

from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter, blank, head, write
from churnsim.reports.numbers import percent, run_size
from churnsim.reports.sensitivity_words import failing, number, rule, tornado_sentence
from churnsim.uncertainty.asked import Asked
from churnsim.uncertainty.dependence import Dependence
from churnsim.uncertainty.discovery import Box, Discovery
from churnsim.uncertainty.morris import Morris
from churnsim.uncertainty.outcomes import Bounded
from churnsim.uncertainty.sensitivity import Sensitivity
from churnsim.uncertainty.sobol import Sobol
from churnsim.uncertainty.switches import Switches
from churnsim.uncertainty.tornado import Tornado

MOST = 12
"""Inputs that a figure shows."""
LINE = 100
"""Characters of a line of the title."""


def sensitivity_figure(answer: Sensitivity, path: str | pathlib.Path) -> pathlib.Path:
    """Draw an answer into a file; the suffix says the format (.png, .svg, .pdf). Returns the path."""
    with style.house_style():
        return write(draw_sensitivity(answer), path)


def draw_sensitivity(answer: Sensitivity) -> Figure:
    """The figure of the method that was used."""
    asked = answer.question
    with style.house_style():
        figure = blank(w_pad=0.12, h_pad=0.12, wspace=0.03, hspace=0.03)
        if answer.tornado is not None and answer.switches is not None:
            rows = (min(len(answer.tornado.bars), MOST), len(answer.switches.switches))
            top, bottom = figure.subplots(2, 1, height_ratios=[rows[0] + 1.0, rows[1] + 1.0])
            said = tornado_sentence(answer.tornado)
            _draw_tornado(top, answer.tornado, asked)
            _draw_switches(bottom, answer.switches, asked)
        elif answer.tornado is not None:
            said = tornado_sentence(answer.tornado)
            _draw_tornado(figure.subplots(), answer.tornado, asked)
        elif answer.switches is not None:
            said = "The model without one of its mechanisms"
            _draw_switches(figure.subplots(), answer.switches, asked)
        elif answer.morris is not None:
            said = f"Largest mean effect: {answer.morris.inputs[0].input}"
            _draw_morris(figure.subplots(), answer.morris, asked)
        elif answer.sobol is not None:
            said = f"Largest share of the variance: {answer.sobol.inputs[0].input}"
            _draw_sobol(figure.subplots(), answer.sobol)
        elif answer.dependence is not None:
            said = f"Explains most: {answer.dependence.curves[0].input}"
            _draw_dependence(figure, answer.dependence, asked)
        else:
            assert answer.discovery is not None, "an answer has a method"
            said = failing(answer.discovery, asked)
            _draw_discovery(figure.subplots(), answer.discovery)
        below = answer.scenario if answer.discovery is not None else f"{answer.scenario}: {asked.text}"
        title = "\n".join(textwrap.fill(line, LINE) for line in (said, below))
        head(figure, title, 13)
    return figure


def _rows(ax: Axes, names: Sequence[str], least: int = 0) -> list[int]:
    """One row a name, the first on top; returns their heights."""
    at = list(range(len(names)))
    ax.set_yticks(at, list(names))
    ax.set_ylim(max(len(names), least) - 0.4, -0.6)
    ax.tick_params(axis="y", labelsize=10.5)
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    return at


def _formatter(asked: Asked, change: bool = False) -> Formatter:
    """Along an axis of the outcome, or of its changes."""
    if asked.kind == "money":
        return MoneyFormatter(asked.currency)
    if asked.kind != "share":
        return FuncFormatter(lambda value, _: number(value))
    unit = " pt" if change or asked.against is not None else "%"
    return FuncFormatter(lambda value, _: f"{100.0 * value:.4g}{unit}")


def _more(shown: int, all_of_them: int) -> str:
    return f"; the first {shown} of {all_of_them} inputs" if shown < all_of_them else ""


def _half(low: float, value: float, high: float) -> list[list[float]]:
    """Error bar of a point; nothing where the error is not known."""
    return [
        [max(0.0, value - low) if math.isfinite(low) else 0.0],
        [max(0.0, high - value) if math.isfinite(high) else 0.0],
    ]


def _zero(ax: Axes, asked: Asked) -> None:
    """The line at which a difference changes its sign, where it is in sight."""
    low, high = ax.get_xlim()
    if asked.against is not None and low < 0.0 < high:
        ax.axvline(0.0, color=style.ORANGE, linewidth=1.6, linestyle=":", zorder=1)


def _draw_tornado(ax: Axes, found: Tornado, asked: Asked) -> None:
    bars = found.bars[:MOST]
    low_end, high_end = (f"P{100 * bars[0].points[place].level:.0f}" for place in (0, -1))
    names = [
        f"{bar.input}{' (turns)' if bar.turns else ''}\n{number(bar.points[0].value)} to {number(bar.points[-1].value)}"
        for bar in bars
    ]
    for y in _rows(ax, names):
        points = bars[y].points
        means = [point.outcome.mean for point in points]
        ax.plot([min(means), max(means)], [y, y], color=style.GREY, linewidth=9, alpha=0.35, solid_capstyle="butt")
        ax.plot(means[1:-1], [y] * (len(means) - 2), "|", color=style.GREY, markersize=9, zorder=2)
        for place, colour, mark, label in ((0, style.BLUE, "o", low_end), (-1, style.ORANGE, "s", high_end)):
            # the error of the change, which is paired; that of the outcome itself is common to all bars
            half = points[place].change.high - points[place].change.mean
            error = half if math.isfinite(half) else 0.0
            ax.errorbar(
                means[place],
                y,
                xerr=error,
                fmt=mark,
                color=colour,
                capsize=4,
                elinewidth=1.6,
                label=f"input at its {label}" if y == 0 else None,
            )
    ax.axvline(found.median.mean, color=style.INK, linewidth=1.2, zorder=1)
    _zero(ax, asked)
    ax.xaxis.set_major_formatter(_formatter(asked))
    ax.set_title(f"Each input from {low_end} to {high_end}, the others at their medians")
    ax.set_xlabel(
        f"outcome (black: all at their medians; ticks: inner levels;\n"
        f"error bars: 95%, paired, {found.replicates} replicates{_more(len(bars), len(found.bars))})"
    )
    ax.legend(loc="lower right")


def _draw_switches(ax: Axes, found: Switches, asked: Asked) -> None:
    rows = [one for one in found.switches if one.outcome is not None]
    off = [one.switch for one in found.switches if one.outcome is None]
    for y in _rows(ax, [f"without {one.switch}" for one in rows], least=1):
        change, outcome = rows[y].change, rows[y].outcome
        assert change is not None, "kept above"
        assert outcome is not None, "kept above"
        half = _half(change.low, change.mean, change.high)
        ax.errorbar(
            found.median.mean + change.mean, y, xerr=half, fmt="D", color=style.GREEN, capsize=4, elinewidth=1.6
        )
    ax.axvline(found.median.mean, color=style.INK, linewidth=1.2, zorder=1)
    _zero(ax, asked)
    ax.xaxis.set_major_formatter(_formatter(asked))
    ax.set_title("A mechanism switched off" + (f" (off already: {', '.join(off)})" if off else ""))
    ax.set_xlabel("outcome; black: as it is, every number at its median; bars of error: 95%, paired")


def _draw_pairs(
    ax: Axes, names: Sequence[str], pairs: Sequence[tuple[Bounded, Bounded]], labels: tuple[str, str]
) -> None:
    """Two values a row, each with its interval."""
    looks = ((0, -0.14, style.BLUE, "o"), (1, 0.14, style.ORANGE, "s"))
    for y in _rows(ax, names):
        for which, shift, colour, mark in looks:
            one = pairs[y][which]
            ax.barh(y + shift, one.value, height=0.26, color=colour, alpha=0.25)
            half = _half(one.low, one.value, one.high)
            label = labels[which] if y == 0 else None
            ax.errorbar(one.value, y + shift, xerr=half, fmt=mark, color=colour, capsize=3, elinewidth=1.6, label=label)
    ax.axvline(0.0, color=style.INK, linewidth=1.2)
    ax.legend(loc="lower right")


def _draw_morris(ax: Axes, found: Morris, asked: Asked) -> None:
    rows = found.inputs[:MOST]
    labels = ("how far it moves the outcome (mu*)", "how much that depends on the rest (sigma)")
    _draw_pairs(ax, [one.input for one in rows], [(one.mu_star, one.sigma) for one in rows], labels)
    ax.xaxis.set_major_formatter(_formatter(asked, change=True))
    ax.set_title("Change of the outcome over an input's whole distribution")
    size = run_size(found.runs, found.replicates)
    ax.set_xlabel(f"95% intervals; {found.trajectories} trajectories, {size}{_more(len(rows), len(found.inputs))}")


def _draw_sobol(ax: Axes, found: Sobol) -> None:
    rows = found.inputs[:MOST]
    labels = ("by itself (first order)", "with its interactions (total)")
    _draw_pairs(ax, [one.input for one in rows], [(one.first, one.total) for one in rows], labels)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    ax.set_title("Share of the outcome's variance that an input makes")
    size = run_size(found.runs, found.replicates)
    ax.set_xlabel(f"95% intervals; base sample {found.samples:,}, {size}{_more(len(rows), len(found.inputs))}")


def _draw_dependence(figure: Figure, found: Dependence, asked: Asked) -> None:
    axes = figure.subplots(2, 3, sharey=True, squeeze=False)
    for ax, curve in zip(axes.flat, found.curves, strict=False):
        ax.fill_between(curve.values, curve.low, curve.high, color=style.SKY, alpha=0.35, linewidth=0)
        ax.plot(curve.values, curve.mean, color=style.BLUE)
        means = [group.outcome.mean for group in curve.groups]
        error = [max(0.0, group.outcome.high - group.outcome.mean) for group in curve.groups]
        at = [group.value for group in curve.groups]
        ax.errorbar(at, means, yerr=error, fmt="o", color=style.ORANGE, markersize=4, elinewidth=1, alpha=0.8)
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        ax.set_title(f"explains {percent(curve.explained.value)}")
        ax.set_xlabel("\n".join(_halves(curve.input)), fontsize=10)
        ax.yaxis.set_major_formatter(_formatter(asked))
    low, high = axes[0, 0].get_ylim()
    for ax in axes.flat[: len(found.curves)]:
        if asked.against is not None and low < 0.0 < high:
            ax.axhline(0.0, color=style.INK, linewidth=1.2)
    for ax in axes.flat[len(found.curves) :]:
        ax.set_visible(False)
    size = run_size(found.draws, found.replicates)
    figure.supxlabel(f"blue: mean with 95% band; orange: means of tenths of the draws, 95%; {size}", fontsize=11)


def _halves(path: str) -> list[str]:
    """A dotted path in two lines, broken at a dot."""
    parts = path.split(".")
    if len(path) < 28 or len(parts) < 2:
        return [path]
    cut = min(range(1, len(parts)), key=lambda i: abs(len(".".join(parts[:i])) - len(path) / 2.0))
    return [".".join(parts[:cut]) + ".", ".".join(parts[cut:])]


def _draw_discovery(ax: Axes, found: Discovery) -> None:
    boxes: list[tuple[str, Box]] = [(rule(box).replace(" and ", "\nand "), box) for box in found.boxes]
    if found.together is not None:
        boxes.append(("all boxes together", found.together))
    every = found.failing
    at = _rows(ax, ["all draws", *(name for name, _ in boxes)], least=3)
    for y, share in zip(at, [every, *(box.density for _, box in boxes)], strict=True):
        ax.barh(y, share.share, height=0.5, color=style.GREY if y == 0 else style.ORANGE, alpha=0.3)
        half = _half(share.low, share.share, share.high)
        colour = style.GREY if y == 0 else style.ORANGE
        ax.errorbar(share.share, y, xerr=half, fmt="o", color=colour, capsize=4, elinewidth=1.6)
    for y, (_, box) in enumerate(boxes, 1):
        text = f"{percent(box.coverage.share)} of the failing draws,\n{percent(box.support.share)} of all draws"
        if not box.clear:
            text += "\nmay be chance"
        ax.text(1.03, y, text, va="center", fontsize=11)
    ax.set_xlim(0.0, 1.4)
    ax.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    ax.set_title(found.note[:1].upper() + found.note[1:] if found.note else "Where it fails: odds of failing by region")
    ax.set_xlabel(
        f"share of draws that fail, 95% intervals; judged on {found.held_out:,} draws that the boxes were not made from"
    )

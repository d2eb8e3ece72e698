"""Heat maps: cells over two sides, in panels. A cell says in words what its colour says, where there is room."""

from __future__ import annotations

import math
import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from churnsim.reports import style
from churnsim.reports.figures import MoneyFormatter
from churnsim.reports.grid import Grid, Panel
from churnsim.reports.numbers import show

COLOURS = (style.BLUE, style.ORANGE, style.GREEN, "#E69F00", "#CC79A7", style.SKY, "#8a6d00", style.GREY)
"""Of arms; the last stands for all that follow."""
ABSENT = "#d9d9d9"
LONGEST_NAME = 24
MOST_TICKS = 12
CELL = 0.62, 0.36
"""Inches that words in a cell need, wide and high, at a size of 10 points."""


def draw_grid(figure: Figure, grid: Grid, currency: str, most: int, font: float) -> None:
    """Draw all panels, at most so many side by side."""
    across = min(most, len(grid.panels))
    down = math.ceil(len(grid.panels) / across)
    axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    width, height = figure.get_size_inches()
    side = max(0.18 * max(map(len, map(_cut, grid.rows))) * font / 20.0, 0.3)
    room = (width - side - 0.5) / across / len(grid.columns), (height - 0.9) / down / len(grid.rows) - 0.02
    fits = room[0] > CELL[0] * font / 10.0 and room[1] > 0.5 * CELL[1] * font / 10.0
    used = sorted({a for panel in grid.panels for row in panel.arms for a in row if a >= 0})
    colour = {arm: COLOURS[min(i, len(COLOURS) - 1)] for i, arm in enumerate(used)}
    scale = _scale(grid)
    for i, ax in enumerate(axes.flat):
        if i >= len(grid.panels):
            ax.set_visible(False)
            continue
        _panel(ax, grid, grid.panels[i], colour, scale, currency, font if fits else 0.0, room)
        lowest = i + across >= len(grid.panels)
        ax.tick_params(labelbottom=lowest)
        ax.set_xlabel(grid.x_label if lowest else "")
        ax.set_ylabel("" if i % across else grid.y_label)
    if colour:
        _legend(figure, grid, colour, font)
    elif not fits:
        bar = figure.colorbar(scale, ax=list(axes.flat), fraction=0.05, pad=0.02)
        if grid.kind == "money":
            bar.ax.yaxis.set_major_formatter(MoneyFormatter(currency))
        bar.outline.set_visible(False)


def grid_height(grid: Grid, most: int, width: float) -> float:
    """Inches that suit a grid of a width."""
    across = min(most, len(grid.panels))
    down = math.ceil(len(grid.panels) / across)
    row = CELL[1] * (1.25 if grid.names and width / across / len(grid.columns) > CELL[0] else 1.0)
    each = max(0.8, min(row * len(grid.rows), 0.9 * width))
    legend = 0.25 * math.ceil((len(grid.names) + 1) / 3) if grid.names else 0.0
    return 0.75 + legend + down * (each + (0.3 if len(grid.panels) > 1 else 0.0))


def _scale(grid: Grid) -> ScalarMappable:
    values = np.array([v for panel in grid.panels for row in panel.values for v in row], dtype=np.float64)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if grid.signed:
        most = max(abs(low), abs(high)) or 1.0
        colours = LinearSegmentedColormap.from_list("signed", [style.ORANGE, "#ffffff", style.BLUE])
        return ScalarMappable(Normalize(-most, most), colours)
    colours = LinearSegmentedColormap.from_list("rising", ["#ffffff", style.BLUE])
    return ScalarMappable(Normalize(low, high if high > low else low + 1.0), colours)


def _panel(
    ax: Axes,
    grid: Grid,
    panel: Panel,
    colour: dict[int, str],
    scale: ScalarMappable,
    currency: str,
    font: float,
    room: tuple[float, float],
) -> None:
    values = np.array(panel.values, dtype=np.float64)
    faces = np.ones((*values.shape, 4))
    most = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    for (r, c), value in np.ndenumerate(values):
        if not math.isfinite(value):
            faces[r, c] = to_rgba(ABSENT)
        elif panel.arms:
            full = np.array(to_rgba(colour[panel.arms[r][c]]))
            share = 0.35 + 0.5 * math.sqrt(abs(value) / most) if panel.told[r][c] and most > 0.0 else 0.12
            faces[r, c] = share * full + (1.0 - share) * np.ones(4)
        else:
            faces[r, c] = scale.to_rgba(value)  # type: ignore[arg-type]
    mesh = ax.pcolormesh(np.zeros(values.shape), edgecolors="white", linewidth=1.0)
    mesh.set_array(None)
    mesh.set_facecolor(faces.reshape(-1, 4))  # type: ignore[arg-type]
    if font:
        for (r, c), value in np.ndenumerate(values):
            text = _words(grid, panel, r, c, value, currency, room, font)
            dark = 0.299 * faces[r, c, 0] + 0.587 * faces[r, c, 1] + 0.114 * faces[r, c, 2] < 0.5
            look = {"ha": "center", "va": "center", "fontsize": 0.82 * font, "linespacing": 1.1}
            ax.text(c + 0.5, r + 0.5, text, color="white" if dark else style.INK, **look)  # type: ignore[arg-type]
    ax.grid(False)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    _ticks(ax, grid, room)
    if panel.title:
        ax.set_title(textwrap.shorten(panel.title, 60, placeholder="…"), fontweight="normal", fontsize="medium")


def _words(
    grid: Grid, panel: Panel, r: int, c: int, value: float, currency: str, room: tuple[float, float], font: float
) -> str:
    if not math.isfinite(value):
        return "failed" if panel.failed and panel.failed[r][c] else "missing"
    if value == 0.0 and grid.zero:
        return grid.zero
    number = show(value, grid.kind, currency)
    number += "" if panel.told[r][c] or not (panel.arms or grid.signed) else " ?"
    if not panel.arms:
        return number
    name = grid.names[panel.arms[r][c]]
    short = len(name) * 0.075 * font / 10.0 < room[0]
    return f"{name}\n{number}" if short and room[1] > CELL[1] * font / 10.0 else number


def _ticks(ax: Axes, grid: Grid, room: tuple[float, float]) -> None:
    rows, columns = [_cut(name) for name in grid.rows], [_cut(name) for name in grid.columns]
    longest = max(map(len, columns))
    step = max(1, math.ceil(len(columns) / MOST_TICKS), math.ceil(0.085 * min(longest, 12) / room[0]))
    if longest > 12:
        columns = ["\n".join(textwrap.wrap(name, max(6, int(room[0] / 0.085)))) for name in columns]
        step = max(1, math.ceil(len(columns) / MOST_TICKS))
    ax.set_xticks(np.arange(len(columns))[::step] + 0.5, columns[::step])
    step = max(1, math.ceil(0.17 / max(room[1], 0.01)))
    ax.set_yticks(np.arange(len(rows))[::step] + 0.5, rows[::step])


def _legend(figure: Figure, grid: Grid, colour: dict[int, str], font: float) -> None:
    shown = list(colour.items())[: len(COLOURS) - 1] if len(colour) > len(COLOURS) else list(colour.items())
    handles = [Patch(color=c, alpha=0.8, label=_cut(grid.names[arm])) for arm, c in shown]
    if len(shown) < len(colour):
        handles.append(Patch(color=COLOURS[-1], alpha=0.8, label="other arms"))
    if any(
        math.isfinite(value) and not told
        for panel in grid.panels
        for cells in zip(panel.values, panel.told, strict=True)
        for value, told in zip(*cells, strict=True)
    ):
        handles.append(Patch(facecolor="#f3f3f3", edgecolor="#cccccc", label="pale, ?: not told from 0"))
    if any(not math.isfinite(value) for panel in grid.panels for row in panel.values for value in row):
        handles.append(Patch(facecolor=ABSENT, edgecolor="#cccccc", label="missing or failed"))
    widths = [0.75 + 0.095 * font / 10.0 * len(str(h.get_label())) for h in handles]

    def needed(columns: int) -> float:
        down = math.ceil(len(widths) / columns)
        return sum(max(widths[k : k + down]) for k in range(0, len(widths), down))

    fitting = [n for n in range(1, len(handles) + 1) if needed(n) <= figure.get_size_inches()[0]]
    figure.legend(handles=handles, loc="outside lower left", ncols=max(fitting, default=1), fontsize=font)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"

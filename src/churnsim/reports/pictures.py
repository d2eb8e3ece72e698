"""Charts drawn as SVG for a page, in the house style: text stays text, sizes fit a phone and a sheet of paper."""

from __future__ import annotations

import io
import re
import textwrap
from xml.etree import ElementTree

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from churnsim.reports import style
from churnsim.reports.content import Bars, Chart, Dots, Kind, Lines, Points, Waterfall, plain
from churnsim.reports.figures import MoneyFormatter
from churnsim.reports.grid import Grid
from churnsim.reports.heat import draw_grid, grid_height

WIDTH, HEIGHT = 5.3, 3.2
"""Inches: a phone shows it at two thirds of its size, a sheet of paper as it is."""
FONT = 10.0
WRAP = 26
"""Characters of a line of a place's name."""
LONGEST = 60
"""Characters of a place's name that there is room for; the table behind has it in full."""
METADATA = ("Date", "Creator", "Format", "Type")
"""What matplotlib would write of the file, and a page has no use for."""
COLOURS = (style.BLUE, style.ORANGE, style.GREEN)
MARKS = ("o", "s", "^")
PANELS = 2
"""Panels of a grid side by side."""
DASHES = ("-", "--", "-.")
_URL = re.compile(r"url\(#([^)]+)\)")
"""A reference within a style."""
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def picture(chart: Chart, currency: str, *, key: str, alt: str) -> str:
    """The chart as an `<svg>` element; ids in it begin with `key`, `alt` is read to those who do not see it."""
    with style.house_style(), style.small(FONT):
        figure = Figure(figsize=(WIDTH, _height(chart)), layout="constrained")
        canvas = FigureCanvasSVG(figure)
        match chart:
            case Points():
                _points(figure.add_subplot(), chart, currency)
            case Lines():
                _lines(figure.add_subplot(), chart, currency)
            case Waterfall():
                _waterfall(figure.add_subplot(), chart, currency)
            case Bars():
                _bars(figure.add_subplot(), chart, currency)
            case Grid():
                draw_grid(figure, chart, currency, PANELS, FONT)
        file = io.BytesIO()
        # savefig would draw everything twice
        canvas.print_svg(file, metadata=dict.fromkeys(METADATA))  # type: ignore[no-untyped-call]
    return _inline(file.getvalue(), key, alt)


def _height(chart: Chart) -> float:
    if isinstance(chart, Grid):
        return grid_height(chart, PANELS, WIDTH)
    rows = len(chart.places) if isinstance(chart, Bars) or _lying(chart) else 0  # type: ignore[union-attr]
    return max(1.6, 1.0 + 0.36 * rows) if rows else HEIGHT


def _lying(chart: Chart) -> bool:
    """Whether names are too long to stand below an axis."""
    return isinstance(chart, Points) and any(len(name) > 4 for name in chart.places)


def _points(ax: Axes, chart: Points, currency: str) -> None:
    lying = _lying(chart)
    many = len(chart.dots)
    for i, dots in enumerate(chart.dots):
        at = [n + (i - (many - 1) / 2) * 0.22 for n in range(len(chart.places))]
        if dots.spread is not None:
            lines = ax.hlines if lying else ax.vlines
            lines(at, *dots.spread, color=style.SKY, linewidth=5, alpha=0.45, label=dots.spread_label)
        error = _ends(dots)
        look = {"fmt": MARKS[i], "color": COLOURS[i], "capsize": 3, "elinewidth": 1.4, "markersize": 5}
        if lying:
            ax.errorbar(dots.y, at, xerr=error, label=dots.label, **look)  # type: ignore[arg-type]
        else:
            ax.errorbar(at, dots.y, yerr=error, label=dots.label, **look)  # type: ignore[arg-type]
    across = ax.axvline if lying else ax.axhline
    across(chart.level, color=style.INK, linewidth=1.0, linestyle="-" if chart.level == 0.0 else "--")
    if lying:
        ax.set_yticks(range(len(chart.places)), [_wrapped(name) for name in chart.places])
        ax.invert_yaxis()
        ax.grid(True, axis="x")
        ax.grid(False, axis="y")
        ax.set_xlabel(chart.y_label)
        _numbers(ax.xaxis, chart.kind, currency)
        ax.xaxis.set_major_locator(MaxNLocator(5))
    else:
        ax.set_xticks(range(len(chart.places)), chart.places)
        ax.set_xlabel(chart.x_label)
        ax.set_ylabel(chart.y_label)
        _numbers(ax.yaxis, chart.kind, currency)
        if chart.kind == "odds":
            ax.set_ylim(-0.04, 1.06)
        if chart.marked is not None:
            ax.axvspan(chart.marked - 0.4, chart.marked + 0.4, color=style.GREEN, alpha=0.13, linewidth=0, zorder=0)
            ax.set_xlabel(f"{chart.x_label} (green: highest mean NPV)")
    _legend(ax)


def _lines(ax: Axes, chart: Lines, currency: str) -> None:
    for i, line in enumerate(chart.lines):
        colour, dash = COLOURS[i % len(COLOURS)], DASHES[(i + i // len(COLOURS)) % len(DASHES)]
        for low, high in line.bands:
            if line.bands_as_lines:
                for edge in (low, high):
                    ax.plot(chart.months, edge, color=colour, linestyle=":", linewidth=1.0)
            else:
                ax.fill_between(chart.months, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(chart.months, line.y, color=colour, linestyle=dash, linewidth=1.8, label=line.label)
    if chart.from_zero and all(min(line.y) >= 0.0 for line in chart.lines):
        ax.set_ylim(bottom=0.0)
    bottom, top = ax.get_ylim()
    if bottom < 0.0 < top:
        ax.axhline(0.0, color=style.INK, linewidth=1.0)
    ax.set_xlim(min(chart.months), max(chart.months))
    if len(chart.months) >= 12:
        ax.xaxis.set_major_locator(MultipleLocator(12 if len(chart.months) <= 132 else 60))
    ax.set_xlabel("month")
    ax.set_ylabel(chart.y_label)
    _numbers(ax.yaxis, chart.kind, currency)
    _legend(ax)


def _waterfall(ax: Axes, chart: Waterfall, currency: str) -> None:
    names = [chart.opening[0], *(name for name, _ in chart.steps), chart.closing[0]]
    level = chart.opening[1]
    ax.bar(0, level, color=style.GREY, width=0.7)
    tops = [level]
    for i, (_, step) in enumerate(chart.steps, start=1):
        ax.bar(
            i, abs(step), bottom=min(level, level + step), color=style.GREEN if step >= 0.0 else style.ORANGE, width=0.7
        )
        ax.plot([i - 1.35, i + 0.35], [level, level], color=style.INK, linewidth=0.8)
        tops.append(max(level, level + step))
        level += step
    ax.bar(len(names) - 1, chart.closing[1], color=style.GREY, width=0.7)
    tops.append(chart.closing[1])
    sizes = [chart.opening[1], *(step for _, step in chart.steps), chart.closing[1]]
    for i, (size, top) in enumerate(zip(sizes, tops, strict=True)):
        ends = i in (0, len(sizes) - 1)
        sign = "" if ends or size < 0.0 else "+"
        text = f"{sign}{plain(size, 'money', currency)}"
        ax.annotate(text, (i, top), (0, 3), textcoords="offset points", ha="center", fontsize=FONT - 1.5)
    ax.set_xticks(range(len(names)), names, fontsize=FONT - 1.0)
    ax.margins(y=0.1)
    ax.set_ylim(bottom=0.0)
    ax.set_ylabel(chart.y_label)
    _numbers(ax.yaxis, "money", currency)


def _bars(ax: Axes, chart: Bars, currency: str) -> None:
    many = len(chart.dots)
    thick = 0.75 / many
    for i, dots in enumerate(chart.dots):
        at = [n + (i - (many - 1) / 2) * thick for n in range(len(chart.places))]
        ax.barh(
            at,
            dots.y,
            height=0.9 * thick,
            xerr=_ends(dots),
            color=COLOURS[i],
            alpha=0.85,
            hatch=("", "///")[i % 2],
            edgecolor="white",
            linewidth=0,
            error_kw={"elinewidth": 1.2, "ecolor": style.INK},
            label=dots.label,
        )
    ax.set_yticks(range(len(chart.places)), [_wrapped(name) for name in chart.places])
    ax.invert_yaxis()
    ax.grid(True, axis="x")
    ax.grid(False, axis="y")
    ax.set_xlim(left=0.0)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))  # whole percent
    ax.set_xlabel(chart.x_label)
    _numbers(ax.xaxis, chart.kind, currency)
    if many > 1:
        _legend(ax)


def _ends(dots: Dots) -> list[list[float]] | None:
    """Lengths of the intervals on both sides; rounding may leave an end a hair inside, and an unknown end has none."""
    if dots.low is None or dots.high is None:
        return None
    below = [max(0.0, y - low) for y, low in zip(dots.y, dots.low, strict=True)]
    above = [max(0.0, high - y) for y, high in zip(dots.y, dots.high, strict=True)]
    return [below, above]


def _numbers(axis: object, kind: Kind, currency: str) -> None:
    form = MoneyFormatter(currency) if kind == "money" else FuncFormatter(lambda v, _: plain(v, kind, currency))
    axis.set_major_formatter(form)  # type: ignore[attr-defined]


def _legend(ax: Axes) -> None:
    """Above the axes, where it hides nothing."""
    handles, labels = ax.get_legend_handles_labels()
    if len(labels) > 1:
        labels = [_cut(label) for label in labels]
        columns = 1 if max(map(len, labels)) > 30 else min(len(labels), 3)
        ax.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns, borderaxespad=0.2)


def _wrapped(name: str) -> str:
    return "\n".join(textwrap.wrap(_cut(name), WRAP)) or name


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _inline(svg: bytes, key: str, alt: str) -> str:
    """The figure as an element of a page: ids of its own, a name, no size but its shape, nothing that is not drawn."""
    root = ElementTree.fromstring(svg)
    for part in (root.find(f"{{{_SVG}}}metadata"), *root.findall(f"{{{_SVG}}}defs/{{{_SVG}}}style")):
        if part is not None and part in list(root):
            root.remove(part)
    link = f"{{{_XLINK}}}href"
    used = {name for element in root.iter() for value in element.attrib.values() for name in _URL.findall(value)}
    used |= {element.attrib[link][1:] for element in root.iter() if link in element.attrib}
    for element in root.iter():
        for attribute, value in list(element.attrib.items()):
            if attribute == "id":
                del element.attrib[attribute]
                if value in used:
                    element.set(attribute, f"{key}-{value}")
            elif attribute == link:
                del element.attrib[attribute]
                element.set("href", f"#{key}-{value[1:]}")
            else:
                element.set(attribute, _URL.sub(rf"url(#{key}-\1)", value))
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")

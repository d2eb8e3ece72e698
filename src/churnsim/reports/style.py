"""The house style of figures: one place for sizes, colours and lines.

Colours are those of Okabe & Ito (2008), which people with any common colour blindness tell apart; marks differ in shape
as well.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

INK = "#222222"
GREY = "#8a8a8a"
BLUE = "#0072B2"
ORANGE = "#D55E00"
GREEN = "#009E73"
SKY = "#56B4E9"

WIDTH, HEIGHT, DPI = 12.0, 9.0, 100
"""Inches and dots per inch: 1200 x 900 pixels."""

_HOUSE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign is money
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 12,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "lines.markersize": 7,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "svg.hashsalt": "churnsim",
}


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style; nothing is changed outside."""
    import matplotlib

    with matplotlib.rc_context(_HOUSE):
        yield


@contextlib.contextmanager
def small(size: float) -> Iterator[None]:
    """Text of one size in points, marks to match: for pictures that a phone shows too."""
    import matplotlib

    sizes = ("font.size", "axes.titlesize", "axes.labelsize", "legend.fontsize", "xtick.labelsize", "ytick.labelsize")
    settings: dict[Any, Any] = dict.fromkeys(sizes, size)
    with matplotlib.rc_context(settings):
        yield

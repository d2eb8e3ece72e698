"""What is drawn of a sweep: which arm is best where, the value of an arm, the regret of every arm."""

from __future__ import annotations

import numpy as np

from churnsim.decisions.inputs import InputError, unknown
from churnsim.metrics.estimates import Array
from churnsim.reports.content import Kind
from churnsim.reports.grid import Grid, Panel
from churnsim.sweeps.means import Means, means_of
from churnsim.sweeps.reading import Axis, Reading
from churnsim.sweeps.standings import Standings

MOST_PANELS = 12
MOST_REGRET_ROWS = 30


def drawn_axes(reading: Reading, x: str | None = None, y: str | None = None) -> tuple[Axis | None, Axis | None]:
    """The axes that a map has across and up: as asked, else the first two with more than one value."""
    free = [axis for axis in reading.axes if len(axis) > 1 and not axis.sampled]
    for name in (x, y):
        if name is not None and name not in [axis.name for axis in free]:
            raise unknown("axis with several values", name, [axis.name for axis in free])
    if x is not None and x == y:
        raise InputError(f"the axis {x!r} cannot be drawn both across and up")
    named = {axis.name: axis for axis in free}
    across = named[x] if x else next((axis for axis in free if axis.name != y), None)
    up = named[y] if y else next((axis for axis in free if axis is not across), None)
    return across, up


def check_drawn(
    reading: Reading, x: str | None = None, y: str | None = None, arm: str | None = None, against: str | None = None
) -> None:
    """Raise InputError where an axis or an arm is not one of the sweep."""
    drawn_axes(reading, x, y)
    for name in (arm, against):
        if name is not None and name not in reading.arms:
            raise unknown("arm", name, reading.arms)


def best_map(reading: Reading, found: Standings, x: str | None = None, y: str | None = None) -> Grid | None:
    """The best arm and its lead over the second; None where no axis can be drawn."""
    return _mapped(reading, found.lead, found.best, x, y)


def value_map(
    reading: Reading, arm: str, against: str | None = None, x: str | None = None, y: str | None = None
) -> Grid | None:
    """The measure of an arm, or its difference from another; None where no axis can be drawn."""
    return _mapped(reading, means_of(values_of(reading, arm, against)), None, x, y, signed=against is not None)


def values_of(reading: Reading, arm: str, against: str | None = None) -> Array:
    """Values (points, clusters) of an arm, or their difference from another."""
    values = reading.values[:, reading.arms.index(arm)]
    return values if against is None else values - reading.values[:, reading.arms.index(against)]


def regret_map(reading: Reading, found: Standings) -> Grid | None:
    """Regret by point and arm, where there are few points; None where there are many, or points of a sample."""
    there = np.flatnonzero(found.best >= 0)
    if len(there) > MOST_REGRET_ROWS or not reading.axes or any(axis.sampled for axis in reading.axes):
        return None
    one = len(reading.axes) == 1
    labels = [reading.axes[0].labels[i] if one else ", ".join(reading.named(int(i)).values()) for i in there]
    values = found.regret.mean[there].T
    told = (found.regret.low[there] > 0.0).T
    if one:
        panel = Panel("", values.tolist()[::-1], told.tolist()[::-1])
        return Grid(reading.axes[0].name, "", labels, list(reading.arms)[::-1], (panel,), kind_of(reading), zero="best")
    panel = Panel("", values.T.tolist()[::-1], told.T.tolist()[::-1])
    sides = ", ".join(axis.name for axis in reading.axes)
    return Grid("", sides, list(reading.arms), labels[::-1], (panel,), kind_of(reading), zero="best")


def kind_of(reading: Reading) -> Kind:
    """Kind of the measure."""
    return reading.kind


def panels_left_out(reading: Reading, grid: Grid) -> int:
    """Panels that the map has no room for."""
    cells = max(1, len(grid.columns) * len(grid.rows))
    return max(0, reading.points // cells - len(grid.panels))


def panel_title(reading: Reading, grid: Grid, n: int) -> dict[str, str]:
    """Values of the axes that panel number `n` of a map stands for, by name."""
    rest = [axis for axis in reading.axes if axis.name not in (grid.x_label, grid.y_label)]
    index = np.unravel_index(n, tuple(map(len, rest))) if rest else ()
    pairs = zip(rest, index, strict=True)
    return {axis.name: axis.labels[int(i)] for axis, i in pairs if len(axis) > 1}


def _mapped(
    reading: Reading, found: Means, best: np.ndarray | None, x: str | None, y: str | None, *, signed: bool = False
) -> Grid | None:
    across, up = drawn_axes(reading, x, y)
    if across is None:
        return None
    order = [reading.axes.index(axis) for axis in (up, across) if axis is not None]
    rest = [i for i in range(len(reading.axes)) if i not in order]
    sizes = tuple(len(reading.axes[i]) for i in rest)
    rows = [""] if up is None else list(up.labels)

    def arranged(values: np.ndarray) -> np.ndarray:
        """Cells by (panel, row, column)."""
        moved = np.transpose(values.reshape(reading.shape), (*rest, *order))
        return moved.reshape(-1, len(rows), len(across.labels))

    told = (found.low > 0.0) | (found.high < 0.0)
    panels = []
    cells = arranged(found.mean), arranged(told), None if best is None else arranged(best)
    failed = arranged(np.isin(np.arange(reading.points), list(reading.failed)))
    for n in range(min(len(cells[0]), MOST_PANELS)):
        index = np.unravel_index(n, sizes) if sizes else ()
        parts = [f"{reading.axes[i].name} {reading.axes[i].labels[int(k)]}" for i, k in zip(rest, index, strict=True)]
        title = ", ".join(part for part, i in zip(parts, rest, strict=True) if len(reading.axes[i]) > 1)
        arms = () if cells[2] is None else cells[2][n].tolist()
        panels.append(Panel(title, cells[0][n].tolist(), cells[1][n].tolist(), arms, failed[n].tolist()))
    names = () if best is None else reading.arms
    side = "" if up is None else up.name
    return Grid(across.name, side, across.labels, rows, tuple(panels), kind_of(reading), names, signed)

"""How amounts stand along the axis of a chart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from churnsim.reports.style import GREY
from churnsim.reports.workbook.sheet import clean


def money_axis(title: str, amounts: Iterable[float]) -> dict[str, Any]:
    """Options of an axis of money, in thousands or millions where the amounts are large."""
    most = max((abs(amount) for amount in amounts), default=0.0)
    shown = '#,##0.0,,"M"' if most >= 2e6 else '#,##0,"k"' if most >= 2e4 else "#,##0"
    grid = {"visible": True, "line": {"color": "#E6E6E6"}}
    return {"name": clean(title), "num_format": shown, "major_gridlines": grid, "line": {"color": GREY}}

"""Drawing of numbers and tables: what the generated scenarios are made of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Table = dict[str, Any]


def number(low: float, high: float) -> st.SearchStrategy[float]:
    """A number with no round digits, or one of the ends; ranges of up to 127 whole numbers are drawn evenly."""

    def place(digits: tuple[int, int]) -> float:
        if digits[0] in (0, 99):
            return float(high if digits[0] else low)
        return low + (high - low) * (digits[0] + (digits[1] + 0.3718) / 100.0) / 100.0

    return st.tuples(st.integers(0, 99), st.integers(0, 99)).map(place)


share = number(0.0, 1.0)
factor = number(0.3, 2.0)


def often(draw: Any, percent: int) -> bool:
    """True with about this probability; shrinks to False."""
    return bool(draw(st.integers(0, 99)) >= 100 - percent)


def table(draw: Any, percent: int, **keys: st.SearchStrategy[Any]) -> Table:
    """Each key with some probability, else left out."""
    return {name: draw(values) for name, values in keys.items() if often(draw, percent)}


def slope(size: float) -> st.SearchStrategy[float]:
    """Log rate per unit of a state."""
    return number(-size, size)

"""Numbers as people read them. What is not defined is shown as a dash."""

from __future__ import annotations

import math
from collections.abc import Sequence

DASH = "–"
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def money(amount: float, currency: str) -> str:
    """Three significant digits, e.g. "$1.23M", "-€45.6k", "CHF 789"."""
    if not math.isfinite(amount):
        return DASH
    unit, letter = _unit(amount)
    return _signed(amount, unit, letter, _decimals_of(amount, unit), currency)


def money_with_error(amount: float, se: float, currency: str) -> str:
    """An amount with its standard error in the same unit, e.g. "$1.234M ± 0.012"."""
    if not math.isfinite(amount):
        return DASH
    unit, letter = _unit(max(abs(amount), se if math.isfinite(se) else 0.0))
    known = math.isfinite(se) and se > 0.0
    decimals = _decimals_of_error(se / unit, most=2) if known else _decimals_of(amount, unit)
    return f"{_signed(amount, unit, letter, decimals, currency)} ± {_known_error(se / unit, decimals)}"


def money_interval(low: float, high: float, currency: str) -> str:
    """Two amounts in the same unit, e.g. "-$0.12M to 0.34M"."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return DASH
    unit, letter = _unit(max(abs(low), abs(high)))
    decimals = _decimals_of(max(abs(low), abs(high)), unit)
    return f"{_signed(low, unit, letter, decimals, currency)} to {_signed(high, unit, letter, decimals, currency)}"


def money_ticks(amounts: Sequence[float], currency: str) -> list[str]:
    """Amounts along an axis in one unit, with as few decimals as show them all, e.g. "$2.0M", "$2.5M", "$3.0M"."""
    most = max(map(abs, amounts), default=0.0)
    unit, letter = _unit(most)
    # ticks are round numbers, but for rounding
    decimals = next(n for n in range(7) if n == 6 or all(abs(round(a / unit, n) - a / unit) < 1e-8 for a in amounts))
    return [
        _signed(a, unit, letter, decimals, currency) if abs(a) > 1e-9 * most else _signed(0.0, 1.0, "", 0, currency)
        for a in amounts
    ]


def percent(share: float) -> str:
    """E.g. "81%"."""
    return f"{100.0 * share:.0f}%" if math.isfinite(share) else DASH


def percent_tenths(share: float) -> str:
    """E.g. "81.3%"."""
    return f"{100.0 * share:.1f}%" if math.isfinite(share) else DASH


def show(value: float, kind: str, currency: str) -> str:
    """A value as money, as a share or as a whole number."""
    if kind == "count":
        return f"{value:,.0f}" if math.isfinite(value) else DASH
    return money(value, currency) if kind == "money" else percent_tenths(value)


def percent_with_error(share: float, se: float) -> str:
    """A share with its standard error in points, e.g. "104.2% ± 0.3"."""
    if not math.isfinite(share):
        return DASH
    return f"{100.0 * share:.1f}% ± {_known_error(100.0 * se, 1)}"


def percent_interval(share: float, low: float, high: float) -> str:
    """A share with its interval, e.g. "81% (76–86)"."""
    if not math.isfinite(share):
        return DASH
    return f"{100.0 * share:.0f}% ({100.0 * low:.0f}–{100.0 * high:.0f})"


def points_with_error(difference: float, se: float) -> str:
    """A difference of two shares in points with its standard error, e.g. "+1.2 pt ± 0.3"."""
    if not math.isfinite(difference):
        return DASH
    return f"{100.0 * difference:+.2f} pt ± {_known_error(100.0 * se, 2)}"


def points(difference: float) -> str:
    """A difference of two shares in points, e.g. "+1.20 pt"."""
    return f"{100.0 * difference:+.2f} pt" if math.isfinite(difference) else DASH


def count_with_error(value: float, se: float) -> str:
    """A whole number with its standard error, e.g. "1,234 ± 12"."""
    return f"{value:,.0f} ± {_known_error(se, 0)}" if math.isfinite(value) else DASH


def ratio_with_error(value: float, se: float) -> str:
    """E.g. "1.29 ± 0.04"."""
    return f"{value:.2f} ± {_known_error(se, 2)}" if math.isfinite(value) else DASH


def tenths_with_error(value: float, se: float) -> str:
    """E.g. "14.2 ± 0.3"."""
    return f"{value:.1f} ± {_known_error(se, 1)}" if math.isfinite(value) else DASH


def run_size(draws: int, replicates: int) -> str:
    """E.g. "250 draws × 4 replicates", "1 draw × 1,000 replicates"."""
    parts = ((draws, "draw"), (replicates, "replicate"))
    return " × ".join(f"{number:,} {name}{'s' if number != 1 else ''}" for number, name in parts)


def _unit(amount: float) -> tuple[float, str]:
    # 999,950 would round to 1000k, so the next unit begins a little early
    return next((pair for pair in _UNITS if abs(amount) >= 0.9995 * pair[0]), _UNITS[-1])


def _decimals_of(amount: float, unit: float) -> int:
    """Decimals for three significant digits, none for plain units."""
    if unit == 1.0 or amount == 0.0:
        return 0
    return max(0, 2 - math.floor(math.log10(abs(amount) / unit * 1.0005)))


def _decimals_of_error(se: float, *, most: int) -> int:
    """Decimals that show two significant digits of an error."""
    return min(most, max(0, 1 - math.floor(math.log10(se))))


def _known_error(se: float, decimals: int) -> str:
    """A standard error: "?" when not known; one that rounds to 0 without being 0 is shown as below the last digit."""
    if not math.isfinite(se):
        return "?"
    if se == 0.0:
        return "0"
    least = 10.0**-decimals
    return f"<{least:.{decimals}f}" if 0.0 < se < 0.5 * least else f"{se:.{decimals}f}"


def _signed(amount: float, unit: float, letter: str, decimals: int, currency: str) -> str:
    digits = f"{abs(amount) / unit:,.{decimals}f}"
    sign = "-" if amount < 0.0 and float(digits.replace(",", "")) != 0.0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{digits}{letter}"

"""Cells of tables: estimates with their error, intervals, odds, plain lines."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from churnsim.metrics.estimates import Estimate, Share
from churnsim.reports.numbers import (
    DASH,
    count_with_error,
    money_interval,
    money_with_error,
    percent_interval,
    percent_with_error,
)


def amount(e: Estimate, kind: str, currency: str) -> str:
    """A mean with its standard error, as money, as a share or as a whole number."""
    if kind == "count":
        return count_with_error(e.mean, e.se)
    return money_with_error(e.mean, e.se, currency) if kind == "money" else percent_with_error(e.mean, e.se)


def interval(e: Estimate, currency: str) -> str:
    """The 95% interval of an amount of money."""
    return money_interval(e.low, e.high, currency)


def odds(share: Share) -> str:
    """A share with its 95% interval."""
    return percent_interval(share.share, share.low, share.high)


def ratio(value: float) -> str:
    """A ratio with two decimals."""
    return f"{value:.2f}" if math.isfinite(value) else DASH


def say_all(console: Console, texts: Iterable[str]) -> None:
    """Print sentences, the first one bold, and a blank line."""
    for i, text in enumerate(texts):
        say(console, text, style="bold" if i == 0 else "")
    say(console)


def say(console: Console, text: str = "", *, style: str = "") -> None:
    """Print text as it is, never read as markup."""
    console.print(Text(text, style=style))

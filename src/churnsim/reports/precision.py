"""How precise a simulation is, in the terminal."""

from __future__ import annotations

from rich.console import Console

from churnsim.reports.cells import amount, say
from churnsim.reports.numbers import DASH, money, percent, run_size
from churnsim.reports.tables import Column, print_table
from churnsim.uncertainty.precision import Precision
from churnsim.uncertainty.split import Component

PARTS = {
    "parameters": "what is not known (parameters)",
    "market": "the market",
    "customers": "customers' luck",
    "both": "market and luck together",
}


def sentence(found: Precision) -> str:
    """What most of the spread comes from, and what to simulate."""
    parts: dict[str, Component] = {name: getattr(found.split, name) for name in PARTS}
    first, second = sorted(parts, key=lambda name: -parts[name].share)[:2]
    if parts[first].share == 0.0:
        text = f"The {found.outcome} is the same in every path."
    else:
        text = (
            f"Of the variance of the {found.outcome}, {percent(parts[first].share)} comes from {PARTS[first]} and"
            f" {percent(parts[second].share)} from {PARTS[second]}."
        )
    if found.size is not None and found.target_se is not None:
        size = run_size(found.size.draws, found.size.replicates)
        text += f" For a standard error of {_shown(found, found.target_se)}: {size}."
    return text


def print_precision(found: Precision, console: Console) -> None:
    """The sentence, the split of the variance, and the standard errors of some sizes."""
    say(console, sentence(found), style="bold")
    say(console)
    parts = [getattr(found.split, name) for name in PARTS]
    size = f"pilot of {found.draws} × {found.markets} × {found.customers} paths, seed {found.seed}"
    print_table(
        console,
        f"{found.scenario}: variance of the {found.outcome} of one path ({size})",
        [
            Column("comes from", list(PARTS.values()), left=True),
            Column("share", [percent(part.share) for part in parts]),
            Column("sd of it alone", [_sd(found, part) for part in parts]),
            Column("variance over its error", [_ratio(part) for part in parts], 1),
        ],
    )
    sizes = {"usual": found.usual} | ({} if found.size is None else {"for the target": found.size})
    print_table(
        console,
        f"Standard error of the mean, {amount(found.mean, found.kind, found.currency)} in the pilot",
        [
            Column("run", list(sizes), left=True),
            Column("size", [run_size(s.draws, s.replicates) for s in sizes.values()]),
            Column("expected standard error", [_shown(found, s.expected_se) for s in sizes.values()]),
        ],
    )
    say(
        console,
        "A pilot knows a variance to some tenths of it: the run states the standard error that it reached. More"
        " replicates make luck smaller, only more draws what is not known.",
    )


def _sd(found: Precision, part: Component) -> str:
    return DASH if part.variance != part.variance else _shown(found, max(part.variance, 0.0) ** 0.5)


def _shown(found: Precision, value: float) -> str:
    return money(value, found.currency) if found.kind == "money" else f"{100.0 * value:.2f} pt"


def _ratio(part: Component) -> str:
    return f"{part.variance / part.se:.1f}" if part.se > 0.0 else DASH

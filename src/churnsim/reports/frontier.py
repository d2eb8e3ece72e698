"""The frontier of alternatives in the terminal."""

from __future__ import annotations

from rich.console import Console

from churnsim.reports.cells import amount, interval, odds, say
from churnsim.reports.numbers import DASH, money, run_size
from churnsim.reports.tables import Column, print_table
from churnsim.uncertainty.frontier import APART, Frontier, Mix
from churnsim.uncertainty.frontier_words import apart, best_in_words, told
from churnsim.uncertainty.options import in_words


def print_frontier(found: Frontier, console: Console) -> None:
    """The sentence, the best mix of each budget, and all the money on one alternative."""
    say(console, found.sentence, style="bold")
    say(console)
    currency, budgets = found.currency, found.budgets
    levels = [money(b.budget, currency) for b in budgets]
    size = f"{run_size(found.draws, found.replicates)}, seed {found.seed}"
    print_table(
        console,
        f"{found.scenario}: the best mix for so much more money a year ({found.horizon_months} months, {size})",
        [
            Column("a year", levels),
            Column("best mix", [best_in_words(found, b) for b in budgets], left=True),
            Column(f"{found.label} gained", [amount(b.fresh.gain, "money", currency) for b in budgets]),
            Column("95% interval", [interval(b.fresh.gain, currency) for b in budgets], 2),
            Column("pays", [odds(b.fresh.odds) if any(b.best.steps) else DASH for b in budgets], 1),
            Column("said to\ncost", [money(b.fresh.stated, currency) for b in budgets], 3),
            Column("spends", [_spends(b.fresh, currency) for b in budgets], 1),
            Column(
                "ahead of the\nrunner-up",
                [DASH if b.lead is None else amount(b.lead, "money", currency) for b in budgets],
                4,
            ),
            Column("sure", [DASH if b.lead is None else "yes" if told(b) else "no" for b in budgets], 5),
        ],
    )
    print_table(
        console,
        f"All of it on one thing: {found.label} gained over the base",
        [
            Column("a year", levels),
            *(
                Column(o.name, [_alone(b.alone[i], currency) for b in budgets], i)
                for i, o in enumerate(found.alternatives)
            ),
        ],
    )
    print_table(
        console,
        "What a step is",
        [
            Column("alternative", [o.name for o in found.alternatives], left=True),
            Column("a year", [money(o.step_cost, currency) for o in found.alternatives]),
            Column("steps", ["any" if o.most_steps is None else str(o.most_steps) for o in found.alternatives], 2),
            Column("seen as", [_WAYS[o.charge] for o in found.alternatives], 1, left=True),
            Column("buys", [o.buys for o in found.alternatives], 3, left=True),
        ],
    )
    say(console, _note(found))
    if any(option.charge == "revenue" for option in found.alternatives):
        say(console, "Revenue forgone is as the file states it: no line of cost shows it.")
    for mix in _odd(found):
        way = "spends" if mix.spends.mean >= 0.0 else "saves"
        said, does = money(mix.stated - mix.forgone, currency), money(abs(mix.spends.mean), currency)
        what = in_words(found.alternatives, mix.steps)
        say(console, f"Not the same money: {what} should show as {said} a year in lines of cost and {way} {does}.")


_WAYS = {"fixed": "a fixed cost", "simulated": "its own costs", "revenue": "revenue forgone"}


def _spends(mix: Mix, currency: str) -> str:
    return amount(mix.spends, "money", currency) + (" !" if any(mix.steps) and apart(mix) else "")


def _alone(mix: Mix | None, currency: str) -> str:
    return DASH if mix is None else amount(mix.gain, "money", currency)


def _odd(found: Frontier) -> list[Mix]:
    """Best mixes and mixes of one alternative whose money is not what it is said to be."""
    mixes = [b.fresh for b in found.budgets if any(b.fresh.steps)]
    mixes += [mix for b in found.budgets for mix in b.alone if mix is not None]
    return list({mix.steps: mix for mix in mixes if apart(mix)}.values())


def _note(found: Frontier) -> str:
    cluster = ", clustered by draw" if found.draws > 1 else ""
    return (
        f"Money is a year's, nominal, on average over {found.horizon_months} months, above today's. Best mix: the"
        f" highest mean of all mixes that cost no more, of {len(found.mixes)} simulated with the same draws and luck;"
        " all that is shown of it is seen on fresh seeds. sure: the 95% interval of its lead over the"
        " runner-up lies above 0. spends: what the simulation spends more on customer success, acquisition, product,"
        f" support and fixed costs; !: more than {APART:.0%} from what the steps are said to cost. ±: standard"
        f" error{cluster}. All of it on one thing: as many steps as the money pays for, on the same fresh seeds."
    )

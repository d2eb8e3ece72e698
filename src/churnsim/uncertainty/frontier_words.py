"""A frontier in a sentence: what the money is best spent on, and what it would bring elsewhere."""

from __future__ import annotations

from churnsim.decisions import words
from churnsim.uncertainty.frontier import APART, Budget, Frontier, Mix
from churnsim.uncertainty.options import in_words


def sentence(found: Frontier) -> str:
    """What the largest budget is best spent on, with what odds, against the runner-up and each alternative alone."""
    top = found.budgets[-1]
    text = f"With {money(top.budget, found)} more a year: {_verdict(top, found)}."
    alone = [(o.name, mix) for o, mix in zip(found.alternatives, top.alone, strict=True) if mix is not None]
    if len(alone) > 1:
        alone.sort(key=lambda pair: -pair[1].gain.mean)
        each = ", ".join(f"{name} {money(mix.gain.mean, found)}" for name, mix in alone)
        text += f" All of it on one thing brings: {each}."
    same = next(b for b in found.budgets if b.best.steps == top.best.steps)
    if same is not top and any(top.best.steps):
        text += f" More than {money(same.budget, found)} a year finds nothing better to buy."
    return text


def best_in_words(found: Frontier, budget: Budget) -> str:
    """The best mix of a budget."""
    return in_words(found.alternatives, budget.best.steps)


def apart(mix: Mix) -> bool:
    """Whether a mix spends clearly more or less in the simulation than it is said to cost."""
    return abs(mix.spends.mean - (mix.stated - mix.forgone)) > APART * mix.stated


def told(budget: Budget) -> bool:
    """Whether fresh seeds confirm that the best mix is ahead of the runner-up."""
    return budget.lead is not None and budget.lead.low > 0.0


def money(amount: float, found: Frontier) -> str:
    """Three digits, e.g. "USD 1,230,000"."""
    return words.money(amount, found.currency)


def _verdict(budget: Budget, found: Frontier) -> str:
    if not any(budget.best.steps):
        return f"spend none of it: {_loses(budget, found)}"
    gain, odds = budget.fresh.gain, budget.fresh.odds
    text = (
        f"the best of {len(found.mixes)} mixes is {best_in_words(found, budget)}, which gains"
        f" {money(gain.mean, found)} {found.label} (95% interval {money(gain.low, found)} to {money(gain.high, found)})"
        f" and pays in {odds.share:.0%} of {found.clusters}, on fresh seeds"
    )
    if budget.runner_up is not None and not told(budget):
        other = in_words(found.alternatives, budget.runner_up.steps)
        text += f", though it cannot be told from the runner-up, {other}"
    return text


def _loses(budget: Budget, found: Frontier) -> str:
    """Why nothing is better than something."""
    assert budget.runner_up is not None, "the budget pays for a step"
    assert budget.lead is not None, "the budget pays for a step"
    least = in_words(found.alternatives, budget.runner_up.steps)
    lead = budget.lead
    # the lead of nothing over a mix is what the mix loses
    text = (
        f"no mix of it gains {found.label} on average; the best of them, {least}, changes it on fresh seeds by"
        f" {money(-lead.mean, found)} (95% interval {money(-lead.high, found)} to {money(-lead.low, found)})"
    )
    return text if told(budget) else f"{text}, which cannot be told from none"

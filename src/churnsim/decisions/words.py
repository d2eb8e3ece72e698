"""A ladder in one sentence: how many posts, with what odds, and what would change it."""

from __future__ import annotations

import math

from churnsim.decisions.drivers import Driver
from churnsim.decisions.ladder import Judged, Ladder, Rung
from churnsim.metrics.estimates import Share


def sentence(ladder: Ladder) -> str:
    """How many posts to fund, with what odds, and the two assumptions that would change it most.

    Odds are those on fresh seeds where there are any.
    """
    return f"{_funding(ladder)}; {_assumptions(ladder)}."


def headline(ladder: Ladder) -> str:
    """The recommendation in a few words."""
    if ladder.too_short:
        return f"The ladder is too short: try more than {ladder.recommended} CSMs"
    return f"Fund {csms(ladder.recommended)}"


def csms(count: int) -> str:
    """E.g. "no CSMs", "1 CSM", "7 CSMs"."""
    return "no CSMs" if count == 0 else f"{count} CSM{'s' if count != 1 else ''}"


def step_name(rung: Rung) -> str:
    """What a rung adds to the rung below: "the 7th CSM" or "the step from 4 to 6 CSMs"."""
    assert rung.step is not None, "the lowest rung adds nothing"
    if rung.step.added == 1:
        return f"the {_ordinal(rung.posts)} CSM"
    return f"the step from {rung.posts - rung.step.added} to {rung.posts} CSMs"


def npv_title(ladder: Ladder) -> str:
    """What the means say of the recommended step and of the one above it."""
    if ladder.index == 0:
        return capital(_verdict(ladder.rungs[1]))
    chosen = ladder.chosen
    if ladder.too_short:
        return f"{capital(_verdict(chosen))}, and the ladder ends there"
    above = ladder.rungs[ladder.index + 1]
    if _open(chosen) and _open(above):
        return f"Neither {step_name(chosen)} nor {step_name(above)} is settled: intervals include 0"
    return f"{capital(_verdict(chosen))}; {_verdict(above)}"


def hours_title(ladder: Ladder) -> str:
    """From which rung on the hours cover what is asked for."""
    enough = ladder.enough_hours
    return "Hours never cover what is asked for" if enough is None else f"Hours cover demand from {csms(enough)} on"


def capital(text: str) -> str:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]


def odds(share: Share) -> str:
    """E.g. "81% (95% interval 76% to 86%)"."""
    if math.isnan(share.share):
        return "not known"
    return f"{share.share:.0%} (95% interval {share.low:.0%} to {share.high:.0%})"


def number(value: float) -> str:
    """A value of an input, e.g. "0.142" or "212,000"."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def money(amount: float, currency: str) -> str:
    """Three digits, e.g. "USD 1,230,000"."""
    return f"{currency} {float(f'{amount:.3g}'):,.0f}"


def _funding(ladder: Ladder) -> str:
    judged = ladder.fresh or ladder.seen
    where = "on fresh seeds" if ladder.fresh else "on this ladder"
    pays = f"{_pays(ladder)} with odds of {odds(judged.neighbour.odds)} {where}"
    pays += _doubt(judged, chosen_is_higher=ladder.index > 0)
    today = f"the plan {'starts with' if len(set(ladder.plan)) > 1 else 'has'} {ladder.plan[0]}"
    if ladder.index == 0:
        step = step_name(ladder.rungs[1])
        if ladder.recommended == 0:
            return f"Fund no CSMs ({today}): {step} {pays}"
        return f"Fund {csms(ladder.recommended)} or fewer ({today}), for no fewer were tried: {step} {pays}"
    step = step_name(ladder.chosen)
    if ladder.too_short:
        return (
            f"The ladder is too short: its top rung, {csms(ladder.recommended)} ({today}), has the highest mean"
            f" {npv_name(ladder)} and {step} {pays}, so try more"
        )
    above = ladder.rungs[ladder.index + 1]
    assert above.step is not None
    next_odds = f"{above.step.worth.odds.share:.0%}"
    return f"Fund {csms(ladder.recommended)} ({today}): {step} {pays}, {step_name(above)} with odds of {next_odds}"


def pays_back(ladder: Ladder) -> str:
    """What a step does that is worth its cost: "pays back", or "pays" when it may do so after the horizon."""
    return "pays" if ladder.has_value_after_horizon else "pays back"


def npv_name(ladder: Ladder) -> str:
    """What the ladder looks at."""
    return "NPV with the value after the horizon" if ladder.has_value_after_horizon else "NPV"


def _pays(ladder: Ladder) -> str:
    if ladder.has_value_after_horizon:
        return "pays, by the net present value with the value after the horizon,"
    return f"pays back within {ladder.horizon_months} months"


def _doubt(judged: Judged, *, chosen_is_higher: bool) -> str:
    """What speaks against reading too much into the recommendation, in brackets."""
    gain = judged.neighbour.difference
    if judged.neighbour.identical:
        return " (it changes nothing in any path)"
    doubts = []
    if judged.neighbour.odds.near_even:
        doubts.append("close to a coin toss")
    if gain.straddles_zero:
        doubts.append(
            "the interval of its mean gain includes 0, so the two rungs cannot be told apart at this size of run"
        )
    elif (gain.mean > 0.0) != chosen_is_higher:
        doubts.append("its mean gain has the other sign there, so the ladder's choice was luck: run more draws")
    return f" ({'; '.join(doubts)})" if doubts else ""


def _assumptions(ladder: Ladder) -> str:
    drivers = ladder.drivers
    if drivers.note:
        luck_alone = ladder.odds_over == "paths" or not ladder.dataset.sizes["input"]
        tail = ", so these odds speak of luck alone" if luck_alone else ""
        return drivers.note + tail
    named = [driver_in_words(driver, pays_back(ladder)) for driver in drivers.top]
    if not named:
        return "no assumption moves it"
    if all(math.isnan(driver.tips_at) and driver.clear for driver in drivers.top):
        inputs = " and ".join(driver.input for driver in drivers.top)
        return f"what would change it most: {inputs}, though no value within the range given turns the answer"
    lead = (
        "what would change it most"
        if any(d.clear for d in drivers.top)
        else "no assumption stands out from luck; first come"
    )
    return f"{lead}: {' and '.join(named)}"


def _verdict(rung: Rung) -> str:
    assert rung.step is not None
    if _open(rung):
        return f"{step_name(rung)} is not settled (interval includes 0)"
    return f"{step_name(rung)} {'pays' if rung.step.worth.difference.mean > 0.0 else 'does not pay'} on average"


def _open(rung: Rung) -> bool:
    return rung.step is not None and rung.step.worth.difference.straddles_zero


def driver_in_words(driver: Driver, pays: str) -> str:
    """An input and the value at which it turns the answer; `pays` as in `pays_back`."""
    if math.isnan(driver.tips_at):
        what = "no value in its range turns the answer"
    else:
        what = f"{pays} only {driver.side} {number(driver.tips_at)}"
    faint = "" if driver.clear else "faintly, "
    return f"{driver.input} ({faint}{what})"


def _ordinal(n: int) -> str:
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"

"""What is wrong between the tables of a scenario that are right each on its own.

Checks of one number stand with its key, checks of one table in its model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from churnsim.scenario.correlation import impossible_correlation
from churnsim.scenario.distributions import Distribution
from churnsim.scenario.intent import FittedTable, Piecewise
from churnsim.scenario.model import BASE_ARM, IMMEDIATE_EXITS, Scenario, Segment, leaves
from churnsim.scenario.preset_files import PREFIX, presets
from churnsim.scenario.response import SCALES


def extremes(value: Any) -> tuple[float, float]:
    """Least and greatest value of a quantity."""
    return value.support() if isinstance(value, Distribution) else (value, value)


Problem = tuple[str, str]
"""Dotted path of the key at fault, message."""


def cross_checks(scenario: Scenario, *, arm: bool = False) -> list[Problem]:
    """What is wrong between tables that are right each on its own.

    `arm`: the scenario has been overridden, so that the weights of its causes need not sum to 1: mending a cause lowers
    the whole hazard.
    """
    return [
        *_check_names(scenario),
        *_check_opening(scenario),
        *_check_segments(scenario),
        *(() if arm else _check_weights(scenario)),
        *_check_month_keys(scenario),
        *_check_teams(scenario),
        *_check_plays(scenario),
        *_check_health(scenario),
        *(() if arm else _check_unused(scenario)),
        *_check_stated_reasons(scenario),
        *_check_correlations(scenario),
        *_check_calibration(scenario),
    ]


def _check_names(scenario: Scenario) -> Iterator[Problem]:
    groups: dict[str, Any] = {
        "segments": scenario.segments,
        "teams": scenario.teams,
        "playbooks": scenario.playbooks,
        "arms": scenario.arms,
        "alternatives": scenario.alternatives,
    }
    groups |= {f"segments.{s}.intent.causes": v.intent.causes for s, v in scenario.segments.items()}
    groups |= {f"segments.{s}.acquisition.channels": v.acquisition.channels for s, v in scenario.segments.items()}
    groups |= {f"stated_reasons.{cause}": reasons for cause, reasons in scenario.stated_reasons.items()}
    for where, names in groups.items():
        for name in names:
            if "." in name or not name.strip() or not name.isprintable():
                yield f"{where}.{name}", f"a name needs printable characters and no dot, found {name!r}"
    if scenario.arms.get(BASE_ARM):
        yield f"arms.{BASE_ARM}", "the arm 'base' is the file without overrides: give this arm another name"
    for name in scenario.causes:
        if name in IMMEDIATE_EXITS:
            owner = next(s for s, v in scenario.segments.items() if name in v.intent.causes)
            yield (
                f"segments.{owner}.intent.causes.{name}",
                f"{name!r} is the name of an immediate exit: give this cause another name",
            )


def _check_opening(scenario: Scenario) -> Iterator[Problem]:
    if scenario.opening and not scenario.book.startswith(PREFIX):
        yield (
            "opening",
            f"states the size of a bundled book, but the book is {scenario.book!r}: write book ="
            f' "{PREFIX}{presets()[0]}" or another preset; a book of your own needs no [opening]',
        )
    for name, total in scenario.opening.items():
        if name not in scenario.segments:
            yield f"opening.{name}", _unknown("segment", name, scenario.segments)
        if (total.arr > 0.0) != (total.accounts > 0):
            yield f"opening.{name}", "accounts and arr must both be above 0, or both be 0"
    for name in scenario.segments:
        if scenario.opening and name not in scenario.opening:
            yield "opening", f"names no size of the segment {name!r}: accounts = 0 and arr = 0 where it has none yet"


def _check_segments(scenario: Scenario) -> Iterator[Problem]:
    for name, segment in scenario.segments.items():
        where = f"segments.{name}"
        if not segment.intent.causes:
            yield f"{where}.intent.causes", "needs at least one cause"
        drift, rowing = extremes(segment.engagement.monthly_drift), extremes(segment.engagement.monthly_rowing)
        if drift[1] + rowing[1] > 1.0 + 1e-12:
            yield (
                f"{where}.engagement.monthly_rowing",
                f"monthly_drift + monthly_rowing must not exceed 1, their greatest sum is {drift[1] + rowing[1]:g}",
            )
        if not any(extremes(weight)[0] > 0.0 for weight in segment.contracts.term_weight.values()):
            yield f"{where}.contracts.term_weight", "needs a term whose weight is above 0"
        for term in segment.contracts.scrutiny:
            if term not in segment.contracts.term_weight:
                known = ", ".join(segment.contracts.term_weight)
                yield f"{where}.contracts.scrutiny.{term}", f"no contract has the term {term!r}; terms are {known}"
        for term, scrutiny in segment.contracts.scrutiny.items():
            if scrutiny.first_renewal_churn is None and segment.intent.frailty.law != "beta":
                yield (
                    f"{where}.contracts.scrutiny.{term}.first_renewal_churn",
                    "is missing (only a beta frailty does without)",
                )
        if isinstance(segment.intent.duration, Piecewise) and "0" not in segment.intent.duration.level_from_month:
            yield f"{where}.intent.duration.level_from_month", 'needs a level from month "0" on'
        elif isinstance(segment.intent.duration, Piecewise) and _no_hazard_in_first_year(segment.intent.duration):
            yield (
                f"{where}.intent.duration.level_from_month",
                "must not be 0 throughout the first 12 months, over which annual_churn is shared out",
            )
        if isinstance(segment.intent.duration, FittedTable):
            months = segment.intent.duration.monthly_rate
            if sorted(map(int, filter(str.isdigit, months))) != list(range(1, len(months) + 1)) or not months:
                yield f"{where}.intent.duration.monthly_rate", 'needs the months "1", "2", ... without a gap'
        yield from _check_entry(where, segment)
    for name in scenario.observed:
        if name not in scenario.segments:
            yield f"observed.{name}", f"no segment is called {name!r}; segments are {', '.join(scenario.segments)}"


def _check_entry(where: str, segment: Segment) -> Iterator[Problem]:
    """Copula and advocacy."""
    ties = segment.acquisition.correlation
    corners = product(extremes(ties.arr_frailty), extremes(ties.arr_misfit), extremes(ties.frailty_misfit))
    # the determinant is concave in each correlation, so that its least value lies in a corner
    least = min(1.0 - x * x - y * y - z * z + 2.0 * x * y * z for x, y, z in corners)
    if least < 1e-9:
        yield (
            f"{where}.acquisition.correlation",
            "the three correlations cannot all hold at once: their matrix must be positive definite, its least"
            f" determinant is {least:.3g}",
        )
    advocacy = segment.advocacy
    if extremes(advocacy.detractor_health)[1] >= extremes(advocacy.promoter_health)[0]:
        yield f"{where}.advocacy.detractor_health", "must lie below promoter_health"


def _no_hazard_in_first_year(duration: Piecewise) -> bool:
    levels = [level for month, level in duration.level_from_month.items() if month.isdigit() and int(month) < 12]
    return all(extremes(level)[1] <= 0.0 for level in levels)


def _check_weights(scenario: Scenario) -> Iterator[Problem]:
    for name, segment in scenario.segments.items():
        weights = [extremes(cause.weight) for cause in segment.intent.causes.values()]
        total = sum(high for _, high in weights)
        if weights and all(low == high for low, high in weights) and abs(total - 1.0) > 1e-6:
            yield f"segments.{name}.intent.causes", f"the weights of the causes must sum to 1, found {total:g}"


def _check_month_keys(scenario: Scenario) -> Iterator[Problem]:
    tables: list[tuple[str, dict[str, Any], int, int]] = []
    for name, segment in scenario.segments.items():
        where = f"segments.{name}"
        tables.append((f"{where}.contracts.term_weight", segment.contracts.term_weight, 1, 600))
        for channel, value in segment.acquisition.channels.items():
            tables.append((f"{where}.acquisition.channels.{channel}.seasonality", value.seasonality, 1, 12))
        if isinstance(segment.intent.duration, Piecewise):
            tables.append(
                (f"{where}.intent.duration.level_from_month", segment.intent.duration.level_from_month, 0, 6000)
            )
    for name, team in scenario.teams.items():
        tables.append((f"teams.{name}.posts.from_month", team.posts.from_month, 1, 600))
    tables.append(("product.release_setback", scenario.product.release_setback, 1, 600))
    for where, table, low, high in tables:
        for key in table:
            if not key.isdigit() or not low <= int(key) <= high or str(int(key)) != key:
                yield f"{where}.{key}", f"the key must be a whole number from {low} to {high}, found {key!r}"


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    return f"no {kind} is called {name!r}; there are {', '.join(known) or 'none'}"


def _check_teams(scenario: Scenario) -> Iterator[Problem]:
    for name, team in scenario.teams.items():
        for segment in team.segments:
            if segment not in scenario.segments:
                yield f"teams.{name}.segments", _unknown("segment", segment, scenario.segments)
        for segment in team.skill:
            if segment not in team.segments:
                known = ", ".join(team.segments)
                yield f"teams.{name}.skill.{segment}", f"the team owns no segment {segment!r}; it owns {known}"


def _check_plays(scenario: Scenario) -> Iterator[Problem]:
    for name, play in scenario.playbooks.items():
        where = f"playbooks.{name}"
        team = scenario.teams.get(play.team) if play.team is not None else None
        if play.team is not None and team is None:
            yield f"{where}.team", _unknown("team", play.team, scenario.teams)
        elif team is not None and team.department != (play.channel == "department"):
            kind = "another department's" if team.department else "customer success's own"
            fitting = [
                key for key, other in scenario.teams.items() if other.department == (play.channel == "department")
            ]
            yield (
                f"{where}.team",
                f"a play on the channel {play.channel!r} needs a team with department ="
                f" {str(play.channel == 'department').lower()}, but {play.team!r} is {kind};"
                f" there are {', '.join(fitting) or 'none'}",
            )
        for segment in play.trigger.segments or ():
            if segment not in scenario.segments:
                yield f"{where}.trigger.segments", _unknown("segment", segment, scenario.segments)
            elif team is not None and segment not in team.segments:
                yield f"{where}.trigger.segments", f"the team {play.team!r} does not own the segment {segment!r}"
        for segment in play.effects_vary.by_segment:
            if segment not in scenario.segments:
                yield (
                    f"{where}.effects_vary.by_segment.{segment}",
                    _unknown("segment", segment, scenario.segments),
                )
    for name in scenario.policy.play_weight:
        if name not in scenario.playbooks:
            yield f"policy.play_weight.{name}", _unknown("playbook", name, scenario.playbooks)


def _check_health(scenario: Scenario) -> Iterator[Problem]:
    if scenario.health.target_auc is not None and scenario.health.noise_sd is not None:
        yield "health.target_auc", "target_auc and noise_sd both set the noise of the score: give one of them"
    value = scenario.money.after_horizon
    if value.kind == "multiple" and extremes(value.multiple)[1] <= 0.0:
        yield "money.after_horizon.multiple", "is missing: the kind 'multiple' needs a multiple above 0"


def _check_unused(scenario: Scenario) -> Iterator[Problem]:
    """Numbers in the file that would do nothing; an arm may leave them behind."""
    value = scenario.money.after_horizon
    if value.kind != "multiple" and extremes(value.multiple)[1] > 0.0:
        yield "money.after_horizon.multiple", f'does nothing with the kind {value.kind!r}: write kind = "multiple"'
    for name, play in scenario.playbooks.items():
        if play.effects.odds_ratio != 1.0 and "causal_share" not in play.effects.model_fields_set:
            yield (
                f"playbooks.{name}.effects.odds_ratio",
                "does nothing without causal_share, the part of it that is causal",
            )
    for name, segment in scenario.segments.items():
        sale = segment.expansion.cross_sell
        if sale.most_products == 1 and extremes(sale.annual_rate)[1] > 0.0:
            yield (
                f"segments.{name}.expansion.cross_sell.most_products",
                "must be above 1 where there is a rate of cross-sell",
            )


def _check_stated_reasons(scenario: Scenario) -> Iterator[Problem]:
    exits = (*scenario.causes, *IMMEDIATE_EXITS)
    for cause, reasons in scenario.stated_reasons.items():
        if cause not in exits:
            yield f"stated_reasons.{cause}", _unknown("root cause", cause, exits)
        most = sum(extremes(share)[1] for share in reasons.values())
        if most > 1.0 + 1e-9:
            yield f"stated_reasons.{cause}", f"the shares must not exceed 1 together, their greatest sum is {most:g}"


def _check_correlations(scenario: Scenario) -> Iterator[Problem]:
    uncertain = scenario.uncertain()
    seen: dict[frozenset[str], str] = {}
    fine = True
    for name, pair in scenario.correlations.items():
        for path in pair.between:
            if path not in uncertain:
                fine = False
                known = ", ".join(uncertain) or "none"
                yield f"correlations.{name}.between", f"{path!r} is not an uncertain number; uncertain are {known}"
        key = frozenset(pair.between)
        if len(key) == 1:
            fine = False
            yield f"correlations.{name}.between", "names the same number twice"
        elif key in seen:
            fine = False
            yield f"correlations.{name}", f"states the pair of {seen[key]!r} once more"
        seen[key] = name
    if fine and scenario.correlations:
        message = impossible_correlation(scenario.rank_correlations())
        if message:
            yield "correlations", message


def _check_calibration(scenario: Scenario) -> Iterator[Problem]:
    if not scenario.calibration:
        return
    numbers = {
        path
        for path, leaf in leaves(scenario)
        if isinstance(leaf, (int, float, Distribution)) and not isinstance(leaf, bool)
    }
    scales = [f"segments.{segment}.{scale}" for segment in scenario.segments for scale in SCALES]
    for scale, responses in scenario.calibration.items():
        if scale not in scales:
            yield f"calibration.{scale}", f"no scale that answers is called {scale!r}; there are {', '.join(scales)}"
        for path in responses:
            if path not in numbers or path in scenario.calibration or path.startswith("calibration."):
                yield f"calibration.{scale}.{path}", f"no number that can be answered has the path {path!r}"

"""Compile: scenarios of all arms and the book become the engine's tables, for a batch of draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from churnsim.compile import company, history, optional, teams
from churnsim.compile.arms import ArmTables, Frailties
from churnsim.compile.draws import Sampler
from churnsim.compile.levels import Levels, Plain
from churnsim.compile.values import Values, responding
from churnsim.engine.tables import Tables
from churnsim.scenario.book import Book
from churnsim.scenario.book_rows import LONGEST_TENURE
from churnsim.scenario.expansion import MOST_PRODUCTS
from churnsim.scenario.hashing import hash_text
from churnsim.scenario.model import Scenario


class SimulationError(RuntimeError):
    """A run met a number that is not finite: a fault of the scenario's extremes, or ours."""


class Compiled(NamedTuple):
    """Everything about a batch of draws that does not depend on luck."""

    tables: Tables
    samples: dict[str, np.ndarray]
    """Samples (D,) of what is not known, by dotted path; the base arm's where it has the number uncertain."""
    money: dict[str, np.ndarray]
    """Numbers that turn a ledger into money (compile/company.py), (A, D) each."""


def terms_of(scenario: Scenario) -> list[int]:
    """Contract terms in months of all segments, ascending."""
    return sorted({int(term) for segment in scenario.segments.values() for term in segment.contracts.term_weight})


def months_of(arms: Mapping[str, Scenario]) -> int:
    """Months that are simulated: the horizon and the longest run-off of any arm."""
    after = [arm.money.after_horizon for arm in arms.values()]
    run_off = max(value.run_off_months if value.kind == "run_off" else 0 for value in after)
    return next(iter(arms.values())).run.horizon_months + run_off


def build(
    arms: dict[str, Scenario],
    book: Book | None,
    seed: int,
    draws: np.ndarray,
    noise: Mapping[str, np.ndarray] | None = None,
    usual_noise: float | None = None,
    levels: Levels | None = None,
) -> Compiled:
    """Tables of the draws with the given numbers (D,). The first arm must be the base.

    `noise`: the score's noise (D,) that attains `health.target_auc`, by arm; arms with such a target need it.
    `usual_noise`: the base arm's in a draw that does not depend on the batch; the past of a book has been seen with it.
    `levels`: where the uncertain numbers stand; default: plain, from the seed.
    Raises ValueError where a noise is missing, or where an account of the book does not fit the scenario.
    """
    levels = Plain(seed) if levels is None else levels
    base = next(iter(arms.values()))
    solved = noise or {}
    for name, scenario in arms.items():
        if scenario.health.target_auc is not None and name not in solved:
            raise ValueError(f"arm {name!r} has health.target_auc: the noise that attains it must be given")
    if base.health.target_auc is not None and usual_noise is None:
        raise ValueError("the base arm has health.target_auc: its usual noise must be given")
    months = months_of(arms)
    terms = terms_of(base)
    oldest = 0 if book is None or len(book.arr) == 0 else int(-book.start_month.min())
    tenures = oldest + months + 1
    renewals = tenures // min(terms) + 2
    frailties = Frailties()
    parts = []
    money: list[dict[str, np.ndarray]] = []
    inputs: dict[str, np.ndarray] = {}
    sampler = Sampler(base.rank_correlations(), levels, draws)
    values = responding(Values(base, sampler(base), len(draws)))
    arm_tables = ArmTables(values, months, terms, tenures, renewals, frailties)
    for name, scenario in arms.items():
        samples = sampler(scenario)
        inputs = samples | inputs
        v = Values(scenario, samples, len(draws), factors=values.factors)
        money.append(company.money(v))
        parts.append(arm_tables(scenario, v, solved.get(name)))
    first = parts[0]
    if book is None or len(book.arr) == 0:
        past = history.no_book(base, len(draws))
    else:
        _check_book(base, book, terms)
        expected = _expected(base, terms, tenures, renewals, usual_noise)
        past = history.recall(base, book, history.Past(first, values), expected, terms)
    whole: dict[str, Any] = {name: np.stack([part[name] for part in parts]) for name in first}
    for name in ("base_hazard", "scrutiny"):
        whole[name] = whole[name].astype(np.float32)
    year_month = base.as_of.year * 12 + base.as_of.month - 1
    channels = base.channels
    tables = Tables(
        **whole,
        reopens=_reopens(whole),
        acquires_like=_acquires_like(whole),
        terms=np.array(terms, np.int32),
        log_frailty=np.array(frailties.tables or np.zeros((1, 2, 2)), np.float32),
        frailty_step=np.array(frailties.steps or np.ones((1, 2)), np.float64),
        renewal_bin=teams.bins(teams.RENEWAL_EDGES).copy(),
        touch_bin=teams.bins(teams.TOUCH_EDGES).copy(),
        segment_key=_keys(f"segment {s}" for s in base.segments),
        channel_key=_keys(f"channel {s} {c}" for s in base.segments for c in channels).reshape(
            len(base.segments), len(channels)
        ),
        team_key=_keys(f"team {t}" for t in base.teams) & np.uint64(0xFFFF_FFFF),
        play_key=_keys(f"play {p}" for p in base.playbooks) & np.uint64(0xFFFF_FFFF),
        quarter=((year_month + np.arange(months + 1)) // 3).astype(np.int64),
        extra=np.array([optional.extra(whole)], np.int64),
        lag_months=np.array([arm.health.lag_months for arm in arms.values()], np.int64),
        observes=np.array([_observes(arms)], np.int64),
        book=past,
    )
    compiled = Compiled(tables, inputs, {name: np.stack([arm[name] for arm in money]) for name in money[0]})
    _check_finite(compiled, list(arms), draws)
    return compiled


def _expected(base: Scenario, terms: list[int], tenures: int, renewals: int, noise: float | None) -> history.Past:
    """The base arm at the expected values of what is not known."""
    usual = None if noise is None else np.array([noise])
    means = {path: np.array([leaf.expectation()]) for path, leaf in base.uncertain().items()}
    v = responding(Values(base, means, 1))
    return history.Past(ArmTables(v, 1, terms, tenures, renewals)(base, v, usual), v)


def _keys(names: Any) -> np.ndarray:
    return np.array([hash_text(name) for name in names], dtype=np.uint64)


def _reopens(whole: dict[str, np.ndarray]) -> np.ndarray:
    """1 (A, D, S) where an arm's exits, scrutiny or milestones differ from the base's, or only its first value comes at
    once."""
    segment = whole["segment"]
    at_once = segment["first_value_rate"] < 0.0
    out = at_once & ~at_once[:1]
    for name in ("closure_rate", "payment_lump", "billing_months", "grace_months", "milestones"):
        out = out | (segment[name] != segment[name][:1])
    out = out | (whole["scrutiny"] != whole["scrutiny"][:1]).any(axis=(3, 4))
    return np.asarray(out, dtype=np.int32)


def _acquires_like(whole: dict[str, np.ndarray]) -> np.ndarray:
    """First arm (A,) whose leads convert as an arm's do, in all draws: same arrivals under the same luck."""
    segment = whole["segment"]
    parts = [whole["leads"], whole["channel"], whole["market"]]
    parts += [segment[name] for name in ("copula_31", "copula_32", "copula_33")]
    first: dict[tuple[bytes, ...], int] = {}
    return np.array([first.setdefault(tuple(part[a].tobytes() for part in parts), a) for a in range(len(segment))])


def _check_book(scenario: Scenario, book: Book, terms: list[int]) -> None:
    """Refuse a book that was made in Python and does not fit; one from a file has been checked line by line."""
    for what, values, fits in (
        ("segment", book.segment, (book.segment >= 0) & (book.segment < len(scenario.segments))),
        ("term_months", book.term_months, np.isin(book.term_months, terms)),
        ("start_month", book.start_month, (book.start_month <= 0) & (book.start_month >= -LONGEST_TENURE)),
        ("renewal_month", book.renewal_month, (book.renewal_month >= 1) & (book.renewal_month <= book.term_months)),
        ("products", book.products, (book.products >= 1) & (book.products <= MOST_PRODUCTS)),
    ):
        if not fits.all():
            i = int(np.argmin(fits))
            known = f": the scenario has terms of {', '.join(map(str, terms))} months" if what == "term_months" else ""
            raise ValueError(f"account {book.account_id[i]!r} of the book has an impossible {what}, {values[i]}{known}")


def _check_finite(compiled: Compiled, arms: list[str], draws: np.ndarray) -> None:
    """Stop at a number that is not finite, with its arm and draw. Open ends of triggers are infinite, and fine."""

    def parts() -> Iterator[tuple[str, np.ndarray]]:
        yield from compiled.money.items()
        for name, array in compiled.tables._asdict().items():
            if not isinstance(array, np.ndarray) or array.ndim < 2 or array.shape[:2] != (len(arms), len(draws)):
                continue
            for field in array.dtype.names or ():
                if not field.endswith(("_min", "_max")):
                    yield f"{name} {field}", array[field]
            if array.dtype.names is None:
                yield name, array

    for name, array in parts():
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            arm, draw = arms[bad[0][0]], draws[bad[0][1]]
            raise SimulationError(
                f"{name.replace('_', ' ')} is not finite in arm {arm!r}, draw {draw}: look for extreme numbers there"
            )


def _observes(arms: dict[str, Scenario]) -> bool:
    """Whether some trigger or priority of some arm looks at the score."""
    for scenario in arms.values():
        by_score = scenario.policy.rule in ("risk", "value_at_risk") and any(
            play.channel != "digital" for play in scenario.playbooks.values()
        )
        triggers = (play.trigger.score for play in scenario.playbooks.values())
        if by_score or any(ends.min is not None or ends.max is not None for ends in triggers):
            return True
    return False

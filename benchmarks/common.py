"""The common model of the peers: its numbers, its book of any size, and the state in which the accounts begin.

Equations: common.md. Everything is read from common.toml, so that the engine and its peers cannot differ in a number.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from churnsim.scenario.book import Book
from churnsim.scenario.files import ScenarioFile, override, read
from churnsim.scenario.model import Scenario

WRITTEN_FOR = 2_000
"""Accounts for which common.toml is written."""
SEED = 20_251_231
TERM = 12
EXITS, ARR, PLAYS = range(3)
"""Columns of a peer's ledger (replicates, months, 3): exits, closing ARR, plays delivered."""
COLUMNS = ("exits", "closing ARR", "plays delivered")


@dataclass(frozen=True)
class Model:
    """Numbers of the common model as peers want them: rates a month, constants of exponents gathered."""

    months: int
    plays: int
    """Plays that the team can deliver in a month."""
    cadence: int
    term: int
    share: float
    ceiling: float
    drift: float
    rowing: float
    quiet: float
    """Rowing with intent to leave."""
    weight: float
    """Of adoption in health."""
    success: float
    e_adoption: float
    e_engagement: float
    e_shield: float
    e_rescue: float
    shield_decay: float
    adoption_0: float
    """ln(lambda w_1) - b_1 a_ref: intent by low adoption has the hazard exp(adoption_0 + adoption_1 a - shield)."""
    adoption_1: float
    engagement_0: float
    """The same of intent by a weak relationship."""
    engagement_1: float
    upsell_0: float
    """ln(rate) - c_a a_ref - c_g g_ref: upsell has the rate exp(upsell_0 + upsell_a a + upsell_g g)."""
    upsell_a: float
    upsell_g: float
    upsell_factor: float
    """On ARR."""
    contraction_0: float
    contraction_a: float
    contraction_g: float
    contraction_factor: float


@dataclass(frozen=True)
class Accounts:
    """The accounts at the end of month 0, arrays (n,)."""

    arr: np.ndarray
    adoption: np.ndarray
    engagement: np.ndarray
    renewal: np.ndarray
    """int32, the first month in which a contract ends."""

    def __len__(self) -> int:
        return len(self.arr)


@dataclass(frozen=True)
class Common:
    """The common model of some size: for the engine the file and the book, for its peers model and accounts."""

    file: ScenarioFile
    book: Book
    model: Model
    accounts: Accounts


def common(accounts: int) -> Common:
    """The common model with a book of `accounts` accounts, and hours in proportion."""
    file = read(Path(__file__).with_name("common.toml"))
    hours = file.scenario.teams["csm"].hours_per_month * accounts / WRITTEN_FOR
    file = dataclasses.replace(file, scenario=override(file, {"teams.csm.hours_per_month": hours}))
    book = _book(file.scenario, accounts)
    return Common(file, book, _model(file.scenario), _opening(file.scenario, book))


def _book(scenario: Scenario, accounts: int) -> Book:
    rng = np.random.default_rng([SEED, accounts])
    entry = scenario.segments["all"].acquisition
    variance = math.log1p(entry.entry_arr_cv**2)
    ids = np.sort(rng.integers(0, 2**64, accounts, dtype=np.uint64))
    return Book(
        account_id=[f"{i:016x}" for i in ids],
        id_hash=ids,
        segment=np.zeros(accounts, np.int32),
        start_month=np.zeros(accounts, np.int32),
        arr=rng.lognormal(math.log(entry.entry_arr_mean) - variance / 2.0, math.sqrt(variance), accounts),
        term_months=np.full(accounts, TERM, np.int32),
        renewal_month=rng.permutation(np.arange(accounts) % TERM + 1).astype(np.int32),
        products=np.ones(accounts, np.int32),
        health=rng.beta(6.0, 4.0, accounts),
    )


def _opening(scenario: Scenario, book: Book) -> Accounts:
    entry, weight = scenario.segments["all"].engagement.initial_engagement, scenario.health.adoption_weight
    health = book.health.astype(np.float32)
    at_entry = (1.0 - weight) * entry
    above = np.maximum(health - at_entry, 0.0) / (1.0 - at_entry)
    below = np.minimum(health / at_entry, 1.0)
    return Accounts(
        arr=book.arr.astype(np.float32),
        adoption=above.astype(np.float32),
        engagement=np.where(health > at_entry, entry + above * (1.0 - entry), entry * below).astype(np.float32),
        renewal=book.renewal_month,
    )


def _model(scenario: Scenario) -> Model:
    segment, team, play = scenario.segments["all"], scenario.teams["csm"], scenario.playbooks["review"]
    at, two_boats, effects = segment.reference, segment.engagement, play.effects
    low, weak = segment.intent.causes["low_adoption"], segment.intent.causes["relationship"]
    hazard = -math.log1p(-segment.intent.annual_churn) / 12.0
    upsell, contraction = segment.expansion.upsell, segment.expansion.contraction

    def constant(rate: float, adoption: float, engagement: float) -> float:
        return math.log(rate) - adoption * float(at.adoption) - engagement * float(at.engagement)

    return Model(
        months=scenario.run.horizon_months,
        plays=math.floor(team.posts.today * team.hours_per_month / play.hours + 1e-9),
        cadence=play.cadence_months,
        term=TERM,
        share=two_boats.monthly_adoption_share,
        ceiling=two_boats.adoption_ceiling,
        drift=two_boats.monthly_drift,
        rowing=two_boats.monthly_rowing,
        quiet=two_boats.monthly_rowing * two_boats.intent_rowing_factor,
        weight=scenario.health.adoption_weight,
        success=play.success_probability,
        e_adoption=effects.adoption,
        e_engagement=effects.engagement,
        e_shield=effects.shield,
        e_rescue=effects.rescue,
        shield_decay=2.0 ** (-1.0 / scenario.effect_decay.shield_half_life_months),
        adoption_0=constant(hazard * low.weight, low.adoption, 0.0),
        adoption_1=low.adoption,
        engagement_0=constant(hazard * weak.weight, 0.0, weak.engagement),
        engagement_1=weak.engagement,
        upsell_0=constant(upsell.annual_rate / 12.0, upsell.adoption, upsell.engagement),
        upsell_a=upsell.adoption,
        upsell_g=upsell.engagement,
        upsell_factor=1.0 + upsell.fraction,
        contraction_0=constant(contraction.annual_rate / 12.0, contraction.adoption, contraction.engagement),
        contraction_a=contraction.adoption,
        contraction_g=contraction.engagement,
        contraction_factor=1.0 - contraction.fraction,
    )

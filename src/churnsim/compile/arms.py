"""Tables of one arm, for a batch of draws; what arms have in common is made once.

Arms are made by replacing parts of the base scenario, and share the very objects of the others: the rungs of a
headcount ladder all but their teams.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from churnsim.compile import acquisition, company, hazards, segments, teams
from churnsim.compile.lines import Arm
from churnsim.compile.values import Values
from churnsim.engine.tables import MARKET, PLAY, TEAM
from churnsim.scenario.model import Scenario


class Frailties:
    """Frailty tables of all arms, draws and segments, each law with its parameters once."""

    def __init__(self) -> None:
        self.row: dict[tuple[str, float, float], int] = {}
        self.tables: list[np.ndarray] = []
        self.steps: list[np.ndarray] = []

    def rows(self, law: str, parameters: np.ndarray | None, draws: int) -> np.ndarray:
        """Row of each draw (D,), -1 where Z = 1."""
        if parameters is None:
            return np.full(draws, -1, np.int32)
        return np.array([self._one(law, p) for p in parameters], np.int32)

    def _one(self, law: str, parameters: np.ndarray) -> int:
        if law != "beta" and parameters[0] < 1e-9:
            return -1
        key = (law, float(parameters[0]), float(parameters[1]))
        if key not in self.row:
            table, step = hazards.kept_table(*key)
            self.row[key] = len(self.tables)
            self.tables.append(table)
            self.steps.append(step)
        return self.row[key]


class ArmTables:
    """Makes the tables of arms that are compiled together, over `months` months of the simulation.

    `base`: values of the base arm. Without `frailties` there are no rows of them, which the past does not look at.
    """

    def __init__(
        self,
        base: Values,
        months: int,
        terms: list[int],
        tenures: int,
        renewals: int,
        frailties: Frailties | None = None,
    ):
        self.base, self.months, self.frailties = base, months, frailties
        self.terms, self.tenures, self.renewals = terms, tenures, renewals
        # kept with the parts that they are made of, whose identity nothing else can take on then
        self._made: dict[tuple[object, ...], tuple[tuple[object, ...], Arm]] = {}

    def __call__(self, scenario: Scenario, v: Values, noise: np.ndarray | None = None) -> Arm:
        """Tables of an arm with the values `v`; `noise` (D,) of the score where a target asks for it."""
        of, closed_from = scenario, self._closed_from(scenario)
        customers = self._once(
            lambda: self._customers(of, v, noise),
            ("customers",),
            (of.segments, of.market, of.health, of.effect_decay, of.company, noise),
        )
        market = self._once(
            lambda: self._market(of, v, closed_from),
            ("market", closed_from),
            (of.segments, of.product, of.desk, of.company),
        )
        plays = self._once(lambda: _plays(of, v), ("plays", *of.teams), (of.playbooks,))
        return customers | market | plays | self._team(of, v) | {"closed_from": np.array(closed_from, np.int64)}

    def _once(self, make: Callable[[], Arm], what: tuple[object, ...], parts: tuple[object, ...]) -> Arm:
        key = (*what, *map(id, parts))
        if key not in self._made:
            self._made[key] = parts, make()
        return self._made[key][1]

    def _closed_from(self, scenario: Scenario) -> int:
        """First month without any entries: behind the horizon where the arm runs off."""
        runs_off = scenario.money.after_horizon.kind == "run_off"
        return (scenario.run.horizon_months if runs_off else self.months) + 1

    def _customers(self, scenario: Scenario, v: Values, noise: np.ndarray | None) -> Arm:
        """Tables that depend on segments, market, health, decay and company, with axes (D, S, ...)."""
        rows: dict[str, list[np.ndarray]] = {
            name: [] for name in ("segment", "cause", "base_hazard", "scrutiny", "term_share", "frailty_row")
        }
        for name in scenario.segments:
            own = v.under(f"segments.{name}")
            record = segments.segment_record(own, noise)
            causes, constant = segments.cause_records(own, self.base.under(f"segments.{name}"), scenario, name)
            record["constant_weight"] = constant
            hazard = hazards.base_hazard(own, self.tenures)
            record["hazard_months"] = hazards.months_until_constant(hazard)
            rows["segment"].append(record)
            rows["cause"].append(causes)
            rows["base_hazard"].append(hazard)
            rows["scrutiny"].append(hazards.renewal_lumps(own, self.terms, self.renewals))
            rows["term_share"].append(segments.term_share(own, self.terms))
            if self.frailties is not None:
                law = scenario.segments[name].intent.frailty.law
                rows["frailty_row"].append(self.frailties.rows(law, hazards.frailty_key(own), v.draws))
        out = {name: np.stack(part, axis=1) for name, part in rows.items() if part}
        market = np.zeros(v.draws, MARKET)
        market["volatility"] = v("market.volatility")
        market["persistence"] = v("market.monthly_persistence")
        market["lead_loading"] = v("market.lead_loading")
        market["expansion_loading"] = v("market.expansion_loading")
        out["market"] = market
        return out

    def _market(self, scenario: Scenario, v: Values, closed_from: int) -> Arm:
        """Tables that depend on segments, product, desk and company."""
        channel, leads = acquisition.channels(scenario, v, self.base, self.months, closed_from)
        return {
            "channel": channel,
            "leads": leads,
            "quality": company.quality(v, self.months),
            "setback": company.setback(v, self.months),
            "desk": company.desk_record(v),
        }

    def _team(self, scenario: Scenario, v: Values) -> Arm:
        """Tables that depend on teams and policy too."""
        draws, names = v.draws, list(scenario.segments)
        team = [teams.team_record(v.under(f"teams.{t}")) for t in scenario.teams]
        posts = [teams.post_plan(scenario, t, self.months) for t in scenario.teams]
        factor = [teams.factors(v.under(f"playbooks.{p}"), scenario, p) for p in scenario.playbooks]
        covers = [teams.coverage(scenario, p) for p in scenario.playbooks]
        priority, exponent = teams.priority_table(scenario)
        return {
            "desk_team": company.desk_teams(scenario),
            "team": np.stack(team, axis=1) if team else np.zeros((draws, 0), TEAM),
            "posts": np.array(posts, np.int32).reshape(len(posts), self.months + 1),
            "serves": _serves(scenario),
            "factor": np.stack(factor, axis=1) if factor else np.zeros((draws, 0, len(names)), np.float32),
            "covers": np.array(covers, np.int32).reshape(len(covers), len(names)),
            "priority": priority,
            "arr_exponent": np.array(exponent),
            "dilutes": np.array(scenario.policy.rationing == "dilute", np.int64),
            "telemetry_from": np.array(scenario.health.telemetry_from_month, np.int64),
        }


def _plays(scenario: Scenario, v: Values) -> Arm:
    """Tables that depend on playbooks and the order of teams."""
    own = {name: v.under(f"playbooks.{name}") for name in scenario.playbooks}
    plays = [teams.play_record(own[p], scenario, p) for p in own]
    strength = [teams.strength(own[p]) for p in own]
    return {
        "play": np.stack(plays, axis=1) if own else np.zeros((v.draws, 0), PLAY),
        "strength": np.stack(strength, axis=1) if own else np.zeros((v.draws, 0, teams.REPEATS), np.float32),
    }


def _serves(scenario: Scenario) -> np.ndarray:
    rows = [[name in team.segments for name in scenario.segments] for team in scenario.teams.values()]
    return np.array(rows, np.int32).reshape(len(scenario.teams), len(scenario.segments))

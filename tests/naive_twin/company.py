"""The company's month, in the model's order."""

from __future__ import annotations

from churnsim.scenario.model import Scenario
from tests.naive_twin import expansion, support
from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.allocation import Candidate, select
from tests.naive_twin.exits import CLOSURE, PAYMENT
from tests.naive_twin.journal import (
    EXIT,
    FIRST_VALUE,
    INTENT,
    REFERRAL,
    SPONSOR_BACK,
    SPONSOR_GONE,
    Diary,
)
from tests.naive_twin.ledger import write_closing, write_opening
from tests.naive_twin.luck import Luck
from tests.naive_twin.margin import Margin
from tests.naive_twin.market import log_factor, market_path
from tests.naive_twin.newcomers import Newcomers
from tests.naive_twin.philox import combine
from tests.naive_twin.plays import Play
from tests.naive_twin.product import quality_path
from tests.naive_twin.score import observe
from tests.naive_twin.segment import Segment
from tests.naive_twin.team import Team
from tests.naive_twin.win_back import return_month
from tests.naive_twin.word_of_mouth import WordOfMouth


class Company:
    """One path of a scenario without uncertain numbers: all months, account by account."""

    def __init__(self, scenario: Scenario, seed: int = 0, replicate: int = 0):
        self.scenario = scenario
        self.luck = Luck(seed, 0, replicate)
        self.margin, self.diary = Margin(), Diary()
        self.segments = [Segment(scenario, s) for s in range(len(scenario.segments))]
        self.teams = [Team(scenario, t, self.luck, self.margin, self.diary) for t in range(len(scenario.teams))]
        self.plays = [Play(scenario, p) for p in range(len(scenario.playbooks))]
        self.accounts: list[Account] = []
        self.months = scenario.run.horizon_months
        self.market = market_path(scenario.market, self.months, self.luck)
        self.quality = quality_path(scenario.product, scenario.company, self.months)
        self.newcomers = Newcomers(scenario, self.segments, self.market, self.luck, self.margin, self.diary)
        self.talk = [WordOfMouth(segment) for segment in self.segments]

    def begin(self, accounts: list[Account]) -> None:
        """Start with these accounts instead of none."""
        self.accounts = list(accounts)
        for talk in self.talk:
            talk.listen(self.accounts, self.margin)

    def run(self) -> Company:
        """Simulate all months."""
        for month in range(1, self.months + 1):
            self.margin.month = self.diary.month = month
            write_opening(self.diary, self.accounts)
            self.live(month)
            write_closing(self.diary, self.accounts, self.margin)
        return self

    def live(self, month: int) -> None:
        """One month."""
        referrals = self.refer()
        self.drift(month)
        incidents = support.have_incidents(
            self.accounts, self.quality[month], self.scenario.desk, self.margin, self.diary
        )
        self.reach_first_value()
        seconds = [team.staff(month, self.accounts, self.reactive_hours(team, incidents)) for team in self.teams]
        observe(self.accounts, self.scenario.health, month)
        self.play(month, seconds)
        leavers = self.decide_and_leave(month)
        for account in self.accounts:
            account.age()
        words = [talk.factor() for talk in self.talk]
        for talk in self.talk:
            talk.forget(sum(account.segment is talk.segment for account in leavers))
        self.accounts += self.newcomers.of_month(month, words, referrals)
        for talk in self.talk:
            talk.listen(self.accounts, self.margin)

    # -- before the plays --------------------------------------------------------------------------------------------

    def refer(self) -> list[tuple[int, Account]]:
        """Step 1: promoters name others; return the leads, and who named them."""
        leads = []
        for account in self.accounts:
            rate = account.segment.own.advocacy.annual_referrals / 12.0
            if rate == 0.0 or not account.promotes(self.margin):
                continue
            clock = account.referral_clock
            clock.used += rate
            before = clock.firings
            for n in range(expansion.firings(clock, self.margin)):
                lead = combine(account.who, before + n + 1 + purposes.REFERRAL_SALT)
                leads.append((lead, account))
                self.diary.write(REFERRAL, lead)
        return leads

    def drift(self, month: int) -> None:
        """Step 3: drift, and sponsors."""
        setback = self.scenario.product.release_setback.get(str(month), 0.0)
        for account in self.accounts:
            account.drift_apart(self.quality[month], 1.0 - setback)
        for account in self.accounts:
            if account.change_sponsor(self.margin):
                self.diary.write(SPONSOR_BACK if account.sponsor else SPONSOR_GONE, account.who, -1)

    def reach_first_value(self) -> None:
        """Step 4: first value."""
        for account in self.accounts:
            if account.reach_first_value(self.margin):
                self.diary.write(FIRST_VALUE, account.who)
                self.diary.flow(account.segment, "first_values", 1)
                self.diary.flow(account.segment, "months_to_first_value", account.tenure + 1)

    def reactive_hours(self, team: Team, incidents: dict[int, int]) -> float:
        """Step 5: hours that incidents take from a team."""
        hours = 0.0
        for segment in self.segments:
            serving = [t for t in self.teams if segment.index in t.segments and not t.own.department]
            if serving and serving[0] is team:
                hours += incidents.get(segment.index, 0) * segment.own.support.reactive_hours
        return hours

    # -- plays -------------------------------------------------------------------------------------------------------

    def play(self, month: int, seconds: list[int]) -> None:
        """Step 7: digital plays reach all who are eligible, then each team serves its own."""
        for play in self.plays:
            if play.own.channel == "digital":
                for account in [a for a in self.accounts if play.eligible(a, month, self.margin)]:
                    self.diary.play(play.index, "plays_demanded")
                    play.deliver(account, month, 1.0, self.margin, self.diary)
        for team, available in zip(self.teams, seconds, strict=True):
            self.play_team(team, available, month)

    def play_team(self, team: Team, available: int, month: int) -> None:
        """Demand, allocation and deliveries of one team."""
        own = [play for play in self.plays if play.team == team.name]
        candidates = [Candidate(a, p) for p in own for a in self.accounts if p.eligible(a, month, self.margin)]
        demand = sum(candidate.play.seconds for candidate in candidates)
        for candidate in candidates:
            self.diary.play(candidate.play.index, "plays_demanded")
        self.diary.team(team.index, "hours_demanded", demand / 3600.0)
        team.hire(demand / 3600.0)
        if available <= 0:
            return
        dilution, served = 1.0, [True] * len(candidates)
        if demand > available and self.scenario.policy.rationing == "dilute":
            dilution = available / demand
        elif demand > available:
            served = select(self.scenario.policy, candidates, available, month, self.margin)
        taken = [candidate for candidate, serve in zip(candidates, served, strict=True) if serve]
        hours = sum(candidate.play.seconds for candidate in taken) / 3600.0
        self.diary.team(team.index, "hours_delivered", hours if dilution == 1.0 else available / 3600.0)
        for account, play in taken:
            play.deliver(account, month, dilution, self.margin, self.diary)

    # -- after the plays ---------------------------------------------------------------------------------------------

    def decide_and_leave(self, month: int) -> list[Account]:
        """Steps 8 to 10; return those who left."""
        market = self.scenario.market
        shift = log_factor(1.0, self.market[month], market)
        growth = log_factor(market.expansion_loading, self.market[month], market)
        leavers = []
        for account in self.accounts:
            account.ponder_leaving(shift)
            expansion.advance(account, growth)
            cause = self.settle(account, month)
            if cause is not None:
                leavers.append(account)
                self.leave(account, cause, month)
        gone = {account.who for account in leavers}
        self.accounts = [account for account in self.accounts if account.who not in gone]
        return leavers

    def settle(self, account: Account, month: int) -> str | None:
        """Events of one account; return why it leaves, None when it stays."""
        if account.exit_month <= month:
            return account.exit_kind
        if account.decide(self.margin):
            self.diary.write(INTENT, account.who, self.scenario.causes.index(account.intent or ""))
        expansion.upsell(account, self.margin, self.diary)
        expansion.cross_sell(account, self.margin, self.diary)
        expansion.contract(account, self.margin, self.diary)
        if account.to_renewal == 1:
            if account.intent:
                return account.intent
            expansion.renew(account, self.diary)
        return None

    def leave(self, account: Account, cause: str, month: int) -> None:
        """Write down an exit, and whether the customer will come back."""
        names = [*self.scenario.causes, CLOSURE, PAYMENT]
        self.diary.write(EXIT, account.who, names.index(cause), account.arr)
        for what, amount in (("arr", account.arr), ("accounts", 1.0)):
            self.diary.churn[month, account.segment.index, names.index(cause), what] += amount
        if cause != CLOSURE:
            back = return_month(account, month, self.months, self.margin)
            if back is not None:
                self.newcomers.away.append((back, account))

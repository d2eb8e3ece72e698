"""A team: posts that are filled, left and cut, the hours of the month, accounts that lose their owner."""

from __future__ import annotations

import math
from typing import Any

from tests.naive_twin import luck as purposes
from tests.naive_twin.account import Account
from tests.naive_twin.clock import Clock, bounded_exp
from tests.naive_twin.journal import POST_LEFT, Diary
from tests.naive_twin.luck import Luck
from tests.naive_twin.margin import EVERYBODY, EXACT, Margin
from tests.naive_twin.philox import WORD, combine, hash_text
from tests.naive_twin.segment import monthly_hazard

LONG_AGO = -100_000
"""Month in which today's staff was filled."""


class Post:
    """One post, funded or not; `since`: month in which it was filled, None while it is vacant."""

    def __init__(self, who: int, luck: Luck):
        self.since: int | None = None
        self.vacant_until = 0
        self.clock = Clock("attrition", EVERYBODY, lambda n: luck.exponential(purposes.POST, who, n))


class Team:
    """One team of the scenario, with its posts."""

    def __init__(self, scenario: Any, index: int, luck: Luck, margin: Margin, diary: Diary):
        self.index, self.luck, self.margin, self.diary = index, luck, margin, diary
        self.name = list(scenario.teams)[index]
        self.own = scenario.teams[self.name]
        self.key = hash_text(f"team {self.name}") & WORD
        commitment = scenario.company.commitment * scenario.company.implementation
        self.hours_per_post = self.own.hours_per_month * self.own.productivity
        self.hours_per_post *= commitment if self.own.department else 1.0
        self.segments = [i for i, name in enumerate(scenario.segments) if name in self.own.segments]
        self.posts: list[Post] = []
        self.extra = self.overloaded = 0
        self.available = self.demanded = 0.0
        self.funded = self.own.posts.today
        for post in self._upto(self.funded):
            post.since = LONG_AGO

    def _upto(self, number: int) -> list[Post]:
        """The first posts, made when they are first needed."""
        while len(self.posts) < number:
            self.posts.append(Post(combine(self.key, len(self.posts)), self.luck))
        return self.posts[:number]

    def plan(self, month: int) -> int:
        """Posts that the plan funds in a month."""
        begun = [int(start) for start in self.own.posts.from_month if int(start) <= month]
        return int(self.own.posts.from_month[str(max(begun))] if begun else self.own.posts.today)

    def posts_of(self, month: int) -> int:
        """Posts of a month: the plan's and those of the hiring rule."""
        plan = self.plan(month)
        if self.own.hiring is None:
            return plan
        return min(plan + self.extra, max(self.own.hiring.most_posts, plan))

    def owner(self, who: int) -> int | None:
        """Post that owns an account: jump consistent hash (Lamping & Veach 2014)."""
        post, following, n = -1, 0, 0
        while following < self.funded:
            post = following
            u = self.luck.uniform(purposes.OWNER, who, (self.key << 16) + n // 4, n % 4)
            following = math.floor((post + 1) / u)
            n += 1
        return None if post < 0 else post

    def orphan(self, accounts: list[Account], lost: set[int]) -> None:
        """Accounts whose owner is gone lose engagement."""
        for account in accounts:
            if account.segment.index in self.segments and self.owner(account.who) in lost:
                account.engagement *= 1.0 - self.own.orphan_engagement_loss

    def change_posts(self, month: int, accounts: list[Account]) -> None:
        """Cut posts, the highest first, or open new ones."""
        before, now = self.funded, self.posts_of(month)
        cut = {n for n in range(now, before) if self.posts[n].since is not None}
        self.orphan(accounts, cut)
        self.diary.team(self.index, "severance", len(cut) * self.own.severance_cost)
        for post in self._upto(max(before, now))[min(before, now) :]:
            post.since = None
            post.vacant_until = month + self.own.months_to_fill
        self.funded = now

    def hazard(self) -> float:
        """Hazard of a CSM to leave this month: rises with last month's overload."""
        hazard = monthly_hazard(self.own.annual_attrition)
        if self.available > 0.0:
            hazard *= bounded_exp(self.own.overload_attrition * max(0.0, self.demanded / self.available - 1.0))
        return hazard

    def staff(self, month: int, accounts: list[Account], reactive_hours: float) -> int:
        """The team's month; return the seconds that it has for plays."""
        if self.posts_of(month) != self.funded:
            self.change_posts(month, accounts)
        hazard, hours, left = self.hazard(), 0.0, set()
        wage = self.own.annual_cost / 12.0 * (1.0 + self.own.annual_wage_growth) ** ((month - 1) / 12.0)
        for number, post in enumerate(self._upto(self.funded)):
            if post.since is None and post.vacant_until <= month:
                post.since = month
                self.diary.team(self.index, "recruiting", self.own.recruiting_cost)
            if post.since is None:
                continue
            ramp = self.own.ramp_months
            share = 1.0 if ramp == 0.0 else min(1.0, (month - post.since + 0.5) / ramp)
            hours += share * self.hours_per_post
            self.diary.team(self.index, "headcount", 1)
            self.diary.team(self.index, "ramped_fte", share)
            self.diary.team(self.index, "salaries", wage)
            post.clock.used += hazard
            if post.clock.due(self.margin):
                post.clock.restart()
                post.since = None
                post.vacant_until = month + 1 + self.own.months_to_fill
                left.add(number)
                self.diary.team(self.index, "leavers", 1)
                self.diary.write(POST_LEFT, number, self.index)
        self.orphan(accounts, left)
        self.available = max(hours - reactive_hours, 0.0)
        self.diary.team(self.index, "hours_reactive", reactive_hours)
        self.diary.team(self.index, "hours_available", self.available)
        self.diary.team(self.index, "process", self.own.process_monthly_cost if self.funded else 0.0)
        self.margin.step("seconds", EVERYBODY, self.available * 3600.0 + 1e-6, EXACT)
        return math.floor(self.available * 3600.0 + 1e-6)

    def hire(self, demanded: float) -> None:
        """Close the month with its demand in hours: one post more after months of overload."""
        self.demanded = demanded
        rule = self.own.hiring
        if rule is None:
            return
        missing = demanded - self.available
        self.margin.note("overload", EVERYBODY, missing - rule.overload_hours, max(demanded, 1.0), EXACT)
        self.overloaded = self.overloaded + 1 if missing > rule.overload_hours else 0
        if self.overloaded == rule.for_months:
            self.overloaded = 0
            if self.funded < self.own.hiring.most_posts:
                self.extra += 1
